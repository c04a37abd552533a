import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_verdicts import made_songs

from earmark.errors import InputError
from earmark.evaluation.calibration import (
    CalibrationScore,
    expected_calibration_error,
    reliability,
    score_calibration,
)
from earmark.evaluation.intervals import wilson_interval
from earmark.evaluation.metrics import log_loss
from earmark.evaluation.temperature import apply_temperature


def sure(*confidences: float) -> np.ndarray:
    """Two labels; the first is the top one with these confidences."""
    return np.array([[one, 1 - one] for one in confidences])


def test_a_worked_example() -> None:
    """Ten songs at 0.9 of which 7 are right, ten at 0.6 of which 7 are: off by 0.2 and 0.1, in equally many songs."""
    probabilities = sure(*[0.9] * 10, *[0.6] * 10)
    truth = [0] * 7 + [1] * 3 + [0] * 7 + [1] * 3
    assert expected_calibration_error(probabilities, truth, bins=2) == pytest.approx(0.15)
    assert expected_calibration_error(probabilities, truth, bins=1) == pytest.approx(0.05)
    low, high = reliability(probabilities, truth, bins=10).bins
    assert (low.confidence, low.right, low.n) == pytest.approx((0.6, 0.7, 10))
    assert (high.low, high.high, high.right) == pytest.approx((0.9, 0.9, 0.7))
    assert high.interval == wilson_interval(7, 10)
    score = score_calibration(probabilities, truth, rng=np.random.default_rng(0), resamples=50)
    assert score.brier == pytest.approx(2 * (14 * 0.5 * (0.01 + 0.16) + 6 * 0.5 * (0.81 + 0.36)) / 20)
    assert score.nll == pytest.approx(log_loss(truth, probabilities))
    assert score.n == 20


def test_bins_hold_equally_many_songs_and_no_fewer_than_ten() -> None:
    log_probs, truth = made_songs(207, rng=np.random.default_rng(0))
    counts = [one.n for one in reliability(np.exp(log_probs), truth).bins]
    assert len(counts) == 10
    assert max(counts) - min(counts) <= 1
    assert len(reliability(np.exp(log_probs[:35]), truth[:35]).bins) == 3
    assert len(reliability(np.exp(log_probs[:4]), truth[:4]).bins) == 1


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_the_order_of_songs_does_not_count_and_the_error_is_a_share(seed: int, bins: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = sure(*rng.choice([0.5, 0.7, 0.8, 1.0], size=60))
    truth = rng.integers(2, size=60)
    error = expected_calibration_error(probabilities, truth, bins=bins)
    order = rng.permutation(60)
    assert expected_calibration_error(probabilities[order], truth[order], bins=bins) == pytest.approx(error)
    assert 0 <= error <= 1


def test_songs_of_one_confidence_share_a_bin() -> None:
    [only] = reliability(sure(*[0.8] * 40), [0] * 40).bins
    assert only.n == 40


def test_what_chance_gives_is_what_calibrated_models_show() -> None:
    rng = np.random.default_rng(3)
    found = [
        score_calibration(np.exp(p), t, rng=rng, resamples=60) for p, t in (made_songs(60, rng=rng) for _ in range(80))
    ]
    assert np.mean([one.ece for one in found]) == pytest.approx(
        np.mean([one.expected_by_chance for one in found]), abs=0.01
    )
    assert np.mean([one.ece > one.chance_high for one in found]) <= 0.14
    assert np.mean([one.debiased for one in found]) < 0.5 * np.mean([one.ece for one in found])
    assert np.mean([one.interval.low for one in found]) < 0.01


def test_a_model_that_is_too_sure_is_found_out() -> None:
    rng = np.random.default_rng(4)
    log_probs, truth = made_songs(300, rng=rng)
    off = score_calibration(apply_temperature(log_probs * 3, 1.0), truth, rng=rng, resamples=200)
    many, own = made_songs(40_000, rng=rng)
    true_error = expected_calibration_error(apply_temperature(many * 3, 1.0), own, bins=50)
    assert off.ece > off.chance_high
    assert off.interval.low <= true_error <= off.interval.high
    assert off.debiased == pytest.approx(true_error, abs=0.04)
    assert off.debiased == pytest.approx(math.sqrt(off.ece**2 - off.expected_by_chance**2))


def test_the_interval_holds_the_error_even_where_songs_share_their_confidence() -> None:
    probabilities = sure(*[0.9] * 60, *[0.6] * 60)
    truth = ([0] * 2 + [1]) * 40
    score = score_calibration(probabilities, truth, rng=np.random.default_rng(0), resamples=100)
    assert score.interval.low <= score.debiased <= score.interval.high


def test_songs_that_hang_together_make_more_chance() -> None:
    """The same 60 songs three times: without groups, what chance does once is taken for a finding."""
    rng = np.random.default_rng(5)
    alarms = {"songs": 0, "groups": 0}
    for _ in range(40):
        log_probs, truth = made_songs(60, rng=rng)
        tiled, own, groups = np.exp(np.tile(log_probs, (3, 1))), np.tile(truth, 3), np.tile(np.arange(60), 3)
        for name, given_groups in (("songs", None), ("groups", groups)):
            score = score_calibration(tiled, own, rng=rng, resamples=60, groups=given_groups)
            alarms[name] += score.ece > score.chance_high
    assert alarms["groups"] <= 7
    assert alarms["songs"] > 15
    assert score.interval.method == "group-bootstrap"


def test_a_grouped_bin_has_a_wider_interval() -> None:
    probabilities, truth = sure(*[0.8] * 40), np.repeat([0, 0, 1, 0], 10)
    [alone] = reliability(probabilities, truth).bins
    [together] = reliability(probabilities, truth, groups=np.repeat(["a", "b", "c", "d"], 10)).bins
    assert together.interval.method == "grouped-wilson"
    assert together.interval.low < alone.interval.low


def test_without_songs_nothing_is_known() -> None:
    empty = np.zeros((0, 3))
    assert math.isnan(expected_calibration_error(empty, []))
    assert reliability(empty, []).bins == ()
    score = score_calibration(empty, [], rng=np.random.default_rng(0))
    assert (score.n, score.interval.low, score.interval.high) == (0, 0.0, 1.0)
    assert score.to_json()["ece"] is None
    assert math.isnan(CalibrationScore.from_json(score.to_json()).ece)


def test_it_is_said_and_kept() -> None:
    log_probs, truth = made_songs(51, rng=np.random.default_rng(6))
    score = score_calibration(np.exp(log_probs), truth, rng=np.random.default_rng(0), resamples=50)
    assert (
        str(score) == f"ECE {score.ece:.2f}, of which {score.expected_by_chance:.2f} is expected by chance of 51 songs"
    )
    assert CalibrationScore.from_json(json.loads(json.dumps(score.to_json()))) == score
    assert score == score_calibration(np.exp(log_probs), truth, rng=np.random.default_rng(0), resamples=50)
    table = reliability(np.exp(log_probs), truth)
    assert json.loads(json.dumps(table.to_json()))["bins"][0]["n"] == table.bins[0].n
    for broken in ({**score.to_json(), "ece": "low"}, {**score.to_json(), "more": 1}, {}):
        with pytest.raises(InputError, match=r"as `CalibrationScore\.to_json` makes it"):
            CalibrationScore.from_json(broken)


def test_what_makes_no_sense_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="at least one bin, got 0"):
        expected_calibration_error(sure(0.5), [0], bins=0)
    with pytest.raises(InputError, match="log-probabilities need exp first"):
        expected_calibration_error([[-0.1, -3.0]], [0])
    with pytest.raises(InputError, match="one group id per song"):
        score_calibration(sure(0.5, 0.6), [0, 1], rng=rng, groups=[1])
    with pytest.raises(InputError, match="at least one resample"):
        score_calibration(sure(0.5, 0.6), [0, 1], rng=rng, resamples=0)
