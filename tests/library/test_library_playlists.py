import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.keys import Key
from earmark.catalog.track import SOURCES, Values
from earmark.errors import InputError, UnknownNameError
from earmark.library.library import Library
from earmark.library.playlists import (
    ImportedTrack,
    PlaylistEntry,
    StoredPlaylist,
    find_playlist,
    in_order,
    make_playlist_id,
)

TEXTS = st.text(max_size=20)


def stored(name: str, *folder: str, number: int = 1) -> StoredPlaylist:
    return StoredPlaylist(f"{number:032x}", name, folder, "rekordbox", "playlist", ())


@given(TEXTS, st.lists(TEXTS, max_size=3), st.lists(st.tuples(TEXTS, st.none() | TEXTS), max_size=4))
def test_playlists_survive_their_row(name: str, folder: list[str], entries: list[tuple[str, str | None]]) -> None:
    given_entries = tuple(PlaylistEntry(*entry) for entry in entries)
    playlist = StoredPlaylist("1", name, tuple(folder), "m3u", "history", given_entries)
    assert StoredPlaylist.from_row(playlist.to_row()) == playlist
    assert len(playlist.audio_ids) + len(playlist.missing) == len(entries)


@pytest.mark.parametrize("added", [None, dt.date(2024, 2, 29)])
def test_what_programs_say_survives_its_row(added: dt.date | None) -> None:
    values = Values(source="traktor", title="Ü", bpm=128.0, key=Key(9, "minor"), problems=("one",))
    told = ImportedTrack("ab", "/m/\udcff.mp3", values, 3, added)
    assert ImportedTrack.from_row(told.to_row()) == told


def test_the_library_keeps_them(library: Library) -> None:
    assert library.playlists() == []
    assert library.imported() == {}
    lists = [stored("b", number=1), stored("a", "Sets", number=2), stored("c", number=3)]
    library.playlists_table.merge(one.to_row() for one in lists)
    assert [one.full_name for one in library.playlists()] == ["b", "c", "Sets/a"]
    told = [ImportedTrack("ab", "x", Values(source=source, bpm=120.0)) for source in ("traktor", "rekordbox")]
    library.imported_table.merge(one.to_row() for one in told)
    assert [one.values.source for one in library.imported()["ab"]] == ["rekordbox", "traktor"]


def test_dj_programs_stand_below_tags_and_csv_and_above_the_rest() -> None:
    told = [Values(source=source) for source in SOURCES if source not in ("rekordbox", "traktor")]
    imported = [Values(source="rekordbox"), Values(source="traktor")]
    order = [one.source for one in in_order(told, imported)]
    assert order == ["tag", "csv", "rekordbox", "traktor", "file-name", "folder", "analysis", "user"]


class TestFindPlaylist:
    LISTS = (stored("Friday", "2023", number=1), stored("Friday", "2024", number=2), stored("Saturday", number=3))

    @pytest.mark.parametrize(
        ("name", "number"), [("saturday", 3), ("2024/Friday", 2), ("2023/friday", 1), ("0" * 31 + "2", 2)]
    )
    def test_by_name_folder_or_id(self, name: str, number: int) -> None:
        assert int(find_playlist(self.LISTS, name).playlist_id, 16) == number

    def test_two_of_one_name_are_told(self) -> None:
        with pytest.raises(
            InputError, match=r"2 playlists are called 'Friday': 2023/Friday \(rekordbox, .*; name one by"
        ):
            find_playlist(self.LISTS, "Friday")

    def test_unknown(self) -> None:
        with pytest.raises(
            UnknownNameError, match="no playlist called 'Sunday'; known: 2023/Friday, 2024/Friday, Saturday"
        ):
            find_playlist(self.LISTS, "Sunday")


def test_ids_tell_playlists_apart() -> None:
    ids = {
        make_playlist_id("rekordbox", "playlist", ["a", "b"]),
        make_playlist_id("traktor", "playlist", ["a", "b"]),
        make_playlist_id("rekordbox", "history", ["a", "b"]),
        make_playlist_id("rekordbox", "playlist", ["a/b"]),
        make_playlist_id("rekordbox", "playlist", ["a", "b"], origin="2"),
    }
    assert len(ids) == 5
    assert make_playlist_id("m3u", "playlist", ["a"]) == make_playlist_id("m3u", "playlist", ("a",))
