"""A dropped file while the server remembers it, and the file itself while it comes in."""

import datetime as dt
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from earmark.errors import InputError
from earmark.library.discovery import AUDIO_SUFFIXES
from earmark.web.drops.answers import DropOut, DropStage, DropState, DropSummary, Heard, Told
from earmark.web.values import Problem

MOST_NAME: Final = 255
"""Characters of a name that are read and shown; file systems allow no more."""

UNNAMED: Final = "dropped file"


def shown_name(name: str) -> str:
    """What is shown of the name that a client gave: the part after the last slash, printable, not too long.

    Args:
        name: Any text.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(letter for letter in last if letter.isprintable()).strip()
    return printable[-MOST_NAME:] or UNNAMED


def known_suffix(name: str) -> str:
    """The ending of a name where it is one of audio files, such as ``".mp3"``; else empty.

    Args:
        name: Any text.
    """
    suffix = Path(name).suffix.lower()
    return suffix if suffix in AUDIO_SUFFIXES else ""


@dataclass(slots=True, eq=False)
class Drop:
    """A dropped file and what is known of it.

    Attributes:
        id: Its id.
        name: What it is shown as until its tags are read.
        path: Where the file lies, under a name of ours; None once it is deleted.
        bundle: The folder of the model that was asked for; None for the server's.
        size: Bytes of it.
        made: Bytes of what is made of it to be heard; while it is being made, the most that it may have.
        arrived: When it was there as a whole, by `time.monotonic`.
        created: The same as ISO time.
        state: How far it is.
        stage: What is being done.
        ended: When it was done or failed, by `time.monotonic`.
        verdict_seconds: From its arrival to the verdict.
        kept: Name of the file that it was kept as.
        told: What has been heard of it.
        problem: Why nothing can be told of it.
        making: Held while something is made of the file.
    """

    id: str
    name: str
    path: Path | None
    bundle: str | None = None
    size: int = 0
    made: int = 0
    arrived: float = field(default_factory=time.monotonic)
    created: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    state: DropState = "waiting"
    stage: DropStage = "waiting"
    ended: float | None = None
    verdict_seconds: float | None = None
    kept: str | None = None
    told: Told = field(default_factory=Told)
    problem: Problem | None = None
    making: threading.Lock = field(default_factory=threading.Lock)

    @property
    def over(self) -> bool:
        """Whether it is done or has failed."""
        return self.state in ("done", "failed")

    @property
    def on_disk(self) -> int:
        """Bytes that it takes on disk, with what is made of it."""
        return 0 if self.path is None else self.size + self.made

    def take(self, heard: Heard) -> None:
        """Take in a piece of what was heard.

        Args:
            heard: The piece.
        """
        pieces = {name: getattr(heard, name) for name in heard.model_fields_set}
        self.stage = pieces.pop("stage", None) or self.stage
        self.problem = pieces.pop("problem", None) or self.problem
        self.told = self.told.model_copy(update=pieces)
        if self.verdict_seconds is None and (heard.verdict is not None or heard.verdict_problem is not None):
            self.verdict_seconds = round(time.monotonic() - self.arrived, 3)

    def end(self, problem: Problem | None = None) -> None:
        """Say that no more will be known.

        Args:
            problem: Why it failed, if it did.
        """
        self.problem = problem or self.problem
        self.state = self.stage = "done" if self.problem is None else "failed"
        self.ended = time.monotonic()

    def count_made(self) -> None:
        """Count what has been made of the file."""
        self.made = 0
        for file in [] if self.path is None else self.path.parent.glob(f"{self.path.stem}*"):
            with suppress(FileNotFoundError):
                self.made += file.stat().st_size if file != self.path else 0

    def delete_file(self) -> None:
        """Delete the file, and what was made of it."""
        if self.path is not None:
            for file in self.path.parent.glob(f"{self.path.stem}*"):
                file.unlink(missing_ok=True)
            self.path, self.made = None, 0

    def summary(self, ahead: int = 0) -> DropSummary:
        """The drop in a line.

        Args:
            ahead: Drops that are listened to first.
        """
        track, verdict = self.told.track, self.told.verdict
        return DropSummary(
            id=self.id,
            name=self.name,
            bytes=self.size,
            state=self.state,
            stage=self.stage,
            created=self.created,
            ahead=ahead,
            display=self.name if track is None else track.display,
            label=None if verdict is None else verdict.label,
            probability=None if verdict is None else verdict.probability,
            is_none=verdict is not None and verdict.set is not None and bool(verdict.set.is_none),
            verdict_seconds=self.verdict_seconds,
            seconds=None if self.ended is None else round(self.ended - self.arrived, 3),
            problem=self.problem,
            has_file=self.path is not None and self.told.sound is not None,
            kept=self.kept,
        )

    def out(self, ahead: int = 0) -> DropOut:
        """Everything that is known.

        Args:
            ahead: Drops that are listened to first.
        """
        return DropOut(**dict(self.summary(ahead)), **dict(self.told))


class Arriving:
    """A file while its bytes come in.

    Args:
        drop: The drop that it will be.
        path: Where it goes.
        expected: Bytes that will come at most.
    """

    def __init__(self, drop: Drop, path: Path, expected: int) -> None:
        self.drop, self.expected = drop, expected
        # Nobody else can read it, and it is new: a link that somebody put there is not followed.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO = os.fdopen(handle, "wb")

    def write(self, content: bytes) -> None:
        """Add bytes.

        Args:
            content: What came.
        """
        self._file.write(content)
        self.drop.size += len(content)

    def finish(self) -> None:
        """Say that all has come.

        Raises:
            InputError: Nothing has.
        """
        self._file.close()
        if self.drop.size == 0:
            raise InputError("the file is empty (0 bytes); drop an audio file")
        self.drop.arrived = time.monotonic()

    def abandon(self) -> None:
        """Forget what came."""
        self._file.close()
        self.drop.delete_file()
