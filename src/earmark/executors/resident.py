"""Keeps worker processes warm between items: for a server, which is asked now and then and has to answer at once.

`ProcessExecutor` starts its workers for a batch and ends them after it. Here a worker stays when its item is done, with
all that it has imported and opened, and ends after a while in which nobody asked, so that an idle server is small. Each
item has a time and a memory limit. A worker that overran, died or failed is killed, and the next item gets a new one.

An item is told of in pieces, as they are known: `ResidentPool.run` is an iterator.
"""

import json
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from typing import Any, Final

from earmark.errors import EarmarkError, InputError, LimitError
from earmark.executors.processes import CANNOT_START, ONE_THREAD, START_SECONDS, how_it_ended, obituary
from earmark.executors.resident_worker import attend

MOST_ANSWER_BYTES: Final = 64 << 20
"""A piece of an answer is smaller; a worker that was taken over must not fill the parent's memory."""


@dataclass(slots=True, eq=False)
class _Resident:
    """One worker process, used by one thread at a time."""

    process: BaseProcess
    pipe: "connection.Connection[Any, Any]"
    ready: bool = False
    rested: float = field(default_factory=time.monotonic)

    @property
    def alive(self) -> bool:
        return self.process.is_alive() and not self.pipe.closed

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


class _DiedRestingError(Exception):
    """A worker was gone before it took what it was asked; being dead takes a moment to be seen from outside."""


class ResidentPool:
    """Worker processes that stay warm.

    Args:
        function: What answers an item, as ``"module:name"`` of a `earmark.executors.resident_worker.ResidentFunction`;
            only the workers import it.
        workers: Processes at once.
        timeout_seconds: Wall-clock time that one item may take.
        memory_bytes: Memory that one item may take on top of what its worker holds. Enforced where the system limits
            address space (Linux); elsewhere it is not.
        idle_seconds: A worker that nobody has asked for so long is ended.

    Raises:
        InputError: A number is out of range.
    """

    def __init__(
        self, function: str, *, workers: int, timeout_seconds: float, memory_bytes: int, idle_seconds: float
    ) -> None:
        if min(workers, timeout_seconds, memory_bytes, idle_seconds) <= 0:
            raise InputError(
                f"a pool needs at least one worker and limits above 0, got {workers} workers, {timeout_seconds} s, "
                f"{memory_bytes} bytes and {idle_seconds} s"
            )
        self._function = function
        self._most = workers
        self._timeout = timeout_seconds
        self._memory = memory_bytes
        self._idle = idle_seconds
        self._resting: list[_Resident] = []
        self._working: list[_Resident] = []
        self._starting = 0
        self._warming = False
        self._changed = threading.Condition()
        self._reaper: threading.Timer | None = None
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Ids of the worker processes that there are now."""
        with self._changed:
            return [one.process.pid or 0 for one in (*self._working, *self._resting)]

    def run(self, item: Mapping[str, Any]) -> Generator[dict[str, Any], None, None]:
        """Tell of an item, piece by piece; waits where all workers are busy.

        Closing the generator before its end kills the worker.

        Args:
            item: Plain values, as the function takes them.

        Yields:
            What the function tells.

        Raises:
            LimitError: It went over its time or its memory, or took its worker down.
            EarmarkError: The function failed, or worker processes cannot start.
        """
        yield from self._told(item, warming=False)

    def warm(self, item: Mapping[str, Any]) -> None:
        """Have one worker answer an item whose answer nobody needs, unless one is at work or warm already.

        An item that comes meanwhile waits for that worker instead of starting another one, which would take longer.

        Args:
            item: As for `run`; it should make the function load what it needs.

        Raises:
            EarmarkError: As for `run`.
        """
        with self._changed:
            if self._warming or self._working or self._starting or any(one.alive for one in self._resting):
                return
            self._warming = True
        try:
            for _ in self._told(item, warming=True):
                pass
        finally:
            with self._changed:
                self._warming = False
                self._changed.notify_all()

    def close(self) -> None:
        """End all workers; what they were asked fails."""
        with self._changed:
            self._closed = True
            if self._reaper is not None:
                self._reaper.cancel()
            for worker in self._resting:
                worker.end()
            self._resting.clear()
            for worker in self._working:  # its thread sees the pipe's end, and ends it
                worker.process.kill()
            self._changed.notify_all()

    def _told(self, item: Mapping[str, Any], *, warming: bool) -> Generator[dict[str, Any], None, None]:
        while True:
            worker = self._take(warming=warming)
            sound = False
            try:
                yield from self._asked(worker, item)
                sound = True
                return
            except _DiedRestingError:
                continue  # nothing was told yet, so the next one begins as this one would have
            finally:
                self._give_back(worker, keep=sound)

    def _take(self, *, warming: bool) -> _Resident:
        with self._changed:
            while True:
                if self._closed:
                    raise EarmarkError("the server is ending")
                while self._resting:
                    worker = self._resting.pop()  # the last used: the others may go on towards their end
                    if worker.alive:
                        self._working.append(worker)
                        return worker
                    worker.end()
                busy = len(self._working) + self._starting
                soon_warm = self._warming and not warming and busy == 1
                if busy < self._most and not soon_warm:
                    self._starting += 1
                    break
                self._changed.wait()
        return self._started()

    def _started(self) -> _Resident:
        worker: _Resident | None = None
        try:
            worker = self._start()
        finally:
            with self._changed:
                self._starting -= 1
                if worker is not None:
                    self._working.append(worker)
                self._changed.notify_all()
        return worker

    def _start(self) -> _Resident:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        arguments = (self._function, theirs, self._memory, dict(ONE_THREAD))
        process = context.Process(target=attend, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return _Resident(process, ours)

    def _give_back(self, worker: _Resident, *, keep: bool) -> None:
        with self._changed:
            self._working.remove(worker)
            if keep and not self._closed:
                worker.rested = time.monotonic()
                self._resting.append(worker)
                self._wake_reaper()
            else:
                worker.end()
            self._changed.notify_all()

    def _wake_reaper(self) -> None:
        if self._reaper is not None and self._reaper.is_alive():
            return
        self._reaper = threading.Timer(self._idle, self._reap)
        self._reaper.daemon = True
        self._reaper.start()

    def _reap(self) -> None:
        """End workers that have rested for long enough; look again when the next one may have."""
        with self._changed:
            now = time.monotonic()
            for worker in [one for one in self._resting if now - one.rested >= self._idle]:
                self._resting.remove(worker)
                worker.end()
            self._reaper = None
            if self._closed or not self._resting:
                return
            until = min(one.rested for one in self._resting) + self._idle - now
            self._reaper = threading.Timer(max(until, 0.01), self._reap)
            self._reaper.daemon = True
            self._reaper.start()

    def _asked(self, worker: _Resident, item: Mapping[str, Any]) -> Generator[dict[str, Any], None, None]:
        had_rested = worker.ready
        try:
            worker.pipe.send_bytes(json.dumps(item).encode())
        except OSError as error:
            if had_rested:
                raise _DiedRestingError from error
            # Else it died while it started: what follows finds the pipe closed and says so.
        deadline = time.monotonic() + (self._timeout if worker.ready else START_SECONDS)
        while True:
            answer = self._answer(worker, deadline)
            match answer.get("word"):
                case "ready":
                    worker.ready, deadline = True, time.monotonic() + self._timeout
                case "told":
                    yield answer["piece"]
                case "done":
                    return
                case "memory":
                    raise LimitError(f"needs more memory than the limit of {self._memory / 2**30:.1f} GiB for one file")
                case _:
                    raise EarmarkError(str(answer.get("message", "the worker process gave no reason")))

    def _answer(self, worker: _Resident, deadline: float) -> dict[str, Any]:
        try:
            if not worker.pipe.poll(max(0.0, deadline - time.monotonic())):
                raise self._too_late(worker)
            answer: dict[str, Any] = json.loads(worker.pipe.recv_bytes(MOST_ANSWER_BYTES))
        except (EOFError, OSError, ValueError) as error:
            worker.process.kill()
            worker.process.join()
            if worker.ready and isinstance(error, ConnectionResetError):  # it went with the item unread
                raise _DiedRestingError from error
            if not worker.ready:
                raise EarmarkError(CANNOT_START.format(how=how_it_ended(worker.process))) from error
            raise LimitError(obituary(worker.process)) from error
        return answer

    def _too_late(self, worker: _Resident) -> EarmarkError:
        if not worker.ready:
            return EarmarkError(CANNOT_START.format(how=f"nothing happened for {START_SECONDS:g} s"))
        return LimitError(f"took longer than the limit of {self._timeout:g} s and was stopped")
