"""Traktor NML: a collection with one playlist, in the shape of Traktor 3's own files (``VERSION="19"``).

A playlist names its tracks by volume, folders and file (`earmark.interop.locations`); names are composed (NFC), as
Traktor writes them, or the track would be a new one to it. A key is a number, 0 to 11 for C major to B major and 12 to
23 for C minor to B minor; a length stands there in whole seconds and with decimals.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from earmark.catalog.keys import Key
from earmark.errors import InputError
from earmark.interop.items import PlacedItem, Written
from earmark.interop.locations import TraktorLocation, to_traktor
from earmark.interop.xml_files import fits_xml, xml_text

TRAKTOR_MARK = b"<!--Earmark export-->"
"""What says that an NML is ours: its head has to be Traktor's. It stands at the end, in no reader's way."""

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="no" ?>'


def traktor_key(key: Key) -> int:
    """A key as Traktor's number, 0 (C major) to 23 (B minor)."""
    return key.pitch_class + (12 if key.mode == "minor" else 0)


def write_traktor(name: str, items: Sequence[PlacedItem], _folder: Path | None = None) -> Written:
    """Write a Traktor NML.

    Args:
        name: The playlist's name.
        items: The tracks, in order.
        _folder: Not used: locations are absolute.

    Returns:
        The NML. A track on a network share without a drive letter is left out, and one whose path XML cannot hold.
    """
    collection = Element("COLLECTION")
    keys: list[str] = []
    left_out = []
    known: set[str] = set()
    for one in items:
        try:
            place = _location(one.path)
        except InputError as error:
            left_out.append((one.path, str(error)))
            continue
        if place.key not in known:
            known.add(place.key)
            _add_entry(collection, one, place)
        keys.append(place.key)
    collection.set("ENTRIES", str(len(collection)))
    root = Element("NML", VERSION="19")
    SubElement(root, "HEAD", COMPANY="www.native-instruments.com", PROGRAM="Traktor")
    SubElement(root, "MUSICFOLDERS")
    root.append(collection)
    SubElement(root, "SETS", ENTRIES="0")
    root.append(_playlists(xml_text(name), keys))
    SubElement(root, "INDEXING")
    indent(root, space="")  # a line for each element, as Traktor writes them
    content = tostring(root, encoding="utf-8", short_empty_elements=False)
    return Written(b"\n".join((_DECLARATION, content, TRAKTOR_MARK, b"")), tuple(left_out))


def _location(path: str) -> TraktorLocation:
    if not fits_xml(path):
        raise InputError("its path has signs that XML cannot hold; rename the file")
    return to_traktor(path)


def _add_entry(collection: Element, one: PlacedItem, place: TraktorLocation) -> None:
    track = one.item.track
    entry = SubElement(collection, "ENTRY", TITLE=xml_text(one.title), ARTIST=xml_text(one.artist))
    SubElement(entry, "LOCATION", DIR=place.folders, FILE=place.file, VOLUME=place.volume, VOLUMEID=place.volume)
    if track.release:
        SubElement(entry, "ALBUM", TITLE=xml_text(track.release))
    info = {
        "GENRE": track.genre,
        "LABEL": track.label,
        "COMMENT": one.item.note,
        "MIX": track.mix,
        "REMIXER": ", ".join(track.artists.remixers),
        "KEY": None if track.key is None else track.key.open_key,
        "PLAYTIME": str(round(track.seconds)),
        "PLAYTIME_FLOAT": f"{track.seconds:.6f}",
        "RELEASE_DATE": None if track.released is None else _date(track.released),
    }
    SubElement(entry, "INFO", {attribute: xml_text(text) for attribute, text in info.items() if text})
    if track.bpm is not None:
        SubElement(entry, "TEMPO", BPM=f"{track.bpm:.6f}", BPM_QUALITY="100.000000")
    if track.key is not None:
        SubElement(entry, "MUSICAL_KEY", VALUE=str(traktor_key(track.key)))


def _date(day: dt.date) -> str:
    return f"{day.year}/{day.month}/{day.day}"


def _playlists(name: str, keys: Sequence[str]) -> Element:
    playlists = Element("PLAYLISTS")
    root = SubElement(playlists, "NODE", TYPE="FOLDER", NAME="$ROOT")
    below = SubElement(root, "SUBNODES", COUNT="1")
    node = SubElement(below, "NODE", TYPE="PLAYLIST", NAME=name)
    # The same playlist has the same id each time, so that writing it twice gives the same file.
    uuid = hashlib.blake2b("\n".join((name, *keys)).encode(), digest_size=16).hexdigest()
    playlist = SubElement(node, "PLAYLIST", ENTRIES=str(len(keys)), TYPE="LIST", UUID=uuid)
    for key in keys:
        SubElement(SubElement(playlist, "ENTRY"), "PRIMARYKEY", TYPE="TRACK", KEY=key)
    return playlists
