import json
from pathlib import Path

import numpy as np
import pytest
from made_promises import TRUTH, confidence, make_promising, said

from earmark.comparing.comparison import Comparison
from earmark.comparing.promises import promises
from earmark.errors import InputError
from earmark.evaluation.calibration import expected_calibration_error

pytestmark = pytest.mark.usefixtures("small_forests")


def test_a_model_that_is_too_sure_is_seen_to_be_and_scaling_helps() -> None:
    [kept] = make_promising().promises
    assert kept.name == "ensemble"
    assert kept.before.n == kept.after.n == 120
    assert kept.before.ece > kept.before.chance_high, "it says 90 % and is right in 70 %"
    assert kept.after.ece < kept.before.ece
    assert kept.after.nll < kept.before.nll


def test_each_fold_is_scaled_by_its_own_temperature() -> None:
    folds = [(confidence(rate, seed), said(0.6, 9 + seed)) for rate, seed in ((0.9, 1), (0.5, 2))]
    truth = np.concatenate([TRUTH, TRUTH])
    kept = promises("m", folds, truth, None, seed=0)
    scaled = np.concatenate([np.stack([sure.probabilities(np.log(row)) for row in table]) for sure, table in folds])
    assert folds[0][0].temperature != folds[1][0].temperature
    assert kept.after.ece == pytest.approx(expected_calibration_error(scaled, truth))
    sets = [len(sure.verdict(np.log(row)).label_set) for sure, table in folds for row in table]
    assert kept.sets.mean_size == pytest.approx(np.mean(sets))
    assert kept.sets.n == 120


@pytest.mark.parametrize("rate", [0.5, 0.9])
def test_sets_keep_what_was_promised(rate: float) -> None:
    folds = [(confidence(rate, seed), said(rate, 100 + seed)) for seed in range(8)]
    kept = promises("m", folds, np.tile(TRUTH, 8), np.tile(np.arange(60), 8), seed=0)
    assert kept.promised == 0.9
    assert kept.sets.coverage > 0.87
    assert 1 <= kept.sets.mean_size <= 3


def test_strangers_are_counted_where_labels_were_held_back() -> None:
    [kept] = make_promising().promises
    assert kept.to_let_pass == 0.95
    assert kept.let_pass is not None
    assert 0 <= kept.let_pass <= 1
    assert kept.auroc is not None
    assert kept.auroc > 0.8
    without = promises("m", [(confidence(0.7, 1, held_back=False), said(0.7, 2))], TRUTH, None, seed=0)
    assert (without.auroc, without.let_pass, without.to_let_pass) == (None, None, None)


def test_models_that_do_not_say_how_sure_they_were_are_named() -> None:
    comparison = make_promising()
    assert comparison.promises_unknown == ("crnn 1 s", "crnn 3 s", "mfcc"), "baselines promise nothing"


def test_without_a_fold_there_is_nothing_to_count() -> None:
    with pytest.raises(InputError, match="at least one fold of m"):
        promises("m", [], TRUTH, None, seed=0)


def test_a_comparison_comes_back_with_its_promises(tmp_path: Path) -> None:
    made = make_promising()
    made.save(tmp_path / "c.json")
    read = Comparison.load(tmp_path / "c.json")
    assert read.promises == made.promises
    assert read.gains == made.gains
    kept = json.loads((tmp_path / "c.json").read_text())
    assert kept["promises"][0]["sets"]["n"] == 120
    assert [gain["part"] for gain in kept["gains"]] == ["metadata", "probe", "earmark"]
    assert [row["note"] for row in kept["variants"]["ensemble"]][-1] == "only earmark"
