"""A dropped file's sound as a browser can play it."""

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from earmark.web.audio_files.conversion import (
    FLAC_CHANNELS,
    FLAC_SAMPLE_BYTES,
    MOST_FLAC_BYTES,
    FlacTask,
    make_flac,
)
from earmark.web.audio_files.finding import OpenFile
from earmark.web.audio_files.sounds import FLAC, PLAYABLE, Sound
from earmark.web.audio_files.workshop import Workshop
from earmark.web.drops.records import Drop
from earmark.web.problems import RefusedError

Room = Callable[[Drop, int], AbstractContextManager[None]]
"""Holds room on disk for so many bytes made of a drop."""

FLAC_HEAD = 64 * 1024
"""What a FLAC takes beside its samples, which it never makes larger by more than that."""


def drop_sound(drop: Drop, path: Path, workshop: Workshop, room: Room) -> Sound:
    """Open a dropped file for sending; what browsers do not play is made a FLAC first, beside it.

    Args:
        drop: The drop, which was decoded: only what has turned out to be sound is ever sent back.
        path: Its file.
        workshop: Where FLACs are made.
        room: What holds room for one.

    Raises:
        RefusedError: The file was deleted meanwhile (404), too many are being decoded or there is no room (503).
        DecodeError: It cannot be decoded again.
    """
    sound = drop.told.sound
    media_type = None if sound is None else PLAYABLE.get((sound.container, sound.codec))
    if media_type is None:
        path, media_type = _flac(drop, path, workshop, room), FLAC
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise _gone() from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise _gone()
    return Sound(OpenFile(descriptor, path, status.st_size, status.st_mtime_ns), media_type, drop.id)


def _gone() -> RefusedError:
    return RefusedError(404, "this file is not here any more; drop it again")


def _flac(drop: Drop, path: Path, workshop: Workshop, room: Room) -> Path:
    target, half = flac_beside(path), path.with_suffix(".half")
    with drop.making:  # a player asks for several ranges at once
        if not target.exists():
            with room(drop, _most_bytes(drop)):
                try:
                    workshop.do(make_flac, FlacTask(str(path), str(half)))
                    with suppress(FileNotFoundError):  # forgotten meanwhile, which is told when it is opened
                        half.rename(target)
                finally:
                    half.unlink(missing_ok=True)
    if drop.path is None:
        target.unlink(missing_ok=True)
    return target


def _most_bytes(drop: Drop) -> int:
    """How large the FLAC of a drop may become: as many bytes as its samples have."""
    sound = drop.told.sound
    if sound is None:
        return MOST_FLAC_BYTES
    samples = int(sound.seconds * sound.sample_rate) * min(sound.channels, FLAC_CHANNELS)
    return min(MOST_FLAC_BYTES, FLAC_HEAD + FLAC_SAMPLE_BYTES * samples)


def flac_beside(path: Path) -> Path:
    """Where the FLAC of a dropped file lies.

    Args:
        path: The file.
    """
    return path.with_name(f"{path.stem}-heard.flac")
