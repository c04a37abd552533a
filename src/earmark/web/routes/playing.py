"""What sounds like a track, and what mixes after it."""

from typing import Annotated

from fastapi import APIRouter, Query

from earmark.similarity.finding.hubs import DAMPING
from earmark.similarity.finding.picking import Caps
from earmark.similarity.finding.similar import SimilarRequest, find_similar
from earmark.similarity.finding.suggestions import NextRequest, suggest_next
from earmark.web.sets.answers import NextOut, SimilarOut, next_out, similar_out
from earmark.web.sets.bodies import NextBody, SimilarQuery, library_queries
from earmark.web.shared import SharedDep
from earmark.web.values import AudioIdPath

router = APIRouter(tags=["playing"])


@router.get("/tracks/{audio_id}/similar", summary="Find what sounds like a track")
def similar(audio_id: AudioIdPath, asked: Annotated[SimilarQuery, Query()], shared: SharedDep) -> SimilarOut:
    """Neighbours by sound with their reasons, as `earmark similar` finds them."""
    collection = shared.collection()
    request = SimilarRequest(
        caps=Caps(count=asked.count, per_artist=asked.max_per_artist, per_release=asked.max_per_release),
        filters=asked.filters.read(collection),
        likes=library_queries(shared, collection, asked.like),
        unlikes=library_queries(shared, collection, asked.unlike),
        damping=DAMPING if asked.damping is None else asked.damping,
    )
    [query] = library_queries(shared, collection, [audio_id])
    return similar_out(find_similar(collection, query, shared.prints(), request), query.measures)


@router.post("/next", summary="Find what mixes after a track")
def next_tracks(asked: NextBody, shared: SharedDep) -> NextOut:
    """Suggestions that keep the rules, the best first, each with its reasons, as `earmark next` finds them."""
    collection = shared.collection()
    request = NextRequest(
        caps=asked.caps,
        filters=asked.filters.read(collection),
        rules=asked.rules.read(),
        likes=library_queries(shared, collection, asked.likes),
        unlikes=library_queries(shared, collection, asked.unlikes),
    )
    [query] = library_queries(shared, collection, [asked.track])
    return next_out(suggest_next(collection, query, shared.prints(), request), query.measures, request.rules)
