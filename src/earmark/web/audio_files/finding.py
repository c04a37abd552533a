"""A track's file, opened: only a regular file, only in a folder that is allowed, and only the track's own.

A path comes out of the library's tables and nowhere else, and even so it is not trusted: a row may have been changed, a
folder may have become a link, a pipe or a device may stand where a file was. So links are followed first, what they
lead to has to lie in a folder that was allowed or scanned, and what was opened has to be what was looked at.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from earmark.catalog.track import Track
from earmark.library.library import Library
from earmark.library.rows import FileRecord
from earmark.web.problems import RefusedError


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is open for reading; whoever has it closes its descriptor.

    Attributes:
        descriptor: The operating system's number of it.
        path: Where it is, all links followed.
        size: Bytes.
        mtime_ns: Time of last change in nanoseconds since 1970.
        record: What the library knows of it, where it has not changed since; else None.
    """

    descriptor: int
    path: Path
    size: int
    mtime_ns: int
    record: FileRecord | None = None


@contextmanager
def track_file(library: Library, track: Track, allowed: Sequence[Path]) -> Iterator[OpenFile]:
    """Open the file of a track: the one that counts or, where that is gone, another with the same sound.

    Args:
        library: The library.
        track: One of its tracks.
        allowed: Folders below which files may be read, resolved.

    Yields:
        The file; its descriptor is closed at the end of the block.

    Raises:
        RefusedError: Its files lie outside of the folders (403), or are gone (404).
    """
    file = _first_file(library, track, allowed)
    try:
        yield file
    finally:
        os.close(file.descriptor)


def _first_file(library: Library, track: Track, allowed: Sequence[Path]) -> OpenFile:
    rows = library.files_table.rows(f"audio_id = '{track.audio_id}'")
    records = {row["path"]: FileRecord.from_row(row) for row in rows}
    outside = False
    for path in dict.fromkeys((track.path, *sorted(records))):
        real = _followed(path)
        if real is None:
            continue
        if not any(folder in real.parents for folder in allowed):
            outside = True
            continue
        file = _opened(real, records.get(path))
        if file is not None:
            return file
    if outside:
        raise RefusedError(
            403,
            f"the file of {track.display} lies outside of the folders that this server may read; "
            "start it with `earmark serve --root FOLDER`, or scan its folder",
        )
    raise RefusedError(
        404,
        f"the file of {track.display} is not where it was scanned; connect its disk, or rescan its folder "
        "where the file has moved",
    )


def _followed(path: str) -> Path | None:
    """Where a path leads after all links; None where nothing is there."""
    try:
        return Path(path).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None


def _opened(real: Path, record: FileRecord | None) -> OpenFile | None:
    """Open a file; None where it is no regular file, may not be read, or changed its place meanwhile."""
    try:
        # Before opening: to open a device can already do something.
        if not stat.S_ISREG(real.lstat().st_mode):
            return None
        # A pipe that took the file's place since would wait for a writer; a link would lead elsewhere.
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or _followed(str(real)) != real:
        os.close(descriptor)
        return None
    same = record is not None and (status.st_size, status.st_mtime_ns) == (record.size, record.mtime_ns)
    return OpenFile(descriptor, real, status.st_size, status.st_mtime_ns, record if same else None)
