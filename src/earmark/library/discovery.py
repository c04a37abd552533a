"""Finds the audio files below folders, with what tells a changed file from an unchanged one."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from earmark.errors import InputError

AUDIO_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("aac", "aif", "aifc", "aiff", "alac", "ape", "au", "caf", "flac", "m4a", "m4b", "mp2", "mp3", "mp4"),
        *("mpc", "oga", "ogg", "opus", "wav", "wave", "wma", "wv"),
    )
)
"""File name endings that are taken for audio, in lower case."""

LEADS_OUT = "leads out of the folders that may be read; allow the folder that it leads to"
"""Why a place or a link is not followed."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An audio file on disk.

    Attributes:
        path: Absolute path.
        root: The folder under which it was found; its own folder when the file itself was named.
        size: Size in bytes.
        mtime_ns: Time of last change in nanoseconds since 1970.
    """

    path: str
    root: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """What lies below the folders.

    Attributes:
        files: Audio files, sorted by path.
        ignored: Number of other files.
        unreadable: Folders and files that could not be listed, with the system's reason.
    """

    files: tuple[FoundFile, ...]
    ignored: int
    unreadable: dict[str, str]


def find_audio(places: Iterable[str | Path], *, must_exist: bool = True, within: Sequence[Path] | None = None) -> Found:
    """Find the audio files below folders; a place may also be a file, which is then taken whatever its name.

    Hidden files and folders (a leading dot) are passed over. Links are followed, each folder once.

    Args:
        places: Folders and files.
        must_exist: Whether a place that does not exist is an error; otherwise it is unreadable.
        within: Folders, all links followed, that places and links may not lead out of; what does is unreadable. None
            where they may lead anywhere.

    Raises:
        InputError: A place does not exist, and all must.
    """
    search = _Search(within)
    for place in places:
        path = Path(place).expanduser().absolute()
        if not search.may_follow(str(path)):
            search.unreadable[str(path)] = LEADS_OUT
        elif not path.exists() and not must_exist:
            search.unreadable[str(path)] = "is not there; is its disk connected?"
        elif not path.exists():
            raise InputError(f"expected a folder or an audio file, but there is nothing at {path}")
        elif path.is_dir():
            search.walk(str(path))
        else:
            search.add(str(path), str(path.parent))
    files = tuple(search.files[path] for path in sorted(search.files))
    return Found(files, search.ignored, search.unreadable)


class _Search:
    def __init__(self, within: Sequence[Path] | None = None) -> None:
        self._within = within
        self.files: dict[str, FoundFile] = {}
        self.ignored = 0
        self.unreadable: dict[str, str] = {}
        self._seen: set[tuple[int, int]] = set()

    def walk(self, root: str) -> None:
        waiting = [root]
        while waiting:
            folder = waiting.pop()
            for entry in self._entries(folder):
                if entry.name.startswith("."):
                    continue
                self._sort(entry, root, waiting)

    def _sort(self, entry: "os.DirEntry[str]", root: str, waiting: list[str]) -> None:
        is_folder = self._is_folder(entry)
        if not is_folder and os.path.splitext(entry.name)[1].lower() not in AUDIO_SUFFIXES:  # noqa: PTH122 - a million times
            self.ignored += 1
        elif entry.is_symlink() and not self.may_follow(entry.path):
            self.unreadable[_readable(entry.path)] = LEADS_OUT
        elif is_folder:
            waiting.append(entry.path)
        else:
            self.add(entry.path, root)

    def may_follow(self, path: str) -> bool:
        """Whether a path, after all links, lies where it may."""
        if self._within is None:
            return True
        try:
            real = Path(path).resolve()
        except (OSError, RuntimeError):  # a link in a circle leads nowhere
            return True
        return any(real == folder or folder in real.parents for folder in self._within)

    def _is_folder(self, entry: "os.DirEntry[str]") -> bool:
        try:
            return entry.is_dir()
        except OSError:  # a link in a circle, say; if its name is that of audio, `add` tells the reason
            return False

    def _entries(self, folder: str) -> Iterator["os.DirEntry[str]"]:
        try:
            identity = os.stat(folder)  # noqa: PTH116 - a million times
            if (identity.st_dev, identity.st_ino) in self._seen:
                return
            self._seen.add((identity.st_dev, identity.st_ino))
            with os.scandir(folder) as entries:
                yield from entries
        except OSError as error:
            self.unreadable[_readable(folder)] = error.strerror or str(error)

    def add(self, path: str, root: str) -> None:
        if (readable := _readable(path)) != path:
            self.unreadable[readable] = "its name is not UTF-8; rename it"
            return
        try:
            facts = os.stat(path)  # noqa: PTH116 - a million times
        except OSError as error:
            self.unreadable[path] = error.strerror or str(error)
            return
        if stat.S_ISREG(facts.st_mode):
            self.files[path] = FoundFile(path, root, facts.st_size, facts.st_mtime_ns)
        else:
            self.unreadable[path] = "not a regular file"


def _readable(path: str) -> str:
    """The path as text that can be stored and printed, with a replacement sign for each byte that is not UTF-8."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
