"""Where files are decoded: in a process of its own for each, under limits of time and memory, a few at once.

The server itself never decodes: a file that makes a decoder hang, explode or fall over costs its own process only.
"""

import threading
from collections.abc import Callable
from contextlib import closing

from earmark.errors import EarmarkError
from earmark.executors import ProcessExecutor
from earmark.executors.outcome import ItemT, ResultT
from earmark.web.problems import RefusedError

AT_ONCE = 2
MOST_WAITING = 8
TIMEOUT_SECONDS = 120.0
MEMORY_BYTES = 2 << 30


class Workshop:
    """Calls functions in processes of their own.

    Args:
        at_once: So many at the same time.
        most_waiting: So many may wait for one of these; more are refused.
        timeout_seconds: Time that one call may take.
    """

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._free = threading.Semaphore(at_once)
        self._room = threading.BoundedSemaphore(at_once + most_waiting)
        self._executor = ProcessExecutor(1, timeout_seconds=timeout_seconds, memory_bytes=MEMORY_BYTES)

    def do(self, function: Callable[[ItemT], ResultT], item: ItemT) -> ResultT:
        """Call a function in a process of its own and return what it returns.

        Args:
            function: A function that can be imported.
            item: What it is called with.

        Raises:
            RefusedError: Too many wait already (503).
            EarmarkError: What the function raised.
            LimitError: It went over a limit, or took its process down.
        """
        if not self._room.acquire(blocking=False):
            raise RefusedError(503, "too many files are being decoded; try again in a moment")
        try:
            with self._free, closing(self._executor.run(function, [item])) as outcomes:
                outcome = next(outcomes)
        finally:
            self._room.release()
        if outcome.error is not None:
            raise outcome.error
        if outcome.value is None:
            raise EarmarkError(f"{function.__name__} told nothing")
        return outcome.value
