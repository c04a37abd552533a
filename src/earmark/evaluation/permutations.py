"""Which songs trade places in a permutation test: any two, or whole groups.

Songs by one artist share more than chance allows, their file format among it, so that labels dealt to single songs
would make every collection look suspicious. With groups, whole groups trade places: each is dealt another one's songs
in their order, some repeated or left out where that one is smaller or larger. Where each group has one label, this is
the exact test of "labels of groups have nothing to do with their files", for groups of any sizes; a group of several
labels hands on about the same shares of them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError
from earmark.evaluation.metrics import IntArray

BLOCK_VALUES = 4_000_000
"""Places held at once (32 MB)."""


def traded_places(
    n: int,
    *,
    rng: np.random.Generator,
    resamples: int,
    groups: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> Iterator[IntArray]:
    """Deal songs anew, many times over.

    Args:
        n: How many songs.
        rng: The source of chance.
        resamples: How many times, >= 1.
        groups: ``(n,)`` ids of what hangs together; single songs trade places where None.
        strata: ``(n,)`` ids; places are only traded within a stratum. None for no such bounds.

    Yields:
        int64 ``(r, n)``, ``resamples`` rows in all: row by row, whose values each song is dealt.

    Raises:
        InputError: The ids are not one for each song, or ``resamples`` is below 1.
    """
    if resamples < 1:
        raise InputError(f"expected at least one resample, got {resamples}")
    units = np.arange(n) if groups is None else _numbered(groups, n, "group")
    layers = np.zeros(n, dtype=np.int64) if strata is None else _numbered(strata, n, "stratum")
    block = max(1, BLOCK_VALUES // max(n, 1))
    members = [np.flatnonzero(layers == layer) for layer in np.unique(layers)]
    for start in range(0, resamples, block):
        dealt = np.empty((min(block, resamples - start), n), dtype=np.int64)
        for own in members:
            dealt[:, own] = own[_dealt(units[own], len(dealt), rng)]
        yield dealt


def _dealt(units: IntArray, times: int, rng: np.random.Generator) -> IntArray:
    """Deal the songs of one stratum, int64 ``(times, n)`` of places within it."""
    n = units.size
    _, group, sizes = np.unique(units, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(sizes) - sizes
    place = np.empty(n, dtype=np.int64)  # of each song within its group
    place[order] = np.arange(n) - starts[group[order]]
    giver = rng.permuted(np.tile(np.arange(sizes.size), (times, 1)), axis=1)[:, group]
    stretched = ((place + 0.5) * sizes[giver] / sizes[group]).astype(np.int64)
    dealt: NDArray[np.int64] = order[starts[giver] + stretched]
    return dealt


def _numbered(ids: ArrayLike, n: int, what: str) -> IntArray:
    array = np.asarray(ids)
    if array.shape != (n,):
        raise InputError(f"expected one {what} id per song, shape ({n},), got shape {array.shape}")
    return np.unique(array, return_inverse=True)[1].reshape(-1).astype(np.int64)
