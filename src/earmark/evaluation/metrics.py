"""How well labels were called: pure functions of (reference, estimate).

``reference`` and ``estimate`` are integer arrays ``(n,)`` of label indices in ``[0, n_labels)``, one per song
(or per slice); ``probabilities`` is a float array ``(n, n_labels)`` whose rows sum to 1. Everything is
validated first. The empty case is defined: with no song, counts are zero and every mean is NaN (``null`` in
JSON). Labels without songs, and labels that were never called, follow scikit-learn with ``zero_division=0``;
the rules stand in `earmark.evaluation.label_counts`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError
from earmark.evaluation import label_counts
from earmark.evaluation.label_counts import FloatArray, LabelCounts

IntArray: TypeAlias = NDArray[np.int64]

ROW_SUM_TOLERANCE = 1e-3
"""How far a row of probabilities may sum from 1: float16 softmax outputs pass, scores that are no
probabilities do not."""


def label_indices(values: ArrayLike, *, n_labels: int, what: str = "reference") -> IntArray:
    """Validate label indices.

    Args:
        values: Integers ``(n,)`` in ``[0, n_labels)``.
        n_labels: The number of labels, >= 1.
        what: What the values are called in an error message.

    Returns:
        The indices, int64 ``(n,)``.

    Raises:
        InputError: They are not one-dimensional, not integers or out of range.
    """
    if n_labels < 1:
        raise InputError(f"expected at least one label, got n_labels={n_labels}")
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"expected {what} of shape (n,), one label index per song, got shape {array.shape}")
    if array.size == 0:
        return np.zeros(0, dtype=np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise InputError(f"expected {what} as integer label indices, got dtype {array.dtype}")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= n_labels:
        raise InputError(f"expected {what} in 0..{n_labels - 1}, got values from {low} to {high}")
    return array.astype(np.int64)


def paired_indices(reference: ArrayLike, estimate: ArrayLike, *, n_labels: int) -> tuple[IntArray, IntArray]:
    """Validate a reference and an estimate of the same songs; see `label_indices` for each.

    Raises:
        InputError: One of them is no array of label indices, or their lengths differ.
    """
    truth = label_indices(reference, n_labels=n_labels, what="reference")
    called = label_indices(estimate, n_labels=n_labels, what="estimate")
    if truth.size != called.size:
        raise InputError(
            f"reference and estimate must tell of the same songs, got {truth.size} and {called.size} values"
        )
    return truth, called


def count_labels(reference: ArrayLike, estimate: ArrayLike, *, n_labels: int) -> LabelCounts:
    """Hits, truths and estimates per label, int64 ``(n_labels,)`` each."""
    truth, called = paired_indices(reference, estimate, n_labels=n_labels)
    return LabelCounts(
        hits=np.bincount(truth[truth == called], minlength=n_labels),
        truths=np.bincount(truth, minlength=n_labels),
        estimates=np.bincount(called, minlength=n_labels),
    )


def confusion_counts(reference: ArrayLike, estimate: ArrayLike, *, n_labels: int) -> IntArray:
    """How often each label was called each label.

    Returns:
        Counts, int64 ``(n_labels, n_labels)``; rows are the truth, columns the estimate.

    Raises:
        InputError: The arrays are no label indices of the same songs.
    """
    truth, called = paired_indices(reference, estimate, n_labels=n_labels)
    cells = np.bincount(truth * n_labels + called, minlength=n_labels * n_labels)
    return cells.astype(np.int64).reshape(n_labels, n_labels)


def accuracy(reference: ArrayLike, estimate: ArrayLike, *, n_labels: int) -> float:
    """Share of songs called rightly, in [0, 1]; NaN without songs."""
    return float(label_counts.accuracy(count_labels(reference, estimate, n_labels=n_labels)))


def precision_recall_f1(
    reference: ArrayLike, estimate: ArrayLike, *, n_labels: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Precision, recall and F1 of each label.

    Returns:
        Three float64 arrays ``(n_labels,)`` in [0, 1]; 0 where a denominator is 0.

    Raises:
        InputError: The arrays are no label indices of the same songs.
    """
    counts = count_labels(reference, estimate, n_labels=n_labels)
    return label_counts.precision(counts), label_counts.recall(counts), label_counts.f1(counts)


def macro_f1(reference: ArrayLike, estimate: ArrayLike, *, n_labels: int) -> float:
    """Mean F1 over the labels that occur in reference or estimate, in [0, 1]; NaN without songs."""
    return float(label_counts.macro_f1(count_labels(reference, estimate, n_labels=n_labels)))


def weighted_f1(reference: ArrayLike, estimate: ArrayLike, *, n_labels: int) -> float:
    """Mean F1 weighted by each label's number of songs, in [0, 1]; NaN without songs."""
    return float(label_counts.weighted_f1(count_labels(reference, estimate, n_labels=n_labels)))


def balanced_accuracy(reference: ArrayLike, estimate: ArrayLike, *, n_labels: int) -> float:
    """Mean recall over the labels that have songs, in [0, 1]; NaN without songs."""
    return float(label_counts.balanced_accuracy(count_labels(reference, estimate, n_labels=n_labels)))


def top_k_accuracy(reference: ArrayLike, probabilities: ArrayLike, *, k: int) -> float:
    """Share of songs whose label is among the ``k`` most probable ones.

    Equal probabilities are ranked by label index, as ``argmax`` does, so that ``k=1`` is the accuracy of
    ``argmax``.

    Args:
        reference: Label indices ``(n,)``.
        probabilities: Float ``(n, L)``, rows summing to 1.
        k: How many labels may be named, >= 1; from ``L`` on the answer is 1.

    Raises:
        InputError: ``k`` is below 1, or the arrays do not fit.
    """
    if k < 1:
        raise InputError(f"expected k of at least 1, got {k}")
    truth, table = _checked_probabilities(reference, probabilities)
    if truth.size == 0:
        return math.nan
    own = table[np.arange(truth.size), truth][:, None]
    before = np.arange(table.shape[1]) < truth[:, None]
    rank = ((table > own) | ((table == own) & before)).sum(axis=1)
    return float((rank < k).mean())


def log_loss(reference: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean negative natural log of the probability that each song's own label got; >= 0, NaN without songs.

    Probabilities are clipped to [eps, 1 - eps] of float64, as scikit-learn does, so that one sure mistake
    costs 36 nats, not infinity.

    Args:
        reference: Label indices ``(n,)``.
        probabilities: Float ``(n, L)``, rows summing to 1.

    Raises:
        InputError: The arrays do not fit.
    """
    truth, table = _checked_probabilities(reference, probabilities)
    if truth.size == 0:
        return math.nan
    eps = float(np.finfo(np.float64).eps)
    own = np.clip(table[np.arange(truth.size), truth], eps, 1 - eps)
    return float(-np.log(own).mean())


def _checked_probabilities(reference: ArrayLike, probabilities: ArrayLike) -> tuple[IntArray, FloatArray]:
    table = np.asarray(probabilities, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 1:
        raise InputError(f"expected probabilities of shape (songs, labels), got shape {table.shape}")
    truth = label_indices(reference, n_labels=table.shape[1], what="reference")
    if truth.size != table.shape[0]:
        raise InputError(
            f"reference and probabilities must tell of the same songs, got {truth.size} and {table.shape[0]} rows"
        )
    if not np.isfinite(table).all() or (table < 0).any():
        raise InputError("expected probabilities that are finite and not negative; log-probabilities need exp first")
    sums = table.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > ROW_SUM_TOLERANCE)
    if wrong.size:
        raise InputError(
            f"expected rows of probabilities that sum to 1, got {sums[wrong[0]]:.4g} in row {wrong[0]} "
            f"({wrong.size} such rows); apply a softmax first"
        )
    return truth, table


@dataclass(frozen=True, slots=True)
class LabelScores:
    """One label's line of a report.

    Attributes:
        label: Its name.
        precision: In [0, 1]; 0 if the label was never called.
        recall: In [0, 1]; 0 if it has no songs.
        f1: In [0, 1]; 0 without a hit.
        n_songs: Songs that are truly of the label.
        n_estimated: Songs that were called it.
    """

    label: str
    precision: float
    recall: float
    f1: float
    n_songs: int
    n_estimated: int


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Everything that is reported about one estimate.

    Attributes:
        accuracy: In [0, 1]; NaN without songs, as are the other means.
        macro_f1: In [0, 1].
        weighted_f1: In [0, 1].
        balanced_accuracy: In [0, 1].
        per_label: One entry per label, in the order of the labels given.
        confusion: int64 ``(L, L)``, rows the truth, columns the estimate.
        n_songs: How many songs (or slices) were scored.
    """

    accuracy: float
    macro_f1: float
    weighted_f1: float
    balanced_accuracy: float
    per_label: tuple[LabelScores, ...]
    confusion: IntArray
    n_songs: int

    def to_json(self) -> dict[str, Any]:
        """The scores as plain values that ``json.dumps`` takes; NaN becomes None."""
        means = {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "weighted_f1": self.weighted_f1,
            "balanced_accuracy": self.balanced_accuracy,
        }
        return {
            "n_songs": self.n_songs,
            **{name: None if math.isnan(value) else value for name, value in means.items()},
            "labels": [entry.label for entry in self.per_label],
            "per_label": {
                entry.label: {
                    "precision": entry.precision,
                    "recall": entry.recall,
                    "f1": entry.f1,
                    "n_songs": entry.n_songs,
                    "n_estimated": entry.n_estimated,
                }
                for entry in self.per_label
            },
            "confusion": self.confusion.tolist(),
        }


def score(reference: ArrayLike, estimate: ArrayLike, labels: Sequence[str]) -> Scores:
    """Score an estimate in every way that is reported.

    Args:
        reference: Label indices ``(n,)``, in ``[0, len(labels))``.
        estimate: Label indices ``(n,)``.
        labels: The labels' names, index by index, without repeats.

    Raises:
        InputError: The arrays are no label indices of the same songs, or the labels repeat.
    """
    if len(set(labels)) != len(labels):
        raise InputError(f"expected each label once, got {list(labels)}")
    n_labels = len(labels)
    confusion = confusion_counts(reference, estimate, n_labels=n_labels)
    counts = LabelCounts(hits=confusion.diagonal(), truths=confusion.sum(axis=1), estimates=confusion.sum(axis=0))
    precisions, recalls = label_counts.precision(counts), label_counts.recall(counts)
    f1s = label_counts.f1(counts)
    per_label = tuple(
        LabelScores(
            label=name,
            precision=float(precisions[i]),
            recall=float(recalls[i]),
            f1=float(f1s[i]),
            n_songs=int(counts.truths[i]),
            n_estimated=int(counts.estimates[i]),
        )
        for i, name in enumerate(labels)
    )
    return Scores(
        accuracy=float(label_counts.accuracy(counts)),
        macro_f1=float(label_counts.macro_f1(counts)),
        weighted_f1=float(label_counts.weighted_f1(counts)),
        balanced_accuracy=float(label_counts.balanced_accuracy(counts)),
        per_label=per_label,
        confusion=confusion,
        n_songs=int(confusion.sum()),
    )
