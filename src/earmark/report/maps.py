"""Maps: embeddings laid out in two dimensions by t-SNE, and what stays true of them without a projection.

t-SNE (van der Maaten and Hinton 2008, JMLR 9) keeps near things near and says nothing about far ones: the distance
between two clusters, and their size, mean nothing. Each map is therefore accompanied by `neighbour_agreement`, which is
counted in the full space. This is the one module that imports openTSNE (Poličar, Stražar and Zupan 2024, JSS 109(3)).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError, MissingExtraError
from earmark.evaluation.intervals import Interval, wilson_interval

PERPLEXITY = 30.0
"""About how many neighbours a point minds, where nobody says."""

FEWEST_POINTS = 8
"""Fewer points make no map worth looking at."""

_EXACT_NEIGHBOURS = 5000
_STEPS = (250, 500)
"""Iterations with neighbours drawn together, and after that; openTSNE's own choice."""
_STEPS_BETWEEN = 10

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingMap:
    """Where each vector lies.

    Attributes:
        points: float32 of shape (n, 2); the axes have no unit.
        perplexity: What was used: what was asked for, or less where there are too few points for it.
    """

    points: FloatArray
    perplexity: float


def map_vectors(
    vectors: NDArray[np.floating],
    *,
    perplexity: float = PERPLEXITY,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> EmbeddingMap:
    """Lay vectors out in two dimensions; the same vectors and seed give the same map.

    Args:
        vectors: Shape (n, size), n >= `FEWEST_POINTS`, finite and not all alike.
        perplexity: About how many neighbours a point minds, at least 2; brought down to a third of the other points.
        seed: Seed of what little is left to chance: the start is the two main axes (PCA).
        progress: Told of iterations done and of all, once neighbours are known.

    Raises:
        InputError: There are too few vectors, all are alike, or the perplexity is below 2.
        MissingExtraError: The part ``report`` is not installed.
    """
    values = np.asarray(vectors, dtype=np.float64)
    if values.ndim != 2 or len(values) < FEWEST_POINTS:
        raise InputError(f"a map needs at least {FEWEST_POINTS} points; {len(values)} came")
    if not np.isfinite(values).all() or np.ptp(values, axis=0).max() == 0:
        raise InputError("the model gives every song the same embedding, so there is nothing to map")
    if perplexity < 2:
        raise InputError(f"the perplexity is at least 2, and usually 5 to 50; {perplexity:g} came")
    used = min(perplexity, (len(values) - 1) / 3)
    return EmbeddingMap(_optimised(values, used, seed, progress), used)


def _optimised(
    values: NDArray[np.float64], perplexity: float, seed: int, progress: Callable[[int, int], None] | None
) -> FloatArray:
    try:
        from openTSNE import TSNE
    except ImportError as error:
        raise MissingExtraError("report", "a map") from error
    neighbours = "exact" if len(values) <= _EXACT_NEIGHBOURS else "approx"
    layout = TSNE(
        perplexity=perplexity,
        early_exaggeration_iter=_STEPS[0],
        n_iter=_STEPS[1],
        initialization="pca",
        neighbors=neighbours,
        n_jobs=1,
        random_state=seed,
        callbacks=None if progress is None else _counted_steps(progress),
        callbacks_every_iters=_STEPS_BETWEEN,
        verbose=False,
    )
    return np.asarray(layout.fit(values), dtype=np.float32)


def _counted_steps(progress: Callable[[int, int], None]) -> Callable[[int, float, object], None]:
    """What openTSNE calls every few iterations; it counts anew in each of the two parts, and we go on."""
    done = 0

    def called(_iteration: int, _error: float, _places: object) -> None:
        nonlocal done
        done += _STEPS_BETWEEN
        progress(done, sum(_STEPS))

    return called


def balanced_sample(label_of: IntArray, song_of: IntArray, limit: int, *, rng: np.random.Generator) -> IntArray:
    """Choose slices so that a map shows labels alike, and songs of a label alike.

    Args:
        label_of: Label of each slice, shape (n,).
        song_of: Song of each slice, shape (n,).
        limit: How many slices at most; all are taken where there are no more.
        rng: The source of chance.

    Returns:
        Indices of the chosen slices, rising. Each label has the same number (or all that it has), dealt round its
        songs; of more labels than ``limit``, that many have one slice each.
    """
    if len(label_of) <= limit:
        return np.arange(len(label_of), dtype=np.int64)
    shuffled = rng.permutation(len(label_of))
    order = shuffled[np.argsort(song_of[shuffled], kind="stable")]
    _, starts, sizes = np.unique(song_of[order], return_index=True, return_counts=True)
    turn = np.empty(len(label_of), dtype=np.int64)  # which of its song's slices it is
    turn[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    labels = np.unique(label_of)
    each, chosen = max(1, limit // len(labels)), []
    # Where there are more labels than places, some of them have none; which, is left to chance.
    for label in labels if len(labels) <= limit else rng.permutation(labels)[:limit]:
        own = shuffled[label_of[shuffled] == label]
        chosen.append(own[np.argsort(turn[own], kind="stable")][:each])
    return np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *chosen]))


@dataclass(frozen=True, slots=True)
class NeighbourAgreement:
    """How often the nearest song by other artists is of the same label, in the full space.

    Attributes:
        same: Test songs whose nearest neighbour has their label.
        n: Test songs that have any neighbour by other artists.
        unknown: Songs, of any part, that are left out since nobody is credited on them.
        interval: Wilson's 95 % interval of ``same / n``.
        chance: The share that a neighbour picked blindly would reach, in [0, 1].
    """

    same: int
    n: int
    unknown: int
    interval: Interval
    chance: float


def neighbour_agreement(
    vectors: NDArray[np.floating],
    labels: NDArray[np.int64],
    artists: Sequence[frozenset[str]],
    tested: NDArray[np.bool_],
) -> NeighbourAgreement:
    """Count test songs whose nearest song, by other artists, has their label.

    Args:
        vectors: Song-level embeddings, shape (n, size); near is by Euclidean distance, as the map takes it.
        labels: Label of each song, shape (n,).
        artists: Everyone credited on each song; songs that share anyone are no neighbours of each other. A song on
            which nobody is credited may be by anyone, and is left out.
        tested: Whether each song is a test song, shape (n,). Neighbours may be of any part.
    """
    values = np.asarray(vectors, dtype=np.float64)
    same, n, chances = 0, 0, 0.0
    credited = np.array([bool(keys) for keys in artists], dtype=np.bool_)
    for at in np.flatnonzero(tested & credited).tolist():
        others = credited & np.array([not (artists[at] & keys) for keys in artists])
        if not others.any():
            continue
        distances = np.where(others, ((values - values[at]) ** 2).sum(axis=1), np.inf)
        n += 1
        same += int(labels[distances.argmin()] == labels[at])
        chances += float((labels[others] == labels[at]).mean())
    unknown, chance = int((~credited).sum()), chances / n if n else float("nan")
    return NeighbourAgreement(same, n, unknown, wilson_interval(same, n), chance)
