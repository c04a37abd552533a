"""A file of DJ software, whatever program wrote it: told apart by what is in it, not by its name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.errors import InputError, MetadataError
from earmark.interop.collection import DjCollection
from earmark.interop.from_m3u import M3U_SUFFIXES, read_m3u
from earmark.interop.from_rekordbox import REKORDBOX_ROOT, read_rekordbox
from earmark.interop.from_traktor import TRAKTOR_ROOT, read_traktor
from earmark.interop.items import ENDS_BYTES
from earmark.interop.to_rekordbox import REKORDBOX_MARK
from earmark.interop.to_traktor import TRAKTOR_MARK
from earmark.interop.xml_files import MOST_BYTES, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

XML_READERS: dict[str, Callable[["Element", Path], DjCollection]] = {
    REKORDBOX_ROOT: read_rekordbox,
    TRAKTOR_ROOT: read_traktor,
}
"""The readers of XML, by the root element that tells whose it is."""

_XML_BEGINS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<\0", b"\xfe\xff\0<")
_EXPECTED = "rekordbox XML (File > Export Collection in xml format), Traktor NML, M3U or M3U8"


def read_collection(path: Path, *, most_bytes: int = MOST_BYTES) -> DjCollection:
    """Read a file of DJ software.

    Args:
        path: A rekordbox XML, a Traktor NML, an M3U or M3U8.
        most_bytes: A larger file is not read.

    Raises:
        InputError: There is no such file, it is empty or too large, it holds no track, or XML in it could be an attack.
        MetadataError: It is none of these formats, or is damaged.
    """
    content = _content(path, most_bytes)
    head = content[:1024].lstrip(b" \t\r\n")
    if head.startswith(_XML_BEGINS):
        root = parse_xml(content, name=str(path))
        reader = XML_READERS.get(root.tag)
        if reader is None:
            roots = " nor ".join(XML_READERS)
            raise MetadataError(f"{path} is XML of another kind: its root is {root.tag[:60]!r}, neither {roots}")
        found = replace(reader(root, path), is_ours=_is_ours(content))
    elif _is_m3u(path, head):
        found = read_m3u(content, path)
    else:
        raise MetadataError(f"{path} is no file of DJ software that Earmark reads; expected {_EXPECTED}")
    if not found.tracks and not found.playlists:
        raise InputError(f"{path} holds no track; export the collection or a playlist that has some")
    return found


def _content(path: Path, most_bytes: int) -> bytes:
    if not path.exists():
        raise InputError(f"there is no file {path}; expected {_EXPECTED}")
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file: {_EXPECTED}")
    size = path.stat().st_size
    if size > most_bytes:
        raise InputError(
            f"{path} has {size / 2**20:.0f} MiB, more than the {most_bytes / 2**20:.0f} MiB that are read; "
            "export single playlists instead of the whole collection"
        )
    content = path.read_bytes()
    if not content.strip():
        raise InputError(f"{path} is empty; expected {_EXPECTED}")
    return content


def _is_ours(content: bytes) -> bool:
    """Whether Earmark wrote an XML."""
    ends = content[:ENDS_BYTES] + content[-ENDS_BYTES:]
    return REKORDBOX_MARK in ends or TRAKTOR_MARK in ends


def _is_m3u(path: Path, head: bytes) -> bool:
    """Whether a text is a playlist: it says so, or its name does."""
    named = path.suffix.casefold() in M3U_SUFFIXES
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16, in which every other byte is zero
        return named
    begin = head.removeprefix(b"\xef\xbb\xbf").upper()
    return b"\0" not in head and (named or begin.startswith((b"#EXTM3U", b"#EXTINF")))
