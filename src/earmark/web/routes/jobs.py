"""Jobs: list, follow, end, resume."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from earmark.web.folders import check_request
from earmark.web.shared import SharedDep, shared_of
from earmark.web.values import JobOut

router = APIRouter(tags=["jobs"])


@router.get("/jobs", summary="List jobs")
def list_jobs(shared: SharedDep) -> list[JobOut]:
    """All jobs of the library, newest first; ended ones stay until they are forgotten."""
    return shared.jobs.list()


@router.get("/jobs/events", summary="Follow all jobs", response_class=EventSourceResponse)
async def follow_jobs(request: Request, follow: bool = True) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events named `job`, each a job as it is now: first every job, then each change.

    With `follow=false` the stream ends after the first.
    """
    jobs = shared_of(request).jobs
    news = _News(asyncio.get_running_loop())
    stop = jobs.listen(news.tell)
    try:
        for job in jobs.list():
            yield ServerSentEvent(event="job", data=job)
        while follow:
            for job in await news.next():
                yield ServerSentEvent(event="job", data=job)
    finally:
        stop()


class _News:
    """Jobs that changed since they were last sent; of one that changes faster than it is read, the latest counts."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._changed: dict[str, JobOut] = {}
        self._some = asyncio.Event()

    def tell(self, job: JobOut) -> None:
        """Take a change from whatever thread."""
        with suppress(RuntimeError):  # the loop is closed: the server is ending, and nobody listens any more
            self._loop.call_soon_threadsafe(self._take, job)

    def _take(self, job: JobOut) -> None:
        self._changed[job.id] = job
        self._some.set()

    async def next(self) -> list[JobOut]:
        """Wait for changes and return them, in the order in which the jobs first changed."""
        await self._some.wait()
        changed, self._changed = list(self._changed.values()), {}
        self._some.clear()
        return changed


@router.get("/jobs/{job_id}", summary="Show a job")
def show_job(job_id: str, shared: SharedDep) -> JobOut:
    """One job with its progress, curves and result."""
    return shared.jobs.get(job_id)


@router.post("/jobs/{job_id}/cancel", summary="Cancel a job")
def cancel_job(job_id: str, shared: SharedDep) -> JobOut:
    """End a job; what it has done is kept, and it can be resumed where its kind can."""
    return shared.jobs.cancel(job_id)


@router.post("/jobs/{job_id}/finish", summary="Finish a training early")
def finish_job(job_id: str, shared: SharedDep) -> JobOut:
    """End a training now, judge the best so far and keep it as a bundle."""
    return shared.jobs.finish(job_id)


@router.post("/jobs/{job_id}/resume", status_code=202, summary="Resume a job")
def resume_job(job_id: str, shared: SharedDep) -> JobOut:
    """Go on with a job that was cancelled, interrupted or failed; what it has done is not done again."""
    # An earlier server may have allowed other folders than this one.
    check_request(shared.settings, shared.library, shared.jobs.get(job_id).request)
    return shared.jobs.resume(job_id)


@router.delete("/jobs/{job_id}", status_code=204, summary="Forget a job")
def forget_job(job_id: str, shared: SharedDep) -> None:
    """Remove an ended job from the list; what came of it stays."""
    shared.jobs.forget(job_id)
