import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_verdicts import made_songs

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation.conformal import (
    ConformalCalibration,
    ConformalMethod,
    coverage_check,
    fit_conformal,
    label_scores,
)
from earmark.evaluation.temperature import apply_temperature, fit_temperature

METHODS: tuple[ConformalMethod, ...] = ("lac", "aps")


def kept(*scores: float, method: ConformalMethod = "lac") -> ConformalCalibration:
    return ConformalCalibration(method, tuple(sorted(scores)), "validation songs")


def test_the_threshold_is_the_exact_rank() -> None:
    """Of nine songs, the ceil(10 x 0.9) = 9th score; of eight, no score is high enough."""
    nine = kept(*(n / 10 for n in range(1, 10)))
    assert nine.threshold(0.9) == 0.9
    assert nine.threshold(0.5) == 0.5
    assert nine.threshold(0.51) == 0.6
    assert kept(*(n / 10 for n in range(1, 9))).threshold(0.9) == math.inf
    assert kept(*np.linspace(0, 1, 99)).threshold(0.99) == 1.0, "100 x 0.99 is 99, whatever rounding says"


def test_the_scores_of_both_methods() -> None:
    row = np.array([[0.1, 0.6, 0.3]])
    assert label_scores(row, "lac")[0] == pytest.approx([0.9, 0.4, 0.7])
    assert label_scores(row, "aps")[0] == pytest.approx([0.9, 0.0, 0.6])


def test_a_set_holds_what_fits_the_most_probable_first() -> None:
    nine = kept(*(n / 10 for n in range(1, 10)))
    assert nine.label_set([0.1, 0.6, 0.3], 0.9) == (1, 2, 0)
    assert nine.label_set([0.05, 0.6, 0.35], 0.9) == (1, 2)
    assert nine.label_set([0.05, 0.6, 0.35], 0.3) == (1,), "no label fits, so the top one stands alone"
    assert nine.label_sets(np.array([[0.05, 0.6, 0.35], [1, 0, 0]]), 0.9) == [(1, 2), (0,)]


@given(st.integers(0, 2**32 - 1), st.sampled_from(METHODS), st.floats(0.05, 0.98), st.integers(1, 60))
def test_sets_are_never_empty_and_grow_with_the_coverage(
    seed: int, method: ConformalMethod, coverage: float, n: int
) -> None:
    rng = np.random.default_rng(seed)
    log_probs, truth = made_songs(n, rng=rng, n_labels=5, sharpness=2.0)
    calibration = fit_conformal(np.exp(log_probs), truth, source="validation songs", method=method)
    row = np.exp(made_songs(1, rng=rng, n_labels=5, sharpness=2.0)[0])[0]
    small, large = calibration.label_set(row, coverage), calibration.label_set(row, (1 + coverage) / 2)
    assert small[0] == row.argmax()
    assert set(small) <= set(large)
    assert small == tuple(np.argsort(-row, kind="stable")[: len(small)]), "a set is the first labels of the order"


def coverages(n: int, method: ConformalMethod, *, temperature: float, draws: int, scaled: bool) -> np.ndarray:
    """The share of 40 new songs whose set holds their label, in each of many draws of n kept songs."""
    rng = np.random.default_rng(n)
    found = []
    for _ in range(draws):
        log_probs, truth = made_songs(n, rng=rng)
        new, own = made_songs(40, rng=rng)
        fitted = fit_temperature(log_probs * temperature, truth) if scaled else 1.0
        probabilities = apply_temperature(log_probs * temperature, fitted)
        calibration = fit_conformal(probabilities, truth, source="validation songs", method=method)
        sets = calibration.label_sets(apply_temperature(new * temperature, fitted))
        found.append(coverage_check(sets, own).coverage)
    return np.array(found)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n", "temperature", "scaled"), [(20, 1.0, False), (20, 3.0, True), (150, 4.0, False)])
def test_the_promise_is_kept_even_by_badly_calibrated_models(
    method: ConformalMethod, n: int, temperature: float, scaled: bool
) -> None:
    """In the mean over draws; 40 new songs of a single draw stray from it."""
    found = coverages(n, method, temperature=temperature, draws=120, scaled=scaled)
    exact = math.ceil((n + 1) * 0.9) / (n + 1)
    spread = found.std() / math.sqrt(found.size)
    assert found.mean() >= 0.9 - 3 * spread
    assert found.mean() <= exact + 3 * spread + 0.015, "never-empty sets may cover a little more"


def test_too_few_songs_give_all_labels_and_say_so() -> None:
    few = kept(0.1, 0.2, 0.3)
    assert few.label_set([0.2, 0.5, 0.3], 0.9) == (1, 2, 0)
    assert few.note(0.9) == (
        "3 songs are too few for sets that hold the right label in 90% of cases (at least 9 are needed), so the set is "
        "all labels."
    )
    assert few.note(0.75) == ""
    assert "at least 19 are needed" in few.note(0.95)
    assert kept(*np.linspace(0, 1, 19)).note(0.95) == ""


def test_coverage_is_counted_with_its_interval() -> None:
    check = coverage_check([(0,), (1, 0), (2,), (0, 1, 2)], [0, 0, 1, 2])
    assert (check.coverage, check.mean_size, check.singletons, check.n) == (0.75, 1.75, 0.5, 4)
    assert [(one.size, one.n, one.held) for one in check.sizes] == [(1, 2, 1), (2, 1, 1), (3, 1, 1)]
    assert check.interval.method == "wilson"
    grouped = coverage_check([(0,), (1, 0), (2,), (0, 1, 2)] * 5, [0, 0, 1, 2] * 5, groups=["a", "a", "b", "b"] * 5)
    assert grouped.interval.method == "grouped-wilson"
    assert json.loads(json.dumps(check.to_json()))["sizes"][0] == {"size": 1, "n": 2, "held": 1}
    nothing = coverage_check([], np.zeros(0, dtype=int))
    assert math.isnan(nothing.coverage)
    assert nothing.to_json()["coverage"] is None


def test_it_is_kept_as_json_and_checked() -> None:
    log_probs, truth = made_songs(30, rng=np.random.default_rng(0))
    made = fit_conformal(np.exp(log_probs), truth, source="out-of-fold songs", method="aps")
    plain = json.loads(json.dumps(made.to_json()))
    assert ConformalCalibration.from_json(plain) == made
    with pytest.raises(InputError, match=r"with the keys \['method', 'scores', 'source'\]"):
        ConformalCalibration.from_json({**plain, "weights": []})
    with pytest.raises(UnknownNameError, match="no way to make label sets called 'raps'; known: lac, aps"):
        ConformalCalibration.from_json({**plain, "method": "raps"})
    with pytest.raises(UnknownNameError, match="source of calibration"):
        ConformalCalibration.from_json({**plain, "source": "test songs"})
    for scores in ([], [1.5], [math.nan], [[0.1]]):
        with pytest.raises(InputError, match=r"at least one score in \[0, 1\]"):
            ConformalCalibration.from_json({**plain, "scores": scores})
    with pytest.raises(InputError, match="expected numbers as the scores"):
        ConformalCalibration.from_json({**plain, "scores": ["high"]})


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match=r"coverage between 0 and 1, such as 0\.9, got 90"):
        kept(0.1).label_set([1.0], 90)
    with pytest.raises(InputError, match=r"one song, shape \(labels,\), got shape \(1, 2\)"):
        kept(0.1).label_set([[0.5, 0.5]])
    with pytest.raises(InputError, match="at least one song for label sets, got none"):
        fit_conformal(np.zeros((0, 2)), [], source="validation songs")
    with pytest.raises(InputError, match="one label for each of 1 sets"):
        coverage_check([(0,)], [0, 1])
