"""Where dropped files lie: a folder of this process in the system's temporary one, that nobody else can read.

It goes when the server ends. A server that was killed leaves it; the next one deletes it before it makes its own.
"""

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"earmark-drops-(\d+)-\w+")


def make_place() -> Path:
    """Make a folder for this process, and delete those of processes that are gone."""
    for folder in Path(tempfile.gettempdir()).glob("earmark-drops-*"):
        named = _NAME.fullmatch(folder.name)
        if named is not None and not _is_running(int(named[1])) and _is_ours(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"earmark-drops-{os.getpid()}-"))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's, or no number of a process at all
        return True
    return True


def _is_ours(folder: Path) -> bool:
    """Whether this user made a folder; a link that somebody put there is none."""
    with contextlib.suppress(FileNotFoundError):
        status = folder.lstat()
        return folder.is_dir() and not folder.is_symlink() and status.st_uid == os.getuid()
    return False
