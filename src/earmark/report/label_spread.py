"""How sure each label's recall, precision and F1 are.

Recall and precision are shares of songs and have Wilson's interval, for as many songs as they are worth where songs
hang together. F1 is none, and has the bootstrap's: songs (or groups) are drawn once for all labels together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.intervals import Interval, bootstrap_interval, grouped_wilson_interval, wilson_interval
from earmark.evaluation.label_counts import FloatArray, LabelCounts, f1


@dataclass(frozen=True, slots=True)
class LabelSpread:
    """The 95 % intervals of a label's scores.

    Attributes:
        recall: Of the share of its songs that were found; [0, 1] without songs.
        precision: Of the share of the songs called it that are its own; [0, 1] where none was.
        f1: Of its F1; None where the resamples do not differ, which is no knowledge of the spread.
    """

    recall: Interval
    precision: Interval
    f1: tuple[float, float] | None


def label_spreads(
    truth: NDArray[np.int64],
    estimate: NDArray[np.int64],
    *,
    n_labels: int,
    rng: np.random.Generator,
    groups: NDArray[np.int64] | None = None,
) -> list[LabelSpread]:
    """Say how sure each label's scores are.

    Args:
        truth: Label index of each song, shape (songs,).
        estimate: What each was called, shape (songs,).
        n_labels: The number of labels.
        rng: The source of chance for the bootstrap.
        groups: Which songs hang together, shape (songs,); None where they stand alone.
    """
    drawn = _LabelF1()
    bootstrap_interval(truth, estimate, drawn, n_labels=n_labels, rng=rng, groups=groups)
    right = truth == estimate
    return [
        LabelSpread(
            _share(right, truth == label, groups), _share(right, estimate == label, groups), drawn.middle(label)
        )
        for label in range(n_labels)
    ]


def _share(right: NDArray[np.bool_], among: NDArray[np.bool_], groups: NDArray[np.int64] | None) -> Interval:
    if groups is None or not among.any():
        return wilson_interval(int(right[among].sum()), int(among.sum()))
    return grouped_wilson_interval(right[among], groups[among])


class _LabelF1:
    """A statistic for the bootstrap that keeps every label's F1 of each resample; the first label's is its answer."""

    def __init__(self) -> None:
        self._values: list[FloatArray] = []

    def __call__(self, counts: LabelCounts) -> FloatArray:
        self._values.append(f1(counts))
        first: FloatArray = self._values[-1][..., 0]
        return first

    def middle(self, label: int) -> tuple[float, float] | None:
        """The middle 95 % of a label's F1; None where nothing was drawn, or the same again and again."""
        if not self._values:
            return None
        low, high = np.quantile(_column(self._values, label), [0.025, 0.975]).tolist()
        return (low, high) if low < high else None


def _column(values: Sequence[FloatArray], label: int) -> FloatArray:
    return np.concatenate([one[:, label] for one in values])
