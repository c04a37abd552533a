"""The processes that listen to dropped files, as the server asks them."""

import contextlib
import logging
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Final

from earmark.errors import EarmarkError
from earmark.executors.resident import ResidentPool
from earmark.web.drops.answers import Heard
from earmark.web.settings import ServeSettings

LOG = logging.getLogger("earmark.web")

IDLE_SECONDS: Final = 90.0
"""A listening process that has nothing to do for so long is ended."""

LISTEN: Final = "earmark.web.drops.listening:listen"


class Listeners:
    """Listening processes, which stay warm from file to file.

    Args:
        settings: What the server was started with.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self._settings = settings
        limits = settings.limits
        self._pool = ResidentPool(
            LISTEN,
            workers=limits.listeners,
            timeout_seconds=limits.listen_seconds,
            memory_bytes=limits.listen_bytes,
            idle_seconds=IDLE_SECONDS,
        )
        self._ended = False

    @property
    def pids(self) -> list[int]:
        """Ids of the processes that there are now."""
        return self._pool.pids

    def listen(self, path: Path, name: str, bundle: str | None) -> Generator[Heard, None, None]:
        """Listen to a file; waits where all processes are busy. Closing the generator ends the work on it.

        Args:
            path: The file.
            name: What the client called it.
            bundle: The folder of the model that is to listen; the server's where None.

        Yields:
            What is heard, piece by piece.

        Raises:
            LimitError: It took too long or too much memory, or took its process down.
            EarmarkError: Processes cannot start, or the server ends.
        """
        with contextlib.closing(self._pool.run(self._request(path, name, bundle))) as pieces:
            for piece in pieces:
                yield Heard.model_validate(piece)

    def warm(self) -> None:
        """Start a process in the background and have it load what it will need, unless there is one."""
        threading.Thread(target=self._warm, daemon=True, name="warming").start()

    def close(self) -> None:
        """End the processes; what they were asked fails."""
        self._ended = True
        self._pool.close()

    def _warm(self) -> None:
        try:
            self._pool.warm(self._request(None, "", None))
        except EarmarkError as error:
            if not self._ended:  # else the server ends before it was warm
                LOG.warning("no listening process could be warmed: %s", error)

    def _request(self, path: Path | None, name: str, bundle: str | None) -> dict[str, object]:
        # The worker's own module would load what the server must not hold, so its request is written out here.
        usual = None if self._settings.bundle is None else str(self._settings.bundle)
        return {
            "library": self._settings.library,
            "bundle": bundle or usual,
            "path": None if path is None else str(path),
            "name": name,
            "most_seconds": self._settings.limits.sound_seconds,
        }
