from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_tracks import EVIL, make_collection

from earmark.catalog.survey import FIELDS, LabelCount, Spread, Survey, survey
from earmark.catalog.survey_time import Timeline
from earmark.report.boxes import MOST_POINTS
from earmark.report.collection_figures import (
    FIELD_NAMES,
    MOST_STACKED,
    missing_values,
    releases_over_time,
    shared_artist_matrix,
    spread_by_label,
    tracks_per_label,
)
from earmark.report.rows import MOST_ROWS, row_height
from earmark.report.theme import NEUTRAL, LabelStyle, label_styles, shortened


@pytest.fixture(scope="module")
def styles(surveyed: Survey) -> dict[str, LabelStyle]:
    return label_styles(surveyed.label_names)


@pytest.fixture(scope="module")
def many() -> Survey:
    """60 labels, more than any figure shows."""
    return survey(make_collection([f"Label {n:02d}" for n in range(60)], per_label=3))


def said(figure: go.Figure) -> str:
    """What an empty figure says."""
    assert not figure.data
    return str(figure.layout.annotations[0].text)


def boxes(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.type == "box"]


def test_every_label_has_its_bar_in_its_colour(surveyed: Survey, styles: dict[str, LabelStyle]) -> None:
    figure = tracks_per_label(surveyed.labels, styles=styles)
    (bar,) = figure.data
    assert list(bar.x) == [15, 14, 14, 14]
    assert list(bar.marker.color) == [styles[label].colour for label in surveyed.label_names]
    assert list(figure.layout.yaxis.ticktext) == [shortened(label) for label in surveyed.label_names]
    assert "<img" not in "".join(bar.hovertext)
    assert "2 of" not in bar.hovertext[0]
    assert "15 tracks" in bar.hovertext[0]


def test_labels_beyond_the_rows_are_counted_together(many: Survey) -> None:
    figure = tracks_per_label(many.labels, styles=label_styles(many.label_names))
    (bar,) = figure.data
    assert len(bar.x) == MOST_ROWS + 1
    assert figure.layout.yaxis.ticktext[-1] == "20 other labels"
    assert (bar.x[-1], bar.text[-1]) == (0, f"{sum(one.tracks for one in many.labels[MOST_ROWS:])} together")
    assert figure.layout.height == row_height(MOST_ROWS + 1, each=30)


def test_boxes_have_the_quartiles_and_the_whiskers_of_tukey(styles: dict[str, LabelStyle]) -> None:
    values = (*map(float, range(100, 141)), 180.0)
    spread = Spread(values, {"Amber": values})
    figure = spread_by_label(spread, labels=["Amber"], styles=styles, quantity="tempo (BPM)")
    box = boxes(figure)[1]
    assert (box.q1[0], box.median[0], box.q3[0]) == tuple(np.quantile(values, (0.25, 0.5, 0.75)))
    assert (box.lowerfence[0], box.upperfence[0]) == (100.0, 140.0)
    assert box.line.color == styles["Amber"].colour
    assert figure.layout.xaxis.title.text == "tempo (BPM)"
    # 42 values are too many for a point each: only the outlier is one.
    assert [list(trace.x) for trace in figure.data if trace.type == "scatter"] == [[180.0], [180.0]]


def test_few_values_are_points(surveyed: Survey, styles: dict[str, LabelStyle]) -> None:
    figure = spread_by_label(surveyed.bpm, labels=surveyed.label_names, styles=styles, quantity="tempo (BPM)")
    assert len(surveyed.bpm.by_label["Amber"]) < MOST_POINTS < len(surveyed.bpm.values)
    points = [trace for trace in figure.data if trace.type == "scatter"]
    amber = next(trace for trace in points if "Amber" in trace.hovertemplate)
    assert sorted(amber.x) == list(surveyed.bpm.by_label["Amber"])
    assert max(abs(amber.y - np.round(amber.y))) < 0.28


def test_labels_are_ordered_by_their_median_below_all_tracks(surveyed: Survey, styles: dict[str, LabelStyle]) -> None:
    figure = spread_by_label(surveyed.bpm, labels=surveyed.label_names, styles=styles, quantity="tempo (BPM)")
    medians = [trace.median[0] for trace in boxes(figure)]
    assert medians[1:] == sorted(medians[1:])
    assert figure.layout.yaxis.ticktext[0] == f"All tracks ({len(surveyed.bpm.values)})"
    assert boxes(figure)[0].line.color == NEUTRAL


def test_far_values_are_cut_off_and_told(surveyed: Survey, styles: dict[str, LabelStyle]) -> None:
    figure = spread_by_label(
        surveyed.seconds, labels=surveyed.label_names, styles=styles, quantity="length (minutes)", scale=1 / 60,
        number_format=".0f",
    )  # fmt: skip
    low, high = figure.layout.xaxis.range
    assert high < 120
    told = [one.text for one in figure.layout.annotations]
    assert "1 more at 120 ▸" in told
    assert "◂ 2 more at 0" in told
    assert low > 1


@settings(max_examples=25, deadline=None)  # a figure takes ten milliseconds or so
@given(st.lists(st.floats(1, 1e4), min_size=1, max_size=80))
def test_boxes_never_fall_apart(values: list[float]) -> None:
    ordered = tuple(sorted(values))
    figure = spread_by_label(
        Spread(ordered, {"Amber": ordered}), labels=["Amber"], styles=label_styles(["Amber"]), quantity="q (u)"
    )
    for box in boxes(figure):
        assert box.lowerfence[0] <= box.q1[0] <= box.median[0] <= box.q3[0] <= box.upperfence[0]
    low, high = figure.layout.xaxis.range
    assert low < high
    assert low <= boxes(figure)[0].lowerfence[0]
    assert high >= boxes(figure)[0].upperfence[0]


def test_stacks_add_up_to_all_tracks(surveyed: Survey, styles: dict[str, LabelStyle]) -> None:
    figure = releases_over_time(surveyed.released, labels=surveyed.label_names, styles=styles)
    total = np.sum([trace.y for trace in figure.data], axis=0)
    assert list(total) == list(surveyed.released.counts)
    assert [trace.marker.color for trace in figure.data] == [styles[label].colour for label in surveyed.label_names]
    assert figure.layout.xaxis.title.text == "month of release"
    assert figure.layout.xaxis.ticklabelmode == "period", "a name stands below its bar and not at its edge"


def test_small_labels_are_stacked_as_others(many: Survey) -> None:
    figure = releases_over_time(many.released, labels=many.label_names, styles=label_styles(many.label_names))
    assert len(figure.data) == MOST_STACKED + 1
    assert (figure.data[-1].name, figure.data[-1].marker.color) == ("Others", NEUTRAL)
    assert list(np.sum([trace.y for trace in figure.data], axis=0)) == list(many.released.counts)


def test_dates_without_a_label_are_shown(surveyed: Survey, styles: dict[str, LabelStyle]) -> None:
    nobody = replace(surveyed.released, by_label=dict.fromkeys(surveyed.label_names, (0,) * 12))
    figure = releases_over_time(nobody, labels=surveyed.label_names, styles=styles)
    assert [trace.name for trace in figure.data] == ["No label"]


def test_shared_artists_are_counted_beside_an_empty_diagonal(surveyed: Survey) -> None:
    figure = shared_artist_matrix(surveyed.shared)
    (heat,) = figure.data
    counts = [list(row) for row in heat.z]
    assert all(counts[at][at] is None for at in range(4))
    assert counts[0][1] == surveyed.shared.matrix[0][1]
    assert "null" not in str(heat.text)
    assert EVIL not in str(heat.hovertext)


def test_missing_values_are_shares_of_each_labels_tracks(surveyed: Survey) -> None:
    figure = missing_values(surveyed.missing, labels=surveyed.labels, tracks=surveyed.tracks)
    (heat,) = figure.data
    bpm = FIELDS.index("bpm")
    assert heat.z[0][bpm] == pytest.approx(100 * surveyed.missing.counts["bpm"] / surveyed.tracks)
    amber = 1 + surveyed.label_names.index("Amber")
    assert heat.z[amber][bpm] == pytest.approx(100 / 14)
    assert heat.text[amber][bpm] == "7 %"
    assert heat.text[amber][FIELDS.index("title")] == ""
    assert set(FIELD_NAMES) == set(FIELDS)


def test_nothing_to_draw_is_told_in_words(styles: dict[str, LabelStyle]) -> None:
    nothing = survey([])
    assert said(tracks_per_label([], styles=styles)) == "No track has a label."
    empty = spread_by_label(nothing.bpm, labels=[], styles=styles, quantity="tempo (BPM)")
    assert said(empty) == "No track has a tempo."
    never = Timeline("year", (), (), {}, 0, 0)
    assert said(releases_over_time(never, labels=[], styles=styles)) == "No track has a release date."
    assert "more than one label" in said(shared_artist_matrix(nothing.shared))
    assert "Nothing is missing" in said(missing_values(nothing.missing, labels=[], tracks=0))


def test_one_label_is_enough() -> None:
    figure = tracks_per_label([LabelCount("Amber", 3, 1, 1, 0.1)], styles=label_styles(["Amber"]))
    assert figure.layout.xaxis.dtick == 1
