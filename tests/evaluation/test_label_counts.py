import numpy as np
import pytest

from earmark.errors import UnknownNameError
from earmark.evaluation.label_counts import (
    STATISTICS,
    LabelCounts,
    balanced_accuracy,
    f1,
    macro_f1,
    precision,
    recall,
    statistic_named,
    weighted_f1,
)

# Truth 0 0 0 1, called 0 0 1 1, and a third label that nobody saw.
COUNTS = LabelCounts(hits=np.array([2, 1, 0]), truths=np.array([3, 1, 0]), estimates=np.array([2, 2, 0]))


def test_worked_example() -> None:
    assert precision(COUNTS) == pytest.approx([1.0, 0.5, 0.0])
    assert recall(COUNTS) == pytest.approx([2 / 3, 1.0, 0.0])
    assert f1(COUNTS) == pytest.approx([0.8, 2 / 3, 0.0])


def test_a_label_that_nobody_saw_is_left_out_of_the_macro_mean() -> None:
    assert macro_f1(COUNTS) == pytest.approx((0.8 + 2 / 3) / 2)
    assert weighted_f1(COUNTS) == pytest.approx((3 * 0.8 + 2 / 3) / 4)
    assert balanced_accuracy(COUNTS) == pytest.approx((2 / 3 + 1) / 2)


def test_a_label_called_wrongly_counts_in_the_macro_mean() -> None:
    counts = LabelCounts(hits=np.array([1, 0]), truths=np.array([2, 0]), estimates=np.array([1, 1]))
    assert macro_f1(counts) == pytest.approx((2 / 3 + 0) / 2)
    assert balanced_accuracy(counts) == pytest.approx(0.5)


@pytest.mark.parametrize("name", STATISTICS)
def test_many_resamples_score_as_each_alone(name: str) -> None:
    rng = np.random.default_rng(1)
    hits = rng.integers(0, 4, size=(7, 3))
    counts = LabelCounts(hits, hits + rng.integers(0, 3, size=(7, 3)), hits + rng.integers(0, 3, size=(7, 3)))
    together = statistic_named(name)(counts)
    alone = [
        float(statistic_named(name)(LabelCounts(counts.hits[i], counts.truths[i], counts.estimates[i])))
        for i in range(7)
    ]
    assert together.shape == (7,)
    assert together == pytest.approx(alone)


@pytest.mark.parametrize("name", STATISTICS)
def test_without_songs_each_mean_is_nan(name: str) -> None:
    nothing = np.zeros(3, dtype=np.int64)
    assert np.isnan(statistic_named(name)(LabelCounts(nothing, nothing, nothing)))


def test_an_unknown_statistic_lists_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match=r"no statistic called 'mcc'; known: accuracy, macro_f1"):
        statistic_named("mcc")
