"""Playlists that are made in Earmark: created, renamed, filled anew and deleted.

They lie in the same table as imported ones, under the source ``"earmark"``. What DJ software wrote is only ever read
here: the next import would bring it back as it was.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import InputError, UnknownNameError
from earmark.library.library import Library
from earmark.library.playlists import PlaylistEntry, StoredPlaylist, make_playlist_id

SOURCE: Final = "earmark"
"""What stands as the source of a playlist that was made here."""

_LOCK: Final = "playlists.lock"
"""Held from looking until writing: two people who save at once must not both find a name free, nor undo each other."""


def create_playlist(library: Library, name: str, audio_ids: Sequence[str]) -> StoredPlaylist:
    """Make a playlist.

    Args:
        library: The library.
        name: Its name, which no other playlist that was made here may have.
        audio_ids: Its tracks in play order; one may stand there more than once.

    Raises:
        InputError: The name is empty or taken.
        UnknownNameError: A track is not in the library.
    """
    with library.storage.lock(_LOCK):
        shown = _free_name(library, name)
        now = dt.datetime.now(dt.UTC).isoformat()
        made = StoredPlaylist(
            playlist_id=make_playlist_id(SOURCE, "playlist", [shown], origin=now),
            name=shown,
            folder=(),
            source=SOURCE,
            kind="playlist",
            entries=_entries(library, audio_ids),
        )
        library.playlists_table.merge([made.to_row()])
    return made


def change_playlist(
    library: Library, playlist_id: str, *, name: str | None = None, audio_ids: Sequence[str] | None = None
) -> StoredPlaylist:
    """Rename a playlist that was made here, or give it other tracks.

    Args:
        library: The library.
        playlist_id: The playlist; it keeps its id.
        name: Its new name; None leaves the old one.
        audio_ids: Its new tracks in play order; None leaves the old ones.

    Raises:
        InputError: It was imported, or the name is empty or taken.
        UnknownNameError: There is no such playlist, or a track is not in the library.
    """
    with library.storage.lock(_LOCK):
        changed = _own(library, playlist_id)
        if name is not None:
            changed = replace(changed, name=_free_name(library, name, besides=playlist_id))
        if audio_ids is not None:
            changed = replace(changed, entries=_entries(library, audio_ids))
        library.playlists_table.merge([changed.to_row()])
    return changed


def delete_playlist(library: Library, playlist_id: str) -> None:
    """Delete a playlist that was made here.

    Args:
        library: The library.
        playlist_id: The playlist.

    Raises:
        InputError: It was imported.
        UnknownNameError: There is no such playlist.
    """
    with library.storage.lock(_LOCK):  # or a change that has just read it would bring it back
        library.playlists_table.delete([_own(library, playlist_id).playlist_id])


def playlist_by_id(library: Library, playlist_id: str) -> StoredPlaylist:
    """Return a playlist, imported or made here.

    Args:
        library: The library.
        playlist_id: The playlist.

    Raises:
        UnknownNameError: There is no such playlist.
    """
    stored = library.playlists()
    found = next((one for one in stored if one.playlist_id == playlist_id), None)
    if found is None:
        raise UnknownNameError("playlist", playlist_id, (one.full_name for one in stored))
    return found


def _own(library: Library, playlist_id: str) -> StoredPlaylist:
    found = playlist_by_id(library, playlist_id)
    if found.source != SOURCE:
        raise InputError(
            f"{found.full_name} was imported from {found.source} and is changed there; save its tracks as a playlist "
            "of another name to change them here"
        )
    return found


def _free_name(library: Library, name: str, *, besides: str | None = None) -> str:
    """A name as it is kept, once it is known that no other playlist of ours is called so."""
    shown = " ".join(name.split())
    if not shown:
        raise InputError("a playlist needs a name")
    others = [one for one in library.playlists() if one.source == SOURCE and one.playlist_id != besides]
    if any(normalise(one.name) == normalise(shown) for one in others):
        raise InputError(f"there is a playlist called {shown!r} already; choose another name, or change that one")
    return shown


def _entries(library: Library, audio_ids: Sequence[str]) -> tuple[PlaylistEntry, ...]:
    tracks: dict[str, Track] = {track.audio_id: track for track in library.tracks()}
    for audio_id in audio_ids:
        if audio_id not in tracks:
            raise UnknownNameError("track", audio_id, [f"{len(tracks)} tracks of the library, by audio id"])
    return tuple(PlaylistEntry(tracks[audio_id].path, audio_id) for audio_id in audio_ids)
