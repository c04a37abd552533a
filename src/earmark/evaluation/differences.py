"""Whether two models that were scored on the same songs differ, and by how much.

A pair has three answers: the mean difference, an interval of it, and the p-value of a permutation test
(`earmark.evaluation.comparison.paired_permutation`). Where many pairs are tested at once, one in twenty is "found"
by chance alone at the 5 % level; Holm's procedure (1979, Scandinavian Journal of Statistics 6) corrects for that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from earmark.errors import InputError
from earmark.evaluation.comparison import paired_permutation


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better the first of two models is than the second, on the same songs.

    Attributes:
        first: Name of one model.
        second: Name of the other.
        mean: Mean of first minus second over songs, in [-1, 1] for accuracies.
        low: Lower end of its 95 % interval.
        high: Upper end.
        p: Two-sided p-value of the permutation test over songs (or groups of them), in (0, 1].
        p_corrected: The same after Holm's correction over all pairs that were tested together.
        n_songs: Songs that both were scored on.
        n_groups: Groups of these that hang together; the songs themselves where they stand alone.
    """

    first: str
    second: str
    mean: float
    low: float
    high: float
    p: float
    p_corrected: float
    n_songs: int
    n_groups: int

    @property
    def better(self) -> str | None:
        """Name of the better model where they can be told apart at the 5 % level after correction, else None."""
        if self.p_corrected > SIGNIFICANCE or self.mean == 0:
            return None
        return self.first if self.mean > 0 else self.second

    def to_json(self) -> dict[str, Any]:
        """The difference as plain values."""
        names = ("first", "second", "mean", "low", "high", "p", "p_corrected", "n_songs", "n_groups")
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
        groups: ``(n,)`` ids of songs that hang together, such as those of one artist; whole groups
            trade places in the test, and the interval goes by groups.
        seed: Seed of the permutations.
        resamples: How many.

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
        found.append((p, *mean_difference(scores[a], scores[b], groups=groups)))
    corrected = holm([p for p, *_ in found])
    n_songs = len(np.asarray(scores[names[0]])) if names else 0
    n_groups = n_songs if groups is None else len(np.unique(np.asarray(groups)))
    return tuple(
        Difference(a, b, mean, low, high, p, adjusted, n_songs, n_groups)
        for (a, b), (p, mean, low, high), adjusted in zip(pairs, found, corrected, strict=True)
    )


def mean_difference(
    scores_a: ArrayLike, scores_b: ArrayLike, *, groups: ArrayLike | None = None, level: float = 0.95
) -> tuple[float, float, float]:
    """Mean of a - b over songs, with an interval by Student's t over songs or whole groups (cluster-robust variance).

    Where no song (or group) differs, the spread is not known to be zero: up to 1 - 0.05^(1/n) of all songs may still
    differ without showing among n (the rule of three; Hanley and Lippman-Hand 1983, JAMA 249).

    Args:
        scores_a: ``(n,)`` scores of the first model.
        scores_b: ``(n,)`` scores of the second on the same songs.
        groups: ``(n,)`` ids of songs that hang together.
        level: The confidence level, in (0, 1).

    Returns:
        Mean, lower and upper end, in [-1, 1] for scores in [0, 1]; the ends are -1 and 1 where there are fewer than two
        songs (or groups).

    Raises:
        InputError: The scores do not fit each other, or there is no song.
    """
    from scipy.special import stdtrit

    a, b = np.asarray(scores_a, dtype=np.float64), np.asarray(scores_b, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise InputError(f"expected two scores of the same songs, shape (n,), got shapes {a.shape} and {b.shape}")
    units = np.arange(a.size) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)
    if units.shape != a.shape:
        raise InputError(f"expected one group id per song, shape {a.shape}, got shape {units.shape}")
    mean, sizes = float((a - b).mean()), np.bincount(units)
    if sizes.size < 2:
        return mean, -1.0, 1.0
    errors = np.bincount(units, weights=a - b) - mean * sizes
    variance = sizes.size / (sizes.size - 1) * float((errors**2).sum()) / a.size**2
    reach = float(stdtrit(sizes.size - 1, (1 + level) / 2)) * math.sqrt(variance)
    if reach == 0:
        reach = float(1 - (1 - level) ** (1 / sizes.size))
    return mean, max(-1.0, mean - reach), min(1.0, mean + reach)


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
