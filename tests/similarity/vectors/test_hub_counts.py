import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.evaluation.hubness import k_occurrences
from earmark.similarity.vectors import hub_counts
from earmark.similarity.vectors.hub_counts import hub_crowding


def random_units(n: int, size: int = 12, *, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(n, size)).astype(np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


def test_it_is_the_excess_of_k_occurrences_in_deviations_of_the_cosines() -> None:
    units = random_units(120)
    likeness = units @ units.T
    cosines = likeness[~np.eye(120, dtype=bool)]
    np.fill_diagonal(likeness, -np.inf)
    counts = k_occurrences(likeness.argsort(axis=1)[:, -10:], 120)
    expected = cosines.std() * np.maximum(np.log2(np.maximum(counts, 1) / 10), 0)
    assert hub_crowding(units) == pytest.approx(expected, abs=1e-5)


def test_a_hub_gives_way_and_a_tight_label_does_not() -> None:
    rng = np.random.default_rng(1)
    tight = np.eye(20)[0] + 0.01 * rng.normal(size=(15, 20))
    loose = rng.normal(size=(60, 20)) + 0.5
    middle = loose.mean(axis=0, keepdims=True)
    values = np.concatenate([tight, loose, middle])
    crowds = hub_crowding((values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32))
    assert crowds.argmax() == 75
    assert crowds[:15].max() < crowds[75] / 2


def test_damping_takes_the_top_off_hubs() -> None:
    units = random_units(400, 40) + 0.08
    units = (units / np.linalg.norm(units, axis=1, keepdims=True)).astype(np.float32)
    likeness = units @ units.T
    np.fill_diagonal(likeness, -np.inf)
    damped = likeness - 0.25 * hub_crowding(units)
    before, after = (k_occurrences(one.argsort(axis=1)[:, -10:], 400) for one in (likeness, damped))
    assert after.max() < before.max()
    assert (after == 0).sum() <= (before == 0).sum()


def test_a_sample_tells_about_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    units = random_units(1500, 30, seed=3) + 0.05
    units = (units / np.linalg.norm(units, axis=1, keepdims=True)).astype(np.float32)
    every = hub_crowding(units)
    monkeypatch.setattr(hub_counts, "ASK_ALL", 1000)
    monkeypatch.setattr(hub_counts, "ASK_SOME", 500)
    some = hub_crowding(units, seed=1)
    assert np.corrcoef(every, some)[0, 1] > 0.6
    assert np.array_equal(some, hub_crowding(units, seed=1))


@given(st.integers(0, 25), st.integers(0, 2**32))
def test_few_tracks_have_no_hubs(n: int, seed: int) -> None:
    crowds = hub_crowding(random_units(n, seed=seed))
    assert crowds.shape == (n,)
    assert np.isfinite(crowds).all()
    assert (crowds >= 0).all()
    if n <= 2:
        assert not crowds.any()
