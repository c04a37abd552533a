"""Keys, their notations, and chords."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.demo.harmony import PROGRESSIONS, Key, Mode, NoteName, chord_note, frequency

KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(get_args(Mode)))


@pytest.mark.parametrize(
    ("key", "camelot", "open_key", "short", "long"),
    [
        (Key(9, "minor"), "8A", "1m", "Am", "A minor"),
        (Key(0, "major"), "8B", "1d", "C", "C major"),
        (Key(8, "minor"), "1A", "6m", "G#m", "G# minor"),
        (Key(7, "major"), "9B", "2d", "G", "G major"),
        (Key(5, "minor"), "4A", "9m", "Fm", "F minor"),
        (Key(6, "major"), "2B", "7d", "F#", "F# major"),
        (Key(4, "major"), "12B", "5d", "E", "E major"),
        (Key(1, "minor"), "12A", "5m", "C#m", "C# minor"),
    ],
)
def test_known_keys(key: Key, camelot: str, open_key: str, short: str, long: str) -> None:
    assert key.camelot == key.written("camelot") == camelot
    assert key.written("open_key") == open_key
    assert key.written("short") == short
    assert key.written("long") == long


@pytest.mark.parametrize("notation", get_args(NoteName))
def test_no_two_keys_are_written_alike(notation: NoteName) -> None:
    written = {Key(tonic, mode).written(notation) for tonic in range(12) for mode in get_args(Mode)}
    assert len(written) == 24


@given(KEYS)
def test_progressions_stay_in_the_scale_and_begin_at_home(key: Key) -> None:
    for progression in PROGRESSIONS[key.mode]:
        assert progression[0] == 0
        for degree in progression:
            chord = key.chord(degree)
            assert list(chord) == sorted(chord)
            assert {(key.tonic + note) % 12 for note in chord} <= key.pitch_classes()


def test_chords_of_a_minor() -> None:
    key = Key(9, "minor")
    assert key.chord(0) == (0, 3, 7)
    assert key.chord(5) == (8, 12, 15)
    assert [chord_note((0, 3, 7), index) for index in range(5)] == [0, 3, 7, 12, 15]


def test_frequencies_are_equal_tempered() -> None:
    assert frequency(69) == pytest.approx(440)
    assert frequency(57) == pytest.approx(220)
    assert frequency(60) == pytest.approx(261.6256, abs=1e-3)
