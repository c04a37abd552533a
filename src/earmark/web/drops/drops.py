"""The dropped files that the server remembers: taken in, queued, listened to, told of, forgotten.

A file lies in a folder of our own that nobody else can read, under a name of our own, for as long as its drop is
remembered, so that it can be heard and kept; then it is deleted. A drop is forgotten when it is asked for, an hour
after it ended, when there are too many, and when the server ends.
"""

import contextlib
import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from earmark.errors import EarmarkError, InputError, LimitError, UnknownNameError
from earmark.executors.resident import ResidentPool
from earmark.web.drops.answers import DropOut, DropSummary, Heard
from earmark.web.drops.place import make_place
from earmark.web.drops.records import Arriving, Drop, known_suffix, shown_name
from earmark.web.problems import RefusedError
from earmark.web.settings import ServeSettings
from earmark.web.values import Problem

LOG = logging.getLogger("earmark.web")

FORGET_SECONDS: Final = 3600.0
"""A drop is forgotten so long after it ended."""

IDLE_SECONDS: Final = 90.0
"""A listening process that has nothing to do for so long is ended."""

MOST_DROPS: Final = 200
"""So many are remembered; of more, the oldest that have ended are forgotten."""

MOST_BYTES: Final = 4 * 2**30
"""So much may lie on disk; files of the oldest that have ended are deleted first, then new ones are refused."""

LISTEN: Final = "earmark.web.drops.listening:listen"

Listener = Callable[[DropOut], None]
"""Called from any thread with a drop as it is now; must not block."""


class Drops:
    """All dropped files of one server.

    Args:
        settings: What the server was started with.

    Attributes:
        arriving: How many files are coming in.
        folder: Where files lie; None before the first.
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
        self._threads = ThreadPoolExecutor(limits.listeners, thread_name_prefix="listening")
        self._lock = threading.RLock()
        self._drops: dict[str, Drop] = {}
        self.arriving = 0
        self._listeners: list[Listener] = []
        self.folder: Path | None = None
        self._ended = threading.Event()

    @property
    def pids(self) -> list[int]:
        """Ids of the listening processes that there are now."""
        return self._pool.pids

    def list(self) -> list[DropSummary]:
        """All drops in a line each, newest first."""
        with self._lock:
            return [drop.summary(self._ahead(drop)) for drop in reversed(self._drops.values())]

    def get(self, drop_id: str) -> DropOut:
        """Everything that is known of a drop.

        Args:
            drop_id: Its id.

        Raises:
            UnknownNameError: There is no such drop, or it was forgotten.
        """
        with self._lock:
            drop = self.find(drop_id)
            return drop.out(self._ahead(drop))

    def find(self, drop_id: str) -> Drop:
        """The drop itself.

        Args:
            drop_id: Its id.

        Raises:
            UnknownNameError: There is no such drop, or it was forgotten.
        """
        with self._lock:
            if drop_id not in self._drops:
                raise UnknownNameError("dropped file", drop_id, [f"{len(self._drops)} drops, see /api/drops"])
            return self._drops[drop_id]

    def file(self, drop_id: str) -> tuple[Drop, Path]:
        """A drop with its file, which has been decoded and so is sound.

        Args:
            drop_id: Its id.

        Raises:
            UnknownNameError: There is no such drop.
            InputError: Its file is gone, or was never decoded.
        """
        drop = self.find(drop_id)
        if drop.path is None or drop.sound is None:
            raise InputError("this file is not here (any more), or could not be decoded; drop it again")
        return drop, drop.path

    def arrive(self, name: str, *, bundle: str | None = None) -> Arriving:
        """Make place for a file.

        Args:
            name: The name that the client gave; its ending may help the decoder.
            bundle: The folder of the model that is to listen; the server's where None.

        Raises:
            RefusedError: Too much waits, or lies here, already.
        """
        with self._lock:
            waiting = self.arriving + sum(not drop.over for drop in self._drops.values())
            if waiting >= self._settings.limits.waiting:
                raise RefusedError(503, f"{waiting} files are waiting already; try again in a moment")
            self._make_room()
            drop_id = secrets.token_hex(8)
            path = self._place() / f"{drop_id}{known_suffix(name)}"
            arriving = Arriving(Drop(drop_id, shown_name(name), path, bundle), path)
            self.arriving += 1
            return arriving

    def abandon(self, arriving: Arriving) -> None:
        """Forget a file that did not come as a whole.

        Args:
            arriving: The file.
        """
        with self._lock:
            self.arriving -= 1
        arriving.abandon()

    def listen_to(self, arriving: Arriving) -> DropOut:
        """Take in a file whose bytes have come, and queue it.

        Args:
            arriving: The file.

        Raises:
            InputError: It is empty.
        """
        try:
            arriving.finish()
        except InputError:
            self.abandon(arriving)
            raise
        with self._lock:
            self.arriving -= 1
            self._drops[arriving.drop.id] = arriving.drop
            out = arriving.drop.out(self._ahead(arriving.drop))
            self._threads.submit(self._listen, arriving.drop)
        return out

    def warm(self) -> None:
        """Start a listening process in the background, unless there is one."""
        threading.Thread(target=self._warm, daemon=True, name="warming").start()

    def forget(self, drop_id: str) -> None:
        """Forget a drop and delete its file.

        Args:
            drop_id: Its id.

        Raises:
            UnknownNameError: There is no such drop.
        """
        with self._lock:
            drop = self.find(drop_id)
            if not drop.over:  # who waits for it is told
                drop.end(Problem(kind="Forgotten", message="this file was forgotten before it was heard"))
                self._tell(drop)
            del self._drops[drop_id]
            drop.delete_file()

    def follow(self, listener: Listener) -> Callable[[], None]:
        """Have every change told; returns what ends that.

        Args:
            listener: Who is told.
        """
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return stop

    def note_kept(self, drop_id: str, name: str) -> None:
        """Remember as what a drop was kept, and tell.

        Args:
            drop_id: Its id.
            name: The file's name.
        """
        with self._lock:
            drop = self.find(drop_id)
            drop.kept = name
            self._tell(drop)

    def close(self) -> None:
        """End the listening processes and delete all files."""
        self._ended.set()
        with self._lock:
            self._drops.clear()
        self._pool.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _ahead(self, drop: Drop) -> int:
        if drop.state != "waiting":
            return 0
        before = [other for other in self._drops.values() if not other.over and other.arrived < drop.arrived]
        return len(before)

    def _place(self) -> Path:
        """Our own folder; made at first need, with what forgets drops whose time has come."""
        if self.folder is None:
            self.folder = make_place()
            threading.Thread(target=self._forget_old, daemon=True, name="forgetting drops").start()
        return self.folder

    def _make_room(self) -> None:
        over = [drop for drop in self._drops.values() if drop.over]
        for drop in over[: max(0, len(self._drops) + 1 - MOST_DROPS)]:
            self.forget(drop.id)
        held = sum(drop.size for drop in self._drops.values() if drop.path is not None)
        for drop in over:
            if held <= MOST_BYTES:
                return
            held -= drop.size if drop.path is not None else 0
            drop.delete_file()
        if held > MOST_BYTES:
            raise RefusedError(503, "the files that wait take all the room there is; try again in a moment")

    def _forget_old(self) -> None:
        while not self._ended.wait(FORGET_SECONDS / 60):
            with self._lock:
                now = time.monotonic()
                old = [one.id for one in self._drops.values() if one.ended and now - one.ended > FORGET_SECONDS]
                for drop_id in old:
                    self.forget(drop_id)

    def _request(self, path: Path | None, name: str, bundle: str | None = None) -> dict[str, object]:
        # The worker's own module would load what the server must not hold, so its request is written out here.
        usual = None if self._settings.bundle is None else str(self._settings.bundle)
        return {
            "library": self._settings.library,
            "bundle": bundle or usual,
            "path": None if path is None else str(path),
            "name": name,
            "most_seconds": self._settings.limits.sound_seconds,
        }

    def _warm(self) -> None:
        try:
            self._pool.warm(self._request(None, ""))
        except EarmarkError as error:
            if self._ended.is_set():  # the server ends before it was warm
                return
            LOG.warning("no listening process could be warmed: %s", error)

    def _listen(self, drop: Drop) -> None:
        """Have a file listened to; runs in a thread of its own for each listening process."""
        with self._lock:
            path = drop.path
            if path is None:  # forgotten while it waited
                return
            drop.state = "running"
            drop.stage = "decoding"
            self._tell(drop)
        problem = None
        try:
            with contextlib.closing(self._pool.run(self._request(path, drop.name, drop.bundle))) as pieces:
                for piece in pieces:
                    heard = Heard.model_validate(piece)
                    with self._lock:
                        if drop.over:  # forgotten: closing ends the work on it
                            return
                        drop.take(heard)
                        self._tell(drop)
        except LimitError as error:
            problem = Problem(kind="LimitError", message=f"this file {error}")
        except Exception:  # what a file can be blamed for was told by the worker; this is our fault
            if self._ended.is_set():
                return
            LOG.exception("listening to a dropped file failed")
            problem = Problem(kind="Fault", message="something went wrong in Earmark; the server's log tells more")
        with self._lock:
            if drop.over:
                return
            drop.end(problem)
            if drop.problem is not None:
                drop.delete_file()
            self._tell(drop)

    def _tell(self, drop: Drop) -> None:
        if drop.id not in self._drops:
            return
        out = drop.out(self._ahead(drop))
        for listener in self._listeners:
            listener(out)
