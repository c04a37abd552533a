"""rekordbox XML: a collection with one playlist, written through pyrekordbox.

What stands in each attribute follows Pioneer DJ's "XML format list": a length in whole seconds, a tempo with two
decimals, a key as rekordbox spells it, the location as a URL with every byte of a name but letters, digits and
``_.-~`` percent-encoded. A track stands in the collection once, however often in the playlist.
"""

import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from earmark.catalog.keys import Key
from earmark.interop.items import PlacedItem, Written
from earmark.interop.locations import is_windows, with_slashes
from earmark.interop.xml_files import xml_text

PRODUCT = "Earmark"
REKORDBOX_MARK = f'<PRODUCT Name="{PRODUCT}"'.encode()
"""What says that an XML is ours; rekordbox's own names itself there."""

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_KINDS = {
    ".mp3": "MP3 File", ".m4a": "M4A File", ".mp4": "M4A File", ".aac": "AAC File", ".wav": "WAV File",
    ".wave": "WAV File", ".aif": "AIFF File", ".aiff": "AIFF File", ".flac": "FLAC File", ".alac": "ALAC File",
    ".ogg": "OGG File",
}  # fmt: skip
# rekordbox spells these two by their flats.
_SPELLINGS = {"C#m": "Dbm", "G#m": "Abm"}


def rekordbox_key(key: Key) -> str:
    """A key as rekordbox shows it in its classic notation, such as ``"F#m"``, ``"Dbm"`` or ``"Ab"``."""
    return _SPELLINGS.get(key.short, key.short)


def write_rekordbox(name: str, items: Sequence[PlacedItem], _folder: Path | None = None) -> Written:
    """Write a rekordbox XML.

    Args:
        name: The playlist's name.
        items: The tracks, in order.
        _folder: Not used: locations are absolute.

    Returns:
        The XML. A relative path, or a name with a backslash in it outside of Windows, is left out: its URL would name
        another file.
    """
    from pyrekordbox.rbxml import RekordboxXml

    xml = RekordboxXml(name=PRODUCT, version=version("earmark"), company="")
    playlist = xml.add_playlist(xml_text(name), keytype="TrackID")
    ids: dict[str, int] = {}
    left_out = []
    for one in items:
        if why := _why_not(one.path):
            left_out.append((one.path, why))
            continue
        # pyrekordbox knows a location by its normalised path and puts a slash before it.
        location = os.path.normpath(with_slashes(one.path).removeprefix("/"))
        if location not in ids:
            ids[location] = len(ids) + 1
            xml.add_track(location, TrackID=ids[location], **_attributes(one))
        playlist.add_track(ids[location])
    # The format asks for its first line to be written so.
    lines = [_DECLARATION, xml.tostring().partition("\n")[2], ""]
    return Written("\n".join(lines).encode(), tuple(left_out))


def _why_not(path: str) -> str | None:
    if not is_windows(path) and not path.startswith("/"):
        return "its path is relative, and rekordbox needs an absolute one"
    if not is_windows(path) and "\\" in path:
        return "its name has a backslash, which rekordbox reads as a folder; rename the file"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "its path is no UTF-8, which rekordbox cannot read; rename the file"
    return None


def _attributes(one: PlacedItem) -> dict[str, Any]:
    """The track's attributes, those that are not known left out."""
    track = one.item.track
    found = {
        "Name": one.title,
        "Artist": one.artist,
        "Album": track.release,
        "Genre": track.genre,
        "Kind": _KINDS.get(PurePosixPath(with_slashes(one.path)).suffix.casefold()),
        "TotalTime": str(round(track.seconds)),
        "Year": None if track.released is None else str(track.released.year),
        "AverageBpm": None if track.bpm is None else f"{track.bpm:.2f}",
        "Comments": one.item.note,
        "Remixer": ", ".join(track.artists.remixers),
        "Tonality": None if track.key is None else rekordbox_key(track.key),
        "Label": track.label,
        "Mix": track.mix,
    }
    return {attribute: xml_text(text) for attribute, text in found.items() if text}
