"""Functions that the executor tests send to worker processes; a spawned worker imports them by this module's name."""

import os
import signal
import time
from pathlib import Path

from earmark.errors import DecodeError


def double(item: int) -> int:
    return 2 * item


def misbehave(item: str) -> str:
    match item:
        case "raise":
            raise KeyError("no such thing")
        case "decode":
            raise DecodeError("x.mp3", {"soundfile": "not audio", "pyav": "invalid data"})
        case "hang":
            time.sleep(3600)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "explode":
            return str(len(bytearray(3 << 30)))
    return item.upper()


def threads(_: int) -> str | None:
    return os.environ.get("OMP_NUM_THREADS")


def sleep_and_tell(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(3600)
