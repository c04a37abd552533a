"""Deals whole groups of songs into parts so that every label comes out near its target share.

Choosing whole groups so that label x part counts meet their targets is a bin-packing problem, hard in
general. The way here is a randomised greedy start (larger groups first), then moves of one group and swaps of
two as long as they help, from a few starts. The first start whose every cell is within one song or 3 % of its
target ends the search, so that easy data gives many different splits for different seeds and hard data gets
the extra starts.

The cost of an assignment, with ``c`` songs of a label's ``n`` in a part of target share ``s``::

    sum over labels, parts   (c / n - s)^2 / s + absence[part] * [c == 0]
    + labels * sum over parts (C / N - s)^2 / s                             (C, N: counts over all labels)

Dividing by ``s`` weighs a missed song in a small part as what it is: a large part of that part.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

STARTS = 20
CHANGE_BUDGET = 60_000
"""Group changes tried per start, at most; with `ENOUGH_CHANGES` it bounds the time on large collections."""
ENOUGH_CHANGES = 200_000
"""Once so many were tried in all starts together, no further start is made."""
NEAR_ENOUGH = 0.03
"""How far a label's share in a part may be from its target, besides one song, to end the search."""


class _Board:
    """Counts of each label in each part, the cost they make, and what a change of one group does to it."""

    def __init__(self, groups: Sequence[Mapping[int, int]], shares: Sequence[float], absence: Sequence[float]) -> None:
        self.groups = [tuple(group.items()) for group in groups]
        self.sizes = [sum(group.values()) for group in groups]
        self.shares, self.absence = list(shares), list(absence)
        n_labels = 1 + max(label for group in groups for label in group)
        self.totals = [0] * n_labels
        for group in self.groups:
            for label, count in group:
                self.totals[label] += count
        self.n_songs = sum(self.totals)
        self.total_weight = float(n_labels)
        self.counts = [[0] * n_labels for _ in self.shares]
        self.part_sizes = [0] * len(self.shares)
        self.part_of = [-1] * len(self.groups)

    def _cell(self, part: int, label: int, count: int) -> float:
        share = self.shares[part]
        cost = (count / self.totals[label] - share) ** 2 / share
        return cost if count else cost + self.absence[part]

    def _total(self, part: int, count: int) -> float:
        share = self.shares[part]
        return self.total_weight * (count / self.n_songs - share) ** 2 / share

    def _shift_cost(self, group: int, part: int, sign: int) -> float:
        """How the cost changes if the group joins (+1) or leaves (-1) the part."""
        counts, size = self.counts[part], self.part_sizes[part]
        change = self._total(part, size + sign * self.sizes[group]) - self._total(part, size)
        for label, count in self.groups[group]:
            have = counts[label]
            change += self._cell(part, label, have + sign * count) - self._cell(part, label, have)
        return change

    def _shift(self, group: int, part: int, sign: int) -> None:
        self.part_sizes[part] += sign * self.sizes[group]
        for label, count in self.groups[group]:
            self.counts[part][label] += sign * count

    def move_cost(self, group: int, target: int) -> float:
        """How the cost changes if the group goes to the target, from its part or from none."""
        source = self.part_of[group]
        leaving = self._shift_cost(group, source, -1) if source >= 0 else 0.0
        return leaving + self._shift_cost(group, target, +1)

    def move(self, group: int, target: int) -> None:
        """Put the group into the target part."""
        if self.part_of[group] >= 0:
            self._shift(group, self.part_of[group], -1)
        self._shift(group, target, +1)
        self.part_of[group] = target

    def swap_helps(self, one: int, other: int) -> bool:
        """Swap two groups of different parts if that lowers the cost; otherwise leave them."""
        source, target = self.part_of[one], self.part_of[other]
        change = self.move_cost(one, target)
        self.move(one, target)
        change += self.move_cost(other, source)
        if change < -1e-12:
            self.move(other, source)
            return True
        self.move(one, source)
        return False

    def cost(self) -> float:
        """The cost of the whole assignment."""
        parts = range(len(self.shares))
        cells = sum(self._cell(p, label, c) for p in parts for label, c in enumerate(self.counts[p]))
        return cells + sum(self._total(p, self.part_sizes[p]) for p in parts)

    def near_enough(self) -> bool:
        """Whether each label is in each part, within a song or `NEAR_ENOUGH` of its target."""
        return all(
            count > 0 and abs(count - share * n) <= max(1.0, NEAR_ENOUGH * n)
            for share, counts in zip(self.shares, self.counts, strict=True)
            for count, n in zip(counts, self.totals, strict=True)
        )


def assign_groups(
    groups: Sequence[Mapping[int, int]],
    *,
    shares: Sequence[float],
    absence: Sequence[float],
    rng: np.random.Generator,
) -> list[int]:
    """Give each group a part.

    Args:
        groups: For each group its songs per label index (counts >= 1, no empty group, no gap in the label indices).
        shares: Each part's target share of every label's songs, in (0, 1), summing to 1.
        absence: For each part what a label without any song in it costs, beside deviations that cost at most
            about
            ``1 / share`` per label and part; the higher, the more it matters that the label is in that part.
        rng: The source of chance; the same state gives the same answer.

    Returns:
        A part index per group.
    """
    best: tuple[float, list[int]] | None = None
    tried = 0
    for _ in range(STARTS):
        board = _Board(groups, shares, absence)
        _place_greedily(board, rng)
        tried += len(groups) + _improve(board, rng)
        cost = board.cost()
        if best is None or cost < best[0] - 1e-9:
            best = cost, list(board.part_of)
        if board.near_enough() or tried > ENOUGH_CHANGES:
            break
    return best[1] if best else []


def _place_greedily(board: _Board, rng: np.random.Generator) -> None:
    """Larger groups first, their order blurred by chance, each to where it costs least."""
    absence, board.absence = board.absence, [0.0] * len(board.shares)  # else the largest groups open each part
    blurred = np.log(board.sizes) + rng.normal(scale=0.5, size=len(board.sizes))
    for group in np.argsort(-blurred).tolist():
        targets = rng.permutation(len(board.shares)).tolist()
        board.move(group, min(targets, key=lambda part: board.move_cost(group, part)))
    board.absence = absence


def _improve(board: _Board, rng: np.random.Generator) -> int:
    """Move and swap groups while that helps, within the budget; tells how many changes were tried."""
    budget = CHANGE_BUDGET
    helped = True
    while helped and budget > 0:
        helped = False
        for group in rng.permutation(len(board.groups)).tolist():
            target = min(range(len(board.shares)), key=lambda part: _move_cost_or_zero(board, group, part))
            if target != board.part_of[group] and board.move_cost(group, target) < -1e-12:
                board.move(group, target)
                helped = True
        budget -= len(board.groups)
        for one, other in _pairs(len(board.groups), min(budget, CHANGE_BUDGET // 6), rng):
            budget -= 1
            if board.part_of[one] != board.part_of[other]:
                helped |= board.swap_helps(one, other)
    return CHANGE_BUDGET - budget


def _move_cost_or_zero(board: _Board, group: int, part: int) -> float:
    return 0.0 if board.part_of[group] == part else board.move_cost(group, part)


def _pairs(n: int, most: int, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """All pairs in an order of chance where they are few, else ``most`` pairs drawn by chance."""
    if n < 2 or most <= 0:
        return
    if n * (n - 1) // 2 <= most:
        first, second = np.triu_indices(n, k=1)
        order = rng.permutation(first.size)
        first, second = first[order], second[order]
    else:
        first = rng.integers(n, size=most)
        second = (first + rng.integers(1, n, size=most)) % n
    yield from zip(first.tolist(), second.tolist(), strict=True)
