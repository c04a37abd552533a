import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_verdicts import made_songs

from earmark.errors import InputError
from earmark.evaluation.metrics import log_loss
from earmark.evaluation.temperature import (
    LEAST_LOG_PROB,
    TEMPERATURE_BOUNDS,
    apply_temperature,
    checked_log_probs,
    fit_temperature,
)

TABLES = arrays(np.float64, (12, 4), elements=st.floats(-30, 0))


@pytest.mark.parametrize("temperature", [0.6, 1.0, 2.0, 3.0])
def test_the_temperature_that_was_made_is_found(temperature: float) -> None:
    log_probs, truth = made_songs(4000, rng=np.random.default_rng(0))
    assert fit_temperature(log_probs * temperature, truth) == pytest.approx(temperature, rel=0.08)


def test_it_is_where_the_own_labels_are_most_probable() -> None:
    log_probs, truth = made_songs(80, rng=np.random.default_rng(1))
    found = fit_temperature(log_probs * 2, truth, prior_sd=math.inf)
    losses = {t: log_loss(truth, apply_temperature(log_probs * 2, t)) for t in np.geomspace(0.5, 6, 60)}
    assert log_loss(truth, apply_temperature(log_probs * 2, found)) <= min(losses.values()) + 1e-9
    assert found == pytest.approx(min(losses, key=lambda t: losses[t]), rel=0.05)


def test_few_songs_are_held_near_1_and_do_no_harm() -> None:
    """What PRIOR_SD was chosen for: ten songs of a calibrated model, judged on very many others."""
    rng = np.random.default_rng(2)
    later, own = made_songs(2000, rng=rng)
    harm: dict[float, list[float]] = {0.5: [], math.inf: []}
    for _ in range(60):
        log_probs, truth = made_songs(10, rng=rng)
        for prior_sd, losses in harm.items():
            scaled = apply_temperature(later, fit_temperature(log_probs, truth, prior_sd=prior_sd))
            losses.append(log_loss(own, scaled) - log_loss(own, apply_temperature(later, 1)))
    assert np.mean(harm[0.5]) < 0.05
    assert np.mean(harm[math.inf]) > 3 * np.mean(harm[0.5])


def test_perfect_separation_stays_finite() -> None:
    log_probs = np.log(np.full((6, 3), 0.1) + 0.7 * np.eye(3)[[0, 1, 2, 0, 1, 2]])
    truth = np.array([0, 1, 2, 0, 1, 2])
    assert 0.3 < fit_temperature(log_probs, truth) < 1
    assert fit_temperature(log_probs, truth, prior_sd=math.inf) == pytest.approx(TEMPERATURE_BOUNDS[0], rel=0.3)
    assert fit_temperature(np.zeros((0, 3)), []) == 1.0


def test_impossible_labels_stay_finite() -> None:
    log_probs = np.array([[0.0, -np.inf], [0.0, -np.inf], [-np.inf, 0.0]])
    temperature = fit_temperature(log_probs, [0, 1, 1])
    assert 1 < temperature < math.inf
    assert apply_temperature(log_probs, 1.0)[0, 1] == pytest.approx(math.exp(LEAST_LOG_PROB))


@given(TABLES, st.floats(0.1, 10))
def test_scaling_keeps_the_order_and_sums_to_1(table: np.ndarray, temperature: float) -> None:
    scaled = apply_temperature(table, temperature)
    assert scaled.sum(axis=1) == pytest.approx(1)
    top = table.argmax(axis=1)
    rows = np.arange(len(table))
    assert (scaled[rows, top] >= scaled.max(axis=1) - 1e-12).all()
    warmer = apply_temperature(table, 2 * temperature)
    assert (warmer.max(axis=1) <= scaled.max(axis=1) + 1e-12).all(), "a higher temperature is never surer"


@given(TABLES, st.floats(-50, 50))
def test_what_is_added_to_all_labels_does_not_count(table: np.ndarray, shift: float) -> None:
    assert checked_log_probs(table + shift) == pytest.approx(checked_log_probs(table), abs=1e-9)


def test_what_is_no_log_probability_is_refused() -> None:
    with pytest.raises(InputError, match=r"of shape \(songs, labels\), got shape \(3,\)"):
        apply_temperature(np.zeros(3), 1.0)
    with pytest.raises(InputError, match="finite, or minus infinity for some"):
        apply_temperature([[0.0, math.nan]], 1.0)
    with pytest.raises(InputError, match="finite, or minus infinity for some"):
        apply_temperature([[-math.inf, -math.inf]], 1.0)
    with pytest.raises(InputError, match="temperature above 0, got 0"):
        apply_temperature(np.zeros((1, 2)), 0.0)
    with pytest.raises(InputError, match="one label for each of 2 songs, got 1"):
        fit_temperature(np.zeros((2, 2)), [0])
    with pytest.raises(InputError, match="positive standard deviation of log T"):
        fit_temperature(np.zeros((1, 2)), [0], prior_sd=0.0)
