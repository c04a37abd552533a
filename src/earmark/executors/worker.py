"""The inside of a worker process: receive an item, run the function, send what became of it.

Kept apart from the parent's side, so that a worker imports nothing but this and what the function needs.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from typing import Any

from earmark.errors import EarmarkError, LimitError
from earmark.executors.outcome import FailureKind, failure_of

READY = "ready"
"""A worker's first word: it has started and imported what the function needs."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A worker's answer: the value, or how and why there is none."""

    value: Any = None
    failure: FailureKind | None = None
    error: Exception | None = None


def work(function: Callable[[Any], Any], pipe: "connection.Connection[Any, Any]", memory_bytes: int) -> None:
    """Answer items from the pipe until it closes. Runs as the main function of a spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    threading.Thread(target=die_with_parent, daemon=True).start()
    limit_memory(memory_bytes)
    pipe.send(READY)
    while True:
        try:
            item = pipe.recv()
        except (EOFError, OSError):
            return
        reply = _answer(function, item, memory_bytes)
        try:
            pipe.send(reply)
        except OSError:
            return


def _answer(function: Callable[[Any], Any], item: Any, memory_bytes: int) -> Reply:
    try:
        return Reply(value=function(item))
    except MemoryError:
        limit = f"needs more memory than the limit of {memory_bytes / 2**30:.1f} GiB for one file"
        return Reply(failure="memory", error=LimitError(limit))
    except EarmarkError as error:
        return Reply(failure=failure_of(error), error=error)
    except Exception as error:  # noqa: BLE001 - whatever one item raises is that item's outcome
        # Only its text travels: an exception of some library may not survive the way through the pipe.
        return Reply(failure="error", error=EarmarkError(f"{type(error).__name__}: {error}"))


def die_with_parent() -> None:
    """Wait until the process that started this one is gone, however it went, and end; runs in a thread of its own."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the parent is gone, perhaps killed: nobody waits for this work


def limit_memory(extra_bytes: int) -> bool:
    """Let this process grow by at most `extra_bytes` of address space from now on.

    Returns:
        Whether the system holds such a limit (Linux does).
    """
    if not sys.platform.startswith("linux"):
        return False
    import resource

    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - a kernel file, not a path to join
        pages = int(statm.read().split()[0])
    now = pages * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = now + extra_bytes
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    return True
