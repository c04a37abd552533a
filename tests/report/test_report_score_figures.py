import numpy as np
import pytest

from earmark.evaluation.comparison import comparison_row
from earmark.evaluation.differences import Difference
from earmark.evaluation.intervals import wilson_interval
from earmark.evaluation.metrics import score
from earmark.report.label_spread import label_spreads
from earmark.report.score_figures import coefficient_bars, confusion_matrix, label_scores, model_scores
from earmark.report.score_texts import DIFFERENCE_COLUMNS, difference_cells, percent_range, score_cells, share_cell
from earmark.report.theme import BAD, GOOD, label_styles

LABELS = ["Amber", "Basalt & <i>Sons</i>", "Cobalt"]
TRUTH, CALLED = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0]
SCORES = score(TRUTH, CALLED, LABELS)
STYLES = label_styles(LABELS)


def row(name: str, estimate: list[int]):  # type: ignore[no-untyped-def]
    return comparison_row(name, TRUTH, estimate, n_labels=3, rng=np.random.default_rng(0))


def test_models_stand_above_baselines_with_their_intervals() -> None:
    figure = model_scores([row("crnn", TRUTH), row("majority", [0] * 6)], baselines=frozenset({"majority"}))
    models, baselines = figure.data
    assert list(models.y) == ["crnn"]
    assert list(baselines.y) == ["majority"]
    assert baselines.marker.symbol == "circle-open"
    assert list(figure.layout.yaxis.categoryarray) == ["majority", "crnn"], "from the bottom up"
    low = models.x[0] - models.error_x.arrayminus[0]
    assert low == pytest.approx(row("crnn", TRUTH).accuracy_interval.low)
    assert models.error_x.array[0] >= 0


def test_a_confusion_matrix_parts_right_from_wrong() -> None:
    figure = confusion_matrix(SCORES, unit="songs")
    assert figure.data[0].hovertext[1][0] is None
    right, wrong, white, ink = figure.data
    assert right.z[0][0] == pytest.approx(2 / 3)
    assert right.z[0][1] is None
    assert wrong.z[0][1] == pytest.approx(1 / 3)
    assert wrong.z[0][2] is None, "what never happened is left blank"
    assert wrong.z[2][0] == 1
    assert sorted([*white.text, *ink.text]) == ["1", "1", "1", "1", "2"]
    assert wrong.hovertext[1][0] == "Basalt &amp; &lt;i&gt;Sons&lt;/i&gt;, called Amber:<br>1 of 2 songs (50%)"


def test_a_large_confusion_matrix_has_no_numbers_and_a_label_without_songs_no_share() -> None:
    many = [f"Label {n}" for n in range(30)]
    figure = confusion_matrix(score([0, 1], [1, 1], many), unit="slices")
    assert len(figure.data) == 2
    assert set(figure.data[0].z[5]) == {None}
    assert "1 of 1 slices (100%)" in figure.data[1].hovertext[0][1]


def test_long_names_that_shorten_alike_stay_apart() -> None:
    alike = [f"The very long name of a label, number {n}" for n in range(2)]
    figure = confusion_matrix(score([0, 1], [0, 1], alike), unit="songs")
    assert len(set(figure.data[0].x)) == 2


def test_each_label_has_recall_and_precision_where_they_exist() -> None:
    figure = label_scores(SCORES, styles=STYLES)
    recall = {trace.y[0]: trace.x[0] for trace in figure.data if trace.xaxis == "x"}
    precision = {trace.y[0]: trace.x[0] for trace in figure.data if trace.xaxis == "x2"}
    assert list(recall.values()) == pytest.approx([2 / 3, 1 / 2, 0])
    assert list(recall)[1] == "Basalt &amp; &lt;i&gt;Sons&lt;/i&gt;"
    assert "Cobalt" not in precision, "it was never called, so nothing can be said"
    assert figure.data[0].marker.color == STYLES["Amber"].colour


def test_songs_that_hang_together_make_labels_less_sure() -> None:
    truth, called = np.array(TRUTH * 4), np.array(CALLED * 4)
    scores, songs = score(truth, called, LABELS), np.tile(np.arange(6), 4)

    def reach(groups: np.ndarray | None) -> float:
        spreads = label_spreads(truth, called, n_labels=3, rng=np.random.default_rng(0), groups=groups)
        figure = label_scores(scores, styles=STYLES, spreads=spreads)
        return float(figure.data[0].error_x.array[0] + figure.data[0].error_x.arrayminus[0])

    assert reach(songs) > 1.5 * reach(None)
    assert reach(None) == pytest.approx(
        label_scores(scores, styles=STYLES).data[0].error_x.array[0]
        + label_scores(scores, styles=STYLES).data[0].error_x.arrayminus[0]
    )
    assert "95 % interval 39 to 86%" in label_scores(scores, styles=STYLES).data[0].hovertemplate


def test_a_difference_as_text() -> None:
    found = Difference("crnn", "mfcc", 0.125, -0.02, 0.2704, 0.0004, 0.0312, 40, 12)
    cells = ["crnn - mfcc", "+12.5", "-2.0 to +27.0", "< 0.001", "0.031", "crnn is better"]
    assert difference_cells(found) == cells
    assert len(cells) == len(DIFFERENCE_COLUMNS)
    open_one = Difference("crnn", "mfcc", -0.1, -0.3, 0.1, 0.2, 0.4, 40, 12)
    assert difference_cells(open_one)[-1] == "cannot be told apart"


def test_coefficients_are_ranked_and_signed() -> None:
    pairs = [(f"column {n}", value) for n, value in enumerate([0.1, -2.0, 0.5, 1.0, -0.2, 0.3, 0.4, -0.6, 0.05, 0.7])]
    figure = coefficient_bars(pairs, reach=2.1)
    [bars] = figure.data
    assert len(bars.x) == 8
    assert list(bars.x) == sorted(bars.x)
    assert (bars.x[0], bars.x[-1]) == (-2.0, 1.0)
    assert (bars.marker.color[0], bars.marker.color[-1]) == (BAD, GOOD)
    assert tuple(figure.layout.xaxis.range) == (-2.1, 2.1)
    assert 0.05 not in bars.x


def test_scores_as_text() -> None:
    assert percent_range(0.551, 0.879) == "55 to 88%"
    assert share_cell(0.6, 5, wilson_interval(3, 5)) == "60% (23 to 88%)"
    assert share_cell(0.0, 0, wilson_interval(0, 0)) == "none"
    cells = score_cells(row("crnn", TRUTH))
    assert (cells[0], cells[2]) == ("100%", "1.00")
