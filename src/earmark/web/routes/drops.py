"""Dropped files: take one in, follow it to its verdict, hear it, keep it, forget it."""

from collections.abc import AsyncIterator, Hashable
from contextlib import suppress
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from earmark.errors import UnknownNameError
from earmark.models.shelf import named_bundle
from earmark.web.audio_files.answering import SOUND_ANSWERS, SoundResponse
from earmark.web.audio_files.workshop import Workshop
from earmark.web.drops.answers import DropOut, DropSummary
from earmark.web.drops.drops import FORGOTTEN, Drops
from earmark.web.drops.hearing import drop_sound
from earmark.web.drops.keeping import folder_for, keep_file, kept_name
from earmark.web.drops.records import MOST_NAME, Drop
from earmark.web.following import Gone, News, events_of
from earmark.web.problems import RefusedError, problem_response
from earmark.web.shared import SharedDep, shared_of
from earmark.web.uploads import in_time
from earmark.web.values import JobOut, Strict

router = APIRouter(tags=["drops"])

DROP_ID = r"^[0-9a-f]{16}$"
NO_FILES = ("multipart/", "application/x-www-form-urlencoded")
"""Bodies that are no file but a form, of which no part would be looked at."""

_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

DropId = Annotated[str, Path(pattern=DROP_ID, description="The drop's id.")]


def _drop(drop_id: DropId, request: Request) -> Drop:
    """The drop that is named; found before an answer begins, so that there can be a 404."""
    return shared_of(request).drops.find(drop_id)


DropDep = Annotated[Drop, Depends(_drop)]


class KeepRequest(Strict):
    """Where to keep a file."""

    folder: str | None = Field(
        None, max_length=4096, description="An allowed folder, or one below it; the library's own `kept` where null."
    )


class Kept(BaseModel):
    """What a file was kept as."""

    name: str = Field(description="The file's name.")
    folder: str = Field(description="Where it lies.")
    job: JobOut = Field(description="The scan that takes it into the library.")


@router.post(
    "/drops",
    status_code=202,
    summary="Drop a file",
    response_model=DropOut,
    openapi_extra=_BODY,
    responses={200: {"model": DropOut, "description": "With `wait`: everything that can be told of it."}},
)
async def drop_file(
    request: Request,
    response: Response,
    name: Annotated[
        str, Query(max_length=4 * MOST_NAME, description="The file's name; read as a scan reads names, never a path.")
    ] = "",
    bundle: Annotated[
        str | None, Query(max_length=MOST_NAME, description="The model that listens; the server's own where not given.")
    ] = None,
    wait: Annotated[bool, Query(description="Answer when all is known, not at once.")] = False,
) -> DropOut | JSONResponse:
    """Take in an audio file and listen to it; the request's body is the file.

    Answers at once with an id to follow, or with `wait` when all is known; the verdict is that of `earmark predict`.
    The file is deleted when its drop is forgotten, after an hour at the latest, unless it is kept.
    """
    kind = request.headers.get("content-type", "").lower()
    if kind.startswith(NO_FILES):
        raise RefusedError(415, f"the body has to be the file itself, as application/octet-stream, not {kind[:60]}")
    shared = shared_of(request)
    drops, model = shared.drops, None
    if bundle is not None:
        model = str(await run_in_threadpool(named_bundle, shared.library, bundle))
    out = await _taken_in(request, drops, name, model, shared.settings.limits.stall_seconds)
    if not wait:
        return out
    ended = await _ended(drops, out.id)
    if ended is None:
        return problem_response(422, FORGOTTEN.kind, FORGOTTEN.message)
    if ended.problem is not None:
        return problem_response(422, ended.problem.kind, ended.problem.message)
    response.status_code = 200
    return ended


async def _taken_in(request: Request, drops: Drops, name: str, model: str | None, stall_seconds: float) -> DropOut:
    declared = request.headers.get("content-length")  # the guard has seen that it is a number
    size = None if declared is None else int(declared)
    arriving = await run_in_threadpool(drops.arrive, name, size=size, bundle=model)
    try:
        async for chunk in in_time(request.stream(), stall_seconds):
            await run_in_threadpool(arriving.write, chunk)
        return await run_in_threadpool(drops.listen_to, arriving)
    except BaseException:  # the client went away, the file is empty or too large, or the disk is full
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(drops.abandon, arriving)
        raise


async def _changes(drops: Drops, drop_id: str) -> AsyncIterator[DropOut | Gone]:
    """A drop as it is now and as it changes, every stage of it; ends when it has ended or is gone."""

    def stage(one: DropOut | Gone) -> Hashable:
        return (one.id, None if isinstance(one, Gone) else one.stage)

    with News(drops.board, stage) as news:
        told: list[DropOut | Gone] = [drops.get(drop_id)]
        while True:
            for one in told:
                if one.id != drop_id:
                    continue
                yield one
                if isinstance(one, Gone) or one.state in ("done", "failed"):
                    return
            told = await news.next()


async def _ended(drops: Drops, drop_id: str) -> DropOut | None:
    """A drop when it has ended; None where it was forgotten before."""
    last: DropOut | Gone | None = None
    with suppress(UnknownNameError):
        async for one in _changes(drops, drop_id):
            last = one
    return last if isinstance(last, DropOut) else None


@router.get("/drops", summary="List drops")
def list_drops(shared: SharedDep) -> list[DropSummary]:
    """What was dropped since the server was started and is not forgotten, newest first."""
    return shared.drops.list()


@router.post("/drops/warm", status_code=204, summary="Make ready to listen")
def warm(shared: SharedDep) -> None:
    """Start a listening process, so that the next dropped file need not wait for it; it ends when it is not used."""
    shared.drops.listeners.warm()


@router.get("/drops/events", summary="Follow all drops", response_class=EventSourceResponse)
async def follow_drops(request: Request, follow: bool = True) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `present` with the ids of all drops, then `drop` for each in a line, then for each change.

    A drop that is forgotten is told as `gone`, with its id. With `follow=false` the stream ends after the first.
    """
    drops = shared_of(request).drops
    with News(drops.board) as news:
        async for event in events_of("drop", news, drops.list()[::-1], _in_a_line, follow=follow):
            yield event


def _in_a_line(drop: DropSummary) -> DropSummary:
    """A drop without what is heard of it: verdicts and outlines are large."""
    return DropSummary(**{name: getattr(drop, name) for name in DropSummary.model_fields})


@router.get("/drops/{drop_id}", summary="Show a drop")
def show_drop(drop: DropDep, shared: SharedDep) -> DropOut:
    """Everything that is known of a dropped file by now."""
    return shared.drops.get(drop.id)


@router.get("/drops/{drop_id}/events", summary="Follow a drop", response_class=EventSourceResponse)
async def follow_drop(request: Request, drop: DropDep) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events named `drop`, each with everything that is known by then; ends when the drop has.

    Where it is forgotten before, the last is named `gone`.
    """
    async for out in _changes(shared_of(request).drops, drop.id):
        yield ServerSentEvent(event="gone" if isinstance(out, Gone) else "drop", data=out)


@router.get("/drops/{drop_id}/audio", summary="Hear a drop", response_class=Response, responses=SOUND_ANSWERS)
def hear_drop(drop: DropDep, shared: SharedDep) -> SoundResponse:
    """The dropped file, or the range of it that is asked for; what browsers do not play comes as a FLAC."""
    workshop = shared.kept("workshop for drops", None, Workshop)
    sound = drop_sound(*shared.drops.file(drop.id), workshop, shared.drops.room_for)
    return SoundResponse(sound.file, media_type=sound.media_type, tag=sound.tag)


@router.post("/drops/{drop_id}/keep", status_code=202, summary="Keep a drop")
def keep_drop(drop: DropDep, shared: SharedDep, asked: KeepRequest | None = None) -> Kept:
    """Copy the file into a folder, under a name made of its tags and never over another file, and scan it in.

    What is there already is not copied again, and the scan that takes it in is told.
    """
    found, path = shared.drops.file(drop.id)
    folder = folder_for(shared.settings, shared.library, None if asked is None else asked.folder)
    with shared.drops.keeping:
        target = keep_file(path, folder, kept_name(found))
    shared.drops.note_kept(drop.id, target.name)
    request = {"places": [str(target)], "within": [str(folder)]}
    job = shared.jobs.start("scan", f"Add {target.name}", request, join=True)
    return Kept(name=target.name, folder=str(folder), job=job)


@router.delete("/drops/{drop_id}", status_code=204, summary="Forget a drop")
def forget_drop(drop: DropDep, shared: SharedDep) -> None:
    """Forget a dropped file and delete it."""
    shared.drops.forget(drop.id)
