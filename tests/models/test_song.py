import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.inputs import FloatArray, SongInputs
from earmark.models.song import SliceOutputs, mean_log_probability, predict_song, stacks, vote


def logs(*rows: list[float]) -> NDArray[np.float64]:
    return np.asarray(np.log(rows), dtype=np.float64)


def test_only_confident_slices_vote() -> None:
    # Two of three slices lean to label 0, but only the third exceeds 0.5.
    verdict = vote(logs([0.4, 0.3, 0.3], [0.4, 0.3, 0.3], [0.1, 0.8, 0.1]))
    assert verdict.label == 1
    assert verdict.probabilities.tolist() == [0, 1, 0]


def test_exactly_one_half_is_not_confident() -> None:
    verdict = vote(logs([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.2, 0.6, 0.2]))
    assert verdict.label == 1


def test_all_slices_vote_where_none_is_confident() -> None:
    verdict = vote(logs([0.4, 0.3, 0.3], [0.4, 0.3, 0.3], [0.2, 0.45, 0.35]))
    assert verdict.label == 0
    np.testing.assert_allclose(verdict.probabilities, [2 / 3, 1 / 3, 0])


def test_equal_votes_go_to_the_larger_summed_probability() -> None:
    verdict = vote(logs([0.9, 0.1, 0.0 + 1e-9], [0.05, 0.95, 1e-9]))
    assert verdict.label == 1
    # The sum runs over the voters only: the unconfident third slice would have turned it to label 0.
    verdict = vote(logs([0.9, 0.1, 1e-9], [0.05, 0.95, 1e-9], [0.5, 0.2, 0.3]))
    assert verdict.label == 1


def test_a_label_without_most_votes_cannot_win_by_its_sum() -> None:
    verdict = vote(logs([0.51, 0.0 + 1e-9, 0.49], [1e-9, 0.51, 0.49]))
    assert verdict.label in (0, 1)


def test_complete_ties_go_to_the_first_label() -> None:
    assert vote(logs([0.7, 0.3], [0.3, 0.7])).label == 0
    assert mean_log_probability(logs([0.5, 0.5])).label == 0


def test_mean_log_probability_by_hand() -> None:
    verdict = mean_log_probability(logs([0.9, 0.1], [0.2, 0.8]))
    # Geometric means: sqrt(.18) and sqrt(.08).
    expected = np.sqrt([0.18, 0.08]) / np.sqrt([0.18, 0.08]).sum()
    np.testing.assert_allclose(verdict.probabilities, expected)
    assert verdict.label == 0


def test_mean_differs_from_the_vote_where_one_slice_is_sure() -> None:
    slices = logs([0.55, 0.45], [0.55, 0.45], [0.001, 0.999])
    assert vote(slices).label == 0
    assert mean_log_probability(slices).label == 1


def test_impossible_labels_do_not_break_the_mean() -> None:
    verdict = mean_log_probability(np.asarray([[0.0, -2000.0], [-1e-3, -7.0]]))
    np.testing.assert_allclose(verdict.probabilities, [1, 0], atol=1e-12)


logits_stacks = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8), elements=st.floats(-8, 8, width=32)
)


@given(logits=logits_stacks, seed=st.integers(0, 99))
def test_both_verdicts_are_distributions_that_ignore_the_order_of_slices(
    logits: NDArray[np.float32], seed: int
) -> None:
    log_probs = logits - np.log(np.exp(logits.astype(np.float64)).sum(axis=1, keepdims=True))
    shuffled = np.random.default_rng(seed).permutation(log_probs)
    for pool in (vote, mean_log_probability):
        verdict, again = pool(log_probs), pool(shuffled)
        np.testing.assert_allclose(verdict.probabilities.sum(), 1)
        np.testing.assert_allclose(verdict.probabilities, again.probabilities, atol=1e-12)
        assert verdict.probabilities[verdict.label] == pytest.approx(verdict.probabilities.max())


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,), (1, 2, 3)])
def test_empty_and_misshapen_stacks_are_refused(shape: tuple[int, ...]) -> None:
    for pool in (vote, mean_log_probability):
        with pytest.raises(InputError, match="slices, labels"):
            pool(np.zeros(shape))


class Fixed:
    """A classifier that tells its input back."""

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        return SliceOutputs(log_probs=np.log(inputs), embeddings=inputs * 10)


def test_predict_song_pools_and_keeps_the_slices() -> None:
    values = np.asarray([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], dtype=np.float32)
    inputs = SongInputs(values=values, starts_seconds=np.asarray([0.0, 3.0, 6.0]), padded=True)
    prediction = predict_song(Fixed(), inputs)
    np.testing.assert_allclose(prediction.embedding, values.mean(axis=0) * 10, rtol=1e-6)
    assert prediction.embedding.dtype == np.float32
    np.testing.assert_array_equal(prediction.slice_log_probs, np.log(values))
    assert prediction.slice_starts_seconds.tolist() == [0, 3, 6]
    assert prediction.padded
    assert prediction.vote.label == 0
    assert prediction.verdict is prediction.mean


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((70, 94, 128), [32, 32, 6]), ((3, 2584, 128), [1, 1, 1]), ((500, 40), [500]), ((0, 40), [])],
)
def test_stacks_bound_the_memory_and_lose_nothing(shape: tuple[int, ...], sizes: list[int]) -> None:
    inputs = np.broadcast_to(np.float32(0), shape).copy()
    inputs[:, 0] = np.arange(len(inputs)).reshape(-1, *[1] * (len(shape) - 2))
    parts = list(stacks(inputs))
    assert [len(part) for part in parts] == sizes
    if parts:
        np.testing.assert_array_equal(np.concatenate(parts), inputs)
