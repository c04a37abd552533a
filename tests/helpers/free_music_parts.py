"""Debian packages, tracks of the list and sounds, for the tests of the free music benchmark."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
from benchmarks.free_music.manifest import ManifestTrack, Package

MakeDeb = Callable[..., Path]
MakeProgram = Callable[[str, str], Path]

TRACK = ManifestTrack(1, "Label", "music", "usr/share/a.ogg", None, "Title", "Artist", "Release", "CC0", 1.0, "", "")


def ar_member(name: str, data: bytes) -> bytes:
    """Return one member of an ar archive, padded to an even length."""
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode("ascii")
    return header + data + b"\n" * (len(data) % 2)


def package_of(path: Path, *, name: str = "music", version: str = "1.0-1") -> Package:
    """Return the line of the package list that fits a file."""
    data = path.read_bytes()
    return Package(name, version, f"pool/main/m/{path.name}", len(data), hashlib.sha256(data).hexdigest())


def track(row: int, **changes: Any) -> ManifestTrack:
    """Return a track of the list with some values changed."""
    return replace(TRACK, row=row, **changes)


def tone(seconds: float, rate: int, *, amplitude: float = 0.1, hertz: float = 997.0) -> npt.NDArray[np.float32]:
    """Return a sine, mono."""
    time = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def ogg(seconds: float, *, rate: int = 44_100, amplitude: float = 0.1, hertz: float = 440.0) -> bytes:
    """Return a stereo Ogg Vorbis file."""
    sound = io.BytesIO()
    mono = tone(seconds, rate, amplitude=amplitude, hertz=hertz)
    soundfile.write(sound, np.stack([mono, mono], axis=1), rate, format="OGG", subtype="VORBIS")
    return sound.getvalue()


@dataclass(slots=True)
class Mirror:
    """A web server on this machine.

    Attributes:
        root: Its address, with a slash at the end.
        files: What it serves, by path.
        cut_after: Bytes after which it drops the line; None sends everything.
        knows_ranges: Whether it answers a request for a part with a part.
        asked: Path and Range header of each request.
    """

    root: str
    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: int | None = None
    knows_ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
