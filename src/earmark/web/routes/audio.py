"""The sound of tracks: streamed with ranges, by audio id only, and its outline."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from earmark.web.audio_files.answering import SOUND_ANSWERS, SoundResponse
from earmark.web.audio_files.sounds import Sounds
from earmark.web.folders import readable_folders
from earmark.web.problems import PROBLEMS
from earmark.web.shared import Shared, SharedDep
from earmark.web.values import AudioIdPath

router = APIRouter(tags=["audio"])


class Outline(BaseModel):
    """A track's outline, as a picture of its waveform shows it."""

    seconds: float
    peaks: list[int] = Field(description="Levels of equal parts in order, 0 to 255.")


@router.head("/tracks/{audio_id}/audio", include_in_schema=False)
@router.get(
    "/tracks/{audio_id}/audio",
    summary="Hear a track",
    response_class=Response,
    responses=SOUND_ANSWERS
    | {
        403: PROBLEMS[403] | {"description": "The file lies outside of the folders that may be read."},
        404: PROBLEMS[404] | {"description": "There is no such track, or its file is gone."},
        409: PROBLEMS[409] | {"description": "The file holds another sound now."},
    },
)
def hear_track(shared: SharedDep, audio_id: AudioIdPath, decoded: bool = False) -> SoundResponse:
    """The track's file, or the range of it that is asked for.

    What browsers do not play (AIFF, ALAC, WMA ...) comes decoded, as a FLAC; with `decoded` everything does.
    """
    sound = _sounds(shared).open(shared.tracks().one(audio_id), _allowed(shared), decoded=decoded)
    return SoundResponse(sound.file, media_type=sound.media_type, tag=sound.tag)


@router.get("/tracks/{audio_id}/outline", summary="Show a track's outline")
def show_outline(shared: SharedDep, audio_id: AudioIdPath, response: Response) -> Outline:
    """The level of a track over time, for drawing its waveform."""
    track = shared.tracks().one(audio_id)
    outline = Outline(seconds=track.seconds, peaks=_sounds(shared).outline(track, _allowed(shared)))
    response.headers["cache-control"] = "private, max-age=3600"  # the id is a hash of the sound
    return outline


def _sounds(shared: Shared) -> Sounds:
    return shared.kept("sounds", None, lambda: Sounds(shared.library))


def _allowed(shared: Shared) -> Sequence[Path]:
    version = shared.version("roots")
    return shared.kept("allowed folders", version, lambda: readable_folders(shared.settings, shared.library))
