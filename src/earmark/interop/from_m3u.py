"""M3U and M3U8: a list of paths, one a line, with a length and a name before each where the program writes them.

There is no standard. An ``.m3u8`` is UTF-8; an ``.m3u`` is what its computer used, so it is read as UTF-8 where it can
be and else as Latin-1, which is told. Relative paths are from the file's own folder.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from earmark.catalog.texts import read_texts
from earmark.catalog.track import Values
from earmark.interop.collection import DjCollection, DjTrack, Playlist
from earmark.interop.locations import from_file_url, is_windows, with_slashes

M3U_SUFFIXES = (".m3u", ".m3u8")

_EXTINF = re.compile(r"#EXTINF:\s*(-?\d+(?:\.\d+)?)?[^,]*,?(.*)", re.IGNORECASE)
_NAME = re.compile(r"#PLAYLIST:(.*)", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_m3u(content: bytes, path: Path) -> DjCollection:
    """Read a playlist.

    Args:
        content: The file's bytes.
        path: The file, from whose folder relative paths start.

    Returns:
        One playlist, named by its ``#PLAYLIST`` line or its file, and its tracks with what the lines before them say.
        An address on the web is kept as it is; it names no track of a library.
    """
    text, problems = _decode(content)
    folder = path.absolute().parent
    name, tracks, entries = path.stem, dict[str, DjTrack](), list[str]()
    told: Values = _told("")
    for line in _lines(text):
        if found := _NAME.fullmatch(line):
            name = found[1].strip() or name
        elif line.startswith("#"):
            told = _told(line) if line.upper().startswith("#EXTINF") else told
        else:
            location = _location(line, folder)
            entries.append(location)
            tracks.setdefault(location, DjTrack(location, told))
            told = _told("")
    playlist = Playlist(name, (), "playlist", tuple(entries))
    return DjCollection("m3u", path, tuple(tracks.values()), (playlist,) if entries else (), problems)


def _decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    encoding = _BYTE_ORDER_MARKS.get(content[:2], "utf-8-sig")
    try:
        return content.decode(encoding), ()
    except UnicodeDecodeError:
        return content.decode("latin-1"), ("it is not UTF-8 and was read as Latin-1; check names with accents",)


def _lines(text: str) -> Iterator[str]:
    """The lines that say something. Only line feeds end one: a name may hold what Unicode counts as a line's end."""
    for line in text.split("\n"):
        if (one := line.rstrip("\r\0")).strip():
            yield one


def _told(line: str) -> Values:
    """What an ``#EXTINF`` line says; the values are for matching only, and are those that a file's name would give."""
    found = _EXTINF.fullmatch(line)
    if found is None:
        return Values(source="file-name")
    seconds = found[1] if found[1] and float(found[1]) > 0 else ""  # -1: a stream
    credit, dash, title = found[2].partition(" - ")
    artists = [credit] if dash else []
    return read_texts("file-name", {"artists": artists, "title": [title or credit], "seconds": [seconds]})


def _location(line: str, folder: Path) -> str:
    """The absolute path of a line."""
    if line.casefold().startswith("file:"):
        return from_file_url(line)
    if _URL.match(line):
        return line
    if is_windows(line):
        return with_slashes(line)
    if line.startswith("/"):
        return line
    # A program on Windows writes relative paths with backslashes, and a path from the drive's root with one.
    local = line.replace("\\", "/") if "/" not in line else line
    return local if local.startswith("/") else os.path.normpath(folder / local)
