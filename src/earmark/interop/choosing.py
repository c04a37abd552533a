"""What `earmark export` writes: playlists, single tracks, or all of a label, genre or time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from earmark.catalog.select import Selection, select
from earmark.catalog.track import Track
from earmark.errors import InputError, UnknownNameError
from earmark.interop.items import ExportItem
from earmark.library.library import Library
from earmark.library.playlists import StoredPlaylist, find_playlist

LEAST_OF_AN_ID = 6
"""Letters of an audio id that are enough where no other begins so."""


@dataclass(frozen=True, slots=True)
class ChosenItems:
    """What was chosen.

    Attributes:
        items: The tracks, in order.
        name: The playlist's name, where it is exactly one playlist.
        missing: Locations of playlist entries that the library does not have.
    """

    items: tuple[ExportItem, ...]
    name: str | None
    missing: tuple[str, ...]


def choose_items(library: Library, names: Sequence[str], selection: Selection) -> ChosenItems:
    """Choose tracks to export.

    Args:
        library: The library.
        names: Playlists (`find_playlist` knows them), audio ids or their beginnings, in the order wanted.
        selection: Which of their tracks are wanted; without names, which of the library's.

    Raises:
        InputError: Nothing was asked for, or nothing is left.
        UnknownNameError: There is no playlist and no track of a name, or no such label or genre.
    """
    if not names and selection == Selection():
        raise InputError(
            "say what to export: a playlist's name (`earmark playlists` lists them), audio ids, or --labels, --genre, "
            "--since or --until"
        )
    tracks = {track.audio_id: track for track in library.tracks()}
    wanted = select(list(tracks.values()), selection).tracks
    if not names:
        return ChosenItems(_items(wanted), None, ())
    playlists = library.playlists()
    found: list[Track] = []
    missing: list[str] = []
    named: list[StoredPlaylist] = []
    for name in names:
        playlist = None if name in tracks else _find(playlists, tracks, name)
        if playlist is None:
            found.append(tracks[_begins(tracks, name)[0]])
            continue
        named.append(playlist)
        found += [tracks[key] for key in playlist.audio_ids if key in tracks]
        missing += [one.location for one in playlist.entries if one.audio_id not in tracks]
    name_of_all = named[0].name if len(named) == len(names) == 1 else None
    left = {track.audio_id for track in wanted}
    return ChosenItems(_items([one for one in found if one.audio_id in left]), name_of_all, tuple(missing))


def _find(playlists: Sequence[StoredPlaylist], audio_ids: Iterable[str], name: str) -> StoredPlaylist | None:
    """The playlist of a name; None where the name begins exactly one audio id instead."""
    try:
        return find_playlist(playlists, name)
    except UnknownNameError as error:
        if len(_begins(audio_ids, name)) == 1:
            return None
        raise UnknownNameError("playlist or audio id", name, error.known) from error


def _begins(audio_ids: Iterable[str], name: str) -> list[str]:
    """The audio ids that begin so; none for a name too short to mean one."""
    return [one for one in audio_ids if len(name) >= LEAST_OF_AN_ID and one.startswith(name.casefold())]


def _items(tracks: Sequence[Track]) -> tuple[ExportItem, ...]:
    if not tracks:
        raise InputError("no track is left to export: none has the label, genre and time asked for")
    return tuple(ExportItem(track=track) for track in tracks)
