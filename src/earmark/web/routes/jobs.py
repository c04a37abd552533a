"""Jobs: list, follow, end, resume."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from earmark.web.folders import renewed_request
from earmark.web.following import News, events_of
from earmark.web.shared import SharedDep, shared_of
from earmark.web.values import JobOut

router = APIRouter(tags=["jobs"])


@router.get("/jobs", summary="List jobs")
def list_jobs(shared: SharedDep) -> list[JobOut]:
    """All jobs of the library, newest first; ended ones stay until they are forgotten."""
    return shared.jobs.list()


@router.get("/jobs/events", summary="Follow all jobs", response_class=EventSourceResponse)
async def follow_jobs(request: Request, follow: bool = True) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `present` with the ids of all jobs, then `job` for each as it is now, then for each change.

    A job that is forgotten is told as `gone`, with its id. With `follow=false` the stream ends after the first.
    """
    jobs = shared_of(request).jobs
    with News(jobs.board) as news:
        async for event in events_of("job", news, jobs.list(), lambda job: job, follow=follow):
            yield event


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
    """Go on with a job that was cancelled, interrupted or failed; what it has done is not done again.

    It may read the folders that this server may read now, which an earlier server may have been allowed otherwise.
    """
    return shared.jobs.resume(job_id, renewed_request(shared.settings, shared.library, shared.jobs.get(job_id).request))


@router.delete("/jobs/{job_id}", status_code=204, summary="Forget a job")
def forget_job(job_id: str, shared: SharedDep) -> None:
    """Remove an ended job from the list; what came of it stays."""
    shared.jobs.forget(job_id)
