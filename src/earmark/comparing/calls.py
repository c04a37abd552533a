"""What a contestant called its test songs, all folds in one table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """What a contestant called ``n`` tests of songs; a song has one in each repeat.

    Attributes:
        folds: Place of each test's fold in the comparison, int64 ``(n,)``.
        songs: Place of each test's song in the comparison, int64 ``(n,)``.
        truth: Its label index, int64 ``(n,)``.
        estimate: What it was called, int64 ``(n,)``.
        probabilities: float64 ``(n, L)``.
        votes: By the slices' vote, int64 ``(n,)``, or None.
        slice_calls: How many slices were called each label, int64 ``(n, L)``, or None.
        n_distinct: How many different songs these are; of slices, how many different slices.
    """

    folds: NDArray[np.int64]
    songs: NDArray[np.int64]
    truth: NDArray[np.int64]
    estimate: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    votes: NDArray[np.int64] | None
    slice_calls: NDArray[np.int64] | None
    n_distinct: int

    def slices(self) -> "Calls":
        """The same with an entry for each slice.

        Raises:
            InputError: The songs were not cut into slices.
        """
        if self.slice_calls is None:
            raise InputError("these songs were judged whole, not in slices")
        test, label = np.nonzero(self.slice_calls)
        times = self.slice_calls[test, label]
        test, label = np.repeat(test, times), np.repeat(label, times)
        return Calls(
            folds=self.folds[test],
            songs=self.songs[test],
            truth=self.truth[test],
            estimate=label.astype(np.int64),
            probabilities=self.probabilities[test],
            votes=None,
            slice_calls=None,
            n_distinct=int(self.slice_calls[np.unique(self.songs, return_index=True)[1]].sum()),
        )

    def share_right(self, folds: NDArray[np.int64], *, n_songs: int) -> NDArray[np.float64]:
        """For each song the share of its tests in some folds in which it was called rightly.

        Args:
            folds: Places of the folds.
            n_songs: Songs of the comparison.

        Returns:
            Float64 ``(n_songs,)`` in [0, 1]; NaN for a song that was not tested in these folds.
        """
        counted = np.isin(self.folds, folds)
        songs, hits = self.songs[counted], (self.truth == self.estimate)[counted]
        times = np.bincount(songs, minlength=n_songs).astype(np.float64)
        share = np.full(n_songs, np.nan)
        np.divide(np.bincount(songs, weights=hits, minlength=n_songs), times, out=share, where=times > 0)
        return share


def joined(parts: Sequence[NDArray[np.int64] | None]) -> NDArray[np.int64] | None:
    """Arrays one after another; None where any of them is missing."""
    there = [part for part in parts if part is not None]
    return np.concatenate(there) if there and len(there) == len(parts) else None
