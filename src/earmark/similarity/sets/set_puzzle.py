"""A set as a puzzle over a pool of tracks, and the one place that says how good a set is.

`SetPuzzle.values` judges whole sets; the search (`earmark.similarity.sets.set_search`) only proposes them. A set's
value is

    mean score of its transitions + mean fit of its tracks to the energy curve
    - 10 for each broken rule - 0.3 for each artist that comes back too soon
    - 1 for a length beyond the tolerance, and 0.5 for each minute of that

so that a rule is broken, and the length missed, only where no set of the pool does better.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.sets.energy_curves import EnergyCurve

FloatArray = NDArray[np.float64]
Sets = NDArray[np.int64]
"""Sets of one size: rows of the pool, int64 of shape (sets, tracks)."""

BROKEN_RULE: Final = 10.0
ARTIST_TOO_SOON: Final = 0.3
TIME_MISSED: Final = 1.0
MINUTE_OFF: Final = 0.5
LATE: Final = 0.05
"""What a minute within the tolerance costs, so that of two equal sets the one nearer to the length wins."""

_FIT_SPAN: Final = 0.5
_UNKNOWN_FIT: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlan:
    """What a set is to be.

    Attributes:
        seconds: Its length.
        tolerance: Seconds by which the length may differ.
        overlap: Seconds for which two tracks sound together; at most a third of either.
        curve: Its energy.
        spacing: An artist comes back after this many other tracks at the earliest.
    """

    seconds: float
    tolerance: float
    overlap: float
    curve: EnergyCurve
    spacing: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class SetPuzzle:
    """Tracks that a set may be made of, and what it is to be.

    Attributes:
        plan: What the set is to be.
        scores: float32 of shape (tracks, tracks): score of the transition from the row's to the column's track, 0 to 1.
        broken: uint8 of shape (tracks, tracks): how many rules it breaks.
        levels: float64 of shape (tracks,): energy from 0 to 1; NaN where not known.
        seconds: float64 of shape (tracks,): lengths.
        songs: int64 of shape (tracks,), 0 and up: tracks of one number are the same song and never in one set.
        artists: bool of shape (tracks, tracks): whether two tracks share an artist.
        start: The first track of every set.
        end: The last track; None for any.
    """

    plan: SetPlan
    scores: NDArray[np.float32]
    broken: NDArray[np.uint8]
    levels: FloatArray
    seconds: FloatArray
    songs: NDArray[np.int64]
    artists: NDArray[np.bool_]
    start: int
    end: int | None

    def __len__(self) -> int:
        return len(self.seconds)

    def overlaps(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> FloatArray:
        """Seconds for which tracks sound together with those after them."""
        shorter = np.minimum(self.seconds[before], self.seconds[after])
        return np.asarray(np.minimum(self.plan.overlap, shorter / 3))

    def starts(self, sets: Sets) -> FloatArray:
        """When each track begins, in seconds from the set's beginning: float64 of shape (sets, tracks)."""
        starts = np.zeros(sets.shape)
        lasting = self.seconds[sets[:, :-1]] - self.overlaps(sets[:, :-1], sets[:, 1:])
        np.cumsum(lasting, axis=1, out=starts[:, 1:])
        return starts

    def lengths(self, sets: Sets) -> FloatArray:
        """Seconds that sets last: float64 of shape (sets,)."""
        return np.asarray(self.starts(sets)[:, -1] + self.seconds[sets[:, -1]])

    def fit(self, tracks: NDArray[np.int64], middles: FloatArray) -> FloatArray:
        """How well tracks fit the curve where they play, 0 to 1.

        Args:
            tracks: Rows of the pool, any shape.
            middles: Seconds from the set's beginning to the middle of each, of a shape that goes with it.
        """
        wanted = self.plan.curve.at(middles / self.plan.seconds)
        near = 1 - np.abs(self.levels[tracks] - wanted) / _FIT_SPAN
        return np.asarray(np.nan_to_num(np.clip(near, 0, 1), nan=_UNKNOWN_FIT))

    def too_soon(self, sets: Sets) -> NDArray[np.int64]:
        """How often an artist comes back too soon, within each set: int64 of shape (sets,)."""
        found = np.zeros(len(sets), dtype=np.int64)
        for apart in range(1, min(self.plan.spacing, sets.shape[1] - 1) + 1):
            found += self.artists[sets[:, :-apart], sets[:, apart:]].sum(axis=1)
        return found

    def length_cost(self, seconds: FloatArray) -> FloatArray:
        """What lengths cost that are not the one asked for."""
        off = np.abs(seconds - self.plan.seconds)
        beyond = np.maximum(off - self.plan.tolerance, 0)
        within = LATE * np.minimum(off, self.plan.tolerance) / 60
        return np.asarray(within + TIME_MISSED * (beyond > 0) + MINUTE_OFF * beyond / 60)

    def values(self, sets: Sets) -> FloatArray:
        """How good sets are: float64 of shape (sets,); minus infinity where a song comes twice.

        Args:
            sets: Sets of one size, at least two tracks each.
        """
        before, after = sets[:, :-1], sets[:, 1:]
        starts = self.starts(sets)
        value = self.scores[before, after].mean(axis=1, dtype=np.float64)
        value += self.fit(sets, starts + self.seconds[sets] / 2).mean(axis=1)
        value -= BROKEN_RULE * self.broken[before, after].sum(axis=1, dtype=np.int64)
        value -= ARTIST_TOO_SOON * self.too_soon(sets)
        value -= self.length_cost(starts[:, -1] + self.seconds[sets[:, -1]])
        songs = np.sort(self.songs[sets], axis=1)
        value[(songs[:, 1:] == songs[:, :-1]).any(axis=1)] = -np.inf
        return np.asarray(value)
