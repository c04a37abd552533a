"""How far labels are from each other, with the artist effect taken out, and how sure that is.

Two labels are two clouds of tracks. Their distance is the **energy distance** (Székely and Rizzo 2013, *Journal of
Statistical Planning and Inference* 143): with ``|x - y|`` the distance of two tracks (the chord between their unit
vectors, ``sqrt(2 - 2 cos)``, 0 to 2),

    D²(A, B) = 2 E|a - b| - E|a - a'| - E|b - b'|

which is 0 where both clouds are the same and grows as they part, however broad each of them is; ``D`` is a metric.

All three means go over pairs of tracks by **different artists** only: two tracks that share anyone credited are never
compared. That alone does not take out an artist who is on both labels. Where such a guest makes a share ``p`` of each,
the guest's tracks on A are still compared with B's others and the other way round, and ``D²`` shrinks to
``(1 - p) / (1 + p)`` of what the others say. So, for each two labels, the **lead artists** of both are left out, unless
too few others remain (such a pair is marked as weak).

Intervals come from drawing whole lead artists anew, within each label, by Rubin's Bayesian bootstrap (1981, *Annals of
Statistics* 9): each has a random weight, and no draw is empty. Dirichlet parameters of ``(n - 2) / n`` give a mean over
``n`` artists the variance ``s² / n``, unbiased, where the usual 1 (or drawing with replacement) gives too little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.similarity.vectors.placed_tracks import FloatArray, IntArray, PlacedTracks

FEWEST_LEADS = 3
"""Lead artists that a label needs: with two, nothing is known of how artists differ."""

_BLOCK_VALUES = 16_000_000
"""Distances of tracks held at once (64 MB)."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelDistances:
    """Distances between labels.

    Attributes:
        labels: The labels' names.
        draws: float32 of shape (1 + resamples, labels, labels): ``D``, first as found, then resampled. Where chance
            makes ``D²`` negative it is ``-sqrt(-D²)``, which keeps the order of labels that are at about one place; it
            is told as 0.
        spreads: float32 of shape (1 + resamples, labels): mean distance between two tracks of a label by different
            artists, 0 to 2; unrelated tracks are about 1.41 apart.
        shared_leads: int64 of shape (labels, labels): lead artists that two labels share.
        weak: bool of shape (labels, labels): two labels that share so many of them that they could not be left out.
        to_label: float32 of shape (tracks, labels): each track's mean distance to a label's tracks by other artists;
            NaN where there is none.
    """

    labels: tuple[str, ...]
    draws: FloatArray
    spreads: FloatArray
    shared_leads: IntArray
    weak: NDArray[np.bool_]
    to_label: FloatArray

    @property
    def matrix(self) -> FloatArray:
        """The distances as found, float32 of shape (labels, labels), at least 0."""
        found: FloatArray = np.maximum(self.draws[0], 0)
        return found

    def interval(self, one: int, other: int) -> tuple[float, float]:
        """The 95 % interval of the distance between two labels, at least 0."""
        return middle(np.maximum(self.draws[1:, one, other], 0))

    def spread_interval(self, label: int) -> tuple[float, float]:
        """The 95 % interval of a label's spread."""
        return middle(self.spreads[1:, label])

    def nearest(self, label: int) -> list[int]:
        """The other labels, the nearest first."""
        order = np.argsort(self.draws[0, label], kind="stable").tolist()
        return [other for other in order if other != label]

    def told_apart(self, label: int, near: int, far: int) -> bool:
        """Whether two labels' distances from a third differ by more than chance (95 % interval of the difference)."""
        low, high = middle(self.draws[1:, label, far] - self.draws[1:, label, near])
        return low > 0 or high < 0

    def track_scores(self, rows: slice) -> FloatArray:
        """How far tracks are from each label, float32 of shape (tracks, labels): the energy distance of a point.

        That is ``2 E|x - b| - E|b - b'|``, so that a broad label is not far from everything.
        """
        return np.asarray(2 * self.to_label[rows] - self.spreads[0], dtype=np.float32)


def middle(values: NDArray[np.floating]) -> tuple[float, float]:
    """The middle 95 % of resampled values: NaN of none."""
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [0.025, 0.975]).tolist()
    return low, high


def label_distances(placed: PlacedTracks, *, resamples: int = 1000, rng: np.random.Generator) -> LabelDistances:
    """Measure how far labels are from each other.

    Args:
        placed: The labels' tracks; each label has `FEWEST_LEADS` lead artists or more.
        resamples: How often artists are drawn anew for the intervals, at least 1.
        rng: The source of chance.

    Returns:
        The distances.

    Raises:
        InputError: There are fewer than two labels, a label has too few lead artists, or a count is below 1.
    """
    _check(placed, resamples)
    weights = _weights(placed.lead_label, resamples, rng)
    shares, weak, shared = _shared_leads(placed)
    sums = _Sums(placed, weights, ~shares)
    for label in range(len(placed.labels)):
        sums.add(label)
    spreads = sums.spreads()
    squares = 2 * sums.crossing() - sums.within - np.swapaxes(sums.within, 1, 2)
    # Both orders of two labels are the same sum, but for rounding.
    squares = (squares + np.swapaxes(squares, 1, 2)) / 2
    squares[:, range(len(placed.labels)), range(len(placed.labels))] = 0.0
    return LabelDistances(
        labels=placed.labels,
        draws=(np.sign(squares) * np.sqrt(np.abs(squares))).astype(np.float32),
        spreads=spreads,
        shared_leads=shared,
        weak=weak,
        to_label=sums.to_label,
    )


def _check(placed: PlacedTracks, resamples: int) -> None:
    if len(placed.labels) < 2:
        raise InputError(f"distances need at least two labels with enough tracks and artists, got {len(placed.labels)}")
    if resamples < 1:
        raise InputError(f"expected at least one resample, got {resamples}")
    counts = np.bincount(placed.lead_label, minlength=len(placed.labels))
    if (few := int(counts.argmin())) >= 0 and counts[few] < FEWEST_LEADS:
        raise InputError(
            f"{placed.labels[few]} has tracks by {counts[few]} lead artists; {FEWEST_LEADS} are needed, "
            "or it would be an artist's place rather than a label's"
        )


def _weights(lead_label: IntArray, resamples: int, rng: np.random.Generator) -> FloatArray:
    """Weights of lead artists, float32 of shape (1 + resamples, leads), mean 1 in each label; the first row is ones."""
    weights = np.ones((1 + resamples, len(lead_label)), dtype=np.float32)
    for label in range(int(lead_label.max()) + 1):
        own = np.flatnonzero(lead_label == label)
        drawn = rng.dirichlet(np.full(len(own), (len(own) - 2) / len(own)), size=resamples)
        weights[1:, own] = len(own) * drawn
    return weights


def _shared_leads(placed: PlacedTracks) -> tuple[NDArray[np.bool_], NDArray[np.bool_], IntArray]:
    """Which leads are left out against which label, bool (leads, labels); which pairs are weak; how many they share."""
    n, of = len(placed.labels), placed.lead_label
    homes: dict[str, list[int]] = {}
    for name, label in zip(placed.lead_names, of.tolist(), strict=True):
        homes.setdefault(name, []).append(label)
    shares = np.zeros((len(of), n), dtype=np.bool_)
    for lead, (name, label) in enumerate(zip(placed.lead_names, of.tolist(), strict=True)):
        shares[lead, [home for home in homes[name] if home != label]] = True
    shared = np.zeros((n, n), dtype=np.int64)
    np.add.at(shared, of, shares)
    left = np.bincount(of, minlength=n)[:, None] - shared
    weak = (np.minimum(left, left.T) < FEWEST_LEADS) & (shared > 0)
    return shares & ~weak[of], weak, shared


class _Sums:
    """Sums of distances over pairs of tracks, for all draws of artists at once, one label's tracks after another's."""

    def __init__(self, placed: PlacedTracks, weights: FloatArray, keep: NDArray[np.bool_]) -> None:
        self._placed, self._weights, self._keep = placed, weights, keep
        n_labels, draws = len(placed.labels), len(weights)
        self._lead_label = placed.lead_label
        self._label_starts = np.flatnonzero(np.diff(self._lead_label, prepend=-1))
        self._sizes = np.bincount(placed.lead_of).astype(np.float32)
        self._incidence = _incidence(placed.keys)
        self._lead_sum = _incidence([frozenset([str(lead)]) for lead in placed.lead_of]).T
        self._distances = np.zeros((draws, n_labels, n_labels), dtype=np.float32)
        self._sharing = np.zeros_like(self._distances)
        self._mass = np.zeros_like(self._distances)
        self.within = np.zeros_like(self._distances)
        self.to_label = np.zeros((len(placed.units), n_labels), dtype=np.float32)

    def add(self, label: int) -> None:
        """Add the pairs of which the first track is of a label."""
        own = np.flatnonzero(self._lead_label == label)
        distances, sharing = self._between_leads(label, own)
        kept, weights = self._keep[own], self._weights[:, own]
        compared = kept[:, self._lead_label] & self._keep[:, label]
        self._mass[:, label] = (weights * self._sizes[own]) @ kept.astype(np.float32)
        self._distances[:, label] = self._by_label(weights @ (distances * compared))
        self._sharing[:, label] = self._by_label(weights @ (sharing * compared))
        pairs = np.outer(self._sizes[own], self._sizes[own]) - sharing[:, own]
        whole = _mean_within(weights, distances[:, own], pairs)
        for other in range(len(self._placed.labels)):
            some = kept[:, other]
            mean = whole if some.all() else _mean_within(weights * some, distances[:, own], pairs)
            self.within[:, label, other] = mean

    def crossing(self) -> FloatArray:
        """Mean distance of tracks of two labels, shape (draws, labels, labels)."""
        pairs = self._mass * np.swapaxes(self._mass, 1, 2) - self._sharing
        means: FloatArray = np.divide(self._distances, pairs, out=np.zeros_like(pairs), where=pairs > 0)
        return means

    def spreads(self) -> FloatArray:
        """Mean distance of two tracks of a label, shape (draws, labels)."""
        diagonal = np.arange(len(self._placed.labels))
        return self.within[:, diagonal, diagonal].astype(np.float32)

    def _by_label(self, per_lead: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(per_lead * self._weights, self._label_starts, axis=1), dtype=np.float32)

    def _between_leads(self, label: int, own: IntArray) -> tuple[FloatArray, FloatArray]:
        """Summed distances, and numbers of pairs that share anyone, of a label's leads with all: (leads, all leads)."""
        distances = np.zeros((len(self._lead_label), len(own)), dtype=np.float32)
        sharing = np.zeros_like(distances)
        label_sizes = np.bincount(self._placed.label_of)[:, None]
        for rows in _blocks(self._placed.rows_of(label), len(self._placed.units)):
            apart, share = self._chords(rows)
            per_lead, shared = self._lead_sum @ apart, self._lead_sum @ share
            sums = np.add.reduceat(per_lead, self._label_starts, axis=0)
            shared_of_label = np.add.reduceat(shared.toarray(), self._label_starts, axis=0)
            found = label_sizes - shared_of_label
            self.to_label[rows] = np.divide(sums, found, out=np.full_like(sums, np.nan), where=found > 0).T
            of = self._placed.lead_of[rows] - own[0]
            starts = np.flatnonzero(np.diff(of, prepend=-1))
            distances[:, of[starts]] += np.add.reduceat(per_lead, starts, axis=1)
            sharing[:, of[starts]] += np.add.reduceat(shared.toarray(), starts, axis=1)
        return distances.T, sharing.T

    def _chords(self, rows: slice) -> tuple[FloatArray, Any]:
        """Distances of all tracks from some, 0 where they share anyone; and 1 where they do, sparse."""
        share = (self._incidence @ self._incidence[rows].T).tocoo()
        share.data[:] = 1.0
        apart = self._placed.units @ self._placed.units[rows].T
        apart *= -2
        apart += 2
        np.sqrt(np.maximum(apart, 0, out=apart), out=apart)
        apart[share.row, share.col] = 0.0
        return apart, share.tocsr()


def _mean_within(weights: FloatArray, distances: FloatArray, pairs: FloatArray) -> NDArray[np.float64]:
    """Mean distance of two of a label's tracks by different artists, in each draw; 0 where there is no such pair."""
    sums = np.einsum("dl,dl->d", weights @ distances, weights, dtype=np.float64)
    found = np.einsum("dl,dl->d", weights @ pairs, weights, dtype=np.float64)
    return np.asarray(np.divide(sums, found, out=np.zeros_like(sums), where=found > 0), dtype=np.float64)


def _blocks(rows: slice, width: int) -> Iterator[slice]:
    step = max(1, _BLOCK_VALUES // width)
    for first in range(rows.start, rows.stop, step):
        yield slice(first, min(first + step, rows.stop))


def _incidence(keys: Sequence[frozenset[str]]) -> Any:
    """Who is on which track, as a sparse matrix of shape (tracks, artists)."""
    from scipy.sparse import csr_array

    numbers: dict[str, int] = {}
    columns = [numbers.setdefault(key, len(numbers)) for own in keys for key in sorted(own)]
    starts = np.concatenate([[0], np.cumsum([len(own) for own in keys])])
    ones = np.ones(len(columns), dtype=np.float32)
    return csr_array((ones, np.array(columns, dtype=np.int64), starts), shape=(len(keys), len(numbers)))
