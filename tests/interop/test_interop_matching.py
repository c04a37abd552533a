from collections.abc import Sequence
from pathlib import PurePosixPath

from dj_library import tagged
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.texts import Field, read_texts
from earmark.catalog.track import Track, Values
from earmark.interop.matching import How, Matcher
from earmark.library.rows import FileRecord

MUSIC = [
    tagged(1, "FSOE/Aly & Fila - Viola (Extended Mix).mp3", 402.4, title="Viola (Extended Mix)", artists="Aly & Fila"),
    tagged(2, "Z/Zo\u00eb - \u00catre.flac", 371.0, title="\u00catre (Original Mix)", artists="Zo\u00eb feat. Ann"),
    tagged(3, "A/CD1/01.mp3", 200.0, title="Intro", artists="A"),
    tagged(4, "B/CD1/01.mp3", 300.0, title="Start", artists="B"),
    tagged(5, "C/CD1/02.mp3", 100.0),
    tagged(6, "D/CD1/02.mp3", 100.5),
    tagged(7, "Case/song.mp3", 50.0),
    tagged(8, "Case/Song.mp3", 60.0),
]


def matcher(others: Sequence[tuple[str, int]] = ()) -> Matcher:
    files = {record.path: record.audio_id for record, _ in MUSIC} | {path: f"{n:032x}" for path, n in others}
    return Matcher([track for _, track in MUSIC], files)


def says(**texts: str) -> Values:
    fields: dict[Field, list[str]] = {name: [text] for name, text in texts.items()}  # type: ignore[misc]
    return read_texts("rekordbox", fields)


def found(location: str, **texts: str) -> tuple[How | None, list[int]]:
    match = matcher().match(location, says(**texts))
    assert (match.audio_id is None) == (match.how is None)
    return match.how, [int(audio_id, 16) for audio_id in match.audio_ids]


def test_by_path_whatever_the_composition_of_letters() -> None:
    assert found("/mnt/music/FSOE/Aly & Fila - Viola (Extended Mix).mp3") == ("path", [1])
    assert found("/mnt/music/Z/Zoe\u0308 - E\u0302tre.flac") == ("path", [2])


def test_case_counts_where_two_files_differ_by_it_only() -> None:
    assert found("/mnt/music/Case/song.mp3") == ("path", [7])
    assert found("/mnt/music/Case/Song.mp3") == ("path", [8])
    assert found("/mnt/music/CASE/SONG.MP3") == (None, [7, 8])
    assert found("/mnt/music/CASE/SONG.MP3", seconds="60") == ("moved folder", [8])
    assert found("/MNT/Music/fsoe/aly & fila - viola (extended mix).mp3") == ("path but for case", [1])


def test_by_what_is_left_of_a_path_that_moved() -> None:
    assert found("D:\\Musik\\FSOE\\Aly & Fila - Viola (Extended Mix).mp3") == ("moved folder", [1])
    assert found("D:/A/CD1/01.mp3") == ("moved folder", [3])


def test_two_parts_of_a_path_can_be_of_another_track_and_lengths_tell() -> None:
    assert found("D:/E/CD1/01.mp3", artists="X") == (None, [])
    assert found("D:/E/CD1/01.mp3") == (None, [])
    assert found("D:/E/CD1/01.mp3", seconds="299") == ("moved folder", [4])
    assert found("D:/E/CD1/01.mp3", seconds="250") == (None, [])
    assert found("D:/E/CD1/01.mp3", seconds="200", title="Other", artists="X") == (None, [])


def test_by_file_name_and_length() -> None:
    assert found("/else/Zo\u00eb - \u00catre.flac") == (None, [])
    assert found("/else/Zo\u00eb - \u00catre.flac", seconds="372") == ("file name and length", [2])
    assert found("/else/Zo\u00eb - \u00catre.flac", seconds="374") == (None, [])


def test_by_artist_title_and_length() -> None:
    song = {"artists": "ZOE", "title": "etre"}
    assert found("/else/track 7.aiff", seconds="371", **song) == ("artist, title and length", [2])
    assert found("/else/track 7.aiff", seconds="380", **song) == (None, [])
    assert found("/else/track 7.aiff", **song) == (None, [])
    assert found("/else/track 7.aiff", seconds="371", artists="Nobody", title="etre") == (None, [])
    assert found("/else/track 7.aiff", seconds="371", artists="Zoe", title="etre (Club Mix)") == (None, [])


def test_what_fits_several_is_none_of_them() -> None:
    assert found("D:/E/CD1/02.mp3", seconds="100") == (None, [5, 6])


def test_every_file_of_a_recording_is_that_recording() -> None:
    match = matcher([("/backup/old name.wav", 1)]).match("/backup/old name.wav", says())
    assert (match.how, match.audio_id) == ("path", f"{1:032x}")


def test_addresses_and_nothing_match_nothing() -> None:
    assert found("http://example.org/stream") == (None, [])
    assert found("") == (None, [])
    assert found("tidal:tracks:1", seconds="402") == (None, [])


@given(st.sampled_from(MUSIC), st.integers(0, 3), st.sampled_from(["", "/x", "D:/Music"]))
def test_a_path_is_never_matched_to_another_track(one: tuple[FileRecord, Track], drop: int, root: str) -> None:
    """However much of its folders is gone, a location fits its own track, several, or none."""
    _, track = one
    parts = PurePosixPath(track.path).parts[1:]
    match = matcher().match("/".join((root, *parts[min(drop, len(parts) - 1) :])), says())
    assert match.audio_id in (None, track.audio_id)
