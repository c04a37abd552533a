from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_collection import made_collection, made_measures, made_prints, made_track

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.similarity.finding.lookup import find_track, make_query

TRACKS = [
    made_track("Broken Atlas", artist="Mira Sandoveil", mix="Original Mix", audio_id="ab12cd" + "0" * 26),
    made_track("Broken Atlas", artist="Mira Sandoveil", mix="Dub Mix", audio_id="ab12ff" + "0" * 26),
    made_track("Sølv", artist="Señor Niño & Zoë", audio_id="beef00" + "0" * 26),
    made_track("Atlas", artist="Nobody", audio_id="feed11" + "0" * 26),
    made_track("deadbeef", artist="Hex", audio_id="012345" + "0" * 26),
]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("broken atlas dub", 1),
        ("Mira Sandoveil - Broken Atlas (Original Mix)", 0),
        ("Broken Atlas (Dub Mix)", 1),
        ("solv", 2),
        ("senor nino", 2),
        ("atlas", 3),
        ("ab12cd", 0),
        ("AB12FF", 1),
        ("beef00" + "0" * 26, 2),
        ("deadbeef", 4),
        ("/music/Atlas.flac", 3),
    ],
)
def test_a_track_is_found(text: str, place: int) -> None:
    assert find_track(text, TRACKS) is TRACKS[place]


def test_two_matches_are_listed_with_a_way_to_be_exact() -> None:
    with pytest.raises(InputError) as caught:
        find_track("broken atlas", TRACKS)
    told = str(caught.value)
    assert told.startswith("'broken atlas' means 2 tracks; give more words, the file's path, or the beginning of its")
    assert "  ab12cd000000  Mira Sandoveil - Broken Atlas (Original Mix)\n" in told
    assert "  ab12ff000000  Mira Sandoveil - Broken Atlas (Dub Mix)" in told
    many = [made_track("Same", audio_id=f"{number:032x}") for number in range(14)]
    with pytest.raises(InputError, match=r"means 14 tracks(.|\n)*and 4 more"):
        find_track("same", many)


def test_an_unknown_track_tells_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        find_track("brokn atlass", TRACKS)
    assert "there is no track called 'brokn atlass' in the library; the nearest are:" in str(caught.value)
    assert "Broken Atlas" in str(caught.value)
    with pytest.raises(InputError, match="`earmark tracks` lists all"):
        find_track("zzzzzzzzzzzzzzzzzzzzzz", TRACKS)
    with pytest.raises(InputError, match=r"no track nor a file called 'gone/song.mp3'"):
        find_track("gone/song.mp3", TRACKS)
    with pytest.raises(InputError, match="earmark scan"):
        find_track("atlas", [])


def test_files_are_told_from_tracks(tmp_path: Path) -> None:
    file = tmp_path / "atlas"
    file.write_bytes(b"sound")
    assert find_track(str(file), TRACKS) == file
    known = made_track("here", path=str(file))
    assert find_track(str(file), [known]) is known
    with pytest.raises(InputError, match="is a folder; name one audio file"):
        find_track(str(tmp_path), TRACKS)


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    try:
        found = find_track(text, TRACKS)
    except InputError:
        return
    assert found in TRACKS or isinstance(found, Path)


def test_a_query_has_the_tracks_vector_and_measures() -> None:
    units = np.eye(len(TRACKS))
    measures = {TRACKS[2].audio_id: made_measures(-9)}
    collection = made_collection(TRACKS, units, measures)
    query = make_query("solv", collection, made_prints(collection))
    assert query.track is TRACKS[2]
    assert query.unit.tolist() == units[2].tolist()
    assert query.measures == measures[TRACKS[2].audio_id]
    assert query.in_library


def test_a_track_without_a_vector_says_what_to_run() -> None:
    collection = made_collection(TRACKS[:2], np.eye(2))
    collection.found = TRACKS  # type: ignore[attr-defined]  # the made one
    with pytest.raises(InputError, match="earmark embed"):
        make_query("solv", collection, made_prints(collection))


def test_tracks_without_names_are_found_by_their_path() -> None:
    bare = Track(audio_id="c0ffee" + "0" * 26, path="/music/x/unknown take.wav", seconds=10.0)
    assert find_track("unknown take", [bare]) is bare
