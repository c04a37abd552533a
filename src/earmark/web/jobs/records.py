"""A job's record, and the folder in which it is kept."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from earmark.errors import InputError
from earmark.web.jobs.kinds import find_kind
from earmark.web.values import JobOut, JobState

RECORD, LOG = "job.json", "log.txt"
LOG_TAIL = 2000
"""Bytes at the end of a job's log that are told where it ended without a word."""
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled", "interrupted"})
MOST_METRICS = 2000
"""So many points of a training's curves are kept."""
MOST_KEPT = 200
"""So many jobs are remembered; of more, those that ended first are forgotten."""


def now() -> str:
    """The time now, as ISO with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(slots=True)
class Job:
    """A piece of long work and how far it is.

    Attributes:
        id: Names it in URLs and is its folder's name.
        kind: Its verb; a name of `earmark.web.jobs.kinds.KINDS`.
        title: What people read.
        request: What was asked, as the kind's function takes it.
        state: Where it stands.
        created: When it was asked for, ISO; likewise `started` and `ended`.
        progress: ``stage``, ``done``, ``total`` and ``text``.
        metrics: Points of a training's curves.
        result: What came of it.
        problem: ``kind`` and ``message`` of what ended it.
    """

    id: str
    kind: str
    title: str
    request: dict[str, Any]
    state: JobState = "waiting"
    created: str = field(default_factory=now)
    started: str | None = None
    ended: str | None = None
    progress: dict[str, Any] = field(default_factory=dict)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in ENDED

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take in what its process tells; returns whether that says how far it is.

        Args:
            event: Plain values of a checked event.
        """
        match event["event"]:
            case "progress":
                self.progress = {name: event[name] for name in ("stage", "done", "total", "text")}
            case "metrics":
                self.metrics = [*self.metrics, event["point"]][-MOST_METRICS:]
            case _:
                return False
        return True

    def out(self, *, resumable: bool, finishable: bool, waits_for: str | None = None) -> JobOut:
        """The job as the page is told it.

        Args:
            resumable: Whether its kind goes on from where it ended.
            finishable: Whether its kind can be ended with the best so far.
            waits_for: Title of the job before it, where it waits for one.
        """
        told = asdict(self)
        may_resume = resumable and self.state in ("failed", "cancelled", "interrupted")
        may_finish = finishable and self.state == "running"
        return JobOut(**told, resumable=may_resume, finishable=may_finish, waits_for=waits_for)


class JobFolder:
    """The records of a library's jobs, each a folder of its own.

    Args:
        root: Folder of all jobs; made at the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def new_id(self) -> str:
        """An id that no job has, in order of time."""
        return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"

    def path(self, job_id: str) -> Path:
        """The folder of a job.

        Args:
            job_id: Its id, which this object has given out.
        """
        return self.root / job_id

    def save(self, job: Job) -> None:
        """Write a job's record, in one step.

        Args:
            job: The job.
        """
        folder = self.path(job.id)
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f".{RECORD}"
        half.write_text(json.dumps(asdict(job), ensure_ascii=False), encoding="utf-8")
        half.replace(folder / RECORD)

    def load(self) -> dict[str, Job]:
        """Read all records, oldest first.

        What is no record as this Earmark writes them is left out: one that a power failure has cut off, or of a kind
        that another version knows.
        """
        jobs = {}
        for path in sorted(self.root.glob(f"*/{RECORD}")):
            try:
                job = Job(**json.loads(path.read_text(encoding="utf-8")))
                job.out(resumable=False, finishable=False)  # its values are checked
                find_kind(job.kind)
            except (ValueError, TypeError, OSError, InputError):
                continue
            if job.id == path.parent.name:
                jobs[job.id] = job
        return dict(sorted(jobs.items(), key=lambda item: item[1].created))

    def log_end(self, job_id: str) -> str:
        """The end of what a job's process has written; empty where there is nothing.

        Args:
            job_id: Its id.
        """
        try:
            with (self.path(job_id) / LOG).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL))
                return log.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def remove(self, job_id: str) -> None:
        """Delete a job's record, if it is there still.

        Args:
            job_id: Its id, which this object has given out.

        Raises:
            OSError: It cannot be deleted.
        """
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path(job_id))
