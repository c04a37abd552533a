"""Cuts a collection of unit vectors into cells around centres, by spherical k-means.

Hartigan and Wong's and Lloyd's k-means move means; on the sphere the mean's direction is what maximises the sum of
cosines (Dhillon and Modha, "Concept decompositions for large sparse text data using clustering", Machine Learning 42,
2001). A sample is enough to place the centres (Jegou, Douze and Schmid, "Product quantization for nearest neighbor
search", IEEE TPAMI 33(1), 2011, from which the inverted file is taken as well).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

SAMPLES_PER_CELL: Final = 64
"""Vectors from which each centre is learnt, on average."""

ROUNDS: Final = 8

_BLOCK = 8192


def learn_centres(units: FloatArray, cells: int, *, seed: int) -> FloatArray:
    """Place centres among vectors.

    Args:
        units: float32 of shape (tracks, dimensions), rows of length 1.
        cells: How many centres, at least 1; no more than there are vectors.
        seed: Decides the sample and the first centres.

    Returns:
        float32 of shape (cells, dimensions), rows of length 1, or 0 where vectors cancel out.
    """
    rng = np.random.default_rng(seed)
    n = len(units)
    cells = min(cells, n)
    size = min(n, cells * SAMPLES_PER_CELL)
    sample = np.ascontiguousarray(units[np.sort(rng.choice(n, size, replace=False))])
    centres = sample[rng.choice(size, cells, replace=False)]
    for _ in range(ROUNDS):
        homes = nearest_cells(sample, centres)
        counts = np.bincount(homes, minlength=cells)
        filled = np.flatnonzero(counts)
        starts = np.concatenate([[0], np.cumsum(counts)])[filled]
        sums = np.add.reduceat(sample[np.argsort(homes, kind="stable")], starts, axis=0)
        centres = np.empty_like(centres)
        centres[filled] = sums
        empty = np.flatnonzero(counts == 0)
        centres[empty] = sample[rng.choice(size, len(empty))]  # a centre that lost all its vectors starts again
        lengths = np.linalg.norm(centres, axis=1, keepdims=True)
        centres = np.divide(centres, lengths, out=np.zeros_like(centres), where=lengths > 0)
    return centres


def nearest_cells(units: FloatArray, centres: FloatArray) -> NDArray[np.int32]:
    """The cell of each vector: int32 of shape (tracks,).

    Args:
        units: float32 of shape (tracks, dimensions).
        centres: float32 of shape (cells, dimensions).
    """
    homes = np.empty(len(units), dtype=np.int32)
    for first in range(0, len(units), _BLOCK):
        homes[first : first + _BLOCK] = (units[first : first + _BLOCK] @ centres.T).argmax(axis=1)
    return homes
