"""Gathers what sets are made of: all tracks of a collection, or of a very large one those around the way."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.finding.decks import decks_of
from earmark.similarity.finding.lookup import Query
from earmark.similarity.finding.similar import collection_scale
from earmark.similarity.finding.versions import Fingerprints
from earmark.similarity.sets.setlist import SetMaterial
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.opening import Collection

MOST: Final = 20_000
"""Collections up to this size are taken whole."""
AROUND: Final = 6_000
"""Tracks of a larger one that are taken around each of the first track, the last one, and the middle between them."""


def gather_material(
    collection: Collection, prints: Fingerprints, filters: Filters, first: Query, last: Query | None
) -> SetMaterial:
    """Gather what a set may be made of.

    Args:
        collection: The library, opened for searching.
        prints: Fingerprints, by which versions are known.
        filters: What the set may hold besides its two ends.
        first: The first track; it may be no track of the library.
        last: The last track, likewise; None for any.

    Raises:
        InputError: A vector is missing.
    """
    ends = [first] if last is None else [first, last]
    ids = _ids(collection, filters, ends)
    outside = list({one.track.audio_id: one for one in ends if one.track.audio_id not in set(ids)}.values())
    tracks = [*collection.tracks(ids), *(one.track for one in outside)]
    units = np.concatenate([collection.search.vectors(ids), *(one.unit[np.newaxis] for one in outside)])
    measures = collection.mix_measures(ids)
    own = {one.track.audio_id: one.measures.for_mixing for one in outside if one.measures is not None}
    return SetMaterial(
        tracks=tracks,
        decks=decks_of(tracks, units, {**measures, **own}, columns=collection.columns),
        scale=collection_scale(collection)[0],
        allowed=_allowed(collection, filters, ids, len(outside)),
        same_recording=prints.same_recording,
    )


def _ids(collection: Collection, filters: Filters, ends: list[Query]) -> list[str]:
    if len(collection.columns) <= MOST:
        return [str(one) for one in collection.columns.audio_ids.tolist()]
    middle = np.sum([one.unit for one in ends], axis=0)
    middle /= max(float(np.linalg.norm(middle)), 1e-6)
    around = [middle.astype(np.float32), *(one.unit for one in ends)]
    found = [collection.search.search(unit, AROUND, filters).audio_ids for unit in around]
    inside = [one.track.audio_id for one in ends if one.in_library]
    return list(dict.fromkeys([*inside, *(name for ids in found for name in ids)]))


def _allowed(collection: Collection, filters: Filters, ids: list[str], outside: int) -> NDArray[np.bool_]:
    """Which tracks pass the filters; those that are not in the library are only ever ends."""
    passes = filters.mask(collection.columns)
    rows = [collection.columns.row(one) for one in ids]
    allowed = [row is not None and bool(passes[row]) for row in rows]
    return np.array([*allowed, *([False] * outside)], dtype=np.bool_)
