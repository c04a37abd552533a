import numpy as np
import pytest
from made_verdicts import made_songs

from earmark.errors import InputError
from earmark.evaluation.calibration import ReliabilityTable, reliability
from earmark.evaluation.conformal import coverage_check
from earmark.evaluation.open_set import HeldBackRound, OpenSetCalibration, fit_open_set
from earmark.report.calibration_figures import open_set_figure, reliability_figure, set_size_figure


def tables() -> tuple[ReliabilityTable, ReliabilityTable]:
    log_probs, truth = made_songs(120, rng=np.random.default_rng(0))
    return reliability(np.exp(log_probs), truth, bins=5), reliability(np.exp(log_probs), truth, bins=3)


def made_open_set(pass_share: float = 0.95) -> tuple[np.ndarray, np.ndarray, OpenSetCalibration]:
    rng = np.random.default_rng(1)
    known, unknown = rng.normal(size=60), 2 + rng.normal(size=25)
    rounds = [HeldBackRound("A", known, unknown), HeldBackRound("B", known, unknown + 0.2)]
    return known, unknown, fit_open_set(rounds, score="<entropy>", known=known, pass_share=pass_share)


def test_reliability_before_and_after() -> None:
    before, after = tables()
    figure = reliability_figure(before, after)
    diagonal, grey, blue, extents = figure.data
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 1], [0, 1])
    assert (grey.name, blue.name) == ("before scaling", "after scaling")
    assert list(grey.x) == [one.confidence for one in before.bins]
    assert list(blue.y) == [one.right for one in after.bins]
    top = after.bins[-1]
    assert blue.error_y.arrayminus[-1] == pytest.approx(top.right - top.interval.low)
    assert min(blue.error_y.array) >= 0
    assert list(extents.y) == [one.n for one in after.bins]
    assert extents.x[0] + extents.width[0] / 2 == pytest.approx(after.bins[0].high)


def test_reliability_of_one_table_and_of_none() -> None:
    only = reliability_figure(tables()[0])
    assert [trace.name for trace in only.data[:2]] == ["as promised", "songs"]
    nothing = reliability_figure(ReliabilityTable((), 0))
    assert nothing.layout.annotations[0].text == "No songs to compare confidence with."


def test_sizes_of_sets_are_stacked_by_whether_they_hold_the_label() -> None:
    figure = set_size_figure(coverage_check([(0,), (1,), (0,), (1, 0)], [0, 0, 0, 0]))
    held, missed, shares = figure.data
    assert (list(held.x), list(held.y), list(missed.y)) == ([1, 2], [2, 1], [1, 0])
    assert list(shares.text) == ["75%", "25%"]
    assert figure.layout.barmode == "stack"
    empty = set_size_figure(coverage_check([], np.zeros(0, dtype=int)))
    assert empty.layout.annotations[0].text == "No songs to make label sets of."


def test_strangeness_of_known_and_held_back_songs() -> None:
    known, unknown, calibration = made_open_set()
    figure = open_set_figure(known, unknown, calibration)
    blue, brown = figure.data
    assert (sum(blue.customdata), sum(brown.customdata)) == (60, 25)
    assert sum(blue.y) == pytest.approx(1)
    assert "(25 songs)" in brown.name
    [line] = figure.layout.shapes
    assert line.x0 == calibration.threshold
    assert "95% of the known pass" in figure.layout.annotations[0].text
    assert figure.layout.xaxis.title.text == "how strange (&lt;entropy&gt;)"
    low, high = figure.layout.xaxis.range
    assert low < min(known.min(), calibration.threshold)
    assert high > unknown.max()


def test_the_words_stand_where_there_is_room() -> None:
    known, unknown, calibration = made_open_set(pass_share=0.1)
    assert open_set_figure(known, unknown, calibration).layout.annotations[0].xanchor == "left"
    known, unknown, calibration = made_open_set(pass_share=0.98)
    assert open_set_figure(known - 6, unknown, calibration).layout.annotations[0].xanchor == "right"


def test_strangeness_without_a_threshold_or_without_songs() -> None:
    known, unknown, calibration = made_open_set(pass_share=0.999)
    assert calibration.threshold is None
    assert not open_set_figure(known, unknown, calibration).layout.shapes
    assert len(open_set_figure([1.0, 1.0], [1.0], calibration).data) == 2
    assert "No label was held back" in open_set_figure(known, [], calibration).layout.annotations[0].text
    with pytest.raises(InputError, match="finite scores"):
        open_set_figure([np.nan], [1.0], calibration)
