import numpy as np
import pytest

from earmark.evaluation.comparison import ComparisonRow, comparison_row
from earmark.evaluation.differences import all_differences
from earmark.evaluation.metrics import score
from earmark.report.comparison_figures import difference_matrix, recall_by_label, slice_length_curves


def test_the_matrix_is_antisymmetric_and_stars_what_can_be_told_apart() -> None:
    rng = np.random.default_rng(0)
    scores = {"good": rng.random(200) < 0.9, "fair": rng.random(200) < 0.5, "same": rng.random(200) < 0.5}
    differences = all_differences(dict(scores), resamples=1000)
    figure = difference_matrix(differences, list(scores))
    [heatmap] = figure.data
    cells = np.array(heatmap.z, dtype=np.float64)
    assert np.isnan(np.diag(cells)).all()
    assert cells[0, 1] == -cells[1, 0] == pytest.approx(100 * (scores["good"].mean() - scores["fair"].mean()))
    assert heatmap.text[0][1].endswith("*")
    assert heatmap.text[1][0].endswith("*")
    assert not heatmap.text[1][2].endswith("*")
    assert "cannot be told apart" in heatmap.hovertext[1][2]
    assert heatmap.zmax == -heatmap.zmin >= np.nanmax(np.abs(cells))


def test_recall_is_drawn_for_each_label_and_names_are_never_markup() -> None:
    labels = ["<b>A", "B"]
    scores = {"x": score([0, 0, 1], [0, 1, 1], labels), "y": score([0, 0, 1], [0, 0, 0], labels)}
    [heatmap] = recall_by_label(scores).data
    assert [list(row) for row in heatmap.z] == [[0.5, 1.0], [1.0, 0.0]]
    assert list(heatmap.x) == ["&lt;b&gt;A", "B"]
    assert list(heatmap.y) == ["x", "y"]


def rows(right: int, *, rng: np.random.Generator) -> list[ComparisonRow]:
    truth, songs = np.zeros(10, dtype=np.int64), np.arange(10)
    called = np.where(songs < right, 0, 1)
    made = [
        comparison_row("crnn", truth, called, n_labels=2, rng=rng, note=note)
        for note in ("slices' mean", "slices' vote")
    ]
    return [*made, comparison_row("crnn", truth, called, n_labels=2, rng=rng, level="slice", groups=songs)]


def test_lines_join_the_means_of_the_trials() -> None:
    rng = np.random.default_rng(0)
    trials = {3.0: [rows(10, rng=rng), rows(10, rng=rng)], 1.0: [rows(0, rng=rng), rows(10, rng=rng)]}
    figure = slice_length_curves(trials)
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [trace.name for trace in lines] == ["slices", "songs, by the slices' mean", "songs, by the slices' vote"]
    for line in lines:
        assert list(line.x) == [1.0, 3.0]
        assert list(line.y) == [0.5, 1.0], "the mean of a trial with nothing right and one with all"
    points = next(trace for trace in figure.data if trace.mode == "markers")
    assert sorted(zip(points.x, points.y, strict=True)) == [(1.0, 0.0), (1.0, 1.0), (3.0, 1.0), (3.0, 1.0)]
    assert len({(trace.line.color, trace.marker.symbol) for trace in lines}) == 3
