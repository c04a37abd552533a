"""A folder of files that can be made again, held below a size; what was used longest ago goes first."""

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_HALF = ".half-"
_FORGOTTEN_SECONDS = 3600.0
"""What is half written for so long was left by a kill."""
_LOCKS = 64
"""Names share so many locks: one for each would never be given back, and few files are made at once."""


class FolderCache:
    """Files by name, in a folder of their own.

    Args:
        folder: The folder; made at the first write.
        most_bytes: Size of all files together.
    """

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self._lock = threading.Lock()
        self._making = tuple(threading.Lock() for _ in range(_LOCKS))

    def get(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return a file, made where it is not there; two callers never make the same at once.

        Args:
            name: A plain file name.
            make: Writes it, whole, to the path that it is given.
        """
        with self._making[hash(name) % _LOCKS]:
            path = self.folder / name
            with suppress(FileNotFoundError):
                os.utime(path)
                return path
            self.folder.mkdir(parents=True, exist_ok=True)
            half = self.folder / f"{_HALF}{secrets.token_hex(6)}-{name}"
            try:
                make(half)
                half.replace(path)
            finally:
                half.unlink(missing_ok=True)
            self._make_room(path)
            return path

    def _make_room(self, newest: Path) -> None:
        """Delete what was used longest ago until the rest fits; the newest stays, whatever its size."""
        with self._lock:
            files = []
            for path in self.folder.iterdir():
                with suppress(FileNotFoundError):
                    status = path.stat()
                    files.append((status.st_mtime, status.st_size, path))
            now = newest.stat().st_mtime
            total = sum(size for _, size, _ in files)
            for used, size, path in sorted(files):
                half = path.name.startswith(_HALF)
                if path == newest or (half and now - used < _FORGOTTEN_SECONDS):
                    continue
                if half or total > self.most_bytes:
                    path.unlink(missing_ok=True)
                    total -= size
