"""A map of labels in two dimensions, and a tree of them, both drawn from their distances and both told how true.

The map starts from classical scaling (Torgerson 1952), which is exact for distances of this kind in enough dimensions,
and is then improved by majorisation (SMACOF; de Leeuw 1977) until its distances are as close to the true ones as two
dimensions allow. What is lost is the **stress** (Kruskal 1964, stress-1: 0 is a perfect map, 0.1 fair, above 0.2 poor).

Resampled distances are laid out in the same way, from the map itself, and turned onto it (Procrustes, without scaling);
where a label then comes to lie is its ellipse. The tree is average linkage (UPGMA); the support of a branch is the
share of resampled trees that have a branch with just these labels (Felsenstein 1985).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]

MOST_MAPS = 200
"""Resampled maps behind the ellipses: an ellipse does not need more."""
_STEPS = 300
_RESAMPLED_STEPS = 60
_SIZE_95 = 5.991464547107979
"""The 95 % quantile of chi squared with two degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Where a label lies on 95 % of the resampled maps.

    Attributes:
        radii: The long half axis and the short one.
        angle: Direction of the long one, in radians against the first axis of the map.
    """

    radii: tuple[float, float]
    angle: float


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """Labels on a plane.

    Attributes:
        places: float64 of shape (labels, 2), in units of the distances; the mean is at (0, 0).
        ellipses: Each label's.
        stress: Kruskal's stress-1, at least 0.
        neighbours_kept: Share of labels whose nearest label on the map is the one that is nearest in truth.
    """

    places: Float64Array
    ellipses: tuple[Ellipse, ...]
    stress: float
    neighbours_kept: float

    def nearest(self, label: int) -> int:
        """The label that lies nearest on the map."""
        return int(_without_self(_distances(self.places))[label].argmin())


@dataclass(frozen=True, slots=True)
class Branch:
    """Two branches, or labels, that join.

    Attributes:
        left: A label's place, or the number of labels and the place of an earlier branch added.
        right: The same.
        height: Mean distance between the labels of both.
        support: Share of resampled trees that have a branch with just these labels, 0 to 1.
        members: Places of all labels below, rising.
    """

    left: int
    right: int
    height: float
    support: float
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LabelTree:
    """Labels joined by their distances.

    Attributes:
        branches: One less than there are labels, the lowest first.
        order: The labels' places, so that branches do not cross and neighbours are near.
    """

    branches: tuple[Branch, ...]
    order: tuple[int, ...]


def map_labels(draws: NDArray[np.floating]) -> LabelMap:
    """Lay labels out on a plane.

    Args:
        draws: Shape (1 + resamples, labels, labels): their distances, first as found, then resampled.
    """
    found = np.asarray(draws[0], dtype=np.float64)
    places = _turned_upright(_majorised(_classical(found)[None], found[None], _STEPS)[0])
    resampled = np.asarray(draws[1 : 1 + MOST_MAPS], dtype=np.float64)
    starts = np.broadcast_to(places, (len(resampled), *places.shape))
    clouds = _onto(_majorised(starts, resampled, _RESAMPLED_STEPS), places)
    shown = _distances(places)
    total = float((found**2).sum())
    stress = float(np.sqrt(((shown - found) ** 2).sum() / total)) if total else 0.0
    kept = _without_self(shown).argmin(axis=1) == _without_self(found).argmin(axis=1)
    return LabelMap(
        places, tuple(_ellipse(clouds[:, label]) for label in range(len(found))), stress, float(kept.mean())
    )


def tree_of(draws: NDArray[np.floating]) -> LabelTree:
    """Join labels by average linkage.

    Args:
        draws: Shape (1 + resamples, labels, labels): their distances, first as found, then resampled.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering

    found = _condensed(draws[0])
    joined = optimal_leaf_ordering(linkage(found, "average"), found)
    members = _members(joined)
    times = dict.fromkeys(members, 0)
    for draw in draws[1:]:
        for one in _members(linkage(_condensed(draw), "average")):
            if one in times:
                times[one] += 1
    branches = tuple(
        Branch(int(left), int(right), float(height), times[own] / max(1, len(draws) - 1), tuple(sorted(own)))
        for (left, right, height, _), own in zip(joined.tolist(), members, strict=True)
    )
    return LabelTree(branches, tuple(leaves_list(joined).tolist()))


def _members(joined: NDArray[np.float64]) -> list[frozenset[int]]:
    """The labels below each branch of a tree as SciPy has it."""
    n = len(joined) + 1
    below: list[frozenset[int]] = [frozenset([at]) for at in range(n)]
    for left, right, *_ in joined.tolist():
        below.append(below[int(left)] | below[int(right)])
    return below[n:]


def _condensed(distances: NDArray[np.floating]) -> Float64Array:
    upper = np.triu_indices(len(distances), 1)
    return np.asarray(distances, dtype=np.float64)[upper]


def _classical(distances: Float64Array) -> Float64Array:
    """Torgerson's scaling: places of shape (labels, 2)."""
    n = len(distances)
    centring = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centring @ distances**2 @ centring)
    best = np.argsort(-values)[:2]
    places = vectors[:, best] * np.sqrt(np.maximum(values[best], 0.0))
    return np.asarray(np.pad(places, ((0, 0), (0, 2 - places.shape[1]))), dtype=np.float64)


def _majorised(starts: Float64Array, distances: Float64Array, steps: int) -> Float64Array:
    """Improve many maps at once by Guttman's transform: starts (maps, labels, 2), distances (maps, labels, labels)."""
    places: Float64Array = starts - starts.mean(axis=1, keepdims=True)
    n, diagonal = places.shape[1], np.arange(places.shape[1])
    for _ in range(steps):
        shown = _distances(places)
        pull = -np.divide(distances, shown, out=np.zeros_like(shown), where=shown > 1e-12)
        pull[:, diagonal, diagonal] = -pull.sum(axis=2)
        places = np.asarray(pull @ places / n, dtype=np.float64)
    return places


def _distances(places: Float64Array) -> Float64Array:
    """Distances between places of shape (..., labels, 2): shape (..., labels, labels)."""
    x, y = places[..., 0], places[..., 1]
    # One axis after the other: a norm over a last axis of two numbers takes three times as long.
    squares = (x[..., :, None] - x[..., None, :]) ** 2
    squares += (y[..., :, None] - y[..., None, :]) ** 2
    return np.asarray(np.sqrt(squares, out=squares), dtype=np.float64)


def _without_self(distances: Float64Array) -> Float64Array:
    own = distances.copy()
    np.fill_diagonal(own, np.inf)
    return own


def _turned_upright(places: Float64Array) -> Float64Array:
    """Turn a map so that it is widest from left to right; signs are settled by the furthest label."""
    _, _, axes = np.linalg.svd(places, full_matrices=False)
    turned: Float64Array = places @ axes.T
    furthest = np.abs(turned).argmax(axis=0)
    signs = np.sign(turned[furthest, [0, 1]])
    return turned * np.where(signs == 0, 1.0, signs)


def _onto(maps: Float64Array, places: Float64Array) -> Float64Array:
    """Turn, and mirror where it helps, each map onto the places (orthogonal Procrustes)."""
    left, _, right = np.linalg.svd(np.swapaxes(maps, 1, 2) @ places)
    return np.asarray(maps @ (left @ right), dtype=np.float64)


def _ellipse(cloud: Float64Array) -> Ellipse:
    """The 95 % ellipse of a label's places, by their second moments; a point where there are fewer than three."""
    if len(cloud) < 3:
        return Ellipse((0.0, 0.0), 0.0)
    values, vectors = np.linalg.eigh(np.cov(cloud.T))
    short, long = np.sqrt(_SIZE_95 * np.maximum(values, 0.0)).tolist()
    return Ellipse((long, short), float(np.arctan2(vectors[1, 1], vectors[0, 1])))
