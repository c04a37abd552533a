from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from dj_library import dj_library, tagged

from earmark.catalog.select import Selection
from earmark.errors import InputError, UnknownNameError
from earmark.interop.choosing import choose_items
from earmark.library.library import Library
from earmark.library.playlists import PlaylistEntry, StoredPlaylist

FIRST, SECOND, THIRD = ("abcdef" + "0" * 25 + "1", "abcdef" + "0" * 25 + "2", "fedcba" + "0" * 26)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = dj_library(tmp_path / "library", [])
    files = [tagged(number, f"{number}.mp3", 60.0, title=str(number), label="AB"[number % 2]) for number in (1, 2, 3)]
    ids = (FIRST, SECOND, THIRD)
    named = [(record, replace(track, audio_id=key)) for (record, track), key in zip(files, ids, strict=True)]
    dj_library(tmp_path / "library", [(replace(record, audio_id=one.audio_id), one) for record, one in named])
    entries = (
        PlaylistEntry("x", THIRD),
        PlaylistEntry("gone", None),
        PlaylistEntry("y", FIRST),
        PlaylistEntry("z", "0"),
    )
    lists = [StoredPlaylist("1", "Night", (), "m3u", "playlist", entries)]
    made.playlists_table.merge(one.to_row() for one in lists)
    return made


def chosen(library: Library, *names: str, **selection: Sequence[str]) -> list[str]:
    found = choose_items(library, names, Selection(**selection))  # type: ignore[arg-type]
    return [item.track.audio_id for item in found.items]


def test_playlists_in_play_order_with_what_is_missing(library: Library) -> None:
    found = choose_items(library, ["night"], Selection())
    assert [item.track.audio_id for item in found.items] == [THIRD, FIRST]
    assert (found.name, found.missing) == ("Night", ("gone", "z"))


def test_audio_ids_and_their_beginnings(library: Library) -> None:
    assert chosen(library, SECOND, "FEDCBA", "Night") == [SECOND, THIRD, THIRD, FIRST]
    assert choose_items(library, [SECOND, "Night"], Selection()).name is None
    for name in ("abcdef", "fedcb", ""):
        with pytest.raises(UnknownNameError, match=f"no playlist or audio id called '{name}'; known: Night"):
            choose_items(library, [name], Selection())


def test_a_choice_narrows_playlists_and_the_library(library: Library) -> None:
    assert chosen(library, "Night", labels=("b",)) == [THIRD, FIRST]
    assert chosen(library, labels=("a",)) == [SECOND]
    with pytest.raises(InputError, match="no track is left to export: none has the label"):
        choose_items(library, [SECOND, SECOND], Selection(labels=("B",)))


def test_something_has_to_be_asked_for(library: Library) -> None:
    with pytest.raises(InputError, match="say what to export"):
        choose_items(library, [], Selection())
