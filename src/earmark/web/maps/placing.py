"""Where a track lies that was not there when the map was made: among its neighbours by sound that were.

This is how openTSNE starts a transform: each axis has the weighted median of the neighbours' places. A mean would put
a track whose neighbours are in two groups between them, where nothing is; a median stays with the greater part.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError

NEIGHBOURS: Final = 10
"""So many neighbours decide where a new track lies."""
MOST_PLACED: Final = 2000
"""So many new tracks at most are placed when a map is shown; with more, it is time to make it again."""

_BLOCK = 256
_LEAST_WEIGHT = 1e-6


def place_among(places: NDArray[np.floating], similarities: Sequence[float]) -> tuple[float, float]:
    """Return the place of a track among its neighbours.

    Args:
        places: Where its neighbours lie, shape (neighbours, 2), at least one.
        similarities: Their cosines with the track, -1 to 1. Weights are what each has above the least of them, so that
            the nearest say most; equal ones have equal weights.

    Raises:
        InputError: There is no neighbour, or the two do not go together.
    """
    if len(places) == 0 or len(places) != len(similarities):
        raise InputError(f"a place needs at least one neighbour and a similarity for each, got {len(places)}")
    likeness = np.asarray(similarities, dtype=np.float64)
    weights = likeness - likeness.min()
    weights += max(float(weights.mean()), _LEAST_WEIGHT)
    points = np.asarray(places, dtype=np.float64)
    return _weighted_median(points[:, 0], weights), _weighted_median(points[:, 1], weights)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])


def place_new(new: NDArray[np.float32], known: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Place tracks among those that the map has.

    Args:
        new: float32 of shape (new tracks, dimensions): their vectors, rows of length 1.
        known: float32 of shape (tracks, dimensions): vectors of the tracks on the map, at least one.
        places: float32 of shape (tracks, 2): where those lie.

    Returns:
        float32 of shape (new tracks, 2).
    """
    found = np.zeros((len(new), 2), dtype=np.float32)
    k = min(NEIGHBOURS, len(known))
    for first in range(0, len(new), _BLOCK):
        likeness = new[first : first + _BLOCK] @ known.T
        nearest = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
        for row, own in enumerate(nearest):
            found[first + row] = place_among(places[own], likeness[row, own].tolist())
    return found
