"""How well a ranking answers a query: pure functions of which candidates are relevant, in the order of the ranking.

``relevant`` is a bool array ``(candidates,)``: the first place is what the ranking puts first. Relevance is yes or no,
and the conventions are TREC's (trec_eval; Manning, Raghavan and Schuetze, "Introduction to information retrieval",
2008, chapter 8):

=============  ==================================================================================================
``P@k``        relevant ones among the first k, as a share of k, even where there are fewer candidates than k
``recall@k``   relevant ones among the first k, as a share of all relevant ones
``nDCG@k``     gain 1 at rank i discounted by log2(i + 1), as a share of the best order's (Järvelin and Kekäläinen,
               "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002)
``hit@k``      1 where any of the first k is relevant
``AP``         precision at the rank of each relevant one, averaged over all of these; its mean over queries is MAP
``R-prec``     precision at the rank R, where R is the number of relevant ones
``RR``         1 / rank of the first relevant one; its mean over queries is MRR (Voorhees, TREC-8, 1999)
=============  ==================================================================================================

A query without a relevant candidate has no score: nothing could have answered it. Callers leave it out and count it.
Candidates with equal scores keep the order in which they came (`ranked`), so that a result can be had again; it is for
the caller to bring them in an order that knows nothing of relevance, such as that of audio ids, which are hashes.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError

BoolArray: TypeAlias = NDArray[np.bool_]
FloatArray: TypeAlias = NDArray[np.float64]

DEFAULT_CUTOFFS = (1, 5, 10, 20)
"""Ranks at which rankings are cut."""


def ranked(scores: ArrayLike) -> NDArray[np.int64]:
    """Order candidates by falling score; equal ones keep their order.

    Args:
        scores: ``(candidates,)``, the greater the better; -inf is allowed, NaN is not.

    Returns:
        int64 ``(candidates,)``: places in ``scores``, the best first.

    Raises:
        InputError: The scores are no such array.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or np.isnan(values).any():
        raise InputError(f"expected scores of shape (candidates,) without NaN, got shape {values.shape}")
    return np.asarray(np.argsort(-values, kind="stable"), dtype=np.int64)


def precision_at(relevant: ArrayLike, k: int) -> float:
    """``P@k`` of one query, in [0, 1]."""
    return float(_checked(relevant, k)[:k].sum()) / k


def recall_at(relevant: ArrayLike, k: int) -> float:
    """``recall@k`` of one query, in [0, 1]."""
    right = _checked(relevant, k)
    return float(right[:k].sum()) / float(right.sum())


def ndcg_at(relevant: ArrayLike, k: int) -> float:
    """``nDCG@k`` of one query, in [0, 1]."""
    right = _checked(relevant, k)
    discounts = _discounts(min(k, right.size))
    return float(discounts[right[:k]].sum() / discounts[: right.sum()].sum())


def hit_at(relevant: ArrayLike, k: int) -> float:
    """``hit@k`` of one query, 0 or 1."""
    return float(_checked(relevant, k)[:k].any())


def average_precision(relevant: ArrayLike) -> float:
    """``AP`` of one query, in (0, 1]."""
    ranks = np.flatnonzero(_checked(relevant)) + 1
    return float((np.arange(1, ranks.size + 1) / ranks).mean())


def r_precision(relevant: ArrayLike) -> float:
    """``R-prec`` of one query, in [0, 1]."""
    right = _checked(relevant)
    return precision_at(right, int(right.sum()))


def reciprocal_rank(relevant: ArrayLike) -> float:
    """``RR`` of one query, in (0, 1]."""
    return 1.0 / (int(_checked(relevant).argmax()) + 1)


def query_scores(relevant: ArrayLike, cutoffs: Sequence[int] = DEFAULT_CUTOFFS) -> dict[str, float]:
    """All scores of one query, by the names in the module's table, such as ``"P@10"``.

    Args:
        relevant: bool ``(candidates,)`` in the order of the ranking, at least one of them true.
        cutoffs: Ranks at which it is cut, each at least 1.

    Raises:
        InputError: No candidate is relevant, or a cut-off is below 1.
    """
    right = _checked(relevant)
    scores = {"AP": average_precision(right), "R-prec": r_precision(right), "RR": reciprocal_rank(right)}
    for k in cutoffs:
        scores |= {
            f"P@{k}": precision_at(right, k),
            f"recall@{k}": recall_at(right, k),
            f"nDCG@{k}": ndcg_at(right, k),
            f"hit@{k}": hit_at(right, k),
        }
    return scores


def expected_by_chance(
    n_candidates: int, n_relevant: int, cutoffs: Sequence[int] = DEFAULT_CUTOFFS
) -> dict[str, float]:
    """The exact means of `query_scores` over all orders of the candidates: what a random ranking is worth.

    At each rank stands a relevant one with probability R/N. For AP see Bestgen, "Exact expected average precision of
    the random baseline for system evaluation", Prague Bulletin of Mathematical Linguistics 103, 2015.

    Args:
        n_candidates: N, at least 1.
        n_relevant: R, from 1 to N.
        cutoffs: Ranks at which rankings are cut, each at least 1.

    Raises:
        InputError: A number is out of range.
    """
    n, r = n_candidates, n_relevant
    if not 1 <= r <= n or min(cutoffs, default=1) < 1:
        raise InputError(f"expected 1 to N relevant ones of N candidates and cut-offs from 1, got {r} of {n}")
    share, first = r / n, _first_relevant(n, r)
    harmonic = float((1.0 / np.arange(1, n + 1)).sum())
    following = (r - 1) / (n - 1) if n > 1 else 0.0
    scores = {
        "AP": (harmonic + following * (n - harmonic)) / n,
        "R-prec": share,
        "RR": float((first / np.arange(1, first.size + 1)).sum()),
    }
    for k in cutoffs:
        discounts = _discounts(min(k, n))
        scores |= {
            f"P@{k}": share * min(k, n) / k,
            f"recall@{k}": min(k, n) / n,
            f"nDCG@{k}": float(share * discounts.sum() / discounts[:r].sum()),
            f"hit@{k}": float(first[:k].sum()),
        }
    return scores


def _first_relevant(n: int, r: int) -> FloatArray:
    """Probability that the first relevant one stands at rank 1, 2, ... N - R + 1."""
    before = np.arange(n - r + 1)
    none_so_far = np.concatenate([[1.0], np.cumprod((n - r - before[:-1]) / (n - before[:-1]))])
    return np.asarray(none_so_far * r / (n - before), dtype=np.float64)


def _discounts(k: int) -> FloatArray:
    return np.asarray(1.0 / np.log2(np.arange(2, k + 2)), dtype=np.float64)


def _checked(relevant: ArrayLike, k: int = 1) -> BoolArray:
    right = np.asarray(relevant)
    if right.ndim != 1 or right.dtype != np.bool_:
        raise InputError(f"expected relevance of shape (candidates,), bool, got {right.dtype} of shape {right.shape}")
    if not right.any():
        raise InputError("a query without a relevant candidate has no score; leave it out")
    if k < 1:
        raise InputError(f"expected a cut-off of at least 1, got {k}")
    return right
