"""File names: the Mixed In Key pattern and plain ``Artists - Title``."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.from_file_name import read_file_name, stem_of
from earmark.catalog.keys import Key, parse_key
from earmark.catalog.track import Values


def told(name: str) -> tuple[str | None, float | None, str | None, str | None, str | None]:
    values = read_file_name(Path("/music") / name)
    return values.key.camelot if values.key else None, values.bpm, values.artist_credit, values.title, values.mix


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("8A - 132 - Moogwai - Viola (Elevation Extended Remix).mp3",
         ("8A", 132.0, "Moogwai", "Viola", "Elevation Extended Remix")),
        ("08A - 128.5 - A & B - Song.flac", ("8A", 128.5, "A & B", "Song", None)),
        ("Am - 132 - A - Song.wav", ("8A", 132.0, "A", "Song", None)),
        ("1m - 132 - A - Song - Sub - Title.wav", ("8A", 132.0, "A", "Song - Sub - Title", None)),
        ("8A - 132 - Jerome Isma-Ae - Hold-Up.mp3", ("8A", 132.0, "Jerome Isma-Ae", "Hold-Up", None)),
        ("All - 132 - A - Song.mp3", (None, 132.0, "A", "Song", None)),
        ("8A - A - Song.mp3", ("8A", None, "A", "Song", None)),
        ("8A - 132 - Song.mp3", ("8A", 132.0, None, "Song", None)),
        ("6A - 132 - Yoel Lewis- Commando (Extended Mix).mp3", ("6A", 132.0, "Yoel Lewis", "Commando", "Extended Mix")),
        ("A & B - Song (C Remix).ogg", (None, None, "A & B", "Song", "C Remix")),
        ("01 - A - Song.mp3", (None, None, "A", "Song", None)),
        ("311 - Amber.mp3", (None, None, "311", "Amber", None)),
        ("A – Song.mp3", (None, None, "A", "Song", None)),
        ("some_artist_-_some_song.mp3", (None, None, "some artist", "some song", None)),
        ("C - Blanket.mp3", (None, None, "C", "Blanket", None)),
        ("A - M.I.K.E.", (None, None, "A", "M.I.K.E.", None)),
    ],
)  # fmt: skip
def test_reads_names(name: str, expected: tuple[object, ...]) -> None:
    assert told(name) == expected


@pytest.mark.parametrize("name", ["track.mp3", "Isma-Ae.mp3", "-.mp3", " - .mp3", "demo", "8A.mp3"])
def test_other_names_tell_nothing(name: str) -> None:
    assert read_file_name(Path(name)) == Values(source="file-name")


WORD = st.from_regex(r"[A-Z][a-z]{2,6}(-[A-Z][a-z]{2,6})?", fullmatch=True)
ARTISTS = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
TITLES = st.lists(ARTISTS, min_size=1, max_size=3).map(" - ".join)
KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(["minor", "major"]))


@given(KEYS, st.integers(60, 200), ARTISTS, TITLES)
def test_the_mixed_in_key_pattern_round_trips(key: Key, bpm: int, artists: str, title: str) -> None:
    values = read_file_name(Path(f"{key.camelot} - {bpm} - {artists} - {title} (Extended Mix).mp3"))
    assert (values.key, values.bpm, values.artist_credit) == (parse_key(key.camelot), bpm, artists)
    assert (values.title, values.mix, values.problems) == (title, "Extended Mix", ())


def test_only_audio_endings_are_cut() -> None:
    assert [stem_of(name) for name in ("A.MP3", "Feat. 54.mp3", "Feat. 54", "C.Y.M", ".mp3")] == [
        "A", "Feat. 54", "Feat. 54", "C.Y.M", ".mp3",
    ]  # fmt: skip
