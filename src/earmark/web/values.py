"""What requests and responses share: tracks, problems and jobs as JSON."""

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from earmark.audio.estimates import Measures
from earmark.catalog.keys import format_key
from earmark.catalog.track import Track

AUDIO_ID = r"^[0-9a-f]{8,64}$"
"""How an audio id looks in a URL."""
AudioId = Annotated[str, StringConstraints(pattern=AUDIO_ID)]
AudioIdPath = Annotated[str, Path(pattern=AUDIO_ID, description="The track's audio id.")]

JobState = Literal["waiting", "running", "done", "failed", "cancelled", "interrupted"]


class Strict(BaseModel):
    """A value whose unknown fields are refused, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Why a request was not carried out."""

    kind: str = Field(description="The error's class, for programs.")
    message: str = Field(description="What was expected, what came, and what to do.")


class TrackOut(BaseModel):
    """A track as the page shows it; null where nobody knows."""

    audio_id: str = Field(description="Hash of the decoded sound; names the track in every URL.")
    display: str = Field(description="Artists - Title (Mix), as far as known.")
    artists: str | None = None
    title: str | None = None
    mix: str | None = None
    label: str | None = None
    release: str | None = None
    released: str | None = Field(None, description="ISO date.")
    year: int | None = None
    genre: str | None = None
    bpm: float | None = None
    key: str | None = Field(None, description="In Camelot notation, such as 8A.")
    key_name: str | None = Field(None, description="Such as A minor.")
    seconds: float
    bpm_estimated: bool = False
    key_estimated: bool = False
    doubtful: list[Literal["bpm", "key"]] = Field(default_factory=list, description="Estimates of little confidence.")
    lufs: float | None = Field(None, description="Integrated loudness in LUFS.")
    energy: float | None = Field(None, description="0 (calm) to 1 (driving).")


class JobProgress(BaseModel):
    """How far a job is."""

    stage: str = ""
    done: int = 0
    total: int = 0
    text: str = ""


class JobOut(BaseModel):
    """A piece of long work."""

    id: str
    kind: str = Field(description="The verb, such as scan or train.")
    title: str
    request: dict[str, Any]
    state: JobState
    created: str = Field(description="ISO time.")
    started: str | None = None
    ended: str | None = None
    progress: JobProgress = Field(default_factory=JobProgress)
    metrics: list[dict[str, float | None]] = Field(default_factory=list, description="A training's curve so far.")
    result: dict[str, Any] | None = None
    problem: Problem | None = None
    resumable: bool = Field(False, description="Whether it can go on from where it ended.")
    finishable: bool = Field(False, description="Whether it can be ended now with the best so far.")
    waits_for: str | None = Field(None, description="Title of the job before it, where it waits for one.")


def track_out(track: Track, measures: Measures | None = None) -> TrackOut:
    """Return a track as the page shows it.

    Args:
        track: The track.
        measures: What was measured of its sound, where that is known.
    """
    tempo, tonality = (None, None) if measures is None else (measures.tempo, measures.key)
    bpm_estimated, key_estimated = (track.sources.get(name) == "analysis" for name in ("bpm", "key"))
    doubtful: list[Literal["bpm", "key"]] = []
    if bpm_estimated and (tempo is None or tempo.doubtful):
        doubtful.append("bpm")
    if key_estimated and (tonality is None or tonality.doubtful):
        doubtful.append("key")
    return TrackOut(
        audio_id=track.audio_id,
        display=track.display,
        artists=track.artist_credit or " & ".join(track.artists.performers) or None,
        title=track.title,
        mix=track.mix,
        label=track.label,
        release=track.release,
        released=None if track.released is None else track.released.isoformat(),
        year=None if track.released is None else track.released.year,
        genre=track.genre,
        bpm=track.bpm,
        key=None if track.key is None else format_key(track.key, "camelot"),
        key_name=None if track.key is None else format_key(track.key, "plain"),
        seconds=track.seconds,
        bpm_estimated=bpm_estimated and track.bpm is not None,
        key_estimated=key_estimated and track.key is not None,
        doubtful=doubtful,
        lufs=None if measures is None else measures.lufs,
        energy=None if measures is None else round(measures.energy, 3),
    )
