"""The process of a job as the server sees it: started, listened to, told to end, and never left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.web.jobs.events import Event
from earmark.web.values import JobState

GRACE_SECONDS = 20.0
"""So long a job may take to end in order before it is killed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job has ended.

    Attributes:
        state: The state that it is in now.
        result: What came of it.
        problem: ``kind`` and ``message`` of what ended it.
        then: The job to start after it: its ``kind``, ``title`` and ``request``.
    """

    state: JobState
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    then: dict[str, Any] | None = None


class JobProcess:
    """A child process that does a job.

    Args:
        record: The job's record.
        log: Where what it says goes, behind what is there.
        library: The library's address.
        function: Where its `JobFunction` is, as ``"module:name"``.

    Attributes:
        ending: The state in which the job has ended when this process has, where the server has decided that.
        finishing: Whether it was asked to end with the best so far.

    Raises:
        OSError: The system has no memory or no room for another process.
    """

    def __init__(self, record: Path, log: Path, library: str, function: str) -> None:
        self.ending: JobState | None = None
        self.finishing = False
        with log.open("ab") as said:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                [sys.executable, "-m", "earmark.web.jobs.child", str(record), library, function],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl-C at the server's terminal is the server's, and so are our kills
            )

    def events(self) -> Iterator[dict[str, Any]]:
        """What it tells until it ends, checked; what is no event, such as a line that a kill cut off, is left out."""
        for line in self._process.stdout or ():
            try:
                yield Event.model_validate_json(line).root.model_dump()
            except ValueError:
                continue

    def outcome(self, last: Mapping[str, Any], log_end: Callable[[], str]) -> Outcome:
        """Wait for its end, end the workers that it left, and say how the job has ended.

        That is told by its last event, by what was asked of it, or else by its log.

        Args:
            last: The last of its events; empty where there was none.
            log_end: Returns the end of its log.
        """
        code = self._wait()
        said = last.get("event")
        if said == "done":
            result = dict(last["result"])
            then = result.pop("then", None)
            return Outcome("done", result=result, then=then)
        if self.ending is not None:
            return Outcome(self.ending)
        if said == "failed":
            return Outcome("failed", problem={"kind": last["kind"], "message": last["message"]})
        if said == "cancelled" or self.finishing:  # a training that was finished before it had anything to keep
            return Outcome("cancelled")
        message = f"its process ended with exit code {code}; the end of its log: {log_end() or '(nothing)'}"
        return Outcome("failed", problem={"kind": "Fault", "message": message})

    def _wait(self) -> int:
        code = self._process.wait()
        self._kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        return code

    def finish(self) -> None:
        """Ask it to end with the best so far."""
        self.finishing = True
        self._process.send_signal(signal.SIGINT)

    def end(self, ending: JobState, *, by_force: bool) -> None:
        """Have it end; by force after a while in any case.

        Args:
            ending: The state in which the job has ended then.
            by_force: Whether it may not end in order.
        """
        self.ending = ending
        if by_force:
            self._kill()
            return
        self._process.send_signal(signal.SIGINT)
        timer = threading.Timer(GRACE_SECONDS, self._kill_if_running)
        timer.daemon = True
        timer.start()

    def _kill_if_running(self) -> None:
        if self._process.poll() is None:
            self._kill()

    def _kill(self) -> None:
        """Kill it and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
