"""Hub tracks, damped: what sounds a little like everything comes up everywhere, and tells nobody anything.

In many dimensions a few points are near neighbours of a great many others (M. Radovanovic, A. Nanopoulos and
M. Ivanovic, "Hubs in space", JMLR 2010). They are known by counting how often they are among others' nearest
(`earmark.similarity.vectors.hub_counts`), and what they come up too often is taken off the cosine.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

DAMPING: Final = 0.25
"""How much of a track's crowding is taken off; 0 leaves hubs as they are. Chosen on training songs: it takes the
top off hubs and costs no precision (``docs/results/search.md``)."""


def damped(cosines: FloatArray, crowding: FloatArray, *, mean: float, strength: float = DAMPING) -> FloatArray:
    """Take hubs' crowding off cosines.

    Args:
        cosines: float32 of shape (tracks,): how alike tracks are to a query.
        crowding: float32 of shape (tracks,): their crowding, as in `Search.crowding`.
        mean: Mean crowding of the collection.
        strength: How much is taken off.

    Returns:
        float32 of shape (tracks,), to rank by.
    """
    return np.asarray(cosines - np.float32(strength) * (crowding - np.float32(mean)), dtype=np.float32)
