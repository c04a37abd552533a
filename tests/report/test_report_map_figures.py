from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from tiny_library import make_track

from earmark.report.bands import BpmBands
from earmark.report.map_figures import COLOURINGS, MapPoint, embedding_map
from earmark.report.theme import MAJOR, MINOR, NEUTRAL, label_styles

BANDS = BpmBands((130, 136), "fixed")
STYLES = label_styles(["Amber", "Basalt", "Never"])
POINTS = [
    MapPoint(make_track(1, "Amber", "Ann", bpm=128.0), "Amber", "train"),
    MapPoint(make_track(2, "Amber", "Ben", bpm=134.0), "Amber", "test"),
    MapPoint(make_track(3, "Basalt", "Cid <b>", title="A & B", bpm=140.0), "Basalt", "validation", 63.0),
    MapPoint(make_track(4, "Basalt", "Dan", bpm=None, key=None), "Basalt", "test"),
]
PLACES = np.arange(8, dtype=float).reshape(4, 2)


@pytest.fixture
def figure() -> go.Figure:
    return embedding_map(PLACES, POINTS, bands=BANDS, styles=STYLES)


def traces(figure: go.Figure, colouring: str) -> list[Any]:
    """What is to be seen once a button is pressed, without the key of the parts."""
    button = figure.layout.updatemenus[0].buttons[COLOURINGS.index(colouring)]
    shown = [trace for trace, seen in zip(figure.data, button.args[1], strict=True) if seen]
    return [trace for trace in shown if trace.x[0] is not None]


@pytest.mark.parametrize("colouring", COLOURINGS)
def test_each_colouring_shows_every_point_once(figure: go.Figure, colouring: str) -> None:
    places = sorted(
        (float(x), float(y)) for one in traces(figure, colouring) for x, y in zip(one.x, one.y, strict=True)
    )
    assert places == [(0, 1), (2, 3), (4, 5), (6, 7)]


def test_labels_have_their_colours_and_parts_their_look(figure: go.Figure) -> None:
    looks = {(one.legendgroup, one.text[0].count("test")): one.marker for one in traces(figure, "Label")}
    assert {group for group, _ in looks} == {"Amber", "Basalt"}, "a label without a point has no entry"
    assert looks["Amber", 1].color == looks["Amber", 0].color == STYLES["Amber"].colour
    assert looks["Amber", 1].symbol == "circle"
    assert looks["Amber", 0].symbol == "circle-open"
    assert looks["Basalt", 0].symbol == "circle-open-dot"
    assert looks["Amber", 0].opacity < looks["Amber", 1].opacity


def test_tempos_and_modes(figure: go.Figure) -> None:
    assert {one.legendgroup for one in traces(figure, "BPM")} == {
        "up to 130 BPM", "131-136 BPM", "137 BPM and more", "unknown",
    }  # fmt: skip
    modes = {one.legendgroup: one.marker.color for one in traces(figure, "Mode")}
    assert modes == {"minor": MINOR, "unknown": NEUTRAL}
    assert MAJOR not in modes.values()


def test_the_legend_has_each_value_once_and_each_part_once(figure: go.Figure) -> None:
    names = [one.name for one in figure.data if one.showlegend is not False and one.visible is not False]
    assert names == ["Amber", "Basalt", "training", "validation", "test"]


def test_the_hover_tells_who_and_what_and_is_no_markup(figure: go.Figure) -> None:
    hovers = [text for one in traces(figure, "Label") for text in one.text]
    [told] = [text for text in hovers if "A &amp; B" in text]
    assert "Cid &lt;b&gt;" in told
    assert "140 BPM · 8A · validation, slice at 1:03" in told
    assert any("BPM unknown · key unknown · test" in text for text in hovers)


def test_a_map_can_start_with_another_colouring() -> None:
    figure = embedding_map(PLACES, POINTS, bands=BANDS, styles=STYLES, colouring="Mode")
    seen = {one.legendgroup for one in figure.data if one.visible and one.x[0] is not None}
    assert seen == {"minor", "unknown"}
    assert figure.layout.updatemenus[0].active == 2


def test_many_points_are_drawn_smaller() -> None:
    many = embedding_map(np.zeros((700, 2)), [POINTS[1]] * 700, bands=BANDS, styles=STYLES)
    few = embedding_map(PLACES, POINTS, bands=BANDS, styles=STYLES)
    assert many.data[0].marker.size < max(trace.marker.size for trace in few.data)
