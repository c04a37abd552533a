from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_library import make_track

from earmark.catalog.keys import Key, parse_key
from earmark.models.habits import find_habits, key_sentence, mixes, number_sentence
from earmark.models.references import References, make_references

AMBER = [
    make_track(n, "Amber", f"A{n}", bpm=bpm, key=parse_key(key), seconds=seconds)
    for n, (bpm, key, seconds) in enumerate(
        [(128, "8A", 300), (130, "8A", 320), (132, "9A", 340), (134, "8B", 360), (136, "3A", 380)]
    )
]
BASALT = [make_track(10 + n, "Basalt", f"B{n}", bpm=None, key=None, seconds=200 + n) for n in range(3)]


@pytest.fixture
def references() -> References:
    tracks = [*AMBER, *BASALT]
    return make_references(tracks, ["train"] * len(tracks), np.eye(len(tracks)))


def test_median_middle_half_and_place(references: References) -> None:
    track = make_track(99, None, "X", bpm=134, key=parse_key("8A"), seconds=300)
    habits = find_habits(references, track, label="Amber", runner_up="Basalt", metadata_log_odds=0.7)
    own = habits.bpm.own
    assert (own.median, own.low, own.high, own.songs, own.of) == (132, 130, 134, 5, 5)
    assert own.percentile == pytest.approx(70), "three below, and half of the one that is equal"
    assert not own.few
    assert habits.seconds.own.percentile == pytest.approx(10)
    assert habits.seconds.other.median == 201
    assert habits.seconds.other.few
    key = habits.key.own
    assert (key.same, key.mixing, key.minor, key.songs) == (2, 4, 4, 5)
    assert key.most[0] == (parse_key("8A"), 2)
    told = habits.to_json()
    assert told["bpm"]["value"] == 134
    assert told["key"]["own"]["most"] == {"8A": 2, "3A": 1, "8B": 1}
    assert told["metadata_log_odds"] == 0.7


def test_missing_values_are_told_and_never_guessed(references: References) -> None:
    track = make_track(99, None, "X", bpm=None, key=None, seconds=210)
    habits = find_habits(references, track, label="Amber", runner_up="Basalt")
    assert habits.bpm.value is None
    assert habits.bpm.own.percentile is None
    assert habits.bpm.own.median == 132
    assert (habits.bpm.other.songs, habits.bpm.other.median) == (0, None)
    tempo, key, length = habits.sentences()
    assert tempo.startswith("Tempo: unknown; Amber has a median of 132 BPM, the middle half 130 BPM to 134 BPM")
    assert "none of Basalt's 3 songs carries one" in tempo
    assert key == (
        "Key: unknown; of Amber's 5 songs with a key 80 % are in minor; none of Basalt's 3 songs carries one."
    )
    assert "(only 3 songs)" in length
    assert habits.metadata_log_odds is None


def test_a_zero_is_no_tempo_and_no_length(references: References) -> None:
    track = make_track(99, None, "X", bpm=0.0, seconds=0.0)
    habits = find_habits(references, track, label="Amber", runner_up="Basalt")
    assert habits.bpm.value is None
    assert habits.seconds.value is None


def test_a_track_of_the_catalogue_does_not_count_as_its_own_habit(references: References) -> None:
    habits = find_habits(references, AMBER[4], label="Amber", runner_up="Basalt")
    assert (habits.bpm.own.of, habits.bpm.own.percentile) == (4, 100)
    assert habits.key.own.same == 0
    assert habits.bpm.own.few


def test_sentences_say_where_the_track_lies(references: References) -> None:
    def tempo(bpm: float) -> str:
        track = make_track(99, None, "X", bpm=bpm, key=parse_key("8A"))
        return number_sentence(find_habits(references, track, label="Amber", runner_up="Basalt").bpm)

    assert "(this lies below 100 % of them)" in tempo(120)
    assert "(this lies within)" in tempo(132)
    assert "(this lies above 100 % of them)" in tempo(174.5)
    assert tempo(174.5).startswith("Tempo: 174.5 BPM;")


def test_key_sentence(references: References) -> None:
    track = make_track(99, None, "X", key=parse_key("8B"))
    habit = find_habits(references, track, label="Amber", runner_up="Basalt").key
    assert key_sentence(habit) == (
        "Key: 8B (C major); of Amber's 5 songs with a key 1 in it, 3 mix with it, 20 % in major; "
        "none of Basalt's 3 songs carries one."
    )


def test_labels_without_a_song(references: References) -> None:
    habits = find_habits(references, AMBER[0], label="Nobody", runner_up="Amber")
    assert "none of Nobody's 0 songs carries one" in habits.sentences()[0]


keys = st.integers(0, 23).map(Key.from_index)


@given(one=keys, other=keys)
def test_mixing_is_mutual_and_each_key_has_four(one: Key, other: Key) -> None:
    assert mixes(one, other) == mixes(other, one)
    assert mixes(one, one)
    assert sum(mixes(one, Key.from_index(index)) for index in range(24)) == 4


@given(values=st.lists(st.floats(60, 200), min_size=1, max_size=12), value=st.floats(60, 200))
def test_places_lie_between_nothing_and_all(values: list[float], value: float) -> None:
    tracks = [make_track(n, "Amber", f"A{n}", bpm=bpm) for n, bpm in enumerate(values)]
    made = make_references(tracks, ["train"] * len(tracks), np.eye(len(tracks)))
    spread = find_habits(made, replace(tracks[0], audio_id="new", bpm=value), label="Amber", runner_up="x").bpm.own
    low, median, high = (one if one is not None else -1.0 for one in (spread.low, spread.median, spread.high))
    assert min(values) - 1e-9 <= low <= median <= high <= max(values) + 1e-9
    assert spread.percentile is not None
    assert 0 <= spread.percentile <= 100
