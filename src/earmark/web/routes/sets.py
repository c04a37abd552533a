"""Sets: made along an energy curve, or judged as they were put together by hand."""

from fastapi import APIRouter

from earmark.similarity.sets.energy_curves import parse_curve
from earmark.similarity.sets.played_order import judge_order
from earmark.similarity.sets.set_material import gather_material
from earmark.similarity.sets.setlist import SetRequest, make_setlist
from earmark.web.sets.answers import OrderOut, SetlistOut, order_out, setlist_out
from earmark.web.sets.bodies import SetlistBody, TransitionsBody, library_queries
from earmark.web.shared import SharedDep

router = APIRouter(tags=["sets"])


@router.post("/setlist", summary="Make a set")
def setlist(asked: SetlistBody, shared: SharedDep) -> SetlistOut:
    """A set from one track to another along an energy curve, chosen as a whole, as `earmark setlist` makes it."""
    collection, prints = shared.collection(), shared.prints()
    request = SetRequest(
        start=asked.start,
        end=asked.end,
        minutes=asked.minutes,
        curve=parse_curve(asked.curve, minutes=asked.minutes),
        rules=asked.rules.read(),
        overlap=asked.overlap,
        spacing=asked.spacing,
        seed=asked.seed,
    )
    named = [asked.start] if asked.end is None else [asked.start, asked.end]
    ends = library_queries(shared, collection, named)
    filters = asked.filters.read(collection)
    made = make_setlist(gather_material(collection, prints, filters, ends[0], ends[1] if asked.end else None), request)
    return setlist_out(made, request.curve.points, shared.shown([step.track for step in made.steps]))


@router.post("/transitions", summary="Judge a set")
def transitions(asked: TransitionsBody, shared: SharedDep) -> OrderOut:
    """How each track follows the one before, when it begins and where both are blended.

    Broken rules are told. A set that was kept somewhere may outlive its tracks: those that have left the library are
    told, and the others are judged without them.
    """
    collection, by_id = shared.collection(), shared.tracks().by_id
    tracks = [by_id[audio_id] for audio_id in asked.audio_ids if audio_id in by_id]
    gone = [audio_id for audio_id in asked.audio_ids if audio_id not in by_id]
    order = judge_order(collection, tracks, asked.rules.read(), overlap=asked.overlap)
    return order_out(order, gone, collection.notes)
