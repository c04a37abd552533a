"""What the tests' resident workers answer; a spawned worker imports it by this module's name."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any

from earmark.errors import DecodeError

_asked: list[str] = []
"""What this process was asked since it started: how a test knows that it is the same one."""


def answer(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tell the process and how often it was asked, and misbehave as the item says."""
    _asked.append(item["do"])
    yield {"pid": os.getpid(), "asked": len(_asked)}
    match item["do"]:
        case "hang":
            time.sleep(3600)
        case "sleep":
            time.sleep(item["seconds"])
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "explode":
            yield {"size": len(bytearray(3 << 30))}
        case "flood":
            yield {"text": "x" * (65 << 20)}
        case "decode":
            raise DecodeError("x.mp3", {"soundfile": "not audio"})
        case "raise":
            raise KeyError("no such thing")
    yield {"threads": os.environ.get("OMP_NUM_THREADS")}
