"""The published results that stand beside ours."""

import pytest

from earmark.datasets import STUDY_RESULTS, PublishedResult
from earmark.models.registry import MODELS


@pytest.mark.parametrize("result", STUDY_RESULTS)
def test_every_result_is_of_a_model_that_exists_and_of_a_test_that_can_be(result: PublishedResult) -> None:
    assert result.model in MODELS
    assert (result.slice_seconds is None) == (MODELS[result.model].slice_seconds is None)
    assert result.n_songs == {4: 28, 6: 40}[result.n_labels]  # a tenth of 273 and of about 398 songs
    assert 0 < result.right < result.n_songs


def test_accuracies_are_those_that_were_printed() -> None:
    told = {(one.model, one.slice_seconds, one.n_labels): round(one.accuracy, 3) for one in STUDY_RESULTS}
    assert told == {
        ("metadata-study", None, 4): 0.821,
        ("mfcc-study", None, 4): 0.321,
        ("crnn-study", 20.0, 4): 0.643,
        ("crnn-study", 30.0, 4): 0.643,
        ("metadata-study", None, 6): 0.65,
        ("mfcc-study", None, 6): 0.225,
        ("crnn-study", 30.0, 6): 0.475,
    }
