"""The process of a job: calls its function, and writes what happens to standard output, a JSON object a line.

Run as ``python -m earmark.web.jobs.child RECORD LIBRARY MODULE:FUNCTION`` with the server at the other end of standard
input and output. When standard input closes, the server is gone, however it went, and the job ends: nobody would hear
of it. It starts in a tenth of a second: what a job needs is imported when its function is.
"""

import contextlib
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from earmark.errors import EarmarkError
from earmark.web.jobs.kinds import load_function

SECONDS_BETWEEN = 0.15
"""Progress is told at most so often; a scan of small files would tell it hundreds of times a second."""
NICENESS = 5
"""A job lets the server go first, so that a page stays quick while the machine is busy."""


class Reporter:
    """Tells a job's progress to the server.

    Args:
        pipe: Where lines go.
    """

    def __init__(self, pipe: TextIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._told = (0.0, "")

    def send(self, **event: Any) -> None:
        """Write one event.

        Args:
            **event: Plain values, ``event`` with its name among them.
        """
        with self._lock:
            self._pipe.write(json.dumps(event, ensure_ascii=False, default=str) + "\n")
            self._pipe.flush()

    def progress(self, stage: str, done: int, total: int, text: str = "") -> None:
        """Tell how far the job is; see `earmark.web.jobs.kinds.JobReporter`."""
        at, last = self._told
        now = time.monotonic()
        if now - at < SECONDS_BETWEEN and stage == last and done < total:
            return
        self._told = (now, stage)
        self.send(event="progress", stage=stage, done=done, total=total, text=text)

    def metrics(self, point: Mapping[str, float | None]) -> None:
        """Tell a point of a training's curves; see `earmark.web.jobs.kinds.JobReporter`."""
        self.send(event="metrics", point={name: _number(value) for name, value in point.items()})


def _number(value: float | None) -> float | None:
    """A number as JSON can hold it: what is not finite is not told."""
    return None if value is None or not math.isfinite(value) else float(value)


def _end_with_server() -> None:
    """Wait until the server closes our standard input, then end this process and all that it started."""
    while sys.stdin.buffer.read(4096):
        pass
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGTERM)
    os._exit(1)


def _plain(value: Any) -> Any:
    """A result as JSON can hold it: its names are texts, and a number that is not finite is null."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return _number(value) if isinstance(value, float) else value


def main(record: Path, library: str, function: str) -> int:
    """Do a job and tell how it ended; returns the exit code.

    Args:
        record: The job's record.
        library: The library's address.
        function: Where the `JobFunction` of its kind is.
    """
    # What a library prints must not come between the events: standard output is ours alone, theirs goes to the log.
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_server, daemon=True).start()
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    request = json.loads(record.read_text(encoding="utf-8"))["request"]
    report = Reporter(pipe)
    try:
        result = load_function(function)(library, request, report)
    except KeyboardInterrupt:
        report.send(event="cancelled")
        return 130
    except (EarmarkError, OSError) as error:
        report.send(event="failed", kind=type(error).__name__, message=str(error))
        return 2
    report.send(event="done", result=_plain(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
