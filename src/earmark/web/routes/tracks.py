"""Tracks: find them by words, and see all that is known of one."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from earmark.audio.estimates import Measures
from earmark.catalog.searching import Only, Order, TrackFinder
from earmark.catalog.track import Track
from earmark.web.shared import Shared, SharedDep
from earmark.web.values import AudioIdPath, TrackOut, track_out

router = APIRouter(tags=["tracks"])

MOST_WORDS = 200
"""Characters of a search."""


class TracksFound(BaseModel):
    """A part of the tracks that fit."""

    total: int = Field(description="How many fit in all.")
    offset: int
    items: list[TrackOut]


class Alternative(BaseModel):
    """What a tempo or key may be otherwise."""

    value: str | float
    salience: float = Field(description="0 to 1.")


class Estimate(BaseModel):
    """A tempo or a key as it was estimated from the sound."""

    value: str | float = Field(description="Beats per minute, or a key in Camelot notation.")
    confidence: float = Field(description="0 to 1: how likely it is right.")
    alternatives: list[Alternative]


class SectionOut(BaseModel):
    """A part of a track in which the energy stays about the same."""

    start: float = Field(description="Seconds.")
    end: float = Field(description="Seconds.")
    energy: float = Field(description="0 (calm) to 1 (driving).")


class TrackDetail(TrackOut):
    """Everything that is known of a track."""

    featured: list[str]
    remixers: list[str]
    catalogue_number: str | None
    released_precision: str
    path: str = Field(description="Where its file was found.")
    sources: dict[str, str] = Field(description="Who told each value: tag, csv, folder, analysis, a DJ program ...")
    tempo_estimate: Estimate | None = None
    key_estimate: Estimate | None = None
    intro_lufs: float | None = Field(None, description="Loudness of the first 16 s.")
    outro_lufs: float | None = Field(None, description="Loudness of the last 16 s.")
    loudness_curve: list[float] = Field(default_factory=list, description="Short-term loudness in LUFS over time.")
    loudness_step: float | None = Field(None, description="Seconds from one value of the curve to the next.")
    sections: list[SectionOut] = Field(default_factory=list)


@router.get("/tracks", summary="Find tracks")
def find_tracks(
    shared: SharedDep,
    *,
    words: Annotated[str, Query(max_length=MOST_WORDS, description="Beginnings of words, all of them asked.")] = "",
    label: Annotated[str | None, Query(max_length=MOST_WORDS)] = None,
    genre: Annotated[str | None, Query(max_length=MOST_WORDS)] = None,
    only: Only | None = None,
    sort: Order = "match",
    descending: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> TracksFound:
    """Tracks by beginnings of words of artist, title, label or release, whatever their case and accents."""
    found = _finder(shared).find(words, label=label, genre=genre, only=only, order=sort, descending=descending)
    return TracksFound(total=len(found), offset=offset, items=shared.shown(found[offset : offset + limit]))


@router.get("/tracks/{audio_id}", summary="Show a track")
def show_track(shared: SharedDep, audio_id: AudioIdPath) -> TrackDetail:
    """One track with who told each value and what was measured of its sound."""
    track = shared.tracks().one(audio_id)
    return _detail(track, shared.library.measures([audio_id]).get(audio_id))


def _finder(shared: Shared) -> TrackFinder:
    tracks = shared.tracks()
    return shared.kept("track finder", tracks.version, lambda: TrackFinder(tracks.all))


def _detail(track: Track, measures: Measures | None) -> TrackDetail:
    plain = TrackDetail(
        **track_out(track, measures).model_dump(),
        featured=list(track.artists.featured),
        remixers=list(track.artists.remixers),
        catalogue_number=track.catalogue_number,
        released_precision=track.released_precision,
        path=track.path,
        sources=dict(track.sources),
    )
    if measures is None:
        return plain
    plain.tempo_estimate, plain.key_estimate = _tempo(measures), _key(measures)
    plain.intro_lufs, plain.outro_lufs = round(measures.intro_lufs, 2), round(measures.outro_lufs, 2)
    plain.loudness_curve = [round(level, 2) for level in measures.curve]
    plain.loudness_step = measures.curve_seconds
    plain.sections = [
        SectionOut(start=one.start_seconds, end=one.end_seconds, energy=round(one.energy, 3))
        for one in measures.sections
    ]
    return plain


def _tempo(measures: Measures) -> Estimate | None:
    tempo = measures.tempo
    if tempo is None:
        return None
    others = [Alternative(value=round(bpm, 2), salience=salience) for bpm, salience in tempo.alternatives]
    return Estimate(value=round(tempo.bpm, 2), confidence=tempo.confidence, alternatives=others)


def _key(measures: Measures) -> Estimate | None:
    tonality = measures.key
    if tonality is None:
        return None
    others = [Alternative(value=key.camelot, salience=salience) for key, salience in tonality.alternatives]
    return Estimate(value=tonality.key.camelot, confidence=tonality.confidence, alternatives=others)
