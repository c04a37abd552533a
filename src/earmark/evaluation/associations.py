"""How well one attribute by itself tells the labels: eta squared for numbers, Cramér's V for categories.

Eta squared is the share of a number's variance that lies between labels (R. A. Fisher's correlation ratio): 0 where all
labels have the same mean, 1 where the label fixes the number. Cramér's V is 0 for independence and 1 where one
determines the other, with the bias correction of W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T",
Journal of the Korean Statistical Society 42, 2013. J. Cohen ("Statistical Power Analysis", 1988) calls an eta squared
of 0.01 small, 0.06 medium and 0.14 large, and a V of 0.1, 0.3 and 0.5 for two categories.

Numbers that are unknown are left out; an unknown category counts as a category, since what is missing can tell a label
too. Chance is judged by permutation (`earmark.evaluation.permutations`), all columns under the same deals, and p-values
are corrected for the number of columns by Holm's procedure.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from earmark.errors import InputError
from earmark.evaluation.attributes import AttributeTable, FloatArray
from earmark.evaluation.differences import holm
from earmark.evaluation.metrics import IntArray, label_indices
from earmark.evaluation.permutations import traded_places

Measure: TypeAlias = Literal["eta squared", "Cramér's V"]
"""Which measure: the first for numbers, the second for categories."""

WEAK: dict[Measure, float] = {"eta squared": 0.01, "Cramér's V": 0.1}
"""Below Cohen's small effect an attribute tells next to nothing, however sure it is that it does."""


@dataclass(frozen=True, slots=True)
class Association:
    """How well one column tells the labels.

    Attributes:
        column: Its name.
        measure: What ``strength`` is.
        strength: In [0, 1]; 0 where the column does not vary, NaN where it is known of fewer than two songs.
        n_songs: Songs of which the column is known.
        varies: Whether it has two values at least. Where it does not, there is nothing to test, and both p are 1.
        p: Share of deals with as strong an association, in (0, 1].
        p_corrected: The same after Holm's correction over the columns that vary.
    """

    column: str
    measure: Measure
    strength: float
    n_songs: int
    varies: bool
    p: float
    p_corrected: float

    @property
    def weak(self) -> bool:
        """Whether the strength is below what counts as a small effect."""
        return not self.strength >= WEAK[self.measure]

    def to_json(self) -> dict[str, Any]:
        """The association as plain values; NaN becomes None."""
        return {
            "column": self.column,
            "measure": self.measure,
            "strength": None if math.isnan(self.strength) else self.strength,
            "n_songs": self.n_songs,
            "varies": self.varies,
            "p": self.p,
            "p_corrected": self.p_corrected,
        }


def eta_squared(values: ArrayLike, labels: ArrayLike, *, n_labels: int) -> float:
    """Share of the variance of numbers that lies between labels.

    Args:
        values: Float ``(n,)``; NaN where unknown, and then left out.
        labels: Label indices ``(n,)``.
        n_labels: The number of labels.

    Returns:
        In [0, 1]; 0 where the numbers are all the same, NaN where fewer than two are known.

    Raises:
        InputError: The arrays do not fit.
    """
    numbers, own = np.asarray(values, dtype=np.float64), label_indices(labels, n_labels=n_labels, what="labels")
    _check_paired(numbers.shape, own.shape)
    known = np.isfinite(numbers)
    if known.sum() < 2:
        return math.nan
    return float(_eta_squared(numbers[known], own[known][None], n_labels)[0])


def cramers_v(categories: Sequence[str | None], labels: ArrayLike, *, n_labels: int) -> float:
    """Bias-corrected Cramér's V of categories and labels.

    Args:
        categories: ``n`` categories; None is one of them.
        labels: Label indices ``(n,)``.
        n_labels: The number of labels.

    Returns:
        In [0, 1]; 0 where there is one category or one label only, NaN where there are fewer than two songs.

    Raises:
        InputError: The arrays do not fit.
    """
    own = label_indices(labels, n_labels=n_labels, what="labels")
    _check_paired((len(categories),), own.shape)
    if own.size < 2:
        return math.nan
    codes, n = _codes(categories), own.size
    phi_squared = float(_phi_squared(codes, own[None], n_labels)[0])
    rows, columns = int(codes.max()) + 1, len(np.unique(own))
    corrected = max(0.0, phi_squared - (rows - 1) * (columns - 1) / (n - 1))
    fewest = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1))
    return min(1.0, math.sqrt(corrected / (fewest - 1))) if corrected > 0 and fewest > 1 else 0.0


def associations(
    table: AttributeTable,
    labels: ArrayLike,
    *,
    n_labels: int,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    resamples: int = 2000,
) -> tuple[Association, ...]:
    """Measure how well each column by itself tells the labels.

    Args:
        table: The attributes of ``n`` songs.
        labels: Label indices ``(n,)``.
        n_labels: The number of labels.
        rng: The source of chance.
        groups: ``(n,)`` ids of songs that hang together; labels are then dealt to whole groups.
        resamples: How many deals, >= 1.

    Returns:
        One for each column: the most certain first, and of equals the strongest.

    Raises:
        InputError: The arrays do not fit, or ``resamples`` is below 1.
    """
    own = label_indices(labels, n_labels=n_labels, what="labels")
    _check_paired((len(table),), own.shape)
    columns = [*_numeric_columns(table, own, n_labels), *_categorical_columns(table, own, n_labels)]
    varying = [column for column in columns if column.varies]
    as_strong = np.zeros(len(varying), dtype=np.int64)
    if varying:
        observed = [column.statistic(own[None])[0] for column in varying]
        for dealt in traded_places(own.size, rng=rng, resamples=resamples, groups=groups):
            for at, column in enumerate(varying):
                # Sums in another order differ by rounding, and a tie must count as a tie.
                as_strong[at] += int((column.statistic(own[dealt]) >= observed[at] * (1 - 1e-9)).sum())
    p_values = ((as_strong + 1) / (resamples + 1)).tolist()
    tested = dict(zip((column.name for column in varying), zip(p_values, holm(p_values), strict=True), strict=True))
    found = [
        Association(one.name, one.measure, one.strength, one.n_songs, one.varies, *tested.get(one.name, (1.0, 1.0)))
        for one in columns
    ]
    return tuple(sorted(found, key=lambda one: (one.p, -one.strength if one.varies else 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column with its measure: ``statistic`` takes labels ``(r, n)`` to ``(r,)``, larger for stronger."""

    name: str
    measure: Measure
    strength: float
    n_songs: int
    varies: bool
    statistic: Callable[[IntArray], FloatArray]


def _numeric_columns(table: AttributeTable, labels: IntArray, n_labels: int) -> list[_Column]:
    columns = []
    for name, values in zip(table.numeric_names, table.numeric.T, strict=True):
        known = np.flatnonzero(np.isfinite(values))
        numbers = values[known]

        def statistic(dealt: IntArray, known: IntArray = known, numbers: FloatArray = numbers) -> FloatArray:
            return _eta_squared(numbers, dealt[:, known], n_labels)

        strength, varies = eta_squared(values, labels, n_labels=n_labels), bool((numbers != numbers[:1]).any())
        columns.append(_Column(name, "eta squared", strength, known.size, varies, statistic))
    return columns


def _categorical_columns(table: AttributeTable, labels: IntArray, n_labels: int) -> list[_Column]:
    columns = []
    for name, values in zip(table.categorical_names, table.categorical, strict=True):
        codes = _codes(values)

        def statistic(dealt: IntArray, codes: IntArray = codes) -> FloatArray:
            return _phi_squared(codes, dealt, n_labels)

        n_known, strength = sum(value is not None for value in values), cramers_v(values, labels, n_labels=n_labels)
        columns.append(_Column(name, "Cramér's V", strength, n_known, bool(codes.any()), statistic))
    return columns


def _codes(categories: Sequence[str | None]) -> IntArray:
    numbers: dict[str | None, int] = {}
    return np.array([numbers.setdefault(one, len(numbers)) for one in categories], dtype=np.int64)


def _eta_squared(values: FloatArray, labels: IntArray, n_labels: int) -> FloatArray:
    """Eta squared of ``m`` numbers under each row of labels ``(r, m)``."""
    if (values == values[:1]).all():  # their mean may differ from them by rounding
        return np.zeros(len(labels))
    centred = values - values.mean()
    total = float(centred @ centred)
    cells = (labels + n_labels * np.arange(len(labels))[:, None]).ravel()
    size = len(labels) * n_labels
    sums = np.bincount(cells, weights=np.tile(centred, len(labels)), minlength=size)
    counts = np.bincount(cells, minlength=size)
    between: FloatArray = (sums**2 / np.maximum(counts, 1)).reshape(-1, n_labels).sum(axis=1)
    return np.minimum(between / total, 1.0)


def _phi_squared(codes: IntArray, labels: IntArray, n_labels: int) -> FloatArray:
    """Chi squared over n of ``m`` categories under each row of labels ``(r, m)``."""
    times = len(labels)
    n_codes = int(codes.max(initial=0)) + 1
    cells = ((np.arange(times)[:, None] * n_codes + codes) * n_labels + labels).ravel()
    counts = np.bincount(cells, minlength=times * n_codes * n_labels).reshape(times, n_codes, n_labels)
    margins = counts.sum(axis=2)[:, :, None] * counts.sum(axis=1)[:, None, :]
    # Sum of O squared over E, less one, is chi squared over n (E has n in its denominator).
    shares: FloatArray = (counts**2 / np.maximum(margins, 1)).sum(axis=(1, 2))
    return np.maximum(shares - 1.0, 0.0)


def _check_paired(table: tuple[int, ...], labels: tuple[int, ...]) -> None:
    if table != labels:
        raise InputError(f"expected one label per song, shape {table}, got shape {labels}")
