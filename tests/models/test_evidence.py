import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.evidence import clock, make_evidence, normalised
from earmark.models.song import mean_log_probability


def logs(*rows: list[float]) -> NDArray[np.float32]:
    return np.log(np.asarray(rows, dtype=np.float64)).astype(np.float32)


def test_slices_side_by_side_speak_for_their_own_time() -> None:
    evidence = make_evidence(
        logs([0.5, 0.5], [0.5, 0.5]), np.asarray([0.0, 3.0]), slice_seconds=3, offset_seconds=10, track_seconds=15
    )
    assert evidence.starts_seconds.tolist() == [10, 13]
    assert evidence.ends_seconds.tolist() == [13, 15], "the track ends there"


def test_overlaps_are_parted_midway_and_gaps_stay() -> None:
    overlapping = make_evidence(logs(*[[0.5, 0.5]] * 3), np.asarray([0.0, 3, 20]), slice_seconds=6)
    assert overlapping.starts_seconds.tolist() == [0, 4.5, 20]
    assert overlapping.ends_seconds.tolist() == [4.5, 9, 26]


def test_slices_come_in_the_order_of_time() -> None:
    mixed = make_evidence(logs([0.9, 0.1], [0.2, 0.8]), np.asarray([3.0, 0.0]), slice_seconds=None)
    assert mixed.starts_seconds.tolist() == [0, 3]
    np.testing.assert_allclose(np.exp(mixed.log_probs[0]), [0.2, 0.8], rtol=1e-6)
    assert mixed.ends_seconds.tolist() == [3, 6]


def test_one_slice_is_the_whole_track() -> None:
    evidence = make_evidence(logs([0.9, 0.1]), np.zeros(1), slice_seconds=None, track_seconds=200)
    assert evidence.ends_seconds.tolist() == [200]


def test_log_odds_by_hand() -> None:
    evidence = make_evidence(
        logs([0.8, 0.2], [0.5, 0.5]), np.asarray([0.0, 3.0]), slice_seconds=3, weight=0.5, verdict=np.log([0.9, 0.1])
    )
    np.testing.assert_allclose(evidence.log_odds(0, 1), [0.25 * np.log(4), 0], atol=1e-6)
    np.testing.assert_allclose(np.exp(evidence.verdict()), [0.9, 0.1], atol=1e-6)
    # What is not sound stays when slices go: log-odds of 9 to 1 less those of the mean, more those of the slice.
    odds = evidence.verdict(np.asarray([True, False]))
    assert odds[0] - odds[1] == pytest.approx(np.log(9) - 0.25 * np.log(4) + 0.5 * np.log(4), abs=1e-6)


def test_impossible_labels_stay_finite() -> None:
    evidence = make_evidence(np.asarray([[0.0, -np.inf], [0.0, -2.0]]), np.asarray([0.0, 3]), slice_seconds=3)
    assert np.isfinite(evidence.verdict()).all()


@pytest.mark.parametrize(
    ("log_probs", "starts", "weight"),
    [
        (np.zeros((0, 2)), np.zeros(0), 1.0),
        (np.zeros((2, 1)), np.zeros(2), 1.0),
        (np.zeros((2, 2)), np.zeros(3), 1.0),
        (np.zeros(2), np.zeros(2), 1.0),
        (np.zeros((2, 2)), np.zeros(2), -1.0),
        (np.zeros((2, 2)), np.zeros(2), float("nan")),
        (np.full((2, 2), np.nan), np.zeros(2), 1.0),
    ],
)
def test_misshapen_evidence_is_refused(
    log_probs: NDArray[np.float64], starts: NDArray[np.float64], weight: float
) -> None:
    with pytest.raises(InputError, match="expected log-probabilities"):
        make_evidence(log_probs, starts, slice_seconds=3, weight=weight)


def test_no_slice_is_no_verdict() -> None:
    evidence = make_evidence(logs([0.9, 0.1]), np.zeros(1), slice_seconds=3)
    with pytest.raises(InputError, match="at least one slice"):
        evidence.verdict(np.asarray([False]))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3599, "59:59"), (3600, "1:00:00"), (7325, "2:02:05")],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


stacks = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=8), elements=st.floats(-9, 9))


@given(logits=stacks, weight=st.floats(0.05, 4), final=st.none() | st.integers(0, 99))
def test_the_whole_is_the_verdict_and_its_parts_add_up(
    logits: NDArray[np.float64], weight: float, final: int | None
) -> None:
    log_probs = np.stack([normalised(logits[place]) for place in range(len(logits))])
    verdict = None
    if final is not None:
        verdict = normalised(np.random.default_rng(final).normal(size=logits.shape[1:]))
    evidence = make_evidence(log_probs, np.arange(len(logits)) * 3.0, slice_seconds=3, weight=weight, verdict=verdict)
    whole = evidence.verdict()
    assert np.exp(whole).sum() == pytest.approx(1)
    if verdict is None:
        expected = mean_log_probability(log_probs).probabilities ** weight
        np.testing.assert_allclose(np.exp(whole), expected / expected.sum(), atol=1e-9)
        assert evidence.log_odds(0, 1).sum() == pytest.approx(whole[0] - whole[1], abs=1e-9)
    else:
        np.testing.assert_allclose(whole, verdict, atol=1e-9)
        rest = evidence.rest[0] - evidence.rest[1]
        assert evidence.log_odds(0, 1).sum() + rest == pytest.approx(whole[0] - whole[1], abs=1e-9)
