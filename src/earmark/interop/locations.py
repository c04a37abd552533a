"""Paths as DJ programs write them, and the same paths on another computer.

Three computers may take part: the one whose library it is, the one that runs the DJ program, and Windows among them.
So a path is a text here, never a `pathlib.Path`, and is Windows' own where it begins with a drive or a network share.

rekordbox writes a URL, ``file://localhost/C:/Music/A%20%26%20B.mp3``, or ``file://localhost/Users/me/a.mp3`` without
a drive (rekordbox's XML format list). Traktor writes three parts, volume, folders and file, with ``/:`` between them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import unquote

from earmark.errors import InputError

URL_PREFIX = "file://localhost"

BOOT_VOLUME = "Macintosh HD"
"""The name under which Traktor files what lies on the disk that macOS started from, as macOS calls it."""

_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/])")
_BOOT_VOLUMES = frozenset({"", BOOT_VOLUME.casefold(), f"{BOOT_VOLUME} - Data".casefold()})
_MOUNTED = "/Volumes/"


def is_windows(path: str) -> bool:
    """Whether a path is one of Windows: it begins with a drive, or with a network share's two backslashes."""
    return _DRIVE.match(path) is not None or path.startswith("\\\\")


def with_slashes(path: str) -> str:
    """A path with forward slashes; a backslash in a name on macOS or Linux stays what it is, a letter."""
    return path.replace("\\", "/") if is_windows(path) else path


def with_backslashes(path: str) -> str:
    """A path as its own system writes it: Windows' with backslashes, any other as it is."""
    return path.replace("/", "\\") if is_windows(path) or path.startswith("//") else path


def path_parts(path: str) -> tuple[str, ...]:
    """A path's parts as they are compared: both slashes, one Unicode form (macOS decomposes letters), case kept."""
    return tuple(part for part in normalize("NFC", path).replace("\\", "/").split("/") if part)


def from_file_url(url: str) -> str:
    """The path that a ``file:`` URL names.

    Args:
        url: Such as ``"file://localhost/C:/Music/A%20%26%20B.mp3"``; what is no such URL is given back as it is.

    Returns:
        ``"C:/Music/A & B.mp3"``. Bytes that are no UTF-8 come as Python's file names have them (PEP 383).
    """
    for prefix in (URL_PREFIX, "file://"):
        if url.casefold().startswith(prefix):
            path = unquote(url[len(prefix) :], errors="surrogateescape")
            return path[1:] if re.match(r"/[A-Za-z]:", path) else path
    return url


@dataclass(frozen=True, slots=True)
class TraktorLocation:
    """Where Traktor files a track: a volume, its folders with ``/:`` around each, and the file's name."""

    volume: str
    folders: str
    file: str

    @property
    def key(self) -> str:
        """How a playlist names the track."""
        return f"{self.volume}{self.folders}{self.file}"


def from_traktor(volume: str, folders: str, file: str) -> str:
    """The path of Traktor's three parts.

    Args:
        volume: Such as ``"C:"`` or ``"Macintosh HD"``.
        folders: Such as ``"/:Users/:me/:Music/:"``.
        file: The file's name.

    Returns:
        A drive's path for a drive, ``/Volumes/NAME/...`` for another disk of macOS. Which disk a Mac started from is
        written nowhere: it is taken for ``Macintosh HD``, or for any whose first folder is ``Users``.
    """
    parts = [part for part in folders.split("/:") if part]
    inside = "/".join((*parts, file))
    if volume.endswith(":"):
        return f"{volume}/{inside}"
    if volume.casefold() in _BOOT_VOLUMES or parts[:1] == ["Users"]:
        return f"/{inside}"
    return f"{_MOUNTED}{volume}/{inside}"


def from_traktor_key(key: str) -> str:
    """The path that a playlist entry's key names: the three parts without anything between them."""
    volume, *parts = key.split("/:")
    return from_traktor(volume, "/:" + "".join(f"{part}/:" for part in parts[:-1]), parts[-1]) if parts else key


def to_traktor(path: str) -> TraktorLocation:
    """Take a path apart as Traktor does, its letters composed (NFC), as Traktor writes them.

    Args:
        path: An absolute path.

    Raises:
        InputError: Traktor has no form for it: a network share without a drive letter, or a path that is relative.
    """
    text = with_slashes(normalize("NFC", path))
    if text.startswith("//") or not (is_windows(path) or text.startswith("/")):
        raise InputError(f"Traktor files a track under a drive or disk, and {path} has none; give it one by --path-map")
    if is_windows(path):
        volume, inside = text[:2], text[2:]
    elif text.startswith(_MOUNTED) and "/" in text[len(_MOUNTED) :]:
        volume, _, inside = text[len(_MOUNTED) :].partition("/")
    else:
        volume, inside = BOOT_VOLUME, text
    *folders, file = [part for part in inside.split("/") if part] or [""]
    return TraktorLocation(volume, "/:" + "".join(f"{folder}/:" for folder in folders), file)


@dataclass(frozen=True, slots=True)
class PathMap:
    """A folder here, and the same folder on the computer that is exported for.

    Attributes:
        here: Such as ``"/mnt/music"``, without a slash at its end.
        there: Such as ``"D:/Music"``, likewise.
    """

    here: str
    there: str

    def apply(self, path: str) -> str | None:
        """The path on the other computer; None where it does not lie in the folder."""
        mine, asked = path_parts(self.here), path_parts(path)
        if asked[: len(mine)] != mine:
            return None
        # What is left is cut from the path itself, since its letters are not to be composed.
        rest = [part for part in with_slashes(path).split("/") if part][len(mine) :]
        return "/".join((with_slashes(self.there), *rest))


def parse_path_map(text: str) -> PathMap:
    """Read a path map as a user types it.

    Args:
        text: ``"/mnt/music=D:/Music"``: the folder here and the folder there, split at the first ``=``.

    Raises:
        InputError: If one of the two is missing.
    """
    here, equals, there = (part.strip() for part in text.partition("="))
    if not equals or not here or not there:
        raise InputError(f"a path map is FROM=TO, such as /mnt/music=D:/Music, not {text!r}")
    return PathMap(_without_end(here), _without_end(there))


def map_path(path: str, maps: Sequence[PathMap]) -> str | None:
    """A path on the other computer, by the map with the deepest folder; None where it lies in none of them."""
    deepest = sorted(maps, key=lambda one: -len(path_parts(one.here)))
    return next((mapped for one in deepest if (mapped := one.apply(path)) is not None), None)


def _without_end(folder: str) -> str:
    return folder.rstrip("/\\") if folder.strip("/\\") else ""
