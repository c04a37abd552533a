"""Holds a job's process still, so that a test of what may be done while it runs cannot come too late."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

PATIENCE_SECONDS = 60
CHILD = "earmark.web.jobs.child"


@contextmanager
def holding_job() -> Iterator[None]:
    """Hold the running job of this process's server still while the block runs, then let it go on.

    A signal that it is sent meanwhile, such as that of a cancelled job, reaches it as the block ends.

    Raises:
        AssertionError: No job was running within a minute.
    """
    job = _running_job()
    job.suspend()
    try:
        yield
    finally:
        job.resume()


def _running_job() -> psutil.Process:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        for process in psutil.Process().children():
            if CHILD in _command(process):
                return process
        time.sleep(0.01)
    raise AssertionError("no job is running")


def _command(process: psutil.Process) -> list[str]:
    try:
        command: list[str] = process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
    return command
