"""Which tracks of a collection are hubs, and by how much they should give way in a search.

A hub is known by its k-occurrence N_k, how often it is one of the k nearest of others (Radovanović, Nanopoulos and
Ivanović, "Hubs in space", JMLR 11, 2010). What it has to give way is

    crowding = d * max(0, log2(N_k / mean N_k)),        d the standard deviation of all cosines,

so that each doubling counts the same in every space, and a track that is no hub is left alone. Local scaling by the
mean cosine with the nearest tracks, as in CSLS (Conneau et al. 2018), cannot do that: tracks of a label that sounds of
a piece have near neighbours without being hubs, and would be pushed away from each other (``docs/results/search.md``).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

NEIGHBOURS: Final = 10
"""How many neighbours are counted where every track is asked about."""

ASK_ALL: Final = 20_000
"""Up to so many tracks all are asked about; of more, `ASK_SOME` are drawn."""

ASK_SOME: Final = 5_000

_VALUES_AT_ONCE: Final = 16_000_000
"""Cosines held at once (64 MB, and their order twice as much)."""


def hub_crowding(units: FloatArray, *, k: int = NEIGHBOURS, seed: int = 0) -> FloatArray:
    """How much each track should give way for being a hub.

    Above 20,000 tracks a random sample of 5,000 is asked, each for so many neighbours that a track is still expected
    to come up k times: k-occurrence at a larger k, estimated.

    Args:
        units: float32 of shape (tracks, dimensions), rows of length 1.
        k: How often a track is expected to come up, at least 1.
        seed: Decides the sample.

    Returns:
        float32 of shape (tracks,), at least 0, in units of cosine.
    """
    n = len(units)
    asking = np.arange(n)
    if n > ASK_ALL:
        asking = np.sort(np.random.default_rng(seed).choice(n, ASK_SOME, replace=False))
    kept = min(round(k * n / max(len(asking), 1)), n - 2)
    if kept < 1:
        # With all others as neighbours nobody comes up more often than anybody else.
        return np.zeros(n, dtype=np.float32)
    counts = np.zeros(n, dtype=np.int64)
    block = max(1, _VALUES_AT_ONCE // n)
    for first in range(0, len(asking), block):
        rows = asking[first : first + block]
        likeness = units[rows] @ units.T
        likeness[np.arange(len(rows)), rows] = -np.inf
        nearest = np.argpartition(likeness, n - kept, axis=1)[:, n - kept :]
        counts += np.bincount(nearest.reshape(-1), minlength=n)
    excess = np.log2(np.maximum(counts / counts.mean(), 1.0))
    return np.asarray(_spread(units) * excess, dtype=np.float32)


def _spread(units: FloatArray) -> float:
    """Standard deviation of the cosines of all pairs, without making them: both of their moments are sums over rows."""
    n = len(units)
    pairs = n * (n - 1)
    mean = (float(np.square(units.sum(axis=0, dtype=np.float64)).sum()) - n) / pairs
    squares = (float(np.square((units.T @ units).astype(np.float64)).sum()) - n) / pairs
    return float(np.sqrt(max(squares - mean * mean, 0.0)))
