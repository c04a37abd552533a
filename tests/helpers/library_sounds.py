"""Small music for the library's tests: short synthesised sounds, distinct by seed, with tags as shops write them."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from mutagen.flac import FLAC
from mutagen.id3 import TALB, TIT2, TPE1, TPUB
from mutagen.mp3 import MP3
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.scan import ScanSummary, scan

RATE = 8000

# Any, since mutagen is not typed.
OPENERS: dict[str, Any] = {".flac": FLAC, ".ogg": OggVorbis, ".mp3": MP3, ".wav": WAVE}
ID3_FRAMES: dict[str, Any] = {"title": TIT2, "artist": TPE1, "label": TPUB, "album": TALB}


def write_sound(path: Path, seed: int, *, seconds: float = 0.5, **tags: str) -> Path:
    """Write a sound that no other seed gives, with tags (title, artist, label, album) of the file's own kind."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * (110 + 17 * (seed % 97)) * time)
    sound = (0.2 * tone + 0.05 * rng.standard_normal(len(time))).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE)
    if tags:
        write_tags(path, **tags)
    return path


def write_tags(path: Path, **tags: str) -> None:
    """Replace a file's tags."""
    opened = OPENERS[path.suffix](path)
    opened.delete()
    if path.suffix in {".flac", ".ogg"}:
        opened.update(tags)
    else:
        if opened.tags is None:
            opened.add_tags()
        for name, text in tags.items():
            opened.tags.add(ID3_FRAMES[name](encoding=3, text=[text]))
    opened.save()


def write_broken(path: Path, content: bytes = b"this is no audio" * 64) -> Path:
    """Write a file that no decoder can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def retouch(path: Path, *, seconds: int = 5) -> None:
    """Give a file another time of change, as a copy or an edit does."""
    changed = path.stat().st_mtime_ns + seconds * 10**9
    os.utime(path, ns=(changed, changed))


def move(path: Path, to: Path) -> Path:
    """Move a file, making the folder."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, to)
    return to


def scan_serially(library: Library, *places: Path, **rules: Any) -> ScanSummary:
    """Scan in this process."""
    return scan(library, places, executor=SerialExecutor(), **rules)


def labels(library: Library) -> dict[str, str | None]:
    """The label of each track, by its file's name."""
    return {Path(track.path).name: track.label for track in library.tracks()}
