"""Keep C libraries from writing on the standard error stream.

libmpg123, inside libsndfile, reports damaged MP3 frames straight to file descriptor 2, where no Python setting reaches.
A damaged file is reported by Earmark itself, once, in its own words.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_STDERR: Final = 2


@contextmanager
def quiet_native_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere while the block runs.

    The descriptor belongs to the whole process: what other threads write there meanwhile, a progress bar for instance,
    is lost too. So use it in worker processes, or around a short piece of work that has the process to itself.
    """
    saved = os.dup(_STDERR)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        yield
    finally:
        os.dup2(saved, _STDERR)
        os.close(saved)
