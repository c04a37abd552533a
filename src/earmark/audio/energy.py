"""The parts of a recording between which its energy changes: intro, build, drop, breakdown, as far as they are louder.

The loudness curve is cut where that explains most of its changes: the cuts with the least sum of squared deviations
from the sections' means, each cut at a fixed price (optimal partitioning). Energy is loudness on a scale from 0 to 1
(`earmark.audio.estimates.energy_of`), so that a part of the same loudness with more notes is no other part.

Reference: B. Jackson et al., "An algorithm for optimal partitioning of data on an interval", IEEE Signal Processing
Letters 12 (2005).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.estimates import Section, energy_of, mean_lufs

_SHORTEST_SECONDS: Final = 8.0
"""Four bars at 120 BPM: what is shorter is a fill."""

_QUIETEST_LUFS: Final = -45.0
"""Below this, quieter is no other section: a fade-out would be cut into many."""

_PRICE: Final = 60.0
"""Squared LU times seconds that a cut has to explain: two sections of 8 s are told apart from 4 LU on."""


def sections(curve: Sequence[float], curve_seconds: float, seconds: float) -> tuple[Section, ...]:
    """Cut a recording where its energy changes.

    Args:
        curve: Short-term loudness in LUFS, one value for each `curve_seconds`; may be empty.
        curve_seconds: Seconds from one value to the next.
        seconds: Length of the recording.

    Returns:
        The sections in order and without gaps; one of no energy for a recording without a curve.
    """
    if not curve:
        return (Section(0.0, round(seconds, 3), 0.0),)
    shortest = max(round(_SHORTEST_SECONDS / curve_seconds), 1)
    cuts = [0, *_cuts(np.maximum(curve, _QUIETEST_LUFS), shortest, _PRICE / curve_seconds), len(curve)]
    ends = [*(cut * curve_seconds for cut in cuts[:-1]), seconds]
    return tuple(
        Section(round(ends[i], 3), round(ends[i + 1], 3), round(energy_of(mean_lufs(curve[cuts[i] : cuts[i + 1]])), 3))
        for i in range(len(cuts) - 1)
    )


def _cuts(levels: npt.NDArray[np.float64], shortest: int, price: float) -> list[int]:
    """Return where to cut at the least cost, in order."""
    count = len(levels)
    sums, squares = (np.concatenate([[0.0], np.cumsum(one)]) for one in (levels, levels**2))
    # cost[end] is the least of what comes before `end`; a start is allowed where a whole section fits before it.
    cost = np.full(count + 1, np.inf)
    cost[0] = -price
    before = np.zeros(count + 1, dtype=np.intp)
    for end in range(min(shortest, count), count + 1):
        starts = np.arange(max(end - shortest + 1, 1))
        deviation = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / (end - starts)
        total = cost[starts] + deviation + price
        before[end] = starts[total.argmin()]
        cost[end] = total.min()
    found, end = [], count
    while before[end] > 0:
        end = int(before[end])
        found.append(end)
    return found[::-1]
