import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.evaluation.assignment import assign_groups

SHARES = (0.8, 0.1, 0.1)
ABSENCE = (1e4, 1e2, 1e3)


def part_counts(groups: list[dict[int, int]], parts: list[int], *, n_parts: int = 3) -> np.ndarray:
    n_labels = 1 + max(label for group in groups for label in group)
    table = np.zeros((n_labels, n_parts), dtype=int)
    for group, part in zip(groups, parts, strict=True):
        for label, count in group.items():
            table[label, part] += count
    return table


def worst_deviation(table: np.ndarray) -> float:
    return float(np.abs(table / table.sum(axis=1, keepdims=True) - SHARES).max())


def random_groups(rng: np.random.Generator, *, n_labels: int, per_label: int) -> list[dict[int, int]]:
    """Group sizes with a long tail, as artists have; one group in twenty spans two labels."""
    groups = []
    for label in range(n_labels):
        for _ in range(per_label):
            group = {label: 1 + min(int(rng.pareto(1.2)), 12)}
            if rng.random() < 0.05:
                group[(label + 1) % n_labels] = 1
            groups.append(group)
    return groups


def test_deals_evenly_where_a_naive_deal_does_not() -> None:
    """Over many structures: within 5 points of the target in the worst cell, which random dealing misses by far."""
    ours, naive = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        groups = random_groups(rng, n_labels=int(rng.integers(2, 8)), per_label=int(rng.integers(15, 40)))
        parts = assign_groups(groups, shares=SHARES, absence=ABSENCE, rng=rng)
        ours.append(worst_deviation(part_counts(groups, parts)))
        naive.append(worst_deviation(part_counts(groups, rng.choice(3, size=len(groups), p=SHARES).tolist())))
    assert max(ours) < 0.05
    assert np.median(ours) < 0.03
    assert min(naive) > 0.07
    assert np.median(naive) > 0.15


def test_finds_the_one_exact_deal() -> None:
    """One label in groups of 8, 1 and 1, the other in 16, 2 and 2: the targets can be met exactly."""
    groups = [{0: 1}, {1: 16}, {0: 8}, {1: 2}, {0: 1}, {1: 2}]
    parts = assign_groups(groups, shares=SHARES, absence=ABSENCE, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(part_counts(groups, parts), [[8, 1, 1], [16, 2, 2]])


def test_presence_comes_before_even_shares() -> None:
    """Three groups of ten: each part gets one, though that leaves training far below its share."""
    groups = [{0: 10}, {0: 10}, {0: 10}]
    parts = assign_groups(groups, shares=SHARES, absence=ABSENCE, rng=np.random.default_rng(0))
    assert sorted(parts) == [0, 1, 2]


def test_with_two_groups_training_and_test_come_before_validation() -> None:
    groups = [{0: 3}, {0: 9}]
    parts = assign_groups(groups, shares=SHARES, absence=ABSENCE, rng=np.random.default_rng(0))
    assert parts == [2, 0]


def test_a_lone_group_goes_to_training() -> None:
    assert assign_groups([{0: 4}], shares=SHARES, absence=ABSENCE, rng=np.random.default_rng(0)) == [0]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.dictionaries(st.integers(0, 2), st.integers(1, 9), min_size=1), min_size=2, max_size=15),
    st.integers(0, 2**31),
)
def test_same_state_same_answer_and_no_single_move_helps(groups: list[dict[int, int]], seed: int) -> None:
    labels = sorted({label for group in groups for label in group})
    groups = [{labels.index(label): count for label, count in group.items()} for group in groups]
    parts = assign_groups(groups, shares=SHARES, absence=ABSENCE, rng=np.random.default_rng(seed))
    assert parts == assign_groups(groups, shares=SHARES, absence=ABSENCE, rng=np.random.default_rng(seed))
    best = cost(groups, parts)
    for at in range(len(groups)):
        for part in range(3):
            assert cost(groups, [*parts[:at], part, *parts[at + 1 :]]) >= best - 1e-9


def cost(groups: list[dict[int, int]], parts: list[int]) -> float:
    """The module's cost, written out again from its formula."""
    table = part_counts(groups, parts)
    shares = np.array(SHARES)
    cells = (table / table.sum(axis=1, keepdims=True) - shares) ** 2 / shares + np.array(ABSENCE) * (table == 0)
    totals = (table.sum(axis=0) / table.sum() - shares) ** 2 / shares
    return float(cells.sum() + len(table) * totals.sum())
