"""Runs the work in spawned worker processes, each item under a time and a memory limit.

The standard pools cannot end one task: a file that hangs a decoder would hang the pool, and one that crashes its
process would break it. Here each worker is a process of its own at the end of a pipe. The parent gives it one item at
a time, knows when the item's time is up, kills and replaces a worker that overran or died, and goes on.

Workers are spawned, never forked, because Lance and torch hold threads. They leave Ctrl-C to the parent, run their
linear algebra on one thread each, and end by themselves when the parent is gone, however it went.
"""

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from typing import Any, Generic

from earmark.errors import EarmarkError, InputError, LimitError
from earmark.executors.outcome import ItemT, Outcome, ResultT
from earmark.executors.worker import Reply, work

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Set for workers: with a worker for each core, threads inside them would only fight for the cores."""

START_SECONDS = 120.0
"""A worker has to start and import what the function needs in this time; an item's own time begins after that."""

CANNOT_START = (
    "worker processes cannot start: {how}. A program that starts them has to stand under "
    '`if __name__ == "__main__":`, and the memory limit has to leave room for the imports'
)


def default_jobs() -> int:
    """Return the number of usable cores less one, at least 1, so that the machine stays usable."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable - 1)


@dataclass(slots=True)
class _Worker(Generic[ItemT]):
    process: BaseProcess
    pipe: "connection.Connection[Any, Any]"
    item: ItemT | None = None
    deadline: float = field(default=float("inf"))
    ready: bool = False


class ProcessExecutor:
    """Runs items in worker processes that can be killed one by one.

    Args:
        jobs: Number of worker processes, at least 1; `default_jobs()` when None.
        timeout_seconds: Wall-clock time that one item may take.
        memory_bytes: Memory that a worker may take on top of what it holds after its start. Enforced where the
            system limits address space (Linux); elsewhere it is not.

    Raises:
        InputError: A number is out of range.
    """

    def __init__(self, jobs: int | None = None, *, timeout_seconds: float = 300.0, memory_bytes: int = 4 << 30) -> None:
        self.jobs = default_jobs() if jobs is None else jobs
        if self.jobs < 1:
            raise InputError(f"jobs has to be 1 or more, got {self.jobs}; leave it out for all cores but one")
        if timeout_seconds <= 0 or memory_bytes <= 0:
            raise InputError(
                f"the limits for one file have to be above 0, got {timeout_seconds} s and {memory_bytes} bytes"
            )
        self.timeout_seconds = timeout_seconds
        self.memory_bytes = memory_bytes

    def run(
        self, function: Callable[[ItemT], ResultT], items: Sequence[ItemT]
    ) -> Generator[Outcome[ItemT, ResultT], None, None]:
        """Yield one outcome for each item, in the order in which they are done.

        A function, its items and its results travel between processes, so they have to be importable and picklable.
        Closing the generator kills the workers.

        Raises:
            EarmarkError: Worker processes cannot start.
        """
        waiting = list(reversed(items))
        workers: list[_Worker[ItemT]] = []
        try:
            while waiting or any(worker.item is not None for worker in workers):
                self._hand_out(function, waiting, workers)
                for worker in self._wait(workers):
                    outcome = self._collect(worker, workers)
                    if outcome is not None:
                        yield outcome
        finally:
            for worker in workers:
                _end(worker)

    def _hand_out(
        self, function: Callable[[ItemT], ResultT], waiting: list[ItemT], workers: list[_Worker[ItemT]]
    ) -> None:
        idle = [worker for worker in workers if worker.item is None]
        while waiting and (idle or len(workers) < self.jobs):
            if idle:
                worker = idle.pop()
            else:
                worker = self._start(function)
                workers.append(worker)
            item = waiting.pop()
            worker.item = item
            worker.deadline = time.monotonic() + (self.timeout_seconds if worker.ready else START_SECONDS)
            try:
                worker.pipe.send(item)
            except OSError:  # it died while idle: the item goes back and a new worker takes it
                waiting.append(item)
                workers.remove(worker)
                _end(worker)

    def _start(self, function: Callable[[Any], Any]) -> _Worker[ItemT]:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(function, theirs, self.memory_bytes), daemon=True)
        with _environment(ONE_THREAD):
            process.start()
        theirs.close()
        return _Worker(process, ours)

    @staticmethod
    def _wait(workers: list[_Worker[ItemT]]) -> list[_Worker[ItemT]]:
        """Wait until some busy worker answered, died or ran out of time, and return those."""
        busy = [worker for worker in workers if worker.item is not None]
        if not busy:
            return []
        until_deadline = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
        ready = set(connection.wait([worker.pipe for worker in busy], until_deadline))
        now = time.monotonic()
        return [worker for worker in busy if worker.pipe in ready or now >= worker.deadline]

    def _collect(self, worker: _Worker[ItemT], workers: list[_Worker[ItemT]]) -> Outcome[ItemT, Any] | None:
        item = worker.item
        if item is None:
            return None
        if not worker.pipe.poll():
            workers.remove(worker)
            _end(worker)
            if not worker.ready:
                raise EarmarkError(CANNOT_START.format(how=f"nothing happened for {START_SECONDS:g} s"))
            error = LimitError(f"took longer than the limit of {self.timeout_seconds:g} s and was stopped")
            return Outcome(item, failure="timeout", error=error)
        try:
            reply: Reply | str = worker.pipe.recv()
        except (EOFError, OSError):
            workers.remove(worker)
            _end(worker)
            if not worker.ready:  # no fault of the item, and the next worker would fare no better
                raise EarmarkError(CANNOT_START.format(how=how_it_ended(worker.process))) from None
            return Outcome(item, failure="crash", error=LimitError(obituary(worker.process)))
        if not isinstance(reply, Reply):
            worker.ready, worker.deadline = True, time.monotonic() + self.timeout_seconds
            return None
        worker.item = None
        return Outcome(item, value=reply.value, failure=reply.failure, error=reply.error)


def how_it_ended(process: BaseProcess) -> str:
    """Say by what a process ended, such as ``"signal 9"``.

    Args:
        process: A process that has ended.
    """
    code = process.exitcode
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def obituary(process: BaseProcess) -> str:
    """Say why a worker may have died over its item.

    Args:
        process: The worker's process, which has ended.
    """
    how = how_it_ended(process)
    return f"took its worker process down ({how}): the file is damaged, or it needs more memory than there is"


def _end(worker: _Worker[Any]) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for children that start meanwhile, and put the old ones back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
