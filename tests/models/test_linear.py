import numpy as np
import pytest
import torch

from earmark.errors import InputError
from earmark.models.linear import LinearClassifier


def test_coefficients_are_taken_over() -> None:
    network = LinearClassifier(2, n_columns=3)
    network.set_coefficients(np.asarray([[1.0, 2, 3], [0, 0, -1]]), np.asarray([0.5, -0.5]))
    logits = network(torch.tensor([[1.0, 1.0, 1.0]]))
    assert logits.tolist() == [[6.5, -1.5]]


def test_the_embedding_is_the_standardised_columns() -> None:
    network = LinearClassifier(2, n_columns=1)
    network.standardise.set_statistics(np.asarray([[1], [3]], dtype=np.float32))
    assert network.embed(torch.tensor([[5.0], [float("nan")]])).tolist() == [[3], [0]]


@pytest.mark.parametrize(("labels", "columns"), [(0, 3), (3, 0)])
def test_empty_regressions_are_refused(labels: int, columns: int) -> None:
    with pytest.raises(InputError, match="labels and columns"):
        LinearClassifier(labels, n_columns=columns)
