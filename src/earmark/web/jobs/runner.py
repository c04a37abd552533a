"""Starts jobs, one after the other, follows them, and ends them.

One job runs at a time: each uses all the cores that it is given, and two would only be slower. The others wait in the
order in which they came.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from earmark.errors import InputError, UnknownNameError
from earmark.library.library import Library
from earmark.web.jobs.events import Event
from earmark.web.jobs.kinds import find_kind
from earmark.web.jobs.records import LOG, MOST_KEPT, MOST_METRICS, RECORD, Job, JobFolder, now
from earmark.web.values import JobOut

GRACE_SECONDS = 20.0
"""So long a job may take to end in order before it is killed."""
SECONDS_BETWEEN_SAVES = 2.0

SERVER_LOG = logging.getLogger("earmark.web")

Listener = Callable[[JobOut], None]


class Jobs:
    """The jobs of one library.

    Jobs that were running when an earlier server ended are told as interrupted.

    Args:
        library: The library.
    """

    def __init__(self, library: Library) -> None:
        self._address = library.address
        self._folder = JobFolder(library.local_folder("jobs"))
        self._lock = threading.RLock()
        self._jobs = self._folder.load()
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._ending: dict[str, str] = {}
        self._listeners: list[Listener] = []
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

    def start(self, kind: str, title: str, request: dict[str, Any]) -> JobOut:
        """Ask for a job; it starts as soon as none before it runs.

        Args:
            kind: Its verb.
            title: What people read.
            request: What is asked, as plain values.

        Raises:
            UnknownNameError: There is no such kind.
            InputError: The same is asked for already.
        """
        find_kind(kind)
        with self._lock:
            self._refuse_twice(kind, request)
            job = Job(self._folder.new_id(), kind, title, request)
            self._folder.save(job)  # where that is refused, nobody is told that a job waits
            self._jobs[job.id] = job
            self._forget_oldest()
            self._enqueue(job)
            return self._out(job)

    def resume(self, job_id: str) -> JobOut:
        """Let a job go on that did not come to its end; what it has done is not done again.

        Args:
            job_id: A job that was cancelled, interrupted or failed.

        Raises:
            UnknownNameError: There is no such job.
            InputError: It cannot be resumed, or the same was asked for meanwhile.
        """
        with self._lock:
            job = self._find(job_id)
            if not self._out(job).resumable:
                raise InputError(f"a job that is {job.state} cannot be resumed; start it anew")
            self._refuse_twice(job.kind, job.request)
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
            InputError: It is over.
        """
        with self._lock:
            job = self._unfinished(job_id)
            if job.state == "waiting":
                self._end(job, "cancelled")
            else:
                # A training takes Ctrl-C as "keep the best so far"; ended by force, it keeps its last epoch.
                hard = find_kind(job.kind).finishable
                self._stop(job, "cancelled", signal.SIGKILL if hard else signal.SIGINT)
            return self._out(job)

    def finish(self, job_id: str) -> JobOut:
        """End a training now and keep the best so far.

        Args:
            job_id: A training that is running.

        Raises:
            UnknownNameError: There is no such job.
            InputError: It is none that can be finished early.
        """
        with self._lock:
            job = self._unfinished(job_id)
            if not self._out(job).finishable:
                raise InputError(f"only a training that runs can be finished early; this {job.kind} is {job.state}")
            self._processes[job.id].send_signal(signal.SIGINT)
            return self._out(job)

    def forget(self, job_id: str) -> None:
        """Remove a job that is over from the list.

        Args:
            job_id: The job.

        Raises:
            UnknownNameError: There is no such job.
            InputError: It is not over.
        """
        with self._lock:
            job = self._find(job_id)
            if not job.over:
                raise InputError(f"job {job_id} is {job.state}; cancel it first")
            del self._jobs[job_id]
            self._folder.remove(job_id)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have every change told; returns what ends that.

        Args:
            listener: Called from another thread, with a job as it is now; must not block.
        """
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return stop

    def close(self) -> None:
        """End what runs, as interrupted; waiting jobs too."""
        with self._lock:
            self._closed = True
            for job in self._jobs.values():
                if job.state == "waiting":
                    self._end(job, "interrupted")
                elif job.state == "running":
                    self._stop(job, "interrupted", signal.SIGKILL)
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
            raise InputError(f"job {job_id} is over ({job.state})")
        return job

    @staticmethod
    def _out(job: Job) -> JobOut:
        kind = find_kind(job.kind)
        return job.out(resumable=kind.resumable, finishable=kind.finishable)

    def _tell(self, job: Job) -> None:
        out = self._out(job)
        for listener in self._listeners:
            listener(out)

    def _end(self, job: Job, state: str, **told: Any) -> None:
        job.state, job.ended = state, now()  # type: ignore[assignment]  # one of the ended states, by our callers
        for name, value in told.items():
            setattr(job, name, value)
        self._keep(job)
        self._tell(job)

    def _keep(self, job: Job) -> None:
        """Write the record of a job that goes on whether or not it can be written, such as on a full disk."""
        try:
            self._folder.save(job)
        except OSError as error:
            SERVER_LOG.warning("the record of job %s could not be written: %s", job.id, error)

    def _refuse_twice(self, kind: str, request: dict[str, Any]) -> None:
        for job in self._jobs.values():
            if not job.over and (job.kind, job.request) == (kind, request):
                raise InputError(f"this is being done already, by job {job.id} ({job.title}); wait or cancel it")

    def _enqueue(self, job: Job) -> None:
        self._keep(job)
        self._tell(job)
        self._start_next()

    def _forget_oldest(self) -> None:
        ended = sorted((job for job in self._jobs.values() if job.over), key=lambda job: job.created)
        for job in ended[: max(0, len(self._jobs) - MOST_KEPT)]:
            del self._jobs[job.id]
            self._folder.remove(job.id)

    def _start_next(self) -> None:
        waiting = sorted((job for job in self._jobs.values() if job.state == "waiting"), key=lambda one: one.created)
        for job in waiting:
            if self._closed or self._processes:
                return
            try:
                self._begin(job)
            except OSError as error:  # no memory or no room for another process; the next may fare better
                problem = {"kind": "SystemError", "message": f"its process cannot start: {error.strerror or error}"}
                self._end(job, "failed", problem=problem)

    def _begin(self, job: Job) -> None:
        folder, function = self._folder.path(job.id), find_kind(job.kind).function
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                [sys.executable, "-m", "earmark.web.jobs.child", str(folder / RECORD), self._address, function],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl-C at the server's terminal is the server's, and so are our kills
            )
        self._processes[job.id] = process
        job.state, job.started = "running", now()
        self._keep(job)
        self._tell(job)
        thread = threading.Thread(target=self._follow, args=(job, process), daemon=True, name=f"job {job.id}")
        self._threads[job.id] = thread
        thread.start()

    def _stop(self, job: Job, ending: str, how: signal.Signals) -> None:
        """Let a running job's process end; it is told as `ending` once it has."""
        self._ending[job.id] = ending
        process = self._processes[job.id]
        if how == signal.SIGKILL:
            _kill_group(process)
            return
        process.send_signal(how)
        timer = threading.Timer(GRACE_SECONDS, _kill_if_running, [process])
        timer.daemon = True
        timer.start()

    def _follow(self, job: Job, process: "subprocess.Popen[str]") -> None:
        """Take a process's events until it ends; runs in a thread of its own."""
        last: dict[str, Any] = {}
        saved = time.monotonic()
        for line in process.stdout or ():
            event = _read_event(line)
            if event is None:
                continue
            last = event
            with self._lock:
                self._take(job, event)
                if time.monotonic() - saved > SECONDS_BETWEEN_SAVES:
                    self._keep(job)
                    saved = time.monotonic()
        code = process.wait()
        _kill_group(process)  # workers that it left
        with self._lock:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            del self._processes[job.id], self._threads[job.id]
            self._settle(job, last, code)
            self._start_next()

    def _take(self, job: Job, event: dict[str, Any]) -> None:
        if event["event"] == "progress":
            job.progress = {name: event[name] for name in ("stage", "done", "total", "text")}
        elif event["event"] == "metrics":
            job.metrics = [*job.metrics, event["point"]][-MOST_METRICS:]
        else:
            return
        self._tell(job)

    def _settle(self, job: Job, last: dict[str, Any], code: int) -> None:
        """Say how a job ended, by its last event, by what was asked of it, or by its log."""
        ending = self._ending.pop(job.id, None)
        if last.get("event") == "done":
            after = last["result"].pop("then", None)
            self._end(job, "done", result=last["result"])
            self._start_after(after)
        elif ending is not None:
            self._end(job, ending)
        elif last.get("event") == "cancelled":
            self._end(job, "cancelled")
        elif last.get("event") == "failed":
            self._end(job, "failed", problem={"kind": last["kind"], "message": last["message"]})
        else:
            said = self._folder.log_end(job.id) or "(nothing)"
            message = f"its process ended with exit code {code}; the end of its log: {said}"
            self._end(job, "failed", problem={"kind": "Fault", "message": message})

    def _start_after(self, job: dict[str, Any] | None) -> None:
        """Start what a job asks for after itself, unless the same waits already."""
        if job is not None and not self._closed:
            try:
                with contextlib.suppress(InputError):
                    self.start(job["kind"], job["title"], job["request"])
            except OSError as error:
                SERVER_LOG.warning("%s could not be started after its job: %s", job["title"], error)


def _read_event(line: str) -> dict[str, Any] | None:
    """A line that a job's process wrote, checked; None where it is none, such as one that a kill cut off."""
    try:
        return Event.model_validate_json(line).root.model_dump()
    except ValueError:
        return None


def _kill_group(process: "subprocess.Popen[str]") -> None:
    """Kill a job's process and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _kill_if_running(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        _kill_group(process)
