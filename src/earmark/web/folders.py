"""Folders of music that may be added: those below the roots that were allowed at the start, and no others.

A folder is named by the number of its root and a path relative to that, or by its whole path. Either way links are
followed first, and what they lead to has to lie below a root.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.library.discovery import AUDIO_SUFFIXES
from earmark.library.library import Library
from earmark.web.drops.keeping import KEPT
from earmark.web.problems import RefusedError
from earmark.web.settings import ServeSettings

MOST_LISTED = 1000
"""Folders of one folder that are listed."""
MOST_COUNTED = 2000
"""Entries of a folder that are looked at when its audio files are counted."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder below a root.

    Attributes:
        name: Its name.
        path: Relative to its root, with ``/`` between the parts; empty for the root itself.
        audio_files: Audio files that lie directly in it.
        folders: Whether there are folders in it.
        scanned: Whether it was scanned, by itself or as a part of a folder above it.
        holds_scanned: Whether a folder somewhere below it was scanned.
    """

    name: str
    path: str
    audio_files: int
    folders: bool
    scanned: bool
    holds_scanned: bool


class Folders:
    """What may be browsed and scanned.

    Args:
        settings: What the server was started with.
        library: The library, which knows what was scanned.
    """

    def __init__(self, settings: ServeSettings, library: Library) -> None:
        self._settings = settings
        self._scanned = [(Path(root.path), _real(root.path)) for root in library.roots()]

    @property
    def any_scanned(self) -> bool:
        """Whether any folder was scanned before."""
        return bool(self._scanned)

    def find(self, root: int, relative: str) -> Path:
        """Return a folder below a root, all links followed.

        Args:
            root: The root's number.
            relative: The path from there.

        Raises:
            RefusedError: There is no such root or folder (404), or it leads out of the roots (403).
        """
        if root >= len(self._settings.roots):
            raise RefusedError(404, f"there is no root {root}; see /api/roots")
        parts = Path(relative).parts
        if "\0" in relative or ".." in parts or Path(relative).is_absolute():
            raise RefusedError(403, "a folder is named by its path below a root, without '..'")
        return self._checked(self._settings.roots[root] / relative)

    def named(self, text: str) -> Path:
        """Return a folder that is named by its whole path, all links followed.

        Args:
            text: An absolute path.

        Raises:
            RefusedError: It is no absolute path or lies outside of the roots (403), or is not there (404).
        """
        if "\0" in text or not Path(text).is_absolute():
            raise RefusedError(403, "a folder outside of the roots is named by its whole path")
        return self._checked(Path(text))

    def file(self, text: str) -> Path:
        """Return a file, such as a CSV, that is named by its whole path; it has to lie below a root.

        Args:
            text: An absolute path.

        Raises:
            RefusedError: It lies outside of the roots (403), or is no regular file (404).
        """
        if "\0" in text or not Path(text).is_absolute():
            raise RefusedError(403, "a file is named by its whole path")
        path = self._within(Path(text))
        if not path.is_file():
            raise RefusedError(404, f"there is no file {text}")
        return path

    def as_scanned(self, folder: Path) -> Path:
        """Return a folder in the spelling by which the library knows it, so that the same files are not found twice.

        Args:
            folder: A folder, all links followed.
        """
        for spelt, real in self._scanned:
            if real is not None and (folder == real or real in folder.parents):
                return spelt / folder.relative_to(real)
        return folder

    def listing(self, root: int, relative: str) -> tuple[Folder, list[Folder]]:
        """Return a folder and the folders in it, by name.

        Hidden ones are left out, links that lead out, and those whose name is no text, which JSON cannot tell.

        Args:
            root: The root's number.
            relative: The path from there.

        Raises:
            RefusedError: As for `find`.
        """
        top = self.find(root, relative)
        base = Path(relative)
        inner = []
        with suppress(PermissionError), os.scandir(top) as entries:
            for entry in entries:
                if _is_shown(entry.name) and _is_folder(entry) and self._may(Path(entry.path)):
                    inner.append(entry)
        inner.sort(key=lambda entry: entry.name.casefold())
        listed = [self._told(Path(entry.path), base / entry.name) for entry in inner[:MOST_LISTED]]
        return self._told(top, base), listed

    def _told(self, path: Path, relative: Path) -> Folder:
        real = _real(path)
        audio, folders = _count(path)
        known = [scanned for _, scanned in self._scanned if scanned is not None]
        return Folder(
            name=path.name or str(path),
            path="" if relative == Path() else relative.as_posix(),
            audio_files=audio,
            folders=folders,
            scanned=any(real == one or (real is not None and one in real.parents) for one in known),
            holds_scanned=any(real in one.parents for one in known),
        )

    def _may(self, path: Path) -> bool:
        try:
            return self._settings.within_roots(path)
        except (OSError, RuntimeError):  # a link in a circle
            return False

    def _within(self, path: Path) -> Path:
        if not self._may(path):
            raise RefusedError(
                403,
                f"{path} lies outside of the folders that this server may read; start it with "
                "`earmark serve --root FOLDER` to allow another",
            )
        return path.resolve()

    def _checked(self, path: Path) -> Path:
        real = self._within(path)
        if not real.is_dir():
            raise RefusedError(404, f"there is no folder {path}")
        return real


def renewed_request(settings: ServeSettings, library: Library, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of a job that is to be resumed with the folders that may be read now.

    A server with other roots may have been asked, and the library has scanned other folders since. What is not named in
    a request, such as where labels come from, is settled by the scan itself, as at the folder's last one.

    Args:
        settings: What the server was started with.
        library: The library, whose own folder of kept files may always be read.
        request: The job's request; ``places``, ``folder`` and ``csv`` are paths, ``within`` folders not to be left.

    Raises:
        RefusedError: A path that it names lies outside of the roots.
    """
    own = _real(library.local_folder(KEPT))
    named = [*request.get("places", []), request.get("folder"), request.get("csv")]
    for place in filter(None, named):
        real = _real(place)
        if real is None or not (settings.within_roots(real) or own in real.parents):
            raise RefusedError(403, f"{place} lies outside of the folders that this server may read")
    if "within" not in request:
        return dict(request)
    return {**request, "within": [str(one) for one in readable_folders(settings, library)]}


def readable_folders(settings: ServeSettings, library: Library) -> Sequence[Path]:
    """Return the folders, all links followed, that a scan may not leave and of which files may be heard.

    These are the roots, what was scanned before, and the library's own folder of kept files.

    Args:
        settings: What the server was started with.
        library: The library.
    """
    own = [str(library.local_folder(KEPT)), *(root.path for root in library.roots())]
    return tuple(dict.fromkeys((*settings.roots, *(real for one in own if (real := _real(one)) is not None))))


def _real(path: str | Path) -> Path | None:
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError):
        return None


def _is_shown(name: str) -> bool:
    """Whether a name is no hidden one, and a text: on Linux it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return not name.startswith(".")


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _count(folder: Path) -> tuple[int, bool]:
    """How many audio files lie directly in a folder, and whether there are folders in it; of the first entries."""
    audio, folders = 0, False
    with suppress(OSError), os.scandir(folder) as entries:
        for place, entry in enumerate(entries):
            if place >= MOST_COUNTED:
                break
            if entry.name.startswith("."):
                continue
            audio += Path(entry.name).suffix.lower() in AUDIO_SUFFIXES
            folders = folders or _is_folder(entry)
    return audio, folders
