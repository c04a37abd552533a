"""Ways to damp hubs that `placements.py` judges beside each other."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.vectors.hub_counts import NEIGHBOURS, hub_crowding

Units = NDArray[np.float32]
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Damping:
    """A way to damp hubs.

    Attributes:
        told: What it is, in words.
        damp: From placed vectors (songs, dimensions) to the score of each candidate (column) for each query (row).
    """

    told: str
    damp: Callable[[Units], Table]


def _cosines(placed: Units) -> Table:
    return np.asarray(placed @ placed.T, dtype=np.float64)


def _others(cosines: Table) -> Table:
    """Each song's cosines with all others, of shape (songs, songs - 1)."""
    n = len(cosines)
    return np.asarray(cosines[~np.eye(n, dtype=bool)].reshape(n, n - 1))


def _local_scaling(placed: Units, *, strength: float) -> Table:
    """Cross-domain similarity local scaling (Conneau et al. 2018): mean cosines with the ten nearest are taken off."""
    cosines = _cosines(placed)
    crowds = np.sort(_others(cosines), axis=1)[:, -NEIGHBOURS:].mean(axis=1)
    return np.asarray(cosines - strength * (crowds - crowds.mean()))


def _mutual_proximity(placed: Units) -> Table:
    """Mutual proximity with normal distributions (Schnitzer et al., JMLR 13, 2012), as logarithm."""
    from scipy.special import log_ndtr

    cosines = _cosines(placed)
    others = _others(cosines)
    mean, spread = others.mean(axis=1), others.std(axis=1)
    of_query = (cosines - mean[:, None]) / spread[:, None]
    of_candidate = (cosines - mean) / spread
    return np.asarray(log_ndtr(of_query) + log_ndtr(of_candidate))


def _occurrences(placed: Units, *, strength: float) -> Table:
    """What tracks come up too often is taken off (`earmark.similarity.vectors.hub_counts`)."""
    return _cosines(placed) - strength * hub_crowding(placed)


DAMPINGS: tuple[Damping, ...] = (
    Damping("none", _cosines),
    Damping("CSLS, strength 0.1", partial(_local_scaling, strength=0.1)),
    Damping("CSLS, strength 0.25", partial(_local_scaling, strength=0.25)),
    Damping("CSLS, strength 0.5 (as published)", partial(_local_scaling, strength=0.5)),
    Damping("mutual proximity", _mutual_proximity),
    Damping("**k-occurrence, strength 0.25**", partial(_occurrences, strength=0.25)),
    Damping("k-occurrence, strength 0.5", partial(_occurrences, strength=0.5)),
    Damping("k-occurrence, strength 1", partial(_occurrences, strength=1.0)),
)
"""The one in bold was chosen."""
