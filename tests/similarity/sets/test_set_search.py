import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.similarity.sets.energy_curves import CURVES, CurveName, EnergyCurve
from earmark.similarity.sets.set_puzzle import (
    ARTIST_TOO_SOON,
    BROKEN_RULE,
    LATE,
    MINUTE_OFF,
    TIME_MISSED,
    SetPlan,
    SetPuzzle,
)
from earmark.similarity.sets.set_search import find_set, sizes


def plan(seconds: float, *, curve: CurveName = "rise", overlap: float = 30.0, spacing: int = 2) -> SetPlan:
    energy = EnergyCurve(curve, CURVES[curve])
    return SetPlan(seconds=seconds, tolerance=0.05 * seconds, overlap=overlap, curve=energy, spacing=spacing)


def puzzle(tracks: int, seed: int, *, seconds: float, broken: float = 0.3, end: int | None = 1) -> SetPuzzle:
    """Tracks at random places of a plane: near ones mix well, and some transitions break a rule."""
    rng = np.random.default_rng(seed)
    places = rng.random((tracks, 2))
    distances = np.linalg.norm(places[:, np.newaxis] - places, axis=2)
    artists = rng.random((tracks, tracks)) < 0.1
    artists |= artists.T
    np.fill_diagonal(artists, val=True)
    return SetPuzzle(
        plan=plan(seconds),
        scores=np.clip(1 - distances, 0, 1).astype(np.float32),
        broken=(rng.random((tracks, tracks)) < broken).astype(np.uint8),
        levels=rng.random(tracks),
        seconds=rng.uniform(200, 400, tracks),
        songs=np.arange(tracks),
        artists=artists,
        start=0,
        end=end,
    )


def brute_force(one: SetPuzzle) -> float:
    """The value of the best of all sets of all sizes."""
    inner = [row for row in range(len(one)) if row not in (one.start, one.end)]
    last = [] if one.end is None else [one.end]
    best = -np.inf
    for size in range(1 if one.end is None else 0, len(inner) + 1):
        sets = [[one.start, *chosen, *last] for chosen in itertools.permutations(inner, size)]
        best = max(best, float(one.values(np.array(sets)).max()))
    return best


def greedy(one: SetPuzzle, size: int) -> list[int]:
    """The set of a size that takes the best next track again and again, whatever comes of it."""
    chosen = [one.start]
    while len(chosen) < size - 1:
        free = [row for row in range(len(one)) if row not in (*chosen, one.end)]
        gains = one.scores[chosen[-1], free] - BROKEN_RULE * one.broken[chosen[-1], free]
        chosen.append(free[int(gains.argmax())])
    assert one.end is not None
    return [*chosen, one.end]


@pytest.mark.parametrize("end", [1, None])
@pytest.mark.parametrize("seed", range(12))
def test_tiny_puzzles_are_solved_as_by_brute_force(seed: int, end: int | None) -> None:
    one = puzzle(7, seed, seconds=1100.0, end=end)
    found = find_set(one)
    assert found is not None
    assert found.value == pytest.approx(brute_force(one), abs=1e-9)
    assert found.value == one.values(found.tracks[np.newaxis])[0]


def test_greedy_walks_into_a_dead_end_where_the_whole_set_keeps_all_rules() -> None:
    # From 0 the track 2 is by far the best next one, but only 3 leads to the end without breaking a rule.
    scores = np.full((5, 5), 0.5, dtype=np.float32)
    scores[0, 2] = 1.0
    broken = np.zeros((5, 5), dtype=np.uint8)
    broken[2, :] = 1
    broken[0, 1] = broken[4, 1] = 1
    one = SetPuzzle(
        plan=plan(840.0, curve="flat"),
        scores=scores,
        broken=broken,
        levels=np.full(5, 0.6),
        seconds=np.full(5, 300.0),
        songs=np.arange(5),
        artists=np.eye(5, dtype=np.bool_),
        start=0,
        end=1,
    )
    found = find_set(one)
    assert found is not None
    assert found.tracks.tolist() == [0, 3, 1]
    assert greedy(one, 3) == [0, 2, 1]
    assert one.values(np.array([greedy(one, 3)]))[0] < found.value - BROKEN_RULE + 1


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_set_is_never_worse_than_the_greedy_one(seed: int) -> None:
    one = puzzle(60, seed, seconds=3600.0)
    found = find_set(one)
    assert found is not None
    walks = [one.values(np.array([greedy(one, size)]))[0] for size in sizes(one)]
    assert found.value > max(walks)
    assert not one.broken[found.tracks[:-1], found.tracks[1:]].any()


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(0, 2**32 - 1), st.floats(300, 5000))
def test_a_set_keeps_its_ends_and_holds_no_song_twice(tracks: int, seed: int, seconds: float) -> None:
    one = puzzle(tracks, seed, seconds=seconds)
    one = replace(one, songs=np.random.default_rng(seed).integers(2, max(tracks // 2, 3), tracks))
    one.songs[:2] = [0, 1]
    found = find_set(one)
    if found is None:
        assert not sizes(one) or len(np.unique(one.songs)) < sizes(one)[-1] + 2
        return
    assert found.tracks[0] == 0
    assert found.tracks[-1] == 1
    assert len(np.unique(one.songs[found.tracks])) == len(found.tracks)
    again = find_set(one)
    assert again is not None
    np.testing.assert_array_equal(again.tracks, found.tracks)


def test_a_rule_is_broken_where_there_is_no_other_way() -> None:
    one = puzzle(6, 3, seconds=1000.0, broken=0.0)
    one.broken[:, 1] = 1
    found = find_set(one)
    assert found is not None
    assert one.broken[found.tracks[:-1], found.tracks[1:]].sum() == 1


def test_the_length_is_kept_where_tracks_allow_it() -> None:
    for seed in range(5):
        one = puzzle(80, seed, seconds=3600.0)
        found = find_set(one)
        assert found is not None
        assert one.lengths(found.tracks[np.newaxis])[0] == pytest.approx(3600, abs=one.plan.tolerance)


def test_values_add_up_by_hand() -> None:
    one = puzzle(4, 0, seconds=700.0)
    one = replace(one, seconds=np.array([300.0, 240.0, 60.0, 200.0]), artists=np.zeros((4, 4), dtype=np.bool_))
    one.broken[:] = 0
    one.broken[2, 1] = 2
    one.artists[0, 1] = one.artists[1, 0] = True
    sets = np.array([[0, 2, 1]])
    # Of a track of 60 s at most a third is mixed.
    np.testing.assert_allclose(one.starts(sets), [[0, 280, 320]])
    np.testing.assert_allclose(one.lengths(sets), [560])
    curve = 0.2 + 0.75 * np.array([150, 310, 440]) / 700
    fit = np.clip(1 - np.abs(one.levels[[0, 2, 1]] - curve) / 0.5, 0, 1).mean()
    mixing = (one.scores[0, 2] + one.scores[2, 1]) / 2
    off = LATE * 35 / 60 + TIME_MISSED + MINUTE_OFF * (140 - 35) / 60
    expected = mixing + fit - 2 * BROKEN_RULE - ARTIST_TOO_SOON - off
    assert one.values(sets)[0] == pytest.approx(expected)


def test_an_unknown_energy_fits_half() -> None:
    one = puzzle(3, 0, seconds=600.0)
    one.levels[2] = np.nan
    assert one.fit(np.array([2]), np.array([300.0])).tolist() == [0.5]


def test_sizes_follow_from_the_length() -> None:
    one = replace(puzzle(40, 0, seconds=3600.0), seconds=np.full(40, 330.0))
    assert sizes(one) == [11, 12, 13]
    assert sizes(replace(one, plan=plan(400.0))) == [2, 3]
    assert sizes(replace(one, songs=np.zeros(40, dtype=np.int64))) == []


def test_a_few_long_tracks_among_short_ones_still_make_a_long_set() -> None:
    seconds = np.array([180.0, 180, 180, 180, 1200, 1200, 180])
    one = replace(puzzle(7, 0, seconds=2700.0, broken=0.0), seconds=seconds)
    found = find_set(one)
    assert found is not None
    assert one.lengths(found.tracks[np.newaxis])[0] == pytest.approx(2700, abs=one.plan.tolerance)
    assert sizes(replace(one, plan=plan(9000.0))) == []
