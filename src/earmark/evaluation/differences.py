"""Whether two models that were scored on the same songs differ, and by how much.

A pair has three answers: the mean difference, a bootstrap interval of it, and the p-value of a permutation test
(`earmark.evaluation.comparison.paired_permutation`). Where many pairs are tested at once, one in twenty is "found"
by chance alone at the 5 % level; Holm's procedure (1979, Scandinavian Journal of Statistics 6) corrects for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError
from earmark.evaluation.comparison import paired_permutation

BLOCK_VALUES = 4_000_000
"""Draw counts held at once."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better the first of two models is than the second, on the same songs.

    Attributes:
        first: Name of one model.
        second: Name of the other.
        mean: Mean of first minus second over songs, in [-1, 1] for accuracies.
        low: Lower end of its 95 % bootstrap interval.
        high: Upper end.
        p: Two-sided p-value of the permutation test over songs (or groups of them), in (0, 1].
        p_corrected: The same after Holm's correction over all pairs that were tested together.
        n_songs: Songs that both were scored on.
    """

    first: str
    second: str
    mean: float
    low: float
    high: float
    p: float
    p_corrected: float
    n_songs: int

    @property
    def better(self) -> str | None:
        """Name of the better model where they can be told apart at the 5 % level after correction, else None."""
        if self.p_corrected > SIGNIFICANCE or self.mean == 0:
            return None
        return self.first if self.mean > 0 else self.second

    def to_json(self) -> dict[str, Any]:
        """The difference as plain values."""
        names = ("first", "second", "mean", "low", "high", "p", "p_corrected", "n_songs")
        return {name: getattr(self, name) for name in names} | {"better": self.better}


SIGNIFICANCE = 0.05
"""Models are called different where chance alone would give such a difference less often than this."""


def all_differences(
    scores: dict[str, ArrayLike], *, groups: ArrayLike | None = None, seed: int = 0, resamples: int = 10_000
) -> tuple[Difference, ...]:
    """Compare every two models that were scored on the same songs.

    Args:
        scores: For each model its score of each song ``(n,)``: whether it was right, or the share of repeats in which
            it was. In the order in which the models are to be named.
        groups: ``(n,)`` ids of songs that hang together, such as those of one artist; signs are flipped and songs are
            drawn by whole groups.
        seed: Seed of the permutations and of the bootstrap.
        resamples: How many of each.

    Returns:
        A difference for each pair, first before second in the order of ``scores``.

    Raises:
        InputError: The scores tell of different numbers of songs, or are not finite.
    """
    names = list(scores)
    pairs = [(a, b) for at, a in enumerate(names) for b in names[at + 1 :]]
    found = []
    for a, b in pairs:
        rng = np.random.default_rng(seed)
        p = paired_permutation(scores[a], scores[b], rng=rng, groups=groups, resamples=resamples)
        found.append((p, *mean_difference(scores[a], scores[b], groups=groups, rng=rng, resamples=resamples)))
    corrected = holm([p for p, *_ in found])
    n_songs = len(np.asarray(scores[names[0]])) if names else 0
    return tuple(
        Difference(a, b, mean, low, high, p, adjusted, n_songs)
        for (a, b), (p, mean, low, high), adjusted in zip(pairs, found, corrected, strict=True)
    )


def mean_difference(
    scores_a: ArrayLike,
    scores_b: ArrayLike,
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = 10_000,
) -> tuple[float, float, float]:
    """Mean of a - b over songs, with a percentile bootstrap interval over songs or whole groups.

    Args:
        scores_a: ``(n,)`` scores of the first model.
        scores_b: ``(n,)`` scores of the second on the same songs.
        rng: The source of chance.
        groups: ``(n,)`` ids; whole groups are drawn.
        level: The confidence level, in (0, 1).
        resamples: How many resamples.

    Returns:
        Mean, lower and upper end; ends of -1 and 1 where there are fewer than two songs (or groups).

    Raises:
        InputError: The scores do not fit each other, or there is no song.
    """
    a, b = np.asarray(scores_a, dtype=np.float64), np.asarray(scores_b, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise InputError(f"expected two scores of the same songs, shape (n,), got shapes {a.shape} and {b.shape}")
    units = np.arange(a.size) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)
    if units.shape != a.shape:
        raise InputError(f"expected one group id per song, shape {a.shape}, got shape {units.shape}")
    sums, sizes = np.bincount(units, weights=a - b).astype(np.float64), np.bincount(units).astype(np.float64)
    mean = float((a - b).mean())
    if sums.size < 2:
        return mean, -1.0, 1.0
    drawn = _drawn_means(sums, sizes, rng=rng, resamples=resamples)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return mean, float(low), float(high)


def _drawn_means(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], *, rng: np.random.Generator, resamples: int
) -> NDArray[np.float64]:
    n_units = sums.size
    block = max(1, BLOCK_VALUES // n_units)
    means = []
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        times = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=count).astype(np.float64)
        means.append((times @ sums) / (times @ sizes))
    return np.concatenate(means)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: p-values that hold for all tests together.

    Args:
        p_values: Each in [0, 1], in any order.

    Returns:
        The corrected values in the same order, each in [0, 1] and at least its uncorrected one.
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    corrected = [0.0] * len(p_values)
    reached = 0.0
    for rank, at in enumerate(order):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = reached
    return corrected
