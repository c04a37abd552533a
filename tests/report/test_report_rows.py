import plotly.graph_objects as go
import pytest

from earmark.report.rows import count_axis, label_axis, row_height


def test_rows_have_a_least_height() -> None:
    assert row_height(0) == row_height(1) == 144
    assert row_height(10, each=30, around=50) == 350


def test_names_that_are_cut_alike_stay_two_rows() -> None:
    figure = go.Figure()
    names = ["A very long name of a label, volume one", "A very long name of a label, volume two"]
    label_axis(figure, names, sizes=[1200, 3])
    axis = figure.layout.yaxis
    assert list(axis.tickvals) == [0, 1]
    assert axis.ticktext == ("A very long name of a label… (1,200)", "A very long name of a label… (3)")
    # The first row is at the top.
    assert tuple(axis.range) == (1.5, -0.5)


def test_sizes_are_one_for_each_name() -> None:
    with pytest.raises(ValueError, match="shorter"):
        label_axis(go.Figure(), ["one", "two"], sizes=[1])


@pytest.mark.parametrize(("counts", "step"), [([1, 2], 1), ([5], 1), ([6], None), ([], 1)])
def test_small_numbers_of_tracks_have_no_fractions(counts: list[int], step: int | None) -> None:
    figure = go.Figure()
    count_axis(figure, counts)
    assert figure.layout.xaxis.dtick == step
    assert figure.layout.xaxis.title.text == "tracks"
