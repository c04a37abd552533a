import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from earmark.similarity.finding.decks import Decks
from earmark.similarity.finding.mixing import MixRules, transitions
from earmark.similarity.finding.scale import sound_scale
from earmark.similarity.sets.energy_curves import CURVES, EnergyCurve
from earmark.similarity.sets.set_pool import choose_pool, energy_levels
from earmark.similarity.sets.set_puzzle import SetPlan
from earmark.similarity.vectors.filters import UNKNOWN_KEY

PLAN = SetPlan(seconds=3600, tolerance=108, overlap=32, curve=EnergyCurve("rise", CURVES["rise"]))


def decks(n: int, seed: int = 0) -> Decks:
    rng = np.random.default_rng(seed)
    units = rng.normal(size=(n, 8))
    return Decks(
        units=(units / np.linalg.norm(units, axis=1, keepdims=True)).astype(np.float32),
        bpm=rng.normal(128, 6, n).astype(np.float32),
        keys=rng.integers(-1, 24, n).astype(np.int16),
        sure_keys=np.ones(n, dtype=np.bool_),
        intro=rng.normal(-14, 2, n).astype(np.float32),
        outro=rng.normal(-14, 2, n).astype(np.float32),
        energy=rng.random(n).astype(np.float32),
        seconds=rng.uniform(300, 420, n),
        artists=tuple(frozenset({f"a{number}"}) for number in range(n)),
        releases=np.array([""] * n),
    )


def pool(all_decks: Decks, allowed: NDArray[np.bool_], ends: tuple[int, int | None], size: int) -> NDArray[np.int64]:
    return choose_pool(
        all_decks,
        energy_levels(all_decks.energy),
        allowed=allowed,
        ends=ends,
        plan=PLAN,
        rules=MixRules(),
        scale=sound_scale(all_decks.units),
        size=size,
    )


def test_a_small_collection_is_taken_whole() -> None:
    allowed = np.ones(50, dtype=np.bool_)
    allowed[:10] = False
    assert pool(decks(50), allowed, (3, 7), 100).tolist() == [3, 7, *range(10, 50)]


def test_of_a_large_one_as_many_as_asked_for_are_taken_and_none_that_is_not_allowed() -> None:
    one = decks(3000)
    allowed = np.random.default_rng(1).random(3000) < 0.8
    for ends in ((5, 2500), (5, None)):
        rows = pool(one, allowed, ends, 240)
        assert 240 <= len(rows) <= 300
        assert np.all(np.diff(rows) > 0)
        inner = np.setdiff1d(rows, [end for end in ends if end is not None])
        assert allowed[inner].all()
        assert set(rows.tolist()) >= {end for end in ends if end is not None}


def test_the_best_to_follow_and_to_lead_into_the_ends_are_in_it() -> None:
    one = decks(3000)
    rows = set(pool(one, np.ones(3000, dtype=np.bool_), (5, 2500), 240).tolist())
    everyone = transitions(one.take([5]), one, MixRules(), sound_scale(one.units))
    scores = np.where(everyone.allowed[0], everyone.scores[0], -1)
    scores[[5, 2500]] = -1
    assert set(np.argsort(-scores)[:10].tolist()) <= rows


def test_no_key_takes_more_than_its_part() -> None:
    one = decks(3000)
    one.keys[:2000] = 4  # most of the collection is in one key
    rows = pool(one, np.ones(3000, dtype=np.bool_), (2005, 2500), 240)
    assert (one.keys[rows] == 4).mean() < 0.4


def test_of_a_collection_without_keys_as_many_are_taken() -> None:
    one = decks(3000)
    one.keys[:] = UNKNOWN_KEY
    assert len(pool(one, np.ones(3000, dtype=np.bool_), (5, 2500), 240)) >= 240


def test_it_holds_tracks_along_the_whole_curve() -> None:
    one = decks(3000)
    levels = energy_levels(one.energy)[pool(one, np.ones(3000, dtype=np.bool_), (5, 2500), 240)]
    assert np.histogram(levels, bins=4, range=(0.1, 1.0))[0].min() > 15


def test_levels_are_ranks_from_0_to_1() -> None:
    found = energy_levels(np.array([0.5, np.nan, 0.1, 0.9, 0.5]))
    np.testing.assert_allclose(found, [0.5, np.nan, 0.0, 1.0, 0.5])
    assert np.isnan(energy_levels(np.array([np.nan]))).all()
    assert energy_levels(np.array([0.3])).tolist() == [0.0]


@given(arrays(np.float32, st.integers(1, 30), elements=st.floats(0, 1, width=32)))
def test_levels_keep_the_order(energy: NDArray[np.float32]) -> None:
    levels = energy_levels(energy)
    assert ((levels >= 0) & (levels <= 1)).all()
    for i in range(len(energy)):
        for j in range(len(energy)):
            assert (energy[i] < energy[j]) == (levels[i] < levels[j])
