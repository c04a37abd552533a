"""Keeps a dropped file: copied under a name made of its tags, never over another file."""

import filecmp
import os
import re
import shutil
from pathlib import Path
from typing import Final

from earmark.errors import InputError
from earmark.library.library import Library
from earmark.web.drops.records import Drop, known_suffix
from earmark.web.problems import RefusedError
from earmark.web.settings import ServeSettings

KEPT: Final = "kept"
"""The library's own folder of kept files."""

MOST_STEM_BYTES: Final = 180
"""File systems allow 255 bytes; this leaves room for a number and the ending."""

MOST_TRIES: Final = 100

SUFFIXES: Final = {
    ("ogg", "opus"): ".opus",
    ("mp3", "mp3"): ".mp3",
    ("mp4", "aac"): ".m4a",
    ("mp4", "alac"): ".m4a",
    ("aac", "aac"): ".aac",
}
"""The ending of a container with a codec, where it is not that of the container alone."""

CONTAINER_SUFFIXES: Final = {"wav": ".wav", "flac": ".flac", "ogg": ".ogg", "mp4": ".m4a", "aiff": ".aiff"}

_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


def folder_for(settings: ServeSettings, library: Library, wanted: str | None) -> Path:
    """The folder that a file is to be kept in.

    Args:
        settings: Which folders are allowed.
        library: The library, for its own folder.
        wanted: A folder in or below an allowed one; None for the library's own.

    Raises:
        InputError: There is no such folder.
        RefusedError: It is not in or below an allowed one.
    """
    if wanted is None:
        folder = library.local_folder(KEPT)
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()
    folder = Path(wanted)
    if not folder.is_absolute() or "\x00" in wanted or not settings.within_roots(folder):
        raise RefusedError(403, "files are kept below the folders that were allowed when the server was started only")
    if not folder.is_dir():
        raise InputError("there is no such folder; make it first, or name another")
    return folder.resolve()


def kept_name(drop: Drop) -> str:
    """The name that a file is kept under: artists and title as far as its tags say, and what it really is.

    Args:
        drop: A drop that was decoded.

    Raises:
        InputError: It is of a kind that no scan would find again.
    """
    track, sound = drop.told.track, drop.told.sound
    shown = track.display if track is not None and track.title else Path(drop.name).stem
    stem = _UNSAFE.sub(" ", shown)
    stem = " ".join(stem.split()).strip(". ")
    stem = stem.encode("utf-8", "ignore")[:MOST_STEM_BYTES].decode("utf-8", "ignore").strip(". ")
    container, codec = ("", "") if sound is None else (sound.container, sound.codec)
    suffix = SUFFIXES.get((container, codec)) or CONTAINER_SUFFIXES.get(container) or known_suffix(drop.name)
    if not suffix:
        raise InputError(f"a file of the kind {container or 'unknown'} is not kept: a scan would not find it again")
    return (stem or (track.audio_id if track is not None else drop.id)) + suffix


def keep_file(source: Path, folder: Path, name: str) -> Path:
    """Copy a file into a folder; one that is there already with the same content is taken as it is.

    Args:
        source: The file.
        folder: Where to.
        name: Its name there; a number is added where another file has it.

    Returns:
        Where it is now.

    Raises:
        InputError: So many files have this name that no number is free.
    """
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(1, MOST_TRIES):
        target = folder / (name if number == 1 else f"{stem} ({number}){suffix}")
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            if target.is_file() and not target.is_symlink() and filecmp.cmp(source, target, shallow=False):
                return target
            continue
        try:
            with os.fdopen(handle, "wb") as copy, source.open("rb") as original:
                shutil.copyfileobj(original, copy)
        except OSError:
            target.unlink(missing_ok=True)
            raise
        return target
    raise InputError(f"there are {MOST_TRIES - 1} files called {name} already; tidy up the folder first")
