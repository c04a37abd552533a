import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_verdicts import made_songs

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation.confidence import FOLDS, Confidence, cross_fitted, fit_confidence
from earmark.evaluation.conformal import coverage_check
from earmark.evaluation.open_set import HeldBackRound, OpenSetCalibration, fit_open_set
from earmark.evaluation.temperature import apply_temperature, fit_temperature


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def made_open_set(shift: float = 3.0) -> OpenSetCalibration:
    generator = rng(9)
    rounds = [
        HeldBackRound(name, generator.normal(size=60), shift + generator.normal(size=20))
        for name in ("A", "B", "C", "D")
    ]
    return fit_open_set(rounds, score="entropy")


@pytest.fixture(scope="module")
def too_sure() -> Confidence:
    """Of a model whose log-probabilities are twice too large, from 150 songs."""
    log_probs, truth = made_songs(150, rng=rng(1))
    return fit_confidence(
        2 * log_probs, truth, source="validation songs", rng=rng(), groups=np.arange(150) // 3, open_set=made_open_set()
    )


def test_it_brings_a_model_that_is_too_sure_closer_to_the_truth(too_sure: Confidence) -> None:
    assert too_sure.temperature == pytest.approx(2, rel=0.3)
    assert too_sure.after.nll < too_sure.before.nll
    assert too_sure.before.ece > too_sure.before.chance_high
    assert too_sure.after.ece < too_sure.before.ece
    assert (too_sure.songs, too_sure.n_labels, too_sure.source) == (150, 9, "validation songs")
    assert too_sure.after.interval.method == "group-bootstrap"


def test_the_score_after_scaling_is_that_of_new_songs() -> None:
    """In-sample, scaling never raises the loss; cross-validated, scaling what needs none by few songs does."""
    worse = 0
    for seed in range(12):
        log_probs, truth = made_songs(12, rng=rng(seed))
        found = fit_confidence(log_probs, truth, source="validation songs", rng=rng())
        own = apply_temperature(log_probs, found.temperature)[np.arange(12), truth]
        assert -np.log(own).mean() <= found.before.nll + 1e-9
        worse += found.after.nll > found.before.nll
    assert worse >= 3


def test_a_group_has_no_say_in_its_own_temperature() -> None:
    log_probs, truth = made_songs(40, rng=rng(2))
    groups = np.repeat(np.arange(8), 5)
    scaled = cross_fitted(log_probs, truth, rng=rng(3), groups=groups)
    changed = truth.copy()
    changed[groups == 0] = (truth[groups == 0] + 1) % 9
    again = cross_fitted(log_probs, changed, rng=rng(3), groups=groups)
    assert again[groups == 0] == pytest.approx(scaled[groups == 0])
    assert not np.allclose(again, scaled)
    one_group = cross_fitted(log_probs, truth, rng=rng(3), groups=np.zeros(40))
    assert one_group == pytest.approx(np.exp(log_probs)), "no other song could tell the temperature"
    assert FOLDS == 5


def test_probabilities_are_scaled_as_the_temperature_says(too_sure: Confidence) -> None:
    row = made_songs(1, rng=rng(4))[0][0]
    assert too_sure.probabilities(row) == pytest.approx(apply_temperature(row[None], too_sure.temperature)[0])
    with pytest.raises(InputError, match=r"log-probabilities of 9 labels, got shape \(1, 9\)"):
        too_sure.probabilities(row[None])


def test_a_verdict_says_it_all(too_sure: Confidence) -> None:
    row = np.array([-0.2, -3.0, -4.0, -9, -9, -9, -9, -9, -9])
    verdict = too_sure.verdict(row, open_score=-5.0)
    assert verdict.label == 0
    assert [label for label, _ in verdict.ranking][:3] == [0, 1, 2]
    assert sum(share for _, share in verdict.ranking) == pytest.approx(1)
    assert verdict.margin == pytest.approx(verdict.ranking[0][1] - verdict.ranking[1][1])
    assert verdict.label_set[0] == 0
    assert (verdict.coverage, verdict.is_none, verdict.note) == (0.9, False, "")
    assert too_sure.verdict(row, open_score=50.0).is_none is True
    assert too_sure.verdict(row).is_none is None
    assert len(too_sure.verdict(row, coverage=0.99).label_set) > len(verdict.label_set)


def test_none_of_these_is_left_open_where_it_cannot_be_told(too_sure: Confidence) -> None:
    row = np.zeros(9)
    guessing = replace(too_sure, open_set=made_open_set(shift=0.0))
    assert guessing.verdict(row, open_score=50.0).is_none is None
    assert replace(too_sure, open_set=None).verdict(row, open_score=50.0).is_none is None


def test_few_songs_give_all_labels_and_say_so() -> None:
    log_probs, truth = made_songs(5, rng=rng(5), n_labels=3)
    found = fit_confidence(log_probs, truth, source="out-of-fold songs", rng=rng())
    verdict = found.verdict(log_probs[0])
    assert sorted(verdict.label_set) == [0, 1, 2]
    assert "5 songs are too few" in verdict.note
    assert 0.3 < found.temperature < 3


def test_coverage_is_kept_after_scaling_by_the_same_songs() -> None:
    """The temperature has seen the songs whose scores are kept; one number is too little to spoil the promise."""
    generator, found = rng(6), []
    for _ in range(25):
        log_probs, truth = made_songs(60, rng=generator)
        confidence = fit_confidence(3 * log_probs, truth, source="validation songs", rng=generator)
        new, own = made_songs(100, rng=generator)
        sets = [confidence.verdict(3 * row).label_set for row in new]
        found.append(coverage_check(sets, own).coverage)
    assert np.mean(found) == pytest.approx(0.905, abs=0.03)


def test_same_generator_same_confidence() -> None:
    log_probs, truth = made_songs(30, rng=rng(7))

    def made() -> Confidence:
        return fit_confidence(log_probs, truth, source="validation songs", rng=rng(1), method="aps")

    assert made() == made()
    assert made().conformal.method == "aps"
    assert made().temperature == fit_temperature(log_probs, truth)


def test_it_is_kept_as_json(too_sure: Confidence) -> None:
    for one in (too_sure, replace(too_sure, open_set=None)):
        assert Confidence.from_json(json.loads(json.dumps(one.to_json(), allow_nan=False))) == one


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"more": 1}, r"lacks the keys \[\] and has the unknown keys \['more'\]"),
        ({"temperature": 0}, "temperature above 0, got 0"),
        ({"temperature": "warm"}, "temperature above 0, got 'warm'"),
        ({"n_labels": 0}, "at least one label and song, got 0 and 150"),
        ({"songs": 149}, "not of the songs that it names"),
        ({"source": "out-of-fold songs"}, "not of the songs that it names"),
        ({"before": {}}, r"as `CalibrationScore\.to_json` makes it"),
    ],
)
def test_json_that_was_tampered_with_is_refused(too_sure: Confidence, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Confidence.from_json({**too_sure.to_json(), **change})


def test_what_makes_no_sense_is_refused() -> None:
    log_probs, truth = made_songs(6, rng=rng(8))
    with pytest.raises(InputError, match="at least one song for label sets"):
        fit_confidence(np.zeros((0, 3)), [], source="validation songs", rng=rng())
    with pytest.raises(InputError, match="label and group for each of 6 songs"):
        cross_fitted(log_probs, truth, rng=rng(), groups=[1])
    bad: Any = "test songs"
    with pytest.raises(UnknownNameError, match="source of calibration"):
        fit_confidence(log_probs, truth, source=bad, rng=rng())
