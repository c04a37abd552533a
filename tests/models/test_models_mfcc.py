import numpy as np
import pytest
import torch
from torch import nn

from earmark.errors import InputError
from earmark.models.mfcc import FeedForward


def test_the_layers_are_the_published_ones() -> None:
    network = FeedForward(6)
    sizes = [(m.in_features, m.out_features) for m in network.modules() if isinstance(m, nn.Linear)]
    assert sizes == [(40, 256), (256, 256), (256, 6)]
    assert [m.p for m in network.modules() if isinstance(m, nn.Dropout)] == [0.5, 0.5]
    # 40 x 256 + 256, 256 x 256 + 256, 256 x 6 + 6.
    assert sum(p.numel() for p in network.parameters()) == 10_496 + 65_792 + 1_542


def test_weights_start_as_in_keras() -> None:
    torch.manual_seed(0)
    for layer in (m for m in FeedForward(6).modules() if isinstance(m, nn.Linear)):
        bound = np.sqrt(6 / (layer.in_features + layer.out_features))
        assert float(layer.weight.abs().max().detach()) <= bound
        assert float(layer.weight.std().detach()) == pytest.approx(bound / np.sqrt(3), rel=0.1)
        assert not layer.bias.any()


def test_forward_is_head_of_embedding_and_dropout_is_for_training_only() -> None:
    torch.manual_seed(0)
    network = FeedForward(3).eval()
    x = torch.randn(5, 40)
    assert network.embed(x).shape == (5, 256)
    torch.testing.assert_close(network(x), network.head(network.embed(x)))
    assert torch.equal(network(x), network(x))
    network.train()
    assert not torch.equal(network(x), network(x))


@pytest.mark.parametrize(("labels", "columns"), [(0, 40), (3, 0)])
def test_empty_networks_are_refused(labels: int, columns: int) -> None:
    with pytest.raises(InputError, match="labels and columns"):
        FeedForward(labels, n_columns=columns)
