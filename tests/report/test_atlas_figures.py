import dataclasses

import numpy as np
import pytest
from made_atlas import made_atlas
from survey_tracks import EVIL

from earmark.report import atlas_figures as pictures
from earmark.report.theme import label_styles
from earmark.similarity.labels.atlas import Atlas
from earmark.similarity.labels.label_map import Ellipse


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return made_atlas(resamples=60)


def test_the_map_has_a_point_and_an_ellipse_for_each_label(atlas: Atlas) -> None:
    figure = pictures.atlas_map(atlas, styles=label_styles(atlas.labels))
    points = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert [(trace.x[0], trace.y[0]) for trace in points] == [tuple(place) for place in atlas.map.places]
    outlines = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(outlines) == len(atlas.labels)
    assert "&lt;" in points[atlas.labels.index(EVIL)].text[0]
    assert EVIL not in str(figure.to_json())


def test_lines_lead_to_the_nearest_in_truth(atlas: Atlas) -> None:
    lines = pictures.atlas_map(atlas, styles=label_styles(atlas.labels)).data[0]
    for at in range(len(atlas.labels)):
        nearest = atlas.distances.nearest(at)[0]
        assert lines.x[3 * at : 3 * at + 2] == (atlas.map.places[at, 0], atlas.map.places[nearest, 0])


def test_many_labels_have_no_names_on_the_map(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_NAMED", 3)
    figure = pictures.atlas_map(atlas, styles=label_styles(atlas.labels))
    assert not [trace for trace in figure.data if trace.mode == "markers+text"]


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
def test_outlines_are_ellipses(angle: float) -> None:
    x, y = pictures._outline(Ellipse((2.0, 0.5), angle), [1.0, -1.0])
    moved = np.array([x, y]).T - [1.0, -1.0]
    back = moved @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose((back[:, 0] / 2.0) ** 2 + (back[:, 1] / 0.5) ** 2, 1, atol=1e-9)
    assert (x[0], y[0]) == pytest.approx((x[-1], y[-1]))


def test_branches_of_the_tree_join_at_their_heights(atlas: Atlas) -> None:
    figure = pictures.atlas_tree(atlas.tree, labels=atlas.labels, styles=label_styles(atlas.labels))
    joints = [trace for trace in figure.data if trace.mode == "lines"]
    assert [trace.x[1] for trace in joints] == [branch.height for branch in atlas.tree.branches]
    assert all(trace.x[1] == trace.x[2] >= max(trace.x[0], trace.x[3]) for trace in joints)
    [supports] = [trace for trace in figure.data if trace.mode == "text"]
    assert list(supports.text) == [f"{branch.support:.0%}" for branch in atlas.tree.branches[:-1]]


def test_the_matrix_is_in_the_trees_order_and_blank_in_the_middle(atlas: Atlas) -> None:
    [heat] = pictures.distance_matrix(atlas).data
    order = list(atlas.tree.order)
    for row, one in enumerate(order):
        for column, other in enumerate(order):
            expected = None if one == other else pytest.approx(float(atlas.distances.matrix[one, other]))
            assert heat.z[row][column] == expected


def test_hollow_is_what_is_not_told(atlas: Atlas) -> None:
    figure = pictures.drift_bars(atlas, styles=label_styles(atlas.labels))
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    told = {one.label: one.drift.is_told for one in atlas.profiles if not isinstance(one.drift, str)}
    assert len(marks) == len(told)
    assert sum(trace.marker.symbol == "circle" for trace in marks) == sum(told.values())
    still = dataclasses.replace(
        atlas, profiles=tuple(dataclasses.replace(one, drift="no years") for one in atlas.profiles)
    )
    assert not pictures.drift_bars(still, styles=label_styles(atlas.labels)).data


def test_the_narrowest_is_on_top(atlas: Atlas) -> None:
    figure = pictures.spread_bars(atlas, styles=label_styles(atlas.labels))
    values = [trace.x[0] for trace in figure.data if trace.mode == "markers"]
    assert values == sorted(values)
    assert len(values) == len(atlas.labels)
