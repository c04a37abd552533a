"""Models beside each other: one row of scores each, and a paired test for the claim that one is better.

Two models that were scored on the same songs are compared song by song: the permutation test (Fisher; Good
2005) asks how often a difference at least as large would come about if, for each song, it were a coin's toss
which model got which result.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError
from earmark.evaluation.intervals import Interval, bootstrap_interval, grouped_wilson_interval, wilson_interval
from earmark.evaluation.metrics import accuracy, macro_f1, paired_indices

ScoreLevel: TypeAlias = Literal["slice", "song"]
"""What one item of a score is: a slice of a song, or a whole song."""

BLOCK_VALUES = 4_000_000
"""Signs held at once; more differences are tossed in several blocks."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One line of the table of models.

    Attributes:
        name: The model or baseline, such as ``"crnn"`` or ``"majority"``.
        level: Whether slices or songs were scored.
        accuracy: In [0, 1]; NaN without songs.
        accuracy_interval: Wilson's over songs, of their effective number where groups were given.
        macro_f1: In [0, 1]; NaN without songs.
        macro_f1_interval: The bootstrap's, over songs or groups.
        n_songs: How many songs (or slices) were scored.
        seconds: What training took, or None where nothing was trained.
        note: Anything else a reader must know.
    """

    name: str
    level: ScoreLevel
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    macro_f1_interval: Interval
    n_songs: int
    seconds: float | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """The row as plain values; NaN becomes None."""
        return {
            "name": self.name,
            "level": self.level,
            "accuracy": None if math.isnan(self.accuracy) else self.accuracy,
            "accuracy_interval": self.accuracy_interval.to_json(),
            "macro_f1": None if math.isnan(self.macro_f1) else self.macro_f1,
            "macro_f1_interval": self.macro_f1_interval.to_json(),
            "n_songs": self.n_songs,
            "seconds": self.seconds,
            "note": self.note,
        }


def comparison_row(
    name: str,
    reference: ArrayLike,
    estimate: ArrayLike,
    *,
    n_labels: int,
    rng: np.random.Generator,
    level: ScoreLevel = "song",
    groups: ArrayLike | None = None,
    seconds: float | None = None,
    note: str = "",
) -> ComparisonRow:
    """Score one model for the table.

    Args:
        name: The model or baseline.
        reference: Label indices ``(n,)`` in ``[0, n_labels)``.
        estimate: Label indices ``(n,)``.
        n_labels: The number of labels.
        rng: The source of chance for the bootstrap.
        level: What the items are. Slices of one song are not independent: give their songs as ``groups``.
        groups: ``(n,)`` ids of what hangs together (artist groups; the songs of slices), or None where songs
            stand alone.
        seconds: What training took.
        note: Anything else a reader must know.

    Raises:
        InputError: The arrays do not fit, or slices came without their songs as groups.
    """
    if level == "slice" and groups is None:
        raise InputError("slices of one song are not independent: expected the song of each slice as groups, got None")
    truth, called = paired_indices(reference, estimate, n_labels=n_labels)

    def bootstrapped(statistic: str) -> Interval:
        return bootstrap_interval(truth, called, statistic, n_labels=n_labels, rng=rng, groups=groups)

    right = truth == called
    sure = wilson_interval(int(right.sum()), truth.size) if groups is None else grouped_wilson_interval(right, groups)
    return ComparisonRow(
        name=name,
        level=level,
        accuracy=accuracy(truth, called, n_labels=n_labels),
        accuracy_interval=sure,
        macro_f1=macro_f1(truth, called, n_labels=n_labels),
        macro_f1_interval=bootstrapped("macro_f1"),
        n_songs=truth.size,
        seconds=seconds,
        note=note,
    )


def paired_permutation(
    scores_a: ArrayLike,
    scores_b: ArrayLike,
    *,
    rng: np.random.Generator,
    resamples: int = 10_000,
    groups: ArrayLike | None = None,
) -> float:
    """Two-sided p value of the mean difference between two models on the same songs, by sign flips.

    Where the differing songs (or groups) are so few that all their sign patterns are no more than
    ``resamples``, all are counted and the answer is exact; otherwise ``resamples`` patterns are drawn and the
    observed one is counted among them, so that p is never 0.

    Args:
        scores_a: ``(n,)`` per song: whether the first model was right (bool), or any score such as its
            log-probability.
        scores_b: ``(n,)`` the same of the second model.
        rng: The source of chance.
        resamples: How many sign patterns at most, >= 1.
        groups: ``(n,)`` ids; signs are then flipped for whole groups, which is right where songs by one
            artist hang together.

    Returns:
        p in (0, 1]; 1 where the models never differ.

    Raises:
        InputError: The arrays differ in length, are not finite, or ``resamples`` is below 1.
    """
    if resamples < 1:
        raise InputError(f"expected at least one resample, got {resamples}")
    differences = _differences(scores_a, scores_b, groups)
    observed = abs(differences.sum())
    if differences.size == 0:
        return 1.0
    # Sums of the same numbers in another order differ by rounding, and a tie must count as a tie.
    reached = observed - 1e-9 * np.abs(differences).sum()
    if 2**differences.size <= resamples:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=differences.size)))
        return float((np.abs(signs @ differences) >= reached).mean())
    block = max(1, BLOCK_VALUES // differences.size)
    as_large = 0
    for start in range(0, resamples, block):
        shape = (min(block, resamples - start), differences.size)
        signs = rng.integers(0, 2, size=shape, dtype=np.int8) * 2.0 - 1.0
        as_large += int((np.abs(signs @ differences) >= reached).sum())
    return (as_large + 1) / (resamples + 1)


def _differences(scores_a: ArrayLike, scores_b: ArrayLike, groups: ArrayLike | None) -> NDArray[np.float64]:
    """The differences that are not zero, per song or summed per group."""
    a, b = np.asarray(scores_a, dtype=np.float64), np.asarray(scores_b, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(
            f"expected two scores of the same songs, each of shape (n,), got shapes {a.shape} and {b.shape}"
        )
    difference = a - b
    if not np.isfinite(difference).all():
        raise InputError("expected finite scores, got NaN or infinity")
    if groups is not None:
        ids = np.asarray(groups)
        if ids.shape != a.shape:
            raise InputError(f"expected one group id per song, shape {a.shape}, got shape {ids.shape}")
        _, unit = np.unique(ids, return_inverse=True)
        difference = np.bincount(unit.reshape(-1), weights=difference).astype(np.float64)
    return np.extract(difference != 0, difference)
