"""Which tracks of a large collection come into question for a set, so that the search has hundreds to look at.

The way from the first track to the last is cut into stretches. For each, tracks are ranked by how near they sound to
the line between the two, how well their energy fits the curve there, and how near their tempo is to the line between
the two tempi; no key may take more than its part, so that there is always a way round the wheel. The best to follow the
first track and to lead into the last one are added.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.finding.decks import Decks
from earmark.similarity.finding.mixing import TIMES, UNKNOWN_VALUE, MixRules, transitions
from earmark.similarity.finding.scale import SoundScale
from earmark.similarity.sets.set_puzzle import FloatArray, SetPlan
from earmark.similarity.vectors.filters import UNKNOWN_KEY

POOL: Final = 600
"""Tracks in a pool."""
WIDE_POOL: Final = 1500
"""Tracks in the pool that is tried where the first one holds no set that keeps all rules."""

_STRETCHES: Final = 12
_BESIDE: Final = 24
"""Tracks that are added for the first transition, and for the last."""
_KEYS_PART: Final = 6
"""A key may take up to a sixth of a stretch."""


def energy_levels(energy: NDArray[np.floating]) -> FloatArray:
    """Energies as shares of a collection: 0 the calmest track, 1 the most energetic.

    Args:
        energy: Shape (tracks,); NaN where not known.

    Returns:
        float64 of shape (tracks,); NaN where not known, equal for equal energies.
    """
    known = np.flatnonzero(np.isfinite(energy))
    levels = np.full(len(energy), np.nan)
    if len(known):
        ordered = np.sort(energy[known])
        below = np.searchsorted(ordered, energy[known], side="left")
        upto = np.searchsorted(ordered, energy[known], side="right")
        levels[known] = (below + upto - 1) / 2 / max(len(known) - 1, 1)
    return np.asarray(np.clip(levels, 0.0, 1.0))


def choose_pool(
    decks: Decks,
    levels: FloatArray,
    *,
    allowed: NDArray[np.bool_],
    ends: tuple[int, int | None],
    plan: SetPlan,
    rules: MixRules,
    scale: SoundScale,
    size: int = POOL,
) -> NDArray[np.int64]:
    """Choose the tracks that a set is searched among.

    Args:
        decks: All tracks.
        levels: float64 of shape (tracks,): their energies as `energy_levels` gives them.
        allowed: bool of shape (tracks,): which of them a set may hold besides its two ends.
        ends: Rows of the first and the last track; None for any last one.
        plan: What the set is to be.
        rules: What may follow what.
        scale: What cosines mean.
        size: How many, about.

    Returns:
        int64, rows in rising order, no row twice, the ends among them.
    """
    start, end = ends
    both = [start] if end is None else [start, end]
    free = allowed.copy()
    free[both] = False
    rows = np.flatnonzero(free)
    if len(rows) + len(both) <= size:
        return np.sort(np.concatenate([rows, both])).astype(np.int64)
    some = decks.take(rows)
    chosen = [np.asarray(both, dtype=np.int64)]
    line = decks.take([start, start if end is None else end])
    taken = np.zeros(len(rows), dtype=np.bool_)
    for stretch in _along_the_way(line, some, levels[rows], plan, scale):
        taken[_spread(np.where(taken, -np.inf, stretch), some.keys, size // _STRETCHES)] = True
    chosen.append(rows[taken])
    leaving = transitions(decks.take([start]), some, rules, scale)
    chosen.append(rows[_best_allowed(leaving.scores[0], leaving.allowed[0])])
    if end is not None:
        arriving = transitions(some, decks.take([end]), rules, scale)
        chosen.append(rows[_best_allowed(arriving.scores[:, 0], arriving.allowed[:, 0])])
    return np.unique(np.concatenate(chosen))


def _along_the_way(ends: Decks, some: Decks, levels: FloatArray, plan: SetPlan, scale: SoundScale) -> FloatArray:
    """How well tracks suit each stretch of the way between two: float64 of shape (stretches, tracks)."""
    places = (np.arange(_STRETCHES) + 0.5) / _STRETCHES
    line = np.outer(1 - places, ends.units[0]) + np.outer(places, ends.units[1])
    line /= np.maximum(np.linalg.norm(line, axis=1, keepdims=True), 1e-9)
    sound = scale.value(line.astype(np.float32) @ some.units.T)
    wanted = plan.curve.at(places)[:, np.newaxis]
    energy = np.nan_to_num(1 - np.abs(levels - wanted), nan=UNKNOWN_VALUE)
    return np.asarray(sound + energy + _tempo_fit(ends.bpm, some.bpm, places), dtype=np.float64)


def _tempo_fit(ends: NDArray[np.float32], bpm: NDArray[np.float32], places: FloatArray) -> FloatArray:
    """1 on the line between the two tempi, in any of the times, 0 from 12 % off."""
    known = ends[np.isfinite(ends)]
    if not len(known):
        return np.full((len(places), len(bpm)), UNKNOWN_VALUE)
    line = np.interp(places, [0.0, 1.0], np.log(known[[0, -1]]))
    factors = np.log(np.array(TIMES))
    off = np.abs(np.log(bpm)[:, np.newaxis, np.newaxis] + factors[:, np.newaxis] - line)
    return np.asarray(np.nan_to_num(np.clip(1 - off.min(axis=1) / 0.12, 0, 1), nan=UNKNOWN_VALUE).T)


def _spread(values: FloatArray, keys: NDArray[np.int16], size: int) -> NDArray[np.int64]:
    """The tracks of the largest values, no known key with more than its part; an unknown one breaks no rule."""
    few = np.argpartition(-values, min(size * _KEYS_PART, len(values)) - 1)[: size * _KEYS_PART]
    order = few[np.argsort(-values[few], kind="stable")]
    part, taken, chosen = max(size // _KEYS_PART, 1), dict[int, int](), list[int]()
    for row in order.tolist():
        key = int(keys[row])
        if key == UNKNOWN_KEY or taken.get(key, 0) < part:
            taken[key] = taken.get(key, 0) + 1
            chosen.append(row)
        if len(chosen) == size:
            break
    return np.array(chosen, dtype=np.int64)


def _best_allowed(scores: NDArray[np.float32], allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows = np.flatnonzero(allowed)
    return np.asarray(rows[np.argsort(-scores[rows], kind="stable")[:_BESIDE]], dtype=np.int64)
