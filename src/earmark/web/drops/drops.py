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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from earmark.errors import LimitError, UnknownNameError
from earmark.web.drops.answers import DropOut, DropSummary
from earmark.web.drops.listeners import Listeners
from earmark.web.drops.place import make_place
from earmark.web.drops.records import Arriving, Drop, known_suffix, shown_name
from earmark.web.following import Board, Gone
from earmark.web.problems import RefusedError
from earmark.web.settings import ServeSettings
from earmark.web.values import Problem

LOG = logging.getLogger("earmark.web")

FORGET_SECONDS: Final = 3600.0
"""A drop is forgotten so long after it ended."""

MOST_DROPS: Final = 200
"""So many are remembered; of more, the oldest that have ended are forgotten."""

FORGOTTEN: Final = Problem(kind="Forgotten", message="this file was forgotten before it was heard")
FAULT: Final = Problem(kind="Fault", message="something went wrong in Earmark; the server's log tells more")


class Drops:
    """All dropped files of one server.

    Args:
        settings: What the server was started with.

    Attributes:
        board: Tells every change of a drop, from any thread.
        listeners: The processes that listen.
        keeping: Held while a file is kept, so that nobody takes half a copy of it for another file.
        folder: Where files lie; None before the first.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.board: Board[DropOut] = Board()
        self.listeners = Listeners(settings)
        self.keeping = threading.Lock()
        self.folder: Path | None = None
        self._limits = settings.limits
        self._threads = ThreadPoolExecutor(settings.limits.listeners, thread_name_prefix="listening")
        self._lock = threading.RLock()
        self._drops: dict[str, Drop] = {}
        self._arriving: dict[str, Arriving] = {}
        self._ended = threading.Event()

    @property
    def arriving(self) -> int:
        """How many files are coming in."""
        return len(self._arriving)

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
            return self._out(self.find(drop_id))

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
            RefusedError: Its file is gone, or was never decoded (404).
        """
        with self._lock:
            drop = self.find(drop_id)
            if drop.path is None or drop.told.sound is None:
                raise RefusedError(404, "this file is not here (any more), or could not be decoded; drop it again")
            return drop, drop.path

    def arrive(self, name: str, *, size: int | None = None, bundle: str | None = None) -> Arriving:
        """Make place for a file.

        Args:
            name: The name that the client gave; its ending may help the decoder.
            size: Bytes that are said to come; the most that is allowed where None.
            bundle: The folder of the model that is to listen; the server's where None.

        Raises:
            RefusedError: Too much waits, or lies here, already (503).
        """
        with self._lock:
            waiting = self.arriving + sum(not drop.over for drop in self._drops.values())
            if waiting >= self._limits.waiting:
                raise RefusedError(503, f"{waiting} files are waiting already; try again in a moment")
            over = [drop for drop in self._drops.values() if drop.over]
            for drop in over[: max(0, len(self._drops) + 1 - MOST_DROPS)]:
                self.forget(drop.id)
            expected = self._limits.upload_bytes if size is None else size
            self._make_room(expected)
            drop_id = secrets.token_hex(8)
            path = self._place() / f"{drop_id}{known_suffix(name)}"
            arriving = Arriving(Drop(drop_id, shown_name(name), path, bundle), path, expected)
            self._arriving[drop_id] = arriving
            return arriving

    def abandon(self, arriving: Arriving) -> None:
        """Forget a file that did not come as a whole; one that did stays.

        Args:
            arriving: The file.
        """
        with self._lock:
            if self._arriving.pop(arriving.drop.id, None) is not None:
                arriving.abandon()

    def listen_to(self, arriving: Arriving) -> DropOut:
        """Take in a file whose bytes have come, and queue it.

        Args:
            arriving: The file.

        Raises:
            InputError: It is empty; it is still to be abandoned.
        """
        arriving.finish()
        with self._lock:
            drop = self._arriving.pop(arriving.drop.id).drop
            self._drops[drop.id] = drop
            out = self._out(drop)
            self.board.tell(out)
            self._threads.submit(self._listen, drop)
        return out

    @contextlib.contextmanager
    def room_for(self, drop: Drop, most_bytes: int) -> Iterator[None]:
        """Hold room on disk while something is made of a drop's file.

        Args:
            drop: The drop; it tells in `Drop.made` how much there is in the end.
            most_bytes: So large it will be at most.

        Raises:
            RefusedError: There is no room (503).
        """
        with self._lock:
            self._make_room(most_bytes, spare=drop)
            drop.made = most_bytes
        try:
            yield
        finally:
            with self._lock:
                drop.count_made()

    def forget(self, drop_id: str) -> None:
        """Forget a drop and delete its file.

        Args:
            drop_id: Its id.

        Raises:
            UnknownNameError: There is no such drop.
        """
        with self._lock:
            drop = self.find(drop_id)
            if not drop.over:
                drop.end(FORGOTTEN)  # who listens to it sees that, and stops
            del self._drops[drop_id]
            drop.delete_file()
            self.board.tell(Gone(id=drop_id))
            self._tell_waiting()

    def note_kept(self, drop_id: str, name: str) -> None:
        """Remember as what a drop was kept, and tell.

        Args:
            drop_id: Its id.
            name: The file's name.
        """
        with self._lock, contextlib.suppress(UnknownNameError):  # forgotten meanwhile; its copy is kept all the same
            drop = self.find(drop_id)
            drop.kept = name
            self._tell(drop)

    def close(self) -> None:
        """End the listening processes and delete all files."""
        self._ended.set()
        with self._lock:
            self._drops.clear()
            for arriving in list(self._arriving.values()):
                self.abandon(arriving)
        self.listeners.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _ahead(self, drop: Drop) -> int:
        if drop.state != "waiting":
            return 0
        return sum(not other.over and other.arrived < drop.arrived for other in self._drops.values())

    def _out(self, drop: Drop) -> DropOut:
        return drop.out(self._ahead(drop))

    def _tell(self, drop: Drop) -> None:
        if drop.id in self._drops:
            self.board.tell(self._out(drop))

    def _tell_waiting(self) -> None:
        """Tell those that wait, of which one less is ahead."""
        for drop in self._drops.values():
            if drop.state == "waiting":
                self._tell(drop)

    def _place(self) -> Path:
        """Our own folder; made at first need, with what forgets drops whose time has come."""
        if self.folder is None:
            self.folder = make_place()
            threading.Thread(target=self._forget_old, daemon=True, name="forgetting drops").start()
        return self.folder

    def _make_room(self, wanted: int, spare: Drop | None = None) -> None:
        """Delete files of the oldest drops that have ended until so many bytes more fit; all is counted that may come.

        Raises:
            RefusedError: Not even then; nothing is deleted.
        """
        over = [drop for drop in self._drops.values() if drop.over and drop is not spare]
        coming = sum(max(one.expected, one.drop.size) for one in self._arriving.values())
        held = wanted + coming + sum(drop.on_disk for drop in self._drops.values())
        if held - sum(drop.on_disk for drop in over) > self._limits.drops_bytes:
            raise RefusedError(503, "the files that wait take all the room there is; try again in a moment")
        for drop in over:
            if held <= self._limits.drops_bytes:
                return
            held -= drop.on_disk
            drop.delete_file()
            self._tell(drop)

    def _forget_old(self) -> None:
        while not self._ended.wait(FORGET_SECONDS / 60):
            with self._lock:
                now = time.monotonic()
                old = [one.id for one in self._drops.values() if one.ended and now - one.ended > FORGET_SECONDS]
                for drop_id in old:
                    self.forget(drop_id)

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
            self._take_pieces(drop, path)
        except LimitError as error:
            problem = Problem(kind="LimitError", message=f"this file {error}")
        except Exception:  # what a file can be blamed for was told by the worker; this is our fault
            if self._ended.is_set():
                return
            LOG.exception("listening to a dropped file failed")
            problem = FAULT
        with self._lock:
            if drop.over:
                return
            drop.end(problem)
            if drop.problem is not None:
                drop.delete_file()
            self._tell(drop)
            self._tell_waiting()

    def _take_pieces(self, drop: Drop, path: Path) -> None:
        """Take in what is heard of a file, until the end or until it is forgotten."""
        with contextlib.closing(self.listeners.listen(path, drop.name, drop.bundle)) as pieces:
            for heard in pieces:
                with self._lock:
                    if drop.over:
                        return
                    drop.take(heard)
                    self._tell(drop)
