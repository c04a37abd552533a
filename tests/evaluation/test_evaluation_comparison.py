import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from earmark.errors import InputError
from earmark.evaluation.comparison import comparison_row, paired_permutation


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 20))
def test_few_differences_are_counted_exactly(only_a: int, only_b: int, same: int) -> None:
    """For right or wrong the test is McNemar's exact one: a binomial over the songs on which just one was right."""
    a = [True] * only_a + [False] * only_b + [True] * same
    b = [False] * only_a + [True] * only_b + [True] * same
    differ = only_a + only_b
    expected = stats.binomtest(only_a, differ).pvalue if differ else 1.0
    assert paired_permutation(a, b, rng=rng()) == pytest.approx(expected)


def test_many_differences_are_drawn_and_agree_with_the_exact_answer() -> None:
    a, b = [True] * 40 + [False] * 22, [False] * 40 + [True] * 22
    expected = stats.binomtest(40, 62).pvalue
    assert paired_permutation(a, b, rng=rng(), resamples=20_000) == pytest.approx(expected, abs=0.006)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.integers(0, 2**31))
def test_bounds_symmetry_and_generator(differences: list[float], seed: int) -> None:
    a, b = np.array(differences), np.zeros(len(differences))
    p = paired_permutation(a, b, rng=rng(seed), resamples=200)
    assert 0 < p <= 1
    assert paired_permutation(a, b, rng=rng(seed), resamples=200) == p
    assert paired_permutation(b, a, rng=rng(seed), resamples=200) == p
    assert paired_permutation(a, a, rng=rng(seed)) == 1


def test_p_is_never_zero() -> None:
    p = paired_permutation(np.ones(500), np.zeros(500), rng=rng(), resamples=99)
    assert p == 0.01


@pytest.mark.parametrize("n", [12, 60])
def test_equal_models_are_called_different_no_more_often_than_said(n: int) -> None:
    generator, called = rng(), 0
    for _ in range(400):
        a, b = generator.random(n) < 0.6, generator.random(n) < 0.6
        called += paired_permutation(a, b, rng=generator, resamples=400) <= 0.05
    assert called / 400 <= 0.08


def test_unequal_models_are_told_apart() -> None:
    generator = rng()
    a, b = generator.random(200) < 0.8, generator.random(200) < 0.5
    assert paired_permutation(a, b, rng=generator) < 0.001


def test_signs_of_whole_groups_are_flipped() -> None:
    """Thirty songs by three artists are three differences: at best one of eight sign patterns either way."""
    a, b = np.ones(30), np.zeros(30)
    assert paired_permutation(a, b, rng=rng()) < 0.001
    assert paired_permutation(a, b, rng=rng(), groups=np.repeat(["x", "y", "z"], 10)) == 0.25


def test_blocks_change_nothing_but_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = [True] * 20 + [False] * 11, [False] * 20 + [True] * 11
    monkeypatch.setattr("earmark.evaluation.comparison.BLOCK_VALUES", 100)
    p = paired_permutation(a, b, rng=rng(), resamples=5000)
    assert p == pytest.approx(stats.binomtest(20, 31).pvalue, abs=0.02)


def test_what_is_no_pair_is_refused() -> None:
    with pytest.raises(InputError, match=r"same songs, .* got shapes \(2,\) and \(3,\)"):
        paired_permutation([1, 0], [1, 0, 1], rng=rng())
    with pytest.raises(InputError, match="finite scores, got NaN"):
        paired_permutation([np.nan], [1.0], rng=rng())
    with pytest.raises(InputError, match="at least one resample"):
        paired_permutation([1], [0], rng=rng(), resamples=0)
    with pytest.raises(InputError, match="one group id per song"):
        paired_permutation([1, 0], [0, 0], rng=rng(), groups=[1])


TRUTH = np.array([0, 0, 1, 1, 2, 2, 2, 2])
CALLED = np.array([0, 1, 1, 1, 2, 2, 0, 2])


def test_row_of_songs() -> None:
    row = comparison_row("crnn", TRUTH, CALLED, n_labels=3, rng=rng(), seconds=12.5, note="20 s slices")
    assert (row.name, row.level, row.accuracy, row.n_songs, row.seconds) == ("crnn", "song", 0.75, 8, 12.5)
    assert row.accuracy_interval.method == "wilson"
    assert row.macro_f1_interval.method == "bootstrap"
    assert row.accuracy_interval.low < 0.75 < row.accuracy_interval.high
    assert row.macro_f1_interval.low < row.macro_f1 < row.macro_f1_interval.high
    told = json.loads(json.dumps(row.to_json()))
    assert told["accuracy"] == 0.75
    assert told["accuracy_interval"]["method"] == "wilson"
    assert told["note"] == "20 s slices"


def test_row_of_slices_draws_whole_songs() -> None:
    row = comparison_row("crnn", TRUTH, CALLED, n_labels=3, rng=rng(), level="slice", groups=TRUTH)
    assert (row.accuracy_interval.method, row.macro_f1_interval.method) == ("grouped-wilson", "group-bootstrap")
    with pytest.raises(InputError, match="expected the song of each slice as groups"):
        comparison_row("crnn", TRUTH, CALLED, n_labels=3, rng=rng(), level="slice")


def test_row_without_songs() -> None:
    told = comparison_row("majority", [], [], n_labels=3, rng=rng()).to_json()
    assert told["accuracy"] is None
    assert told["macro_f1"] is None
    assert (told["accuracy_interval"]["low"], told["accuracy_interval"]["high"]) == (0.0, 1.0)
