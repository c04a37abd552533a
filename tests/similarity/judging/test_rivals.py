import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_library import make_track

from earmark.catalog.keys import Key
from earmark.errors import InputError
from earmark.similarity.finding.decks import decks_of
from earmark.similarity.finding.mixing import MixRules
from earmark.similarity.finding.scale import sound_scale
from earmark.similarity.judging.rivals import (
    ByMixing,
    ByTempoAndKey,
    ByVectors,
    Chance,
    camelot_distance,
    standardised_units,
    tempo_and_key,
)
from earmark.similarity.vectors.filters import UNKNOWN_KEY, columns_of


def test_camelot_steps() -> None:
    keys = np.array([Key(9, "minor").index, Key(4, "minor").index, Key(0, "major").index, Key(3, "minor").index])
    # 8A to itself, 9A, 8B, and 2A on the other side of the wheel.
    assert camelot_distance(keys, Key(9, "minor").index).tolist() == [0, 1, 1, 6]


@given(st.integers(0, 23), st.integers(0, 23))
def test_camelot_distance_is_one(first: int, second: int) -> None:
    there, back = camelot_distance(np.array([first]), second)[0], camelot_distance(np.array([second]), first)[0]
    assert there == back
    assert 0 <= there <= 7
    assert (there == 0) == (first == second)


def test_half_and_double_time_are_the_same_tempo() -> None:
    ranker = ByTempoAndKey(np.array([128.0, 64.0, 256.0, 131.0, 90.5]), np.full(5, 3))
    scores = ranker.scores(0)
    assert scores[0] == scores[1] == scores[2] == 0
    assert scores[3] > scores[4]


def test_what_is_not_known_is_neither_near_nor_far() -> None:
    ranker = ByTempoAndKey(np.array([128.0, 128.0, np.nan, 181.0]), np.array([3, 3, UNKNOWN_KEY, 3]))
    scores = ranker.scores(0)
    assert scores[1] > scores[2] > scores[3]
    # Nothing known of the query: everything is as good as anything.
    assert len(set(ranker.scores(2).tolist())) == 1


def test_there_is_no_rival_where_no_tempo_or_key_is_known() -> None:
    silent = [make_track(at, "Amber", "Ada", bpm=None, key=None) for at in range(2)]
    assert tempo_and_key(columns_of(silent)) is None
    assert tempo_and_key(columns_of([*silent, make_track(5, "Amber", "Bo")])) is not None


def test_a_hub_gives_way() -> None:
    units = np.array([[1, 0], [0.8, 0.6], [0.79, -0.613]], dtype=np.float32)
    plain = ByVectors("plain", units)
    damped = ByVectors("damped", units, crowding=np.array([0, 0.5, 0], dtype=np.float32))
    assert plain.scores(0)[1] > plain.scores(0)[2]
    assert damped.scores(0)[1] < damped.scores(0)[2]
    assert not Chance().ours


def test_standardised_columns_count_alike() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 3))
    units = standardised_units(values)
    assert np.linalg.norm(units, axis=1) == pytest.approx(1)
    assert standardised_units(values * [1, 1000, 0.01] + [5, -3, 2]) == pytest.approx(units, abs=1e-5)
    assert not standardised_units(np.ones((2, 3))).any()
    with pytest.raises(InputError, match="at least one track"):
        standardised_units(np.zeros((0, 3)))


def test_transitions_that_break_a_rule_come_last() -> None:
    tracks = [
        make_track(1, "Amber", "Ada", bpm=128.0, key=Key(9, "minor")),
        make_track(2, "Amber", "Bo", bpm=150.0, key=Key(9, "minor")),
        make_track(3, "Amber", "Cy", bpm=129.0, key=Key(9, "minor")),
    ]
    units = np.array([[1, 0], [1, 0], [-1, 0]], dtype=np.float32)
    ranker = ByMixing(decks_of(tracks, units, {}), MixRules(), sound_scale(units))
    scores = ranker.scores(0)
    assert scores[1] < 0 < scores[2]
