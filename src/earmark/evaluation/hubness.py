"""Hubs: tracks that are among the neighbours of very many others, and orphans, which are among nobody's.

In spaces of many dimensions, how often a point is one of the k nearest of others (its k-occurrence, N_k) spreads far
more than chance would have it, and its distribution leans to the right (Radovanović, Nanopoulos and Ivanović, "Hubs in
space: popular nearest neighbors in high-dimensional data", JMLR 11, 2010). In music search hubs come up whatever one
asks for (Aucouturier and Pachet 2008; Flexer, Schnitzer and Schlüter, ISMIR 2012), and orphans can never be found.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError


@dataclass(frozen=True, slots=True)
class Hubness:
    """How unevenly tracks come up as neighbours.

    Attributes:
        k: Neighbours of each track that were counted.
        skewness: Third standardised moment of N_k over tracks; 0 where all come up equally often.
        orphans: Share of tracks that are nobody's neighbour, in [0, 1].
        largest: The greatest N_k, as a multiple of the mean (which is k where all tracks asked).
        over: Share of tracks that come up more than twice as often as the mean, in [0, 1].
        tracks: How many tracks there are.
    """

    k: int
    skewness: float
    orphans: float
    largest: float
    over: float
    tracks: int

    def to_json(self) -> dict[str, float]:
        """Plain values."""
        return asdict(self)


def k_occurrences(neighbours: ArrayLike, n_tracks: int) -> NDArray[np.int64]:
    """How often each track is among the neighbours of others.

    Args:
        neighbours: Integers ``(queries, k)``: places of each query's neighbours, without itself.
        n_tracks: How many tracks there are.

    Returns:
        int64 ``(n_tracks,)``: N_k of each.

    Raises:
        InputError: A place is outside the tracks.
    """
    places = np.asarray(neighbours)
    if places.ndim != 2 or (places.size and not 0 <= places.min() <= places.max() < n_tracks):
        raise InputError(f"expected places from 0 to {n_tracks - 1} of shape (queries, k), got shape {places.shape}")
    return np.asarray(np.bincount(places.reshape(-1), minlength=n_tracks), dtype=np.int64)


def hubness(neighbours: ArrayLike, n_tracks: int) -> Hubness:
    """Sum up the k-occurrences of a search.

    Args:
        neighbours: As in `k_occurrences`; at least one query and one neighbour.
        n_tracks: How many tracks there are.

    Raises:
        InputError: There is no neighbour, or a place is outside the tracks.
    """
    counts = k_occurrences(neighbours, n_tracks).astype(np.float64)
    if counts.sum() == 0:
        raise InputError("hubness needs at least one query with a neighbour")
    mean, spread = float(counts.mean()), float(counts.std())
    skewness = 0.0 if spread == 0 else float(((counts - mean) ** 3).mean()) / spread**3
    return Hubness(
        k=int(np.asarray(neighbours).shape[1]),
        skewness=skewness,
        orphans=float((counts == 0).mean()),
        largest=float(counts.max()) / mean,
        over=float((counts > 2 * mean).mean()),
        tracks=n_tracks,
    )


def mean_hubness(several: Sequence[Hubness]) -> Hubness:
    """The mean over several searches of the same number of tracks and neighbours, such as those of folds.

    Args:
        several: At least one.

    Raises:
        InputError: There is none, or they are of different sizes.
    """
    if len({(one.k, one.tracks) for one in several}) != 1:
        raise InputError(f"expected hubness of equal k and tracks, got {[(one.k, one.tracks) for one in several]}")
    means = {
        name: float(np.mean([getattr(one, name) for one in several]))
        for name in ("skewness", "orphans", "largest", "over")
    }
    return Hubness(k=several[0].k, tracks=several[0].tracks, **means)
