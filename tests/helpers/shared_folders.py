"""Folders that all processes of a test run share, each made once: by whoever asks first, while the others wait."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock


@dataclass(frozen=True)
class SharedFolders:
    """Makes folders, and finds those that are made.

    Attributes:
        root: Where they lie.
    """

    root: Path

    def __call__(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return a folder, made if nobody has yet; nobody writes to it afterwards.

        Args:
            name: The folder's name.
            make: Fills the folder, which is empty.
        """
        folder, ready = self.root / name, self.root / f"{name}.ready"
        with FileLock(self.root / f"{name}.lock"):
            if not ready.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a process that failed half-way
                folder.mkdir(parents=True)
                make(folder)
                ready.touch()
        return folder
