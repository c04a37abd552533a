"""A dropped file's sound as a browser can play it."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from earmark.errors import InputError
from earmark.web.audio_files.conversion import FlacTask, make_flac
from earmark.web.audio_files.finding import OpenFile
from earmark.web.audio_files.sounds import FLAC, PLAYABLE, Sound
from earmark.web.audio_files.workshop import Workshop
from earmark.web.drops.records import Drop


def drop_sound(drop: Drop, path: Path, workshop: Workshop) -> Sound:
    """Open a dropped file for sending; what browsers do not play is made a FLAC first, beside it.

    Args:
        drop: The drop, which was decoded: only what has turned out to be sound is ever sent back.
        path: Its file.
        workshop: Where FLACs are made.

    Raises:
        InputError: The file was deleted meanwhile.
        RefusedError: Too many files are being decoded.
        DecodeError: It cannot be decoded again.
    """
    kind = ("", "") if drop.sound is None else (drop.sound.container, drop.sound.codec)
    media_type = PLAYABLE.get(kind)
    if media_type is None:
        path, media_type = _flac(drop, path, workshop), FLAC
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise InputError("this file is not here any more; drop it again") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise InputError("this file is not here any more; drop it again")
    return Sound(OpenFile(descriptor, path, status.st_size, status.st_mtime_ns), media_type, drop.id)


def _flac(drop: Drop, path: Path, workshop: Workshop) -> Path:
    target = flac_beside(path)
    with drop.making:  # a player asks for several ranges at once
        if not target.exists():
            half = path.with_suffix(".half")
            workshop.do(make_flac, FlacTask(str(path), str(half)))
            with suppress(FileNotFoundError):  # forgotten meanwhile, which is told when it is opened
                half.rename(target)
    if drop.path is None:
        target.unlink(missing_ok=True)
    return target


def flac_beside(path: Path) -> Path:
    """Where the FLAC of a dropped file lies.

    Args:
        path: The file.
    """
    return path.with_name(f"{path.stem}-heard.flac")
