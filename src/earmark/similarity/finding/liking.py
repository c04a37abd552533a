"""Likes and unlikes: a question moved towards the sound that is wanted, after J. J. Rocchio.

"Relevance feedback in information retrieval", in G. Salton (ed.), The SMART Retrieval System, 1971.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.finding.lookup import Query

LIKE_WEIGHT: Final = 0.75
UNLIKE_WEIGHT: Final = 0.5
"""Weights of the mean liked and the mean disliked track beside the query's own 1: Rocchio's formula ("Relevance
feedback in information retrieval", 1971) with the usual 0.75 for likes; dislikes count more than the usual 0.15, since
they are named one by one here."""


def rocchio(
    query: NDArray[np.float32], likes: Sequence[NDArray[np.float32]], unlikes: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Move a query towards what is liked and away from what is not.

    Args:
        query: float32 of shape (dimensions,), of length 1.
        likes: Vectors of liked tracks, of length 1 each.
        unlikes: Vectors of disliked tracks, of length 1 each.

    Returns:
        float32 of shape (dimensions,), of length 1; the query itself where nothing would be left of it.
    """
    moved = query.astype(np.float64)
    if likes:
        moved = moved + LIKE_WEIGHT * np.mean(likes, axis=0)
    if unlikes:
        moved = moved - UNLIKE_WEIGHT * np.mean(unlikes, axis=0)
    length = float(np.linalg.norm(moved))
    return query if length < 1e-6 else np.asarray(moved / length, dtype=np.float32)


def liked_unit(query: Query, likes: Sequence[Query], unlikes: Sequence[Query]) -> NDArray[np.float32]:
    """The sound that is wanted: a track's own, moved by what is liked and what is not.

    Args:
        query: The track that is asked about.
        likes: Liked tracks.
        unlikes: Disliked tracks.

    Returns:
        float32 of shape (dimensions,), of length 1; the track's own where nothing is liked or disliked.
    """
    if not likes and not unlikes:
        return query.unit
    return rocchio(query.unit, [one.unit for one in likes], [one.unit for one in unlikes])
