import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.evaluation.retrieval import (
    average_precision,
    expected_by_chance,
    hit_at,
    ndcg_at,
    precision_at,
    query_scores,
    r_precision,
    ranked,
    recall_at,
    reciprocal_rank,
)

# The ranking of Manning et al., figure 8.4's kind: relevant at ranks 1, 3 and 6 of 8.
RANKING = np.array([True, False, True, False, False, True, False, False])


def test_a_worked_example() -> None:
    assert precision_at(RANKING, 5) == pytest.approx(2 / 5)
    assert recall_at(RANKING, 5) == pytest.approx(2 / 3)
    assert average_precision(RANKING) == pytest.approx((1 + 2 / 3 + 3 / 6) / 3)
    assert r_precision(RANKING) == pytest.approx(2 / 3)
    assert reciprocal_rank(RANKING) == 1
    gained, best = 1 + 1 / math.log2(4), 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(RANKING, 5) == pytest.approx(gained / best)
    assert (hit_at(~RANKING, 1), hit_at(~RANKING, 2), reciprocal_rank(~RANKING)) == (0, 1, 1 / 2)


def test_precision_counts_missing_candidates_as_wrong() -> None:
    """trec_eval divides by k even where a list is shorter."""
    assert precision_at(np.array([True, True]), 10) == pytest.approx(0.2)
    assert recall_at(np.array([True, True]), 10) == 1
    assert ndcg_at(np.array([True, True]), 10) == 1


def test_equal_scores_keep_their_order() -> None:
    assert ranked([1, 3, 1, 3, 2]).tolist() == [1, 3, 4, 0, 2]
    assert ranked([-np.inf, 0.0]).tolist() == [1, 0]


def test_chance_is_the_mean_over_all_orders() -> None:
    cutoffs = (1, 2, 4, 9)
    for n, r in ((5, 1), (5, 3), (6, 2), (4, 4)):
        orders = [np.isin(np.arange(n), places) for places in itertools.combinations(range(n), r)]
        scored = [query_scores(order, cutoffs) for order in orders]
        expected = expected_by_chance(n, r, cutoffs)
        assert expected.keys() == scored[0].keys()
        for name, value in expected.items():
            assert value == pytest.approx(np.mean([one[name] for one in scored])), (name, n, r)


@given(st.lists(st.booleans(), min_size=1, max_size=40).filter(any), st.integers(1, 50))
def test_scores_are_shares_and_a_perfect_order_has_them_all(relevance: list[bool], k: int) -> None:
    relevant = np.array(relevance)
    scores, best = query_scores(relevant, (k,)), query_scores(np.sort(relevant)[::-1], (k,))
    assert all(0 <= value <= 1 for value in scores.values())
    assert all(best[name] >= value - 1e-12 for name, value in scores.items())
    assert best["AP"] == best["RR"] == best["R-prec"] == 1
    assert best[f"nDCG@{k}"] == pytest.approx(1)


@given(st.lists(st.booleans(), min_size=2, max_size=30).filter(any), st.data())
def test_moving_a_relevant_one_forward_never_costs(relevance: list[bool], data: st.DataObject) -> None:
    relevant = np.array(relevance)
    at = data.draw(st.integers(1, len(relevance) - 1))
    better = relevant.copy()
    if relevant[at] and not relevant[at - 1]:
        better[[at - 1, at]] = better[[at, at - 1]]
    before, after = query_scores(relevant), query_scores(better)
    assert all(after[name] >= before[name] - 1e-12 for name in before)


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(InputError, match="without a relevant candidate has no score"):
        average_precision(np.zeros(3, dtype=bool))
    with pytest.raises(InputError, match=r"expected relevance of shape \(candidates,\), bool, got int64"):
        precision_at(np.array([1, 0]), 1)
    with pytest.raises(InputError, match="cut-off of at least 1, got 0"):
        ndcg_at(RANKING, 0)
    with pytest.raises(InputError, match="without NaN"):
        ranked([1.0, np.nan])
    with pytest.raises(InputError, match="got 4 of 3"):
        expected_by_chance(3, 4)
