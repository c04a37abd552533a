"""The process of a job: calls its function, and writes what happens to standard output, a JSON object a line.

Run as ``python -m earmark.web.jobs.child FOLDER LIBRARY`` with the server at the other end of standard input and
output. When standard input closes, the server is gone, however it went, and the job ends: nobody would hear of it.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from earmark.errors import EarmarkError
from earmark.web.jobs.kinds import find_kind
from earmark.web.jobs.records import RECORD

SECONDS_BETWEEN = 0.15
"""Progress is told at most so often; a scan of small files would tell it hundreds of times a second."""


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

    def metrics(self, point: dict[str, float]) -> None:
        """Tell a point of a training's curves; see `earmark.web.jobs.kinds.JobReporter`."""
        self.send(event="metrics", point=point)


def _end_with_server() -> None:
    """Wait until the server closes our standard input, then end this process and all that it started."""
    while sys.stdin.buffer.read(4096):
        pass
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGTERM)
    os._exit(1)


def main(folder: Path, library: str) -> int:
    """Do a job and tell how it ended; returns the exit code.

    Args:
        folder: The job's folder, with its record.
        library: The library's address.
    """
    # What a library prints must not come between the events: standard output is ours alone, theirs goes to the log.
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_server, daemon=True).start()
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    report = Reporter(pipe)
    try:
        result = find_kind(record["kind"]).load()(library, record["request"], report)
    except KeyboardInterrupt:
        report.send(event="cancelled")
        return 130
    except (EarmarkError, OSError) as error:
        report.send(event="failed", kind=type(error).__name__, message=str(error))
        return 2
    report.send(event="done", result=result)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
