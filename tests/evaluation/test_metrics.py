import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from earmark.errors import InputError
from earmark.evaluation import metrics

N_LABELS = 5


@st.composite
def calls(draw: st.DrawFn, min_size: int = 1) -> tuple[list[int], list[int]]:
    """Truth and estimate over a few of the labels, so that some labels are often absent."""
    label = st.integers(0, draw(st.integers(0, N_LABELS - 1)))
    pairs = draw(st.lists(st.tuples(label, label), min_size=min_size, max_size=30))
    return [a for a, _ in pairs], [b for _, b in pairs]


@given(calls())
def test_equals_scikit_learn(pair: tuple[list[int], list[int]]) -> None:
    truth, called = pair
    names = list(range(N_LABELS))
    ours = metrics.precision_recall_f1(truth, called, n_labels=N_LABELS)
    theirs = sk.precision_recall_fscore_support(truth, called, labels=names, zero_division=0)
    for own, other in zip(ours, theirs[:3], strict=True):
        np.testing.assert_allclose(own, other)
    confusion = metrics.confusion_counts(truth, called, n_labels=N_LABELS)
    np.testing.assert_array_equal(confusion, sk.confusion_matrix(truth, called, labels=names))

    assert metrics.accuracy(truth, called, n_labels=N_LABELS) == pytest.approx(sk.accuracy_score(truth, called))
    for average, own_mean in (("macro", metrics.macro_f1), ("weighted", metrics.weighted_f1)):
        expected = sk.f1_score(truth, called, average=average, zero_division=0)
        assert own_mean(truth, called, n_labels=N_LABELS) == pytest.approx(expected)
    # scikit-learn's balanced accuracy warns of labels that are only in the estimate; recall of true labels is the same.
    expected = sk.recall_score(truth, called, labels=sorted(set(truth)), average="macro", zero_division=0)
    assert metrics.balanced_accuracy(truth, called, n_labels=N_LABELS) == pytest.approx(expected)


@given(calls(min_size=0), st.randoms(use_true_random=False))
def test_bounds_and_order_of_songs(pair: tuple[list[int], list[int]], random: Any) -> None:
    truth, called = pair
    order = list(range(len(truth)))
    random.shuffle(order)
    shuffled = [truth[i] for i in order], [called[i] for i in order]
    for mean in (metrics.accuracy, metrics.macro_f1, metrics.weighted_f1, metrics.balanced_accuracy):
        value = mean(truth, called, n_labels=N_LABELS)
        assert math.isnan(value) if not truth else 0 <= value <= 1
        assert mean(*shuffled, n_labels=N_LABELS) == pytest.approx(value, nan_ok=True)
        if truth:
            assert mean(truth, truth, n_labels=N_LABELS) == 1


@given(st.integers(1, 20), st.integers(2, 6), st.integers(1, 7), st.integers(0, 1000))
def test_probabilities_equal_scikit_learn(n: int, n_labels: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_labels, size=n)
    table = rng.dirichlet(np.ones(n_labels), size=n)
    names = np.arange(n_labels)
    assert metrics.log_loss(truth, table) == pytest.approx(sk.log_loss(truth, table, labels=names))
    ranks = (table > table[np.arange(n), truth][:, None]).sum(axis=1)
    assert metrics.top_k_accuracy(truth, table, k=k) == pytest.approx((ranks < k).mean())
    if n_labels > 2 and k < n_labels:
        expected = sk.top_k_accuracy_score(truth, table, k=k, labels=names)
        assert metrics.top_k_accuracy(truth, table, k=k) == pytest.approx(expected)


def test_worked_probabilities() -> None:
    table = [[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]
    assert metrics.log_loss([0, 2], table) == pytest.approx(-(math.log(0.5) + math.log(0.6)) / 2)
    assert metrics.top_k_accuracy([1, 1], table, k=1) == 0
    # Ties are ranked by label index: 1 comes before 2 in the first row and after 0 in the second.
    assert metrics.top_k_accuracy([1, 1], table, k=2) == 0.5
    assert metrics.top_k_accuracy([1, 1], table, k=3) == 1


def test_top_1_is_the_accuracy_of_argmax_even_with_ties() -> None:
    table = np.full((4, 4), 0.25)
    assert metrics.top_k_accuracy([0, 1, 2, 3], table, k=1) == 0.25


def test_a_sure_mistake_costs_36_nats() -> None:
    assert metrics.log_loss([1], [[1.0, 0.0]]) == pytest.approx(36.04, abs=0.01)


def test_nothing_scores_nan_and_zero_counts() -> None:
    assert math.isnan(metrics.log_loss([], np.zeros((0, 3))))
    assert math.isnan(metrics.top_k_accuracy([], np.zeros((0, 3)), k=1))
    assert metrics.confusion_counts([], [], n_labels=2).tolist() == [[0, 0], [0, 0]]
    told = metrics.score([], [], ["A", "B"]).to_json()
    assert told["accuracy"] is None
    assert told["n_songs"] == 0
    assert told["per_label"]["A"]["f1"] == 0


@pytest.mark.parametrize(
    ("truth", "called", "message"),
    [
        ([0, 1], [0], "same songs, got 2 and 1"),
        ([0, 3], [0, 0], r"reference in 0\.\.2, got values from 0 to 3"),
        ([0, 1], [-1, 0], r"estimate in 0\.\.2, got values from -1 to 0"),
        ([0.0, 1.0], [0, 1], "integer label indices, got dtype float64"),
        ([[0, 1]], [[0, 1]], r"got shape \(1, 2\)"),
        (["A"], ["A"], "integer label indices, got dtype"),
    ],
)
def test_what_cannot_be_scored_is_refused(truth: Any, called: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        metrics.confusion_counts(truth, called, n_labels=3)


@pytest.mark.parametrize(
    ("truth", "table", "message"),
    [
        ([0], [[0.5, 0.4]], r"sum to 1, got 0\.9 in row 0"),
        ([0], [[-0.7, -0.7]], "need exp first"),
        ([0], [[math.nan, 1.0]], "finite"),
        ([0, 1], [[0.5, 0.5]], "got 2 and 1 rows"),
        ([2], [[0.5, 0.5]], r"in 0\.\.1"),
        ([0], [0.5, 0.5], r"\(songs, labels\), got shape \(2,\)"),
    ],
)
def test_what_are_no_probabilities_is_refused(truth: Any, table: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        metrics.log_loss(truth, table)


def test_k_and_n_labels_must_be_at_least_one() -> None:
    with pytest.raises(InputError, match="k of at least 1, got 0"):
        metrics.top_k_accuracy([0], [[1.0]], k=0)
    with pytest.raises(InputError, match="n_labels=0"):
        metrics.accuracy([], [], n_labels=0)


def test_score_tells_everything() -> None:
    scores = metrics.score([0, 0, 0, 1], [0, 0, 1, 1], ["Anjuna", "FSOE", "Nobody"])
    assert scores.accuracy == 0.75
    assert scores.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert scores.n_songs == 4
    assert scores.confusion.dtype == np.int64
    assert [entry.label for entry in scores.per_label] == ["Anjuna", "FSOE", "Nobody"]
    assert (scores.per_label[0].n_songs, scores.per_label[0].n_estimated) == (3, 2)
    told = json.loads(json.dumps(scores.to_json()))
    assert told["confusion"] == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert told["labels"] == ["Anjuna", "FSOE", "Nobody"]
    assert told["per_label"]["FSOE"] == {
        "precision": 0.5,
        "recall": 1.0,
        "f1": pytest.approx(2 / 3),
        "n_songs": 1,
        "n_estimated": 2,
    }


def test_score_refuses_labels_that_repeat() -> None:
    with pytest.raises(InputError, match="each label once"):
        metrics.score([0], [0], ["A", "A"])
