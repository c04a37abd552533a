"""Labels: what each is like, how far they are from each other, and what to try for whoever loves some."""

from typing import Annotated

from fastapi import APIRouter, Query

from earmark.catalog.label_colours import label_colours
from earmark.errors import InputError
from earmark.library.library import LabelSummary, summarise_labels
from earmark.similarity.labels.atlas import MIN_TRACKS, RESAMPLES, Atlas, atlas_of
from earmark.similarity.labels.bridges import advise, find_labels
from earmark.similarity.labels.label_pairs import compare_labels
from earmark.similarity.labels.overviews import label_tracks, overview_of
from earmark.web.label_models import (
    LONGEST_NAME,
    AdviceOut,
    AtlasAnswer,
    LabelOut,
    LabelPairOut,
    LabelPlaceOut,
    Loves,
    OverviewOut,
)
from earmark.web.label_values import advice_out, atlas_out, label_out, overview_out, pair_out, place_out
from earmark.web.shared import Shared, SharedDep

router = APIRouter(tags=["labels"])

MANY_LABELS = 30
RESAMPLES_OF_MANY = 300
"""The time for intervals rises with the square of the labels; fewer drawings leave their ends a little rougher."""

LabelName = Annotated[str, Query(min_length=1, max_length=LONGEST_NAME, description="Case and accents do not count.")]


@router.get("/labels", summary="List labels")
def list_labels(shared: SharedDep) -> list[LabelOut]:
    """All labels of the library by name, with their counts and colours."""
    colours = _colours(shared)
    summaries = {summary.label: summary for summary in _summaries(shared)}
    return [label_out(summaries[label], colours) for label in colours]


@router.get("/labels/overview", summary="What is known of a label")
def show_overview(label: LabelName, shared: SharedDep) -> OverviewOut:
    """Counts, years, tempo, keys, loudness, energy and artists of a label, whether or not it is on the atlas."""
    tracks = label_tracks(shared.tracks().all, label)
    measures = shared.library.measures(track.audio_id for track in tracks)
    return overview_out(overview_of(tracks, measures), _colours(shared))


@router.get("/atlas", summary="Labels as places of sound")
def show_atlas(shared: SharedDep) -> AtlasAnswer:
    """The labels on a map drawn from their distances, with what is lost in drawing it; or why there is none yet.

    It is made when it is first asked for, and again after the library has changed; with thousands of tracks that takes
    some seconds. A library without vectors, or with too few labels, is no error: it is how every library begins.
    """
    try:
        return AtlasAnswer(atlas=atlas_out(_atlas(shared), _colours(shared)))
    except InputError as problem:
        return AtlasAnswer(problem=str(problem))


@router.get("/labels/place", summary="A label among the others")
def show_place(label: LabelName, shared: SharedDep) -> LabelPlaceOut:
    """How far a label is from all others, how broad it is, its typical tracks and outliers, and how it moved."""
    atlas = _atlas(shared)
    return place_out(atlas, find_labels(atlas.choice, [label])[0], shared.shown)


@router.get("/labels/compare", summary="Compare two labels")
def compare(a: LabelName, b: LabelName, shared: SharedDep) -> LabelPairOut:
    """How far two labels are apart, in what they differ, who is on both, and which of their tracks are most alike."""
    tracks = [track for label in (a, b) for track in label_tracks(shared.tracks().all, label)]
    measures = shared.library.measures(track.audio_id for track in tracks)
    return pair_out(compare_labels(_atlas(shared), a, b, measures=measures), shared.shown)


@router.post("/labels/explore", summary="Love A and B: try C")
def explore(asked: Loves, shared: SharedDep) -> AdviceOut:
    """Labels that are near to all of those that somebody loves, with tracks that lie between them."""
    atlas = _atlas(shared)
    return advice_out(advise(atlas.choice, atlas.distances, asked.loves), shared.shown)


def _summaries(shared: Shared) -> list[LabelSummary]:
    tracks = shared.tracks()
    return shared.kept("label summaries", tracks.version, lambda: summarise_labels(tracks.all))


def _colours(shared: Shared) -> dict[str, str]:
    return label_colours(summary.label for summary in _summaries(shared))


def _atlas(shared: Shared) -> Atlas:
    """The atlas of the library as it is now.

    Raises:
        InputError: There are no vectors yet, or too few labels with enough tracks by enough artists.
    """
    collection = shared.collection()
    large = sum(summary.tracks >= MIN_TRACKS for summary in _summaries(shared))
    resamples = RESAMPLES if large <= MANY_LABELS else RESAMPLES_OF_MANY
    return shared.kept("atlas", collection, lambda: atlas_of(collection, resamples=resamples))
