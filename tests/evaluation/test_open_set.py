import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from earmark.errors import InputError
from earmark.evaluation.open_set import HeldBackRound, OpenSetCalibration, auroc, fit_open_set


def round_of(label: str, known: object, unknown: object, groups: list[str] | None = None) -> HeldBackRound:
    return HeldBackRound(label, np.asarray(known, dtype=float), np.asarray(unknown, dtype=float), groups)


def made_rounds(
    rng: np.random.Generator, *, labels: int = 6, shift: float = 1.5, between: float = 0.5
) -> list[HeldBackRound]:
    """Normal scores; 120 known songs by 30 artists in each round, and held-back labels that differ in strangeness."""
    artist = rng.integers(30, size=120)
    of_artist = 0.5 * rng.normal(size=30)[artist]
    names = [f"artist {one}" for one in artist]
    return [
        round_of(
            f"Label {number}",
            of_artist + math.sqrt(0.75) * rng.normal(size=120),
            shift + between * rng.normal() + rng.normal(size=20),
            names,
        )
        for number in range(labels)
    ]


def test_auroc_counts_pairs_and_ties_as_halves() -> None:
    found = auroc([1.0, 2.0, 3.0], [2.0, 4.0])
    assert found.value == pytest.approx((1 + 0.5 + 0 + 1 + 1 + 1) / 6)
    assert (found.n_known, found.n_unknown) == (3, 2)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 30))
def test_auroc_equals_mann_whitney_and_turns_round(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    known, unknown = rng.integers(6, size=n).astype(float), rng.integers(6, size=m).astype(float)
    found = auroc(known, unknown)
    assert found.value == pytest.approx(stats.mannwhitneyu(unknown, known).statistic / (n * m))
    assert auroc(unknown, known).value == pytest.approx(1 - found.value)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert auroc(np.exp(known), np.exp(unknown)).value == pytest.approx(found.value)


@pytest.mark.parametrize("shift", [0.5, 1.5, 3.0])
def test_the_interval_holds_its_level(shift: float) -> None:
    rng = np.random.default_rng(0)
    true = stats.norm.cdf(shift / math.sqrt(2))
    found = [auroc(rng.normal(size=60), shift + rng.normal(size=25)) for _ in range(300)]
    assert 0.91 <= np.mean([one.low <= true <= one.high for one in found]) <= 0.995


def test_songs_that_hang_together_say_less() -> None:
    rng = np.random.default_rng(1)
    known, unknown = rng.normal(size=20), 1 + rng.normal(size=10)
    once = auroc(known, unknown)
    often = auroc(np.tile(known, 5), np.tile(unknown, 5))
    grouped = auroc(
        np.tile(known, 5),
        np.tile(unknown, 5),
        known_groups=np.tile(np.arange(20), 5),
        unknown_groups=np.tile(np.arange(10), 5),
    )
    assert often.high - often.low < 0.6 * (once.high - once.low)
    assert (grouped.low, grouped.high) == pytest.approx((once.low, once.high))


def test_all_told_apart_by_few_songs_is_no_certainty() -> None:
    few, many = auroc([0.0, 0.1, 0.2], [1.0, 1.1, 1.2]), auroc(np.zeros(200), np.ones(200))
    assert (few.value, few.high) == (1.0, 1.0)
    assert few.low < 0.6
    assert many.low > 0.95
    single = auroc([0.0], [1.0, 2.0])
    assert (single.low, single.high) == (0.0, 1.0), "one song tells no spread"


def test_a_worked_example_of_held_back_labels() -> None:
    """19 known songs, of whom 95 % pass: ceil(20 x 0.95) = 19, so the threshold is the strangest known one."""
    known = np.arange(19) / 20
    found = fit_open_set(
        [round_of("A", known, [0.5, 2.0]), round_of("B", known + 1, [3.0, 4.0, 1.0, 1.2])], score="margin", known=known
    )
    assert found.threshold == pytest.approx(0.9)
    assert [one.caught for one in found.labels] == [0.5, 0.5], "each by the threshold of its own round"
    assert found.caught == 0.5
    assert found.labels[0].auroc == pytest.approx((10.5 + 19) / 38)
    assert found.auroc.value == pytest.approx(np.mean([one.auroc for one in found.labels]))
    assert (found.auroc.n_known, found.auroc.n_unknown, found.n_known) == (38, 6, 19)
    assert found.is_none(0.91)
    assert not found.is_none(0.9)


def test_the_stated_share_of_known_songs_passes() -> None:
    rng = np.random.default_rng(2)
    passed = []
    for _ in range(150):
        found = fit_open_set(made_rounds(rng, labels=2), score="x", known=rng.normal(size=40), pass_share=0.9)
        passed.append(np.mean([not found.is_none(one) for one in rng.normal(size=40)]))
    assert np.mean(passed) == pytest.approx(0.9, abs=0.025)


def test_the_threshold_is_from_all_rounds_where_the_final_model_gave_none() -> None:
    rounds = made_rounds(np.random.default_rng(3))
    found = fit_open_set(rounds, score="x")
    everything = np.concatenate([one.known for one in rounds])
    assert found.n_known == everything.size
    assert (everything <= found.threshold).mean() == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize(("labels", "between"), [(4, 0.0), (9, 0.5)])
def test_the_interval_over_labels_holds_its_level(labels: int, between: float) -> None:
    """What it promises is the mean over labels like these, not over these labels only."""
    rng = np.random.default_rng(labels)
    true = stats.norm.cdf(1.5 / math.sqrt(2 + between**2))
    found = [fit_open_set(made_rounds(rng, labels=labels, between=between), score="x").auroc for _ in range(120)]
    assert np.mean([one.low <= true <= one.high for one in found]) >= 0.9


def test_repeats_of_known_songs_count_once() -> None:
    """The same known songs in each round; as songs of their own they would seem to be six times as many."""
    rounds = made_rounds(np.random.default_rng(4), between=0.0)
    alone = fit_open_set([replace(one, known_groups=None) for one in rounds], score="x").auroc
    together = fit_open_set(rounds, score="x").auroc
    assert together.value == alone.value
    assert together.high - together.low > 1.1 * (alone.high - alone.low)


def test_too_few_known_songs_have_no_threshold() -> None:
    found = fit_open_set([round_of("A", [0.1] * 18, [9.0, 9.0])], score="x")
    assert found.threshold is None
    assert not found.is_none(1e9)
    assert not found.tells
    assert found.sentence() == "18 songs are too few to say which song is like none of the labels."


def test_what_it_is_worth_is_said() -> None:
    useful = fit_open_set(made_rounds(np.random.default_rng(5), shift=3.0), score="entropy")
    assert useful.tells
    assert useful.sentence().startswith("A song of a label that was held back is stranger than one of the others in 9")
    assert "caught where 95% of the others pass." in useful.sentence()
    useless = fit_open_set(made_rounds(np.random.default_rng(5), shift=0.0), score="entropy")
    assert not useless.tells
    assert useless.sentence().endswith("cannot be told from guessing.")


def test_it_is_kept_as_json_and_checked() -> None:
    made = fit_open_set(made_rounds(np.random.default_rng(6)), score="entropy", pass_share=0.9)
    plain = json.loads(json.dumps(made.to_json()))
    assert OpenSetCalibration.from_json(plain) == made
    assert OpenSetCalibration.from_json({**plain, "threshold": None}).threshold is None
    with pytest.raises(InputError, match="open-set calibration with keys"):
        OpenSetCalibration.from_json({**plain, "more": 1})
    with pytest.raises(InputError, match="values of an open-set calibration"):
        OpenSetCalibration.from_json({**plain, "threshold": "high"})
    with pytest.raises(InputError, match="values of an open-set calibration"):
        OpenSetCalibration.from_json({**plain, "labels": [{"label": "A"}]})
    with pytest.raises(InputError, match="expected a number as low, got '0'"):
        OpenSetCalibration.from_json({**plain, "auroc": {**plain["auroc"], "low": "0"}})


def test_what_makes_no_sense_is_refused() -> None:
    fine = round_of("A", [0.1, 0.2], [0.3])
    with pytest.raises(InputError, match="at least one label that was held back"):
        fit_open_set([], score="x")
    with pytest.raises(InputError, match="each held-back label once"):
        fit_open_set([fine, fine], score="x")
    with pytest.raises(InputError, match="at least one unknown song"):
        fit_open_set([round_of("A", [0.1], [])], score="x")
    with pytest.raises(InputError, match="one group id per known song of 'A', got 1 of 2"):
        fit_open_set([replace(fine, known_groups=["a"])], score="x")
    with pytest.raises(InputError, match="share of known songs between 0 and 1"):
        fit_open_set([fine], score="x", pass_share=95)
    with pytest.raises(InputError, match="confidence level between 0 and 1"):
        auroc([0.1, 0.2], [0.3, 0.4], level=2)
    with pytest.raises(InputError, match="one group id per song"):
        auroc([0.1, 0.2], [0.3, 0.4], known_groups=[1])
    with pytest.raises(InputError, match="score, got nan"):
        fit_open_set([fine], score="x").is_none(math.nan)
