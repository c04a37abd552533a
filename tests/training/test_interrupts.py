import os
import signal
import threading

import pytest

from earmark.training.interrupts import Interrupt, TrainingInterrupted, catching_interrupts


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_ctrl_c_is_noted_and_the_second_ends() -> None:
    before = signal.getsignal(signal.SIGINT)
    with catching_interrupts() as interrupt:
        interrupt.check()
        press_ctrl_c()
        assert interrupt.asked
        with pytest.raises(TrainingInterrupted):
            interrupt.check()
        with pytest.raises(TrainingInterrupted):
            press_ctrl_c()
    assert signal.getsignal(signal.SIGINT) is before


def test_the_old_handler_comes_back_after_a_failure() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyError), catching_interrupts():
        raise KeyError("x")
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_no_handler_is_set() -> None:
    seen: list[object] = []

    def run() -> None:
        with catching_interrupts() as interrupt:
            seen.append(interrupt)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert isinstance(seen[0], Interrupt)


def test_it_is_neither_an_exception_nor_a_keyboard_interrupt() -> None:
    assert not issubclass(TrainingInterrupted, Exception | KeyboardInterrupt)
