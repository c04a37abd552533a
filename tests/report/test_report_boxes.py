import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.report.boxes import MOST_POINTS, add_box, box_of, cut_far_values

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120).map(np.array)


def test_a_worked_example() -> None:
    # Quartiles 2, 3 and 4, so that whiskers may reach from -1 to 7: 20 is an outlier.
    box = box_of(np.array([1.0, 2.0, 3.0, 4.0, 20.0]))
    assert box.quartiles == (2.0, 3.0, 4.0)
    assert box.whiskers == (1.0, 4.0)
    assert list(box.points) == [1.0, 2.0, 3.0, 4.0, 20.0]


def test_many_values_keep_their_outliers_only() -> None:
    values = np.concatenate([np.arange(100.0), [-500.0, 900.0]])
    box = box_of(values)
    assert sorted(box.points) == [-500.0, 900.0]
    assert (box.whiskers, box.size) == ((0.0, 99.0), 102)


def test_a_great_many_outliers_are_thinned() -> None:
    values = np.concatenate([np.zeros(5000), np.arange(1.0, 1001.0)])
    box = box_of(values)
    assert 100 < len(box.points) <= 200
    assert box.size == 6000


@given(VALUES)
def test_a_box_is_ordered_and_holds_what_it_says(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    box = box_of(values)
    low, middle, high = box.quartiles
    assert values.min() <= box.whiskers[0] <= low <= middle <= high <= box.whiskers[1] <= values.max()
    assert box.size == len(values)
    if len(values) <= MOST_POINTS:
        assert len(box.points) == len(values)
    else:
        assert all(point < box.whiskers[0] or point > box.whiskers[1] for point in box.points)


@given(VALUES, st.floats(0.1, 100), st.floats(-1e3, 1e3))
def test_boxes_follow_their_values_scale_and_shift(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]", scale: float, shift: float
) -> None:
    one, other = box_of(values), box_of(values * scale + shift)
    assert other.quartiles == pytest.approx([scale * at + shift for at in one.quartiles], rel=1e-6, abs=1e-6)


def test_a_box_without_single_values_is_one_trace() -> None:
    figure = go.Figure()
    add_box(figure, box_of(np.arange(100.0)), row=3, name="<b>", colour="#0a56d7", number_format=".0f")
    (trace,) = figure.data
    assert (trace.y[0], trace.name) == (3, "&lt;b&gt;")


@pytest.mark.parametrize(
    ("far", "told"),
    [
        ([], []),
        ([115.0], []),
        ([300.0], ["1 more at 300 ▸"]),
        ([300.0, 400.0], ["2 more at 300–400 ▸"]),
        ([-90.0], ["◂ 1 more at -90"]),
    ],
)
def test_only_far_values_are_cut_off(far: list[float], told: list[str]) -> None:
    near = np.linspace(90, 110, 100)
    values = np.concatenate([near, far])
    figure = go.Figure()
    cut_far_values(figure, values, [box_of(values)], ".0f")
    assert [one.text for one in figure.layout.annotations] == told
    low, high = figure.layout.xaxis.range
    assert low < 90 < 110 < high
    assert (high - low < 40) == (not far or bool(told) or far == [115.0])
