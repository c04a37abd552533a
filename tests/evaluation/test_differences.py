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
    assert (difference.mean, difference.p, difference.better) == (0, 1, None)
    # Rule of three: songs on which the two differ may be up to 6 % of all without one of 50 showing it.
    assert difference.high == -difference.low == pytest.approx(1 - 0.05 ** (1 / 50))


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
        _, low, high = mean_difference(a, b)
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
        mean_difference([1.0, 0.0], [1.0])
    with pytest.raises(InputError, match="group id"):
        mean_difference([1.0, 0.0], [1.0, 0.0], groups=[1])


def grouped_songs(rng: np.random.Generator, n_groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which songs two equally good models call rightly: songs of one group stand or fall with each model together."""
    groups = np.repeat(np.arange(n_groups), 1 + rng.poisson(3, size=n_groups))
    rates = rng.beta(1.0, 1.0, size=(2, n_groups))
    right = rng.random((2, groups.size)) < rates[:, groups]
    return right[0], right[1], groups


def test_the_paired_test_keeps_its_level_where_songs_hang_together() -> None:
    """Equal models on grouped songs: by groups at most the level is called different, by songs far more."""
    rng = np.random.default_rng(3)
    by_groups = by_songs = 0
    for _ in range(200):
        a, b, groups = grouped_songs(rng, 25)
        by_groups += all_differences({"a": a, "b": b}, groups=groups, resamples=500)[0].better is not None
        by_songs += all_differences({"a": a, "b": b}, resamples=500)[0].better is not None
    assert by_groups / 200 <= 0.085
    assert by_songs / 200 > 0.12, "without groups the test would cry wolf: these songs are no 100 witnesses"


@pytest.mark.parametrize("n_groups", [8, 25])
def test_the_interval_of_a_difference_holds_its_level_where_songs_hang_together(n_groups: int) -> None:
    rng = np.random.default_rng(n_groups)
    hits = 0
    for _ in range(400):
        a, b, groups = grouped_songs(rng, n_groups)
        _, low, high = mean_difference(a, b, groups=groups)
        hits += low <= 0 <= high
    assert hits / 400 >= 0.925
