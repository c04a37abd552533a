import pytest
from made_collection import made_track

from earmark.catalog.track import Track
from earmark.errors import InputError, UnknownNameError
from earmark.library.library import Library
from earmark.library.own_playlists import change_playlist, create_playlist, delete_playlist, playlist_by_id
from earmark.library.playlists import PlaylistEntry, StoredPlaylist, find_playlist
from earmark.library.rows import track_to_row

TRACKS: list[Track] = [made_track(name) for name in ("one", "two", "three")]
IDS = [track.audio_id for track in TRACKS]
IMPORTED = StoredPlaylist("f" * 32, "Friday", ("Sets",), "rekordbox", "playlist", (PlaylistEntry("x", IDS[0]),))


@pytest.fixture
def filled(library: Library) -> Library:
    library.tracks_table.merge(map(track_to_row, TRACKS))
    library.playlists_table.merge([IMPORTED.to_row()])
    return library


def test_made_kept_and_found_by_name(filled: Library) -> None:
    made = create_playlist(filled, "  Warm   up ", [IDS[2], IDS[0], IDS[2]])
    assert made.name == "Warm up"
    assert made.audio_ids == (IDS[2], IDS[0], IDS[2])
    assert [one.location for one in made.entries] == [TRACKS[row].path for row in (2, 0, 2)]
    assert find_playlist(filled.playlists(), "warm up") == made
    assert [one.source for one in filled.playlists()] == ["earmark", "rekordbox"]


def test_renamed_and_filled_anew_under_the_same_id(filled: Library) -> None:
    made = create_playlist(filled, "A", IDS[:1])
    renamed = change_playlist(filled, made.playlist_id, name="B")
    assert (renamed.name, renamed.audio_ids) == ("B", (IDS[0],))
    again = change_playlist(filled, made.playlist_id, audio_ids=IDS)
    assert (again.playlist_id, again.name, again.audio_ids) == (made.playlist_id, "B", tuple(IDS))
    # The old name is free again, and is another playlist.
    assert create_playlist(filled, "A", []).playlist_id != made.playlist_id
    assert {one.name for one in filled.playlists()} == {"A", "B", "Friday"}


def test_its_own_name_in_another_spelling_is_not_taken(filled: Library) -> None:
    made = create_playlist(filled, "closing", [])
    assert change_playlist(filled, made.playlist_id, name="Closing").name == "Closing"


@pytest.mark.parametrize("name", ["warm up", " WARM UP", "", " \t"])
def test_a_taken_or_empty_name_is_refused(filled: Library, name: str) -> None:
    create_playlist(filled, "Warm up", IDS)
    with pytest.raises(InputError, match=r"needs a name|is a playlist called"):
        create_playlist(filled, name, IDS)
    assert len(filled.playlists()) == 2


def test_the_name_of_an_imported_one_is_free(filled: Library) -> None:
    assert create_playlist(filled, "Friday", IDS).playlist_id != IMPORTED.playlist_id


def test_deleted(filled: Library) -> None:
    made = create_playlist(filled, "A", IDS)
    delete_playlist(filled, made.playlist_id)
    assert filled.playlists() == [IMPORTED]
    with pytest.raises(UnknownNameError, match="no playlist called"):
        delete_playlist(filled, made.playlist_id)


def test_what_was_imported_is_only_read(filled: Library) -> None:
    assert playlist_by_id(filled, IMPORTED.playlist_id) == IMPORTED
    with pytest.raises(InputError, match="imported from rekordbox"):
        change_playlist(filled, IMPORTED.playlist_id, audio_ids=[])
    with pytest.raises(InputError, match="imported from rekordbox"):
        delete_playlist(filled, IMPORTED.playlist_id)
    assert filled.playlists() == [IMPORTED]


def test_tracks_have_to_be_in_the_library(filled: Library) -> None:
    with pytest.raises(UnknownNameError, match="no track called 'ab'"):
        create_playlist(filled, "A", [IDS[0], "ab"])
    assert filled.playlists() == [IMPORTED]
