"""Ctrl-C during training, turned into an orderly end.

Lightning meets KeyboardInterrupt by ignoring SIGINT for the rest of the process and calling ``sys.exit``. Here the
first Ctrl-C only sets a flag that is looked at between steps, so that no weight is half updated; a second one ends at
once.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TrainingInterrupted(BaseException):
    """Training was asked to end. It is raised and caught inside `earmark.training` only.

    It stands beside KeyboardInterrupt, not below it, so that Lightning lets it through; and it is no Exception, so that
    nothing mistakes it for a failure.
    """


class Interrupt:
    """Whether training was asked to end."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        """Take note of the first Ctrl-C.

        Raises:
            TrainingInterrupted: It is the second one.
        """
        if self.asked:
            raise TrainingInterrupted
        self.asked = True

    def check(self) -> None:
        """End between two steps.

        Raises:
            TrainingInterrupted: Training was asked to end.
        """
        if self.asked:
            raise TrainingInterrupted


@contextmanager
def catching_interrupts() -> Iterator[Interrupt]:
    """While inside, Ctrl-C sets the flag; outside the main thread no signal arrives and none is caught."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, interrupt.ask)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
