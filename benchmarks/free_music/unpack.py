"""Taking single files out of Debian packages, in pure Python and in one pass.

A ``.deb`` is an ``ar`` archive whose member ``data.tar.*`` holds the files (deb(5)). Only wanted members are read, and
each goes to a file that the caller names, so that no name out of an archive ever becomes a path. Links are refused.
"""

import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Literal

from benchmarks.free_music.manifest import ManifestTrack

from earmark.errors import EarmarkError

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER_BYTES = 60
_MODES: Mapping[str, Literal["r|xz", "r|gz", "r|bz2", "r|"]] = {
    "data.tar.xz": "r|xz",
    "data.tar.gz": "r|gz",
    "data.tar.bz2": "r|bz2",
    "data.tar": "r|",
}


def unpack(deb: Path, tracks: Iterable[ManifestTrack], folder: Path) -> list[Path]:
    """Write a package's tracks into a folder; those that are there already are not written again.

    Args:
        deb: A package that was verified.
        tracks: The tracks that it holds.
        folder: Where each is written under its `unpacked_name`; made where it is missing.

    Returns:
        The tracks' files, in the tracks' order.

    Raises:
        EarmarkError: The package or a zip in it is not one, or lacks a member, or has a link in a member's place.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = list(tracks)
    by_member: dict[str, list[ManifestTrack]] = {}
    for track in wanted:
        if not (folder / track.unpacked_name).exists():
            by_member.setdefault(track.member, []).append(track)
    if by_member:
        try:
            _read_members(deb, by_member, folder)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError, OSError) as error:
            raise EarmarkError(f"{deb.name} cannot be unpacked ({error}); delete it and run again") from error
    return [folder / track.unpacked_name for track in wanted]


def _read_members(deb: Path, missing: dict[str, list[ManifestTrack]], folder: Path) -> None:
    with deb.open("rb") as file, tarfile.open(fileobj=file, mode=_seek_data(file, deb.name)) as archive:
        for member in archive:
            tracks = missing.pop(member.name.removeprefix("./"), None)
            if tracks is None:
                continue
            sound = archive.extractfile(member) if member.isreg() else None
            if sound is None:
                raise EarmarkError(f"{deb.name}: expected a regular file, but {member.name} is a link or a folder")
            _write(sound, tracks, folder, deb.name)
            if not missing:
                return
    raise EarmarkError(f"{deb.name} lacks {', '.join(sorted(missing))}; is it the version in packages.csv?")


def _seek_data(file: IO[bytes], name: str) -> Literal["r|xz", "r|gz", "r|bz2", "r|"]:
    """Stop at the package's data and return the mode to read it in."""
    if file.read(len(_AR_MAGIC)) != _AR_MAGIC:
        raise EarmarkError(f"{name} is no Debian package: expected an ar archive")
    names = []
    while len(header := file.read(_AR_HEADER_BYTES)) == _AR_HEADER_BYTES:
        member = header[:16].decode("ascii", errors="replace").strip().rstrip("/")
        if member in _MODES:
            return _MODES[member]
        names.append(member)
        size = int(header[48:58])
        file.seek(size + size % 2, os.SEEK_CUR)  # members start at even places
    raise EarmarkError(f"{name}: expected one of {', '.join(_MODES)}, but the archive holds {', '.join(names)}")


def _write(sound: IO[bytes], tracks: list[ManifestTrack], folder: Path, deb: str) -> None:
    with tempfile.TemporaryFile(dir=folder) as member:  # a zip's list of members stands at its end
        shutil.copyfileobj(sound, member)
        for track in tracks:
            member.seek(0)
            target = folder / track.unpacked_name
            if track.inner is None:
                _copy(member, target)
            else:
                _copy_inner(member, track, track.inner, target, deb)


def _copy_inner(member: IO[bytes], track: ManifestTrack, inner: str, target: Path, deb: str) -> None:
    with zipfile.ZipFile(member) as archive:
        try:
            info = archive.getinfo(inner)
        except KeyError:
            raise EarmarkError(f"{deb}: {track.member} lacks {inner}") from None
        with archive.open(info) as sound:
            _copy(sound, target)


def _copy(sound: IO[bytes], target: Path) -> None:
    part = target.with_name(target.name + ".part")
    with part.open("wb") as file:
        shutil.copyfileobj(sound, file)
    part.replace(target)
