import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation import metrics
from earmark.evaluation.intervals import Interval, bootstrap_interval, grouped_wilson_interval, wilson_interval
from earmark.evaluation.label_counts import STATISTICS, LabelCounts


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def noisy_calls(generator: np.random.Generator, n: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Four labels alike, each called right with chance ``p``: accuracy and macro F1 are both ``p`` in the long run."""
    truth = generator.integers(4, size=n)
    wrong = (truth + generator.integers(1, 4, size=n)) % 4
    return truth, np.where(generator.random(n) < p, truth, wrong)


def test_wilson_of_the_reference_study() -> None:
    """26 and 19 of 40 test songs: 0.50-0.78 against 0.33-0.63, so that the two cannot be told apart."""
    assert str(wilson_interval(26, 40)) == "0.50-0.78"
    assert str(wilson_interval(19, 40)) == "0.33-0.63"


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_equals_scipy(successes: int, more: int, level: float) -> None:
    n = successes + more
    interval = wilson_interval(successes, n, level=level)
    if n == 0:
        assert (interval.low, interval.high) == (0.0, 1.0)
        return
    expected = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    assert [interval.low, interval.high] == pytest.approx([expected.low, expected.high])
    assert 0 <= interval.low <= successes / n <= interval.high <= 1


@pytest.mark.parametrize("n", [40, 200])
@pytest.mark.parametrize("p", [0.3, 0.6, 0.95])
def test_wilson_holds_its_level(n: int, p: float) -> None:
    """Exactly: the chance, over all binomial outcomes, that the interval holds p."""
    held = [k for k in range(n + 1) if (i := wilson_interval(k, n)).low <= p <= i.high]
    assert stats.binom.pmf(held, n, p).sum() == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(
    ("statistic", "n", "least"), [("accuracy", 40, 0.91), ("accuracy", 200, 0.92), ("macro_f1", 200, 0.91)]
)
def test_bootstrap_holds_its_level(statistic: str, n: int, least: float) -> None:
    generator = rng()
    held = 0
    for _ in range(400):
        truth, called = noisy_calls(generator, n, 0.6)
        interval = bootstrap_interval(truth, called, statistic, n_labels=4, rng=generator, resamples=400)
        held += interval.low <= 0.6 <= interval.high
    assert least <= held / 400 <= 0.98


def test_group_bootstrap_holds_its_level_where_songs_hang_together() -> None:
    """40 artists with five songs each, all right or all wrong: drawn as single songs the level is far missed."""
    generator = rng()
    groups = np.repeat(np.arange(40), 5)
    held = {"bootstrap": 0, "group-bootstrap": 0}
    for _ in range(300):
        truth = generator.integers(4, size=200)
        called = np.where(np.repeat(generator.random(40) < 0.6, 5), truth, (truth + 1) % 4)
        for given_groups in (None, groups):
            interval = bootstrap_interval(
                truth, called, "accuracy", n_labels=4, rng=generator, resamples=400, groups=given_groups
            )
            held[interval.method] += interval.low <= 0.6 <= interval.high
    assert held["bootstrap"] / 300 < 0.75
    assert held["group-bootstrap"] / 300 > 0.9


@pytest.mark.parametrize("statistic", STATISTICS)
def test_equals_a_plain_loop_over_drawn_songs(statistic: str) -> None:
    """Drawing cells of the confusion matrix is drawing songs: both give the same interval up to their chance."""
    truth, called = noisy_calls(rng(1), 60, 0.7)
    truth[:5], called[5:8] = 3, 0
    fast = bootstrap_interval(truth, called, statistic, n_labels=5, rng=rng(2), resamples=20_000)
    generator, values = rng(3), []
    for _ in range(3000):
        drawn = generator.integers(60, size=60)
        values.append(getattr(metrics, statistic)(truth[drawn], called[drawn], n_labels=5))
    low, high = np.quantile(values, [0.025, 0.975])
    assert [fast.low, fast.high] == pytest.approx([low, high], abs=0.02)


def test_groups_of_one_song_are_like_no_groups() -> None:
    truth, called = noisy_calls(rng(1), 80, 0.7)
    alone = bootstrap_interval(truth, called, "macro_f1", n_labels=4, rng=rng(2), resamples=8000)
    groups = [f"artist {i}" for i in range(80)]
    grouped = bootstrap_interval(truth, called, "macro_f1", n_labels=4, rng=rng(2), resamples=8000, groups=groups)
    assert [grouped.low, grouped.high] == pytest.approx([alone.low, alone.high], abs=0.015)
    assert (alone.method, grouped.method) == ("bootstrap", "group-bootstrap")


def test_same_generator_same_interval_and_wider_at_a_higher_level() -> None:
    truth, called = noisy_calls(rng(1), 100, 0.5)

    def interval(level: float) -> Interval:
        return bootstrap_interval(truth, called, "accuracy", n_labels=4, rng=rng(7), level=level)

    assert interval(0.95) == interval(0.95)
    assert interval(0.8).low > interval(0.95).low > interval(0.99).low
    assert interval(0.8).high < interval(0.95).high < interval(0.99).high


def test_blocks_give_a_whole_number_of_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, called = noisy_calls(rng(1), 50, 0.5)
    sizes: list[int] = []

    def spy(counts: LabelCounts) -> np.ndarray:
        sizes.append(counts.hits.shape[0])
        return STATISTICS["accuracy"](counts)

    monkeypatch.setattr("earmark.evaluation.intervals.BLOCK_VALUES", 500)
    bootstrap_interval(truth, called, spy, n_labels=4, rng=rng(), resamples=101)
    assert sum(sizes) == 101
    assert len(sizes) > 1


@pytest.mark.parametrize("n", [0, 1])
def test_of_no_song_or_one_nothing_is_known(n: int) -> None:
    for groups in (None, [0] * n):
        interval = bootstrap_interval([0] * n, [0] * n, "macro_f1", n_labels=2, rng=rng(), groups=groups)
        assert (interval.low, interval.high) == (0.0, 1.0)


def test_of_a_single_group_nothing_is_known() -> None:
    interval = bootstrap_interval([0, 1, 1], [0, 1, 0], "accuracy", n_labels=2, rng=rng(), groups=["x"] * 3)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_all_right_has_a_range_by_wilson_but_none_by_bootstrap() -> None:
    truth = np.zeros(28, dtype=int)
    assert bootstrap_interval(truth, truth, "accuracy", n_labels=2, rng=rng()).low == 1.0
    assert wilson_interval(28, 28).low == pytest.approx(0.8794, abs=1e-4)
    assert wilson_interval(28, 28).high == 1.0


def test_interval_to_json() -> None:
    assert wilson_interval(0, 0).to_json() == {"low": 0.0, "high": 1.0, "level": 0.95, "method": "wilson"}


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match=r"successes in 0\.\.n, got 5 of 4"):
        wilson_interval(5, 4)
    with pytest.raises(InputError, match=r"between 0 and 1, such as 0\.95, got 95"):
        wilson_interval(1, 4, level=95)
    with pytest.raises(InputError, match="got nan"):
        wilson_interval(1, 4, level=math.nan)
    with pytest.raises(InputError, match="at least one resample, got 0"):
        bootstrap_interval([0, 1], [0, 1], "accuracy", n_labels=2, rng=rng(), resamples=0)
    with pytest.raises(InputError, match=r"one group id per song, shape \(2,\), got shape \(3,\)"):
        bootstrap_interval([0, 1], [0, 1], "accuracy", n_labels=2, rng=rng(), groups=[1, 2, 3])
    with pytest.raises(UnknownNameError, match="no statistic called 'mcc'"):
        bootstrap_interval([0, 1], [0, 1], "mcc", n_labels=2, rng=rng())


def test_songs_that_stand_alone_need_no_correction() -> None:
    """Each song a group: the effective number is the number, but for Student's t in place of the normal quantile."""
    right = np.arange(100) < 70
    plain, grouped = wilson_interval(70, 100), grouped_wilson_interval(right, np.arange(100))
    assert (grouped.low, grouped.high) == pytest.approx((plain.low, plain.high), abs=0.003)
    assert grouped.method == "grouped-wilson"


def test_groups_that_stand_or_fall_together_count_as_one_song_each() -> None:
    groups = np.repeat(np.arange(10), 12)
    right = groups < 7
    few = grouped_wilson_interval(groups=np.arange(10), right=np.arange(10) < 7)
    many = grouped_wilson_interval(right, groups)
    assert (many.low, many.high) == pytest.approx((few.low, few.high), abs=0.02)
    assert many.high - many.low > 2 * (wilson_interval(84, 120).high - wilson_interval(84, 120).low)


def test_repeats_of_the_same_songs_do_not_narrow_the_interval() -> None:
    right = np.arange(60) % 3 > 0
    once = grouped_wilson_interval(right, np.arange(60))
    thrice = grouped_wilson_interval(np.tile(right, 3), np.tile(np.arange(60), 3))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high), abs=1e-9)


def test_no_mistake_in_few_groups_is_no_certainty() -> None:
    groups = np.repeat(np.arange(6), 50)
    sure = grouped_wilson_interval(np.ones(300, dtype=np.bool_), groups)
    assert sure.high == 1.0
    assert sure.low < wilson_interval(6, 6).low + 1e-9
    assert grouped_wilson_interval(np.ones(9, dtype=np.bool_), np.zeros(9)).low == 0.0, "one group tells no spread"


@pytest.mark.parametrize("n_groups", [8, 15, 40])
@pytest.mark.parametrize("rate", [0.5, 0.75, 0.95])
@pytest.mark.parametrize("correlation", [0.02, 0.3])
def test_the_grouped_interval_holds_its_level(n_groups: int, rate: float, correlation: float) -> None:
    """Simulated: groups of one to about seven songs whose chances are drawn from a beta distribution."""
    rng = np.random.default_rng([n_groups, int(100 * rate), int(100 * correlation)])
    spread = (1 - correlation) / correlation
    hits = 0
    for _ in range(400):
        groups = np.repeat(np.arange(n_groups), 1 + rng.poisson(2, size=n_groups))
        chances = rng.beta(rate * spread, (1 - rate) * spread, size=n_groups)
        found = grouped_wilson_interval(rng.random(groups.size) < chances[groups], groups)
        hits += found.low <= rate <= found.high
    assert hits / 400 >= 0.92


def test_groups_must_be_of_the_same_songs() -> None:
    with pytest.raises(InputError, match="one group id per song"):
        grouped_wilson_interval([True, False], [1])
