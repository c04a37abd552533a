"""Finds the best set of a pool: dynamic programming, a beam guided by it, and improvement of whole sets.

For each number of tracks that the length allows:

1. Backward dynamic programming (Bellman 1957) gives, for every place in the set and every track, the best that can
   still come, when tracks may repeat and each lasts as long as the mean. It knows from the first step on how the end is
   reached.
2. A beam search forwards keeps the best partial sets by what they have plus that bound, now with no song twice, with
   real times on the curve, and artists spaced.
3. The best of these are improved as a whole by `SetPuzzle.values` until no replacement, exchange, reversal, insertion
   or removal helps.

Nothing is drawn at random: the same puzzle gives the same set.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.sets.set_puzzle import ARTIST_TOO_SOON, BROKEN_RULE, FloatArray, SetPuzzle, Sets

BEAM: Final = 192
"""Partial sets that are kept."""
PER_LAST: Final = 12
"""Of these, at most so many that end with one track, so that they differ."""
IMPROVED: Final = 3
"""Sets of each size that are improved."""
ROUNDS: Final = 30
"""Rounds of improvement, at most; it ends by itself after a few."""

_PACE: Final = 0.25
"""What a partial set costs that is a track's length before or behind its time."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundSet:
    """The best set that was found.

    Attributes:
        tracks: Rows of the pool, in order.
        value: Its value by `SetPuzzle.values`.
    """

    tracks: NDArray[np.int64]
    value: float


def find_set(puzzle: SetPuzzle) -> FoundSet | None:
    """Find the best set of a pool; None where it has no set of a possible size.

    Args:
        puzzle: The pool, and what the set is to be.
    """
    finalists = [one for size in sizes(puzzle) for one in _best_of_size(puzzle, size)]
    if not finalists:
        return None
    finalists.sort(key=lambda one: -one.value)
    improved = [improve(puzzle, one) for one in finalists[:IMPROVED]]
    return max(improved, key=lambda one: one.value)


def sizes(puzzle: SetPuzzle) -> list[int]:
    """Numbers of tracks that may give the length: the one by the pool's median length, one less and one more.

    Where that is more than there are songs, but a few songs are so long that all of them last long enough, about all.
    """
    ends = [puzzle.start] if puzzle.end is None else [puzzle.start, puzzle.end]
    lasting = puzzle.seconds - np.minimum(puzzle.plan.overlap, puzzle.seconds / 3)
    inner = (puzzle.plan.seconds - float(lasting[ends].sum())) / max(float(np.median(lasting)), 1.0)
    middle = len(ends) + max(round(inner), 0)
    longest = np.zeros(int(puzzle.songs.max()) + 1)
    np.maximum.at(longest, puzzle.songs, lasting)
    most = len(np.unique(puzzle.songs))
    if longest.sum() >= puzzle.plan.seconds - puzzle.plan.tolerance:
        middle = min(middle, most)
    return [size for size in (middle - 1, middle, middle + 1) if max(len(ends), 2) <= size <= most]


def _best_of_size(puzzle: SetPuzzle, size: int) -> list[FoundSet]:
    sets = _beam(puzzle, size)
    if not len(sets):
        return []
    values = puzzle.values(sets)
    order = np.argsort(-values, kind="stable")[:IMPROVED]
    return [FoundSet(sets[row], float(values[row])) for row in order if np.isfinite(values[row])]


def _gains(puzzle: SetPuzzle, size: int) -> FloatArray:
    """What each transition adds to a set's value: float64 of shape (tracks, tracks)."""
    return np.asarray(puzzle.scores / max(size - 1, 1) - BROKEN_RULE * puzzle.broken, dtype=np.float64)


def _bounds(puzzle: SetPuzzle, size: int, gains: FloatArray) -> FloatArray:
    """The best that can still come: float64 of shape (size, tracks), by the place in the set and the track there."""
    everyone = np.arange(len(puzzle))
    bounds = np.full((size, len(puzzle)), -np.inf)
    last = everyone if puzzle.end is None else np.array([puzzle.end])
    bounds[-1, last] = 0.0
    for place in range(size - 2, -1, -1):
        middle = (place + 1.5) / size * puzzle.plan.seconds
        coming = bounds[place + 1] + puzzle.fit(everyone, np.full(len(puzzle), middle)) / size
        bounds[place] = (gains + coming).max(axis=1)
    return bounds


@dataclass(slots=True, eq=False)
class _Partial:
    """Partial sets: their tracks, what they are worth so far, when their last track ends, and the songs they hold."""

    sets: Sets
    values: FloatArray
    starts: FloatArray
    used: NDArray[np.bool_]


def _beam(puzzle: SetPuzzle, size: int) -> Sets:
    """Sets of one size, by a beam search: int64 of shape (sets, size)."""
    gains = _gains(puzzle, size)
    bounds = _bounds(puzzle, size, gains)
    partial = _first(puzzle, size)
    for place in range(1, size):
        reached = _reached(puzzle, partial, place, size, gains)
        guided = reached + bounds[place] - _off_pace(puzzle, partial, place, size)
        chosen = _choose(guided, place == size - 1)
        if not len(chosen):
            return np.empty((0, size), dtype=np.int64)
        partial = _extend(puzzle, partial, reached, *np.divmod(chosen, len(puzzle)))
    return partial.sets


def _first(puzzle: SetPuzzle, size: int) -> _Partial:
    used = np.zeros((1, int(puzzle.songs.max()) + 1), dtype=np.bool_)
    used[0, puzzle.songs[puzzle.start]] = True
    sets = np.array([[puzzle.start]], dtype=np.int64)
    middle = np.array([puzzle.seconds[puzzle.start] / 2])
    return _Partial(sets, puzzle.fit(sets[:, 0], middle) / size, np.zeros(1), used)


def _begins(puzzle: SetPuzzle, partial: _Partial) -> FloatArray:
    """When any track would begin after each partial set: float64 of shape (sets, tracks)."""
    last, everyone = partial.sets[:, -1][:, np.newaxis], np.arange(len(puzzle))[np.newaxis]
    return np.asarray(partial.starts[:, np.newaxis] + puzzle.seconds[last] - puzzle.overlaps(last, everyone))


def _reached(puzzle: SetPuzzle, partial: _Partial, place: int, size: int, gains: FloatArray) -> FloatArray:
    """The value of each partial set with each track after it, minus infinity where the song is in it."""
    everyone = np.arange(len(puzzle))
    middles = _begins(puzzle, partial) + puzzle.seconds / 2
    value = partial.values[:, np.newaxis] + gains[partial.sets[:, -1]] + puzzle.fit(everyone, middles) / size
    for before in range(1, min(puzzle.plan.spacing, place) + 1):
        value -= ARTIST_TOO_SOON * puzzle.artists[partial.sets[:, -before]]
    value[partial.used[:, puzzle.songs]] = -np.inf
    if puzzle.end is not None and place < size - 1:
        value[:, puzzle.songs == puzzle.songs[puzzle.end]] = -np.inf
    return np.asarray(value)


def _off_pace(puzzle: SetPuzzle, partial: _Partial, place: int, size: int) -> FloatArray:
    """What it costs to be early or late, so that the beam holds sets that can end in time."""
    ends = _begins(puzzle, partial) + puzzle.seconds
    if place == size - 1:
        return puzzle.length_cost(ends)
    off = np.abs(ends - puzzle.plan.seconds * (place + 1) / size)
    return np.asarray(_PACE / size * off / (puzzle.plan.seconds / size))


def _choose(guided: FloatArray, is_last: bool) -> NDArray[np.int64]:
    """The best extensions, as places in the flattened array; few of them with one last track unless they are whole."""
    flat = guided.ravel()
    most = BEAM if is_last else BEAM * 4
    some = np.argpartition(-flat, min(most, len(flat)) - 1)[:most]
    some = np.sort(some[np.isfinite(flat[some])])
    order = some[np.argsort(-flat[some], kind="stable")]
    if is_last:
        return np.asarray(order, dtype=np.int64)
    return np.asarray(order[_rank_within(order % guided.shape[1]) < PER_LAST][:BEAM], dtype=np.int64)


def _rank_within(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the same group come before each element."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    firsts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1]) if len(groups) else np.zeros(0, int)
    counts = np.diff(np.append(firsts, len(groups)))
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(firsts, counts)
    return ranks


def _extend(
    puzzle: SetPuzzle, partial: _Partial, reached: FloatArray, rows: NDArray[np.int64], added: NDArray[np.int64]
) -> _Partial:
    starts = _begins(puzzle, partial)[rows, added]
    used = partial.used[rows].copy()
    used[np.arange(len(rows)), puzzle.songs[added]] = True
    return _Partial(np.column_stack([partial.sets[rows], added]), reached[rows, added], starts, used)


def improve(puzzle: SetPuzzle, found: FoundSet) -> FoundSet:
    """Improve a set as a whole until nothing helps.

    Args:
        puzzle: The pool, and what the set is to be.
        found: A set.
    """
    best = found
    for _ in range(ROUNDS):
        before = best.value
        for proposals in _neighbours(puzzle, best.tracks):
            values = puzzle.values(proposals)
            row = int(values.argmax())
            if values[row] > best.value + 1e-9:
                best = FoundSet(proposals[row], float(values[row]))
                break
        if best.value <= before:
            return best
    return best


def _neighbours(puzzle: SetPuzzle, tracks: NDArray[np.int64]) -> Iterator[Sets]:
    """Sets that differ from one in a single step, a kind of step at a time; start and end stay."""
    last = len(tracks) - (0 if puzzle.end is None else 1)
    everyone = np.arange(len(puzzle))
    for place in range(1, last):
        replaced = np.tile(tracks, (len(puzzle), 1))
        replaced[:, place] = everyone
        yield replaced
    yield from _reordered(tracks, last)
    for place in range(1, last + 1):
        yield np.insert(np.tile(tracks, (len(puzzle), 1)), place, everyone, axis=1)
    if last > 1 and len(tracks) > 2:
        yield np.stack([np.delete(tracks, place) for place in range(1, last)])


def _reordered(tracks: NDArray[np.int64], last: int) -> Iterator[Sets]:
    """Every exchange of two tracks, and every stretch played backwards."""
    pairs = [(i, j) for i in range(1, last) for j in range(i + 1, last)]
    if not pairs:
        return
    exchanged, reversed_ = np.tile(tracks, (len(pairs), 1)), np.tile(tracks, (len(pairs), 1))
    for row, (i, j) in enumerate(pairs):
        exchanged[row, [i, j]] = tracks[[j, i]]
        reversed_[row, i : j + 1] = tracks[i : j + 1][::-1]
    yield exchanged
    yield reversed_
