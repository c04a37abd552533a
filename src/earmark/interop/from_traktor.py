"""Traktor NML: ``collection.nml``, an exported playlist, or a file of the folder ``History``.

The shape is that of Traktor 3's own files: one ENTRY for each track with LOCATION, INFO, TEMPO and MUSICAL_KEY, and
playlists whose entries name tracks by volume, folders and file. A record of what was played is a playlist called
``HISTORY`` of the type ``PROTOCOL``; it takes the name of its file, since all of them have the same.
"""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.catalog.keys import Key
from earmark.catalog.texts import Field, read_texts
from earmark.interop.collection import DEEPEST, DjCollection, DjTrack, Playlist
from earmark.interop.from_rekordbox import playlist_kind, read_count
from earmark.interop.locations import from_traktor, from_traktor_key

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TRAKTOR_ROOT = "NML"

BPM_DECIMALS = 3
"""Traktor writes 121.999779 for a grid of 122; more decimals than these say nothing."""

_INFO: dict[Field, str] = {
    "mix": "MIX",
    "remixers": "REMIXER",
    "label": "LABEL",
    "catalogue_number": "CATALOG_NO",
    "genre": "GENRE",
}
_DATE = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})")


def read_traktor(root: "Element", path: Path) -> DjCollection:
    """Read a Traktor collection.

    Args:
        root: The root element, ``NML``.
        path: The file that it came from; a history takes its name.

    Returns:
        Its tracks and playlists. Smart lists are searches, not lists, and are told as a problem.
    """
    problems: list[str] = []
    tracks: dict[str, DjTrack] = {}
    for place, element in enumerate(root.iterfind("COLLECTION/ENTRY"), start=1):
        location = _location(element)
        if not location:
            problems.append(f"track {place} ({element.get('TITLE') or 'without a title'}) has no location")
            continue
        tracks.setdefault(location, _read_track(element, location))
    playlists = tuple(_read_playlists(root, path, problems))
    return DjCollection("traktor", path, tuple(tracks.values()), playlists, tuple(problems))


def _location(entry: "Element") -> str:
    found = entry.find("LOCATION")
    if found is None or not found.get("FILE"):
        return ""
    return from_traktor(found.get("VOLUME", ""), found.get("DIR", ""), found.get("FILE", ""))


def _read_track(entry: "Element", location: str) -> DjTrack:
    info = _attributes(entry, "INFO")
    texts = {field: [info.get(attribute, "")] for field, attribute in _INFO.items()}
    texts |= {
        "title": [entry.get("TITLE", "")],
        "artists": [entry.get("ARTIST", "")],
        "release": [_attributes(entry, "ALBUM").get("TITLE", "")],
        "released": [_iso_date(info.get("RELEASE_DATE", ""))],
        "bpm": [_tempo(_attributes(entry, "TEMPO").get("BPM", ""))],
        # The number is unambiguous; the text is what a tag said, in whatever notation.
        "key": [_key(_attributes(entry, "MUSICAL_KEY").get("VALUE", "")), info.get("KEY", "")],
        "seconds": [info.get("PLAYTIME_FLOAT", ""), info.get("PLAYTIME", "")],
    }
    return DjTrack(location, read_texts("traktor", texts), read_count(info.get("PLAYCOUNT")), _day(info))


def _attributes(entry: "Element", tag: str) -> dict[str, str]:
    found = entry.find(tag)
    return {} if found is None else found.attrib


def _key(text: str) -> str:
    """Traktor's number as a key that every importer reads; any other text as it is, to be told as a problem."""
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text) < 24):
        return text and f"MUSICAL_KEY {text}"
    return Key(int(text) % 12, "minor" if int(text) >= 12 else "major").camelot


def _tempo(text: str) -> str:
    try:
        return f"{round(float(text), BPM_DECIMALS):g}" if text else ""
    except (ValueError, OverflowError):
        return text


def _iso_date(text: str) -> str:
    """``2020/9/5`` as ``2020-09-05``; 1 January is what Traktor writes where only the year is known."""
    found = _DATE.fullmatch(text)
    if found is None:
        return text
    year, month, day = found.groups()
    return year if (int(month), int(day)) == (1, 1) else f"{year}-{int(month):02d}-{int(day):02d}"


def _day(info: dict[str, str]) -> dt.date | None:
    found = _DATE.fullmatch(info.get("IMPORT_DATE", ""))
    try:
        return None if found is None else dt.date(*map(int, found.groups()))
    except ValueError:
        return None


def _read_playlists(root: "Element", path: Path, problems: list[str]) -> Iterator[Playlist]:
    """The playlists in the order written; on a stack of our own, since a stranger may nest folders beyond Python's."""
    tops = list(root.iterfind("PLAYLISTS/NODE"))
    waiting: list[tuple[Element, tuple[str, ...]]] = [(n, ()) for t in reversed(tops) for n in reversed(_below(t))]
    # An exported playlist may come without the folder around it.
    waiting += [(top, ()) for top in reversed(tops) if top.get("TYPE") == "PLAYLIST"]
    while waiting:
        node, folder = waiting.pop()
        name = node.get("NAME") or "without a name"
        if node.get("TYPE") == "FOLDER":
            waiting += [(below, (*folder, name)[:DEEPEST]) for below in reversed(_below(node))]
        elif node.get("TYPE") == "PLAYLIST":
            yield _read_playlist(node, name, folder, path)
        else:
            problems.append(f"{name!r} is a {(node.get('TYPE') or 'node').lower()}, not a list, and was not read")


def _below(node: "Element") -> list["Element"]:
    return list(node.iterfind("SUBNODES/NODE"))


def _read_playlist(node: "Element", name: str, folder: tuple[str, ...], path: Path) -> Playlist:
    keys = (entry.get("KEY", "") for entry in node.iterfind("PLAYLIST/ENTRY/PRIMARYKEY"))
    entries = tuple(from_traktor_key(key) for key in keys if key)
    types = {one.get("TYPE") for one in node.iterfind("PLAYLIST")}
    kind = "history" if "PROTOCOL" in types else playlist_kind(name, folder)
    return Playlist(path.stem if name == "HISTORY" else name, folder, kind, entries)
