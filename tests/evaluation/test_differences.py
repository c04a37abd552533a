import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.evaluation.differences import all_differences, holm, mean_difference


def test_holm_by_hand() -> None:
    # Sorted .01 .02 .03 .04 times 4, 3, 2, 1, never falling: .04 .06 .06 .06.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_keeps_the_order_and_never_makes_smaller(values: list[float]) -> None:
    corrected = holm(values)
    assert all(0 <= own <= new <= 1 for own, new in zip(values, corrected, strict=True))
    ranked = sorted(zip(values, corrected, strict=True))
    assert [new for _, new in ranked] == sorted(corrected)


def test_differences_name_the_better_model_and_have_a_sign() -> None:
    rng = np.random.default_rng(1)
    good, bad = rng.random(200) < 0.8, rng.random(200) < 0.4
    one, other = all_differences({"good": good, "bad": bad}), all_differences({"bad": bad, "good": good})
    assert one[0].better == other[0].better == "good"
    assert one[0].mean == -other[0].mean == pytest.approx(good.mean() - bad.mean())
    assert 0.2 < one[0].low < one[0].mean < one[0].high < 0.6


def test_models_that_agree_cannot_be_told_apart() -> None:
    right = np.arange(50) % 2 == 0
    [difference] = all_differences({"a": right, "b": right})
    assert (difference.mean, difference.low, difference.high, difference.p) == (0, 0, 0, 1)
    assert difference.better is None


def test_a_difference_of_one_artist_is_not_one_of_many_songs() -> None:
    """Twelve songs of one artist are one coin toss, not twelve."""
    groups = np.array([0] * 12 + list(range(1, 13)))
    a = np.array([True] * 12 + [True, False] * 6)
    b = np.array([False] * 12 + [True, False] * 6)
    assert all_differences({"a": a, "b": b})[0].better == "a"
    grouped = all_differences({"a": a, "b": b}, groups=groups)[0]
    assert grouped.p == 1.0
    assert grouped.better is None
    assert grouped.low <= 0


def test_the_interval_holds_its_level_on_made_data() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        a, b = rng.random(80) < 0.7, rng.random(80) < 0.6
        _, low, high = mean_difference(a, b, rng=rng, resamples=400)
        hits += low <= 0.1 <= high
    assert 0.90 <= hits / 300 <= 0.985


def test_false_alarms_over_all_pairs_stay_below_the_level() -> None:
    """Six models that are all alike: without correction one of fifteen pairs would often look different."""
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(120):
        scores = {str(model): rng.random(60) < 0.5 for model in range(6)}
        alarms += any(one.better for one in all_differences(dict(scores), resamples=600))
    assert alarms / 120 <= 0.09


def test_scores_of_different_songs_are_refused() -> None:
    with pytest.raises(InputError, match="same songs"):
        mean_difference([1.0, 0.0], [1.0], rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="group id"):
        mean_difference([1.0, 0.0], [1.0, 0.0], rng=np.random.default_rng(0), groups=[1])
