"""Pairs of contestants on the tests that both took: the same songs under the same folds.

A contestant that is slow may take part in fewer dealings of the songs than others. A pair is then tested on the folds
that both have, and a song's score is the share of these in which it was called rightly, so that asking again about the
same songs never looks like having more of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from earmark.comparing.calls import Calls
from earmark.evaluation.comparison import paired_permutation
from earmark.evaluation.differences import Difference, holm, mean_difference


def every_pair(names: Sequence[str]) -> list[tuple[str, str]]:
    """Each two of the names, in their order."""
    return [(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]


def differences(
    pairs: Sequence[tuple[str, str]], calls: Mapping[str, Calls], groups: NDArray[np.int64], *, seed: int
) -> tuple[Difference, ...]:
    """Compare contestants by song accuracy; all pairs that are given are one family for Holm's correction.

    Args:
        pairs: Names of two contestants each.
        calls: What each of them called its test songs.
        groups: Group of each song of the comparison, int64 ``(songs,)``; whole groups trade places in the test.
        seed: Seed of the permutations.

    Returns:
        A difference for each pair that has a fold in common, first minus second.
    """
    found = []
    for first, second in pairs:
        shared = np.intersect1d(calls[first].folds, calls[second].folds)
        if shared.size:
            a, b = (calls[name].share_right(shared, n_songs=len(groups)) for name in (first, second))
            tested = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
            one, other, units = a[tested], b[tested], groups[tested]
            p = paired_permutation(one, other, rng=np.random.default_rng(seed), groups=units)
            mean, low, high = mean_difference(one, other, groups=units)
            found.append(Difference(first, second, mean, low, high, p, p, tested.size, len(np.unique(units))))
    corrected = holm([one.p for one in found])
    return tuple(replace(one, p_corrected=p) for one, p in zip(found, corrected, strict=True))
