import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.similarity.vectors.pooling import FULL_DB, SILENT_DB, loudness_weights, pool, slice_levels

levels = st.lists(st.floats(-90, 0), min_size=1, max_size=40).map(np.array)


@settings(deadline=None)
@given(levels, st.floats(-30, 30))
def test_weights_sum_to_one_and_gain_changes_nothing(told: np.ndarray, gain: float) -> None:
    weights = loudness_weights(told)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    assert loudness_weights(told + gain) == pytest.approx(weights, abs=1e-9)


@settings(deadline=None)
@given(levels)
def test_a_louder_slice_never_counts_less(told: np.ndarray) -> None:
    weights = loudness_weights(told)
    assert (np.diff(weights[np.argsort(told)]) >= -1e-12).all()


def test_weights_fall_between_the_two_limits() -> None:
    told = np.array([0.0] * 20 + [-FULL_DB, -(FULL_DB + SILENT_DB) / 2, -SILENT_DB, -60.0])
    assert loudness_weights(told) * 21.5 == pytest.approx([1.0] * 21 + [0.5, 0.0, 0.0])


def test_one_level_throughout_is_the_plain_mean() -> None:
    assert loudness_weights(np.full(7, -23.0)) == pytest.approx(np.full(7, 1 / 7))
    assert pool(np.arange(6.0).reshape(3, 2), np.full(3, 1 / 3)) == pytest.approx([2.0, 3.0])


def test_a_long_quiet_intro_does_not_dominate() -> None:
    rng = np.random.default_rng(0)
    quiet, loud = rng.normal(size=(2, 50))
    slices = np.concatenate([np.tile(quiet, (40, 1)), np.tile(loud, (60, 1))]) + 0.3 * rng.normal(size=(100, 50))
    told = np.concatenate([np.full(40, -45.0), np.full(60, -20.0)])

    def cosine(vector: np.ndarray) -> float:
        return float(vector @ loud / np.linalg.norm(vector) / np.linalg.norm(loud))

    assert cosine(pool(slices, loudness_weights(told))) > 0.98
    assert cosine(slices.mean(axis=0)) < 0.9


def test_levels_are_mean_decibels_of_each_slice() -> None:
    log_mel = np.repeat(np.array([-80.0, -20.0, -40.0]), 10)[:, None] * np.ones((1, 4))
    found = slice_levels(log_mel.astype(np.float16), 10.0, np.array([0.0, 1.0, 1.5, 9.0]), 1.0)
    assert found == pytest.approx([-80.0, -20.0, -30.0, -40.0])


def test_a_bare_kick_is_quieter_than_the_whole_arrangement() -> None:
    kick = np.full((10, 40), -80.0)
    kick[:, :3] = 0.0
    full = np.full((10, 40), -10.0)
    found = slice_levels(np.concatenate([kick, full]), 10.0, np.array([0.0, 1.0]), 1.0)
    assert found[0] < found[1] - SILENT_DB


def test_what_cannot_be_pooled_is_refused() -> None:
    with pytest.raises(InputError, match="at least one slice"):
        loudness_weights(np.zeros(0))
    with pytest.raises(InputError, match="go together"):
        pool(np.ones((3, 2)), np.ones(2))
