"""The map: its points, how true it is, making it again, and where a track lies that is not on it."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from earmark.errors import InputError
from earmark.similarity.vectors.opening import Collection, search_files_state
from earmark.web.maps.answers import MapAnswer, keep_answer, kept_answer, map_answer
from earmark.web.maps.content import MapContent, MapNames, MapPoints, map_content
from earmark.web.maps.placing import place_among
from earmark.web.maps.stored import MapFacts, load_facts, load_map
from earmark.web.shared import Shared, SharedDep
from earmark.web.values import AUDIO_ID, JobOut, Strict

router = APIRouter(tags=["maps"])

FEWEST_TRACKS = 8
"""Fewer tracks make no map worth looking at."""
METHOD = (
    "A projection by t-SNE: near points sound alike; distances between groups, and the groups' sizes, mean little. "
    "The true neighbours of a track are those by sound, listed beside it."
)


class MapState(BaseModel):
    """What is known of the library's map."""

    made: bool = Field(description="Whether there is a map.")
    possible: bool = Field(description="Whether one can be made now.")
    why: str = Field(default="", description="Why none can be made.")
    job: JobOut | None = Field(default=None, description="The job that is making it now.")
    method: str = METHOD
    source: str = Field(default="", description="What the vectors came from.")
    created: str | None = None
    seconds: float | None = Field(default=None, description="Time that making it took.")
    tracks: int = Field(default=0, description="Tracks on it when it was made.")
    perplexity: float | None = Field(default=None, description="About how many neighbours a point minds.")
    kept: float | None = Field(
        default=None, description="Share of true nearest tracks that are nearest on the map too."
    )
    nearest: int = Field(default=0, description="How many nearest tracks that counts.")
    chance: float | None = Field(default=None, description="The share that a map drawn blindly would keep.")
    placed: int = Field(default=0, description="Tracks that are new since, put among their neighbours.")
    unplaced: int = Field(default=0, description="New tracks beyond those that are placed.")
    gone: int = Field(default=0, description="Tracks that were on it and have left the library.")
    other_source: bool = Field(default=False, description="Whether the search now uses vectors of another source.")
    stale: bool = Field(default=False, description="Whether making it again would change it.")


class MapOut(BaseModel):
    """The map."""

    state: MapState
    points: MapPoints | None = Field(description="Null where there is none.")


class MapRequest(Strict):
    """How to make a map."""

    perplexity: float = Field(default=30.0, ge=2, le=200, description="About how many neighbours a point minds.")


class PlaceNeighbour(Strict):
    """A neighbour of a track that is to be placed."""

    audio_id: Annotated[str, Field(pattern=AUDIO_ID)]
    cosine: float = Field(ge=-1, le=1, description="Of the two.")


class PlaceRequest(Strict):
    """The neighbours by sound of a track that is not on the map."""

    neighbours: list[PlaceNeighbour] = Field(min_length=1, max_length=100)


class MapPlace(BaseModel):
    """Where a track lies."""

    x: float
    y: float
    used: int = Field(description="So many of the neighbours are on the map and decided.")


@router.get("/map", summary="The map with its points", response_model=MapOut)
def show_map(shared: SharedDep) -> Response:
    """The library's map: what it is, how true it is, and its points column by column; no points where there is none."""
    told = _answer(shared)
    state = _state(shared, told)
    points = b"null" if told is None else told[1].points
    content = b'{"state":' + state.model_dump_json().encode() + b',"points":' + points + b"}"
    return Response(content, media_type="application/json")


@router.get("/map/names", summary="What the map's points are called", response_model=MapNames)
def show_names(shared: SharedDep) -> Response:
    """The names of all points in their order; apart from them, so that the map can be drawn before they come."""
    told = _answer(shared)
    nothing = MapNames(version="", titles=[], credits=[])
    content = nothing.model_dump_json().encode() if told is None else told[1].names
    return Response(content, media_type="application/json")


@router.post("/map", status_code=202, summary="Make the map")
def make_map(shared: SharedDep, asked: MapRequest | None = None) -> JobOut:
    """Make the map of all tracks that have a vector, in place of the present one; answers with a job."""
    collection = shared.collection()
    if len(collection.search) < FEWEST_TRACKS:
        raise InputError(_too_few(len(collection.search)))
    request = (asked or MapRequest()).model_dump()
    return shared.jobs.start("map", f"Map of {len(collection.search):,} tracks", request)


@router.post("/map/place", summary="Place a track that is not on the map")
def place(asked: PlaceRequest, shared: SharedDep) -> MapPlace:
    """Where a track lies among its neighbours by sound: the weighted median of their places on each axis."""
    facts = load_facts(shared.library.storage)
    content = None if facts is None else _content(shared, facts)
    if content is None:
        raise InputError("there is no map yet; POST /api/map makes one")
    row_of = {track.audio_id: row for row, track in enumerate(content.tracks)}
    found = [(row_of[one.audio_id], one) for one in asked.neighbours if one.audio_id in row_of]
    if not found:
        raise InputError("none of these tracks is on the map; name neighbours that are, see GET /api/map")
    rows = content.places[[row for row, _ in found]]
    x, y = place_among(rows, [one.cosine for _, one in found])
    return MapPlace(x=round(x, 5), y=round(y, 5), used=len(found))


def _answer(shared: Shared) -> tuple[MapFacts, MapAnswer] | None:
    """The map's facts and what is told of it, without reading the tracks where that is kept; None without a map."""
    storage = shared.library.storage
    facts = load_facts(storage)
    if facts is None:
        return None
    state = repr((shared.version("tracks"), shared.version("measures"), search_files_state(shared.library)))

    def make() -> MapAnswer | None:
        kept = kept_answer(storage, facts.folder, state)
        return _worked_out(shared, facts, state) if kept is None else kept

    answer = shared.kept("map answer", (facts.folder, state), make)
    return None if answer is None else (facts, answer)


def _worked_out(shared: Shared, facts: MapFacts, state: str) -> MapAnswer | None:
    content = _content(shared, facts)
    if content is None:
        return None
    collection, why = _collection(shared)
    other = collection is not None and collection.source.key != facts.source_key
    answer = map_answer(content, other_source=other, why=why)
    keep_answer(shared.library.storage, content.facts.folder, state, answer)
    return answer


def _content(shared: Shared, facts: MapFacts) -> MapContent | None:
    """The map with what is new since; None where it cannot be read, or nothing of it is left."""
    collection, tracks = _collection(shared)[0], shared.tracks()

    def make() -> MapContent | None:
        stored = load_map(shared.library.storage)
        content = None if stored is None else map_content(stored, tracks, collection)
        return content if content is not None and content.tracks else None

    return shared.kept("map", (facts.folder, tracks.version, collection), make)


def _collection(shared: Shared) -> tuple[Collection | None, str]:
    """The library opened for searching, or why it cannot be."""
    try:
        collection = shared.collection()
    except InputError as error:
        return None, str(error)
    vectors = len(collection.search)
    return collection, "" if vectors >= FEWEST_TRACKS else _too_few(vectors)


def _state(shared: Shared, told: tuple[MapFacts, MapAnswer] | None) -> MapState:
    job = next((job for job in shared.jobs.list() if job.kind == "map" and job.state in ("waiting", "running")), None)
    if told is None:
        why = _collection(shared)[1]
        return MapState(made=False, possible=not why, why=why, job=job)
    made, since = told[0], told[1].facts
    return MapState(
        made=True,
        possible=not since.why,
        why=since.why,
        job=job,
        source=made.source,
        created=made.created,
        seconds=made.seconds,
        tracks=made.tracks,
        perplexity=made.perplexity,
        kept=made.kept,
        nearest=made.nearest,
        chance=made.chance,
        placed=since.placed,
        unplaced=since.unplaced,
        gone=since.gone,
        other_source=since.other_source,
        stale=since.other_source or bool(since.placed or since.unplaced or since.gone),
    )


def _too_few(tracks: int) -> str:
    return f"a map needs at least {FEWEST_TRACKS} tracks with a vector, and there are {tracks}; scan more music"
