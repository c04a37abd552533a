"""Starts jobs, one after the other, follows them, and ends them.

One job runs at a time: each uses all the cores that it is given, and two would only be slower. The others wait in the
order in which they were asked for or resumed.
"""

import contextlib
import logging
import threading
import time
from pathlib import Path
from typing import Any

from earmark.errors import UnknownNameError
from earmark.library.library import Library
from earmark.web.following import Board, Gone
from earmark.web.jobs.kinds import find_kind
from earmark.web.jobs.process import GRACE_SECONDS, JobProcess, Outcome
from earmark.web.jobs.records import LOG, MOST_KEPT, RECORD, Job, JobFolder, now
from earmark.web.problems import RefusedError
from earmark.web.values import JobOut, JobState

SECONDS_BETWEEN_SAVES = 2.0

SERVER_LOG = logging.getLogger("earmark.web")


class Jobs:
    """The jobs of one library.

    Jobs that were running when an earlier server ended are told as interrupted.

    Args:
        library: The library.

    Attributes:
        board: Tells every change of a job, from any thread.
    """

    def __init__(self, library: Library) -> None:
        self.board: Board[JobOut] = Board()
        self._address = library.address
        self._folder = JobFolder(library.local_folder("jobs"))
        self._lock = threading.RLock()
        self._jobs = self._folder.load()
        self._queue: list[Job] = []
        self._processes: dict[str, JobProcess] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._closed = False
        for job in self._jobs.values():
            if not job.over:
                self._end(job, "interrupted")

    def list(self) -> list[JobOut]:
        """All jobs, newest first."""
        with self._lock:
            newest = sorted(self._jobs.values(), key=lambda job: (job.created, job.id), reverse=True)
            return [self._out(job) for job in newest]

    def get(self, job_id: str) -> JobOut:
        """Return a job.

        Args:
            job_id: Its id.

        Raises:
            UnknownNameError: There is no such job.
        """
        with self._lock:
            return self._out(self._find(job_id))

    def start(self, kind: str, title: str, request: dict[str, Any], *, join: bool = False) -> JobOut:
        """Ask for a job; it starts as soon as none before it runs.

        Args:
            kind: Its verb.
            title: What people read.
            request: What is asked, as plain values.
            join: Whether, where the same is being done already, that job is returned instead of refusing.

        Raises:
            UnknownNameError: There is no such kind.
            RefusedError: The same is being done already (409).
        """
        find_kind(kind)
        with self._lock:
            if join and (same := self._same(kind, request)) is not None:
                return self._out(same)
            self.refuse_twice(kind, request)
            job = Job(self._folder.new_id(), kind, title, request)
            self._folder.save(job)  # where that is refused, nobody is told that a job waits
            self._jobs[job.id] = job
            self._forget_oldest()
            self._enqueue(job)
            return self._out(job)

    def refuse_twice(self, kind: str, request: dict[str, Any]) -> None:
        """Refuse what is being done already.

        Args:
            kind: A job's verb.
            request: What is asked.

        Raises:
            RefusedError: A job that is not over does the same (409).
        """
        with self._lock:
            same = self._same(kind, request)
            if same is not None:
                raise _conflict(f"this is being done already, by job {same.id} ({same.title}); wait or cancel it")

    def resume(self, job_id: str, request: dict[str, Any] | None = None) -> JobOut:
        """Let a job go on that did not come to its end; what it has done is not done again.

        Args:
            job_id: A job that was cancelled, interrupted or failed.
            request: What it is asked now, where something has changed since, such as the folders it may read.

        Raises:
            UnknownNameError: There is no such job.
            RefusedError: It cannot be resumed, or the same was asked for meanwhile (409).
        """
        with self._lock:
            job = self._find(job_id)
            if not self._out(job).resumable:
                raise _conflict(f"a job that is {job.state} cannot be resumed; start it anew")
            self.refuse_twice(job.kind, job.request if request is None else request)
            job.request = job.request if request is None else request
            job.state, job.started, job.ended, job.problem = "waiting", None, None, None
            job.progress, job.metrics = {}, []
            self._enqueue(job)
            return self._out(job)

    def cancel(self, job_id: str) -> JobOut:
        """End a job; what it has done is kept.

        Args:
            job_id: A job that is not over.

        Raises:
            UnknownNameError: There is no such job.
            RefusedError: It is over (409).
        """
        with self._lock:
            job = self._unfinished(job_id)
            if job.state == "waiting":
                self._end(job, "cancelled")
            else:
                # A training takes Ctrl-C as "keep the best so far"; ended by force, it keeps its last epoch.
                self._processes[job.id].end("cancelled", by_force=find_kind(job.kind).finishable)
            return self._out(job)

    def finish(self, job_id: str) -> JobOut:
        """End a training now and keep the best so far.

        Args:
            job_id: A training that is running.

        Raises:
            UnknownNameError: There is no such job.
            RefusedError: It is none that can be finished early (409).
        """
        with self._lock:
            job = self._unfinished(job_id)
            if not self._out(job).finishable:
                raise _conflict(f"only a training that runs can be finished early; this {job.kind} is {job.state}")
            self._processes[job.id].finish()
            return self._out(job)

    def forget(self, job_id: str) -> None:
        """Remove a job that is over from the list.

        Args:
            job_id: The job.

        Raises:
            UnknownNameError: There is no such job.
            RefusedError: It is not over (409).
        """
        with self._lock:
            job = self._find(job_id)
            if not job.over:
                raise _conflict(f"job {job_id} is {job.state}; cancel it first")
            self._forget(job)

    def close(self) -> None:
        """End what runs, as interrupted; waiting jobs too."""
        with self._lock:
            self._closed = True
            for job in list(self._queue):
                self._end(job, "interrupted")
            for process in self._processes.values():
                process.end("interrupted", by_force=True)
            threads = list(self._threads.values())
        for thread in threads:
            thread.join(GRACE_SECONDS)

    def _find(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise UnknownNameError("job", job_id, self._jobs)
        return self._jobs[job_id]

    def _unfinished(self, job_id: str) -> Job:
        job = self._find(job_id)
        if job.over:
            raise _conflict(f"job {job_id} is over ({job.state})")
        return job

    def _same(self, kind: str, request: dict[str, Any]) -> Job | None:
        jobs = (job for job in self._jobs.values() if not job.over)
        return next((job for job in jobs if (job.kind, job.request) == (kind, request)), None)

    def _out(self, job: Job) -> JobOut:
        kind = find_kind(job.kind)
        waits_for = None
        if job in self._queue:
            place = self._queue.index(job)
            before = self._queue[place - 1] if place else self._running()
            waits_for = None if before is None else before.title
        return job.out(resumable=kind.resumable, finishable=kind.finishable, waits_for=waits_for)

    def _running(self) -> Job | None:
        return next((self._jobs[job_id] for job_id in self._processes), None)

    def _tell(self, job: Job) -> None:
        self.board.tell(self._out(job))

    def _end(self, job: Job, state: JobState, **told: Any) -> None:
        job.state, job.ended = state, now()
        for name, value in told.items():
            setattr(job, name, value)
        after = self._queue.index(job) if job in self._queue else len(self._queue)
        if job in self._queue:
            self._queue.remove(job)
        self._delete_upload(job)
        self._keep(job)
        self._tell(job)
        for other in self._queue[after : after + 1]:  # it waits for another one now
            self._tell(other)

    def _delete_upload(self, job: Job) -> None:
        """Delete what was uploaded for a job, whether or not it has come to read it."""
        field = find_kind(job.kind).upload
        if field is not None:
            with contextlib.suppress(OSError):  # deleted by hand, or on a disk that is gone
                Path(job.request[field]).unlink(missing_ok=True)

    def _keep(self, job: Job) -> None:
        """Write the record of a job that goes on whether or not it can be written, such as on a full disk."""
        try:
            self._folder.save(job)
        except OSError as error:
            SERVER_LOG.warning("the record of job %s could not be written: %s", job.id, error)

    def _enqueue(self, job: Job) -> None:
        self._queue.append(job)
        self._keep(job)
        self._tell(job)
        self._start_next()

    def _forget(self, job: Job) -> None:
        del self._jobs[job.id]
        self.board.tell(Gone(id=job.id))
        try:
            self._folder.remove(job.id)
        except OSError as error:  # its record comes back with the next server
            SERVER_LOG.warning("the record of job %s could not be deleted: %s", job.id, error)

    def _forget_oldest(self) -> None:
        ended = sorted((job for job in self._jobs.values() if job.over), key=lambda job: job.created)
        for job in ended[: max(0, len(self._jobs) - MOST_KEPT)]:
            self._forget(job)

    def _start_next(self) -> None:
        while self._queue and not self._closed and not self._processes:
            job = self._queue[0]
            try:
                self._begin(job)
            except OSError as error:  # no memory or no room for another process; the next may fare better
                problem = {"kind": "SystemError", "message": f"its process cannot start: {error.strerror or error}"}
                self._end(job, "failed", problem=problem)

    def _begin(self, job: Job) -> None:
        folder = self._folder.path(job.id)
        process = JobProcess(folder / RECORD, folder / LOG, self._address, find_kind(job.kind).function)
        self._queue.remove(job)
        self._processes[job.id] = process
        job.state, job.started = "running", now()
        self._keep(job)
        self._tell(job)
        thread = threading.Thread(target=self._follow, args=(job, process), daemon=True, name=f"job {job.id}")
        self._threads[job.id] = thread
        thread.start()

    def _follow(self, job: Job, process: JobProcess) -> None:
        """Take a process's events until it ends; runs in a thread of its own."""
        last: dict[str, Any] = {}
        saved = time.monotonic()
        for event in process.events():
            last = event
            with self._lock:
                if job.take(event):
                    self._tell(job)
                if time.monotonic() - saved > SECONDS_BETWEEN_SAVES:
                    self._keep(job)
                    saved = time.monotonic()
        outcome = process.outcome(last, lambda: self._folder.log_end(job.id))
        with self._lock:
            del self._processes[job.id], self._threads[job.id]
            self._settle(job, outcome)
            self._start_next()

    def _settle(self, job: Job, outcome: Outcome) -> None:
        self._end(job, outcome.state, result=outcome.result, problem=outcome.problem)
        self._start_after(outcome.then)

    def _start_after(self, job: dict[str, Any] | None) -> None:
        """Start what a job asks for after itself, unless the same waits already."""
        if job is not None and not self._closed:
            try:
                self.start(job["kind"], job["title"], job["request"], join=True)
            except OSError as error:
                SERVER_LOG.warning("%s could not be started after its job: %s", job["title"], error)


def _conflict(message: str) -> RefusedError:
    return RefusedError(409, message)
