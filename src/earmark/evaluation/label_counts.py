"""Hits, truths and estimates per label, and the scores that follow from them.

Every score of `earmark.evaluation.metrics` that compares two label sequences is a function of three counts
per label: how many songs were truly of the label and called so (hits), how many were truly of it (truths),
how many were called it (estimates). The functions here work on arrays ``(..., L)``, so that a bootstrap
scores thousands of resamples at once.

Rules where a count is zero, those of scikit-learn with ``zero_division=0``:

- precision of a label never called, recall of a label without songs and F1 of a label with neither are 0;
- macro F1 averages over the labels that occur in the reference or in the estimate, balanced accuracy over
  those that occur in the reference: a label of which nothing was seen says nothing;
- with no song at all each mean is NaN, since there is nothing to average.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from earmark.errors import UnknownNameError

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LabelCounts:
    """Counts per label, each an array ``(..., L)`` of whole numbers >= 0 (of any numeric dtype).

    Attributes:
        hits: Songs of the label that were called so.
        truths: Songs of the label (the confusion matrix's row sums).
        estimates: Songs that were called the label (its column sums).
    """

    hits: NDArray[Any]
    truths: NDArray[Any]
    estimates: NDArray[Any]


Statistic: TypeAlias = Callable[[LabelCounts], FloatArray]


def _ratio(numerator: NDArray[Any], denominator: NDArray[Any], *, empty: float) -> FloatArray:
    """Divide, with ``empty`` where the denominator is zero."""
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), empty, dtype=np.float64)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


def precision(counts: LabelCounts) -> FloatArray:
    """Share of the songs called a label that are of it: ``(..., L)`` in [0, 1], 0 for one never called."""
    return _ratio(counts.hits, counts.estimates, empty=0.0)


def recall(counts: LabelCounts) -> FloatArray:
    """Share of a label's songs that were called it: ``(..., L)`` in [0, 1], 0 for a label without songs."""
    return _ratio(counts.hits, counts.truths, empty=0.0)


def f1(counts: LabelCounts) -> FloatArray:
    """Harmonic mean of precision and recall: ``(..., L)`` in [0, 1], 0 for a label with no hit."""
    return _ratio(2 * counts.hits, counts.truths + counts.estimates, empty=0.0)


def accuracy(counts: LabelCounts) -> FloatArray:
    """Share of songs called rightly: ``(...)`` in [0, 1], NaN without songs."""
    return _ratio(counts.hits.sum(axis=-1), counts.truths.sum(axis=-1), empty=np.nan)


def macro_f1(counts: LabelCounts) -> FloatArray:
    """Mean F1 over the labels that occur in reference or estimate: ``(...)`` in [0, 1], NaN without songs."""
    seen = (counts.truths + counts.estimates) > 0
    return _ratio(f1(counts).sum(axis=-1), seen.sum(axis=-1), empty=np.nan)


def weighted_f1(counts: LabelCounts) -> FloatArray:
    """Mean F1 weighted by each label's songs: ``(...)`` in [0, 1], NaN without songs."""
    return _ratio((f1(counts) * counts.truths).sum(axis=-1), counts.truths.sum(axis=-1), empty=np.nan)


def balanced_accuracy(counts: LabelCounts) -> FloatArray:
    """Mean recall over the labels that have songs: ``(...)`` in [0, 1], NaN without songs."""
    return _ratio(recall(counts).sum(axis=-1), (counts.truths > 0).sum(axis=-1), empty=np.nan)


STATISTICS: dict[str, Statistic] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "weighted_f1": weighted_f1,
    "balanced_accuracy": balanced_accuracy,
}


def statistic_named(name: str) -> Statistic:
    """Look a statistic up by its name.

    Raises:
        UnknownNameError: No statistic of `STATISTICS` has this name.
    """
    if name not in STATISTICS:
        raise UnknownNameError("statistic", name, STATISTICS)
    return STATISTICS[name]
