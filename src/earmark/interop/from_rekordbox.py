"""rekordbox XML, as ``File > Export Collection in xml format`` writes it (Pioneer DJ, "XML format list").

Attributes are read here rather than by pyrekordbox, whose reader trusts the file, ends at the first number that is
none, and drops the first slash of a path on macOS. A value that cannot be read costs itself only.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.catalog.texts import Field, read_texts
from earmark.interop.collection import DEEPEST, DjCollection, DjTrack, Playlist
from earmark.interop.locations import from_file_url
from earmark.library.playlists import PlaylistKind

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

REKORDBOX_ROOT = "DJ_PLAYLISTS"

_ATTRIBUTES: dict[Field, str] = {
    "title": "Name",
    "mix": "Mix",
    "artists": "Artist",
    "remixers": "Remixer",
    "label": "Label",
    "release": "Album",
    "genre": "Genre",
    "released": "Year",
    "bpm": "AverageBpm",
    "key": "Tonality",
    "seconds": "TotalTime",
}
_FOLDER, _BY_LOCATION = "0", "1"


def read_rekordbox(root: "Element", path: Path) -> DjCollection:
    """Read a rekordbox collection.

    Args:
        root: The XML's root element, ``DJ_PLAYLISTS``.
        path: The file that it came from.

    Returns:
        Its tracks and playlists. A playlist that is called "HISTORY ...", or lies in such a folder, was played.
    """
    problems: list[str] = []
    tracks: dict[str, DjTrack] = {}
    by_id: dict[str, str] = {}
    for place, element in enumerate(root.iterfind("COLLECTION/TRACK"), start=1):
        location = from_file_url(element.get("Location", ""))
        if not location:
            problems.append(f"track {place} ({element.get('Name') or 'without a name'}) has no location")
            continue
        if identity := element.get("TrackID"):
            by_id.setdefault(identity, location)
        tracks.setdefault(location, _read_track(element, location))
    playlists = tuple(_read_playlists(root, by_id, problems))
    return DjCollection("rekordbox", path, tuple(tracks.values()), playlists, tuple(problems))


def _read_track(element: "Element", location: str) -> DjTrack:
    texts = {field: [element.get(attribute, "")] for field, attribute in _ATTRIBUTES.items()}
    if texts["released"] == ["0"]:  # rekordbox's way to say that it does not know
        texts["released"] = []
    return DjTrack(location, read_texts("rekordbox", texts), read_count(element.get("PlayCount")), _added(element))


def read_count(text: str | None) -> int | None:
    """A number of plays; None where there is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _added(element: "Element") -> dt.date | None:
    try:
        return dt.date.fromisoformat(element.get("DateAdded", ""))
    except ValueError:  # neither date is worth more than its absence
        return None


def _read_playlists(root: "Element", by_id: dict[str, str], problems: list[str]) -> Iterator[Playlist]:
    """The playlists in the order written; on a stack of our own, since a stranger may nest folders beyond Python's."""
    tops = list(root.iterfind("PLAYLISTS/NODE"))
    waiting: list[tuple[Element, tuple[str, ...]]] = [(node, ()) for top in reversed(tops) for node in reversed(top)]
    while waiting:
        node, folder = waiting.pop()
        name = node.get("Name") or "without a name"
        if node.get("Type") == _FOLDER:
            waiting += [(below, (*folder, name)[:DEEPEST]) for below in reversed(node)]
        elif node.tag == "NODE":
            entries, unknown = _entries(node, by_id)
            if unknown:
                problems.append(f"playlist {name!r}: {unknown} entries name no track of the collection")
            yield Playlist(name, folder, playlist_kind(name, folder), entries)


def _entries(node: "Element", by_id: dict[str, str]) -> tuple[tuple[str, ...], int]:
    """The locations of a playlist, and how many of its keys no track has."""
    keys = [entry.get("Key", "") for entry in node.iterfind("TRACK")]
    if node.get("KeyType") == _BY_LOCATION:
        found = [from_file_url(key) for key in keys]
    else:
        found = [by_id.get(key, "") for key in keys]
    return tuple(one for one in found if one), sum(not one for one in found)


def playlist_kind(name: str, folder: tuple[str, ...]) -> PlaylistKind:
    """Whether a playlist is a record of what was played, by its own name or that of a folder it lies in."""
    return "history" if any(one.casefold().startswith("history") for one in (name, *folder)) else "playlist"
