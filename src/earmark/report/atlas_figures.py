"""Pictures of the atlas: labels on a plane, their tree, their distances, how broad they are and how they moved."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from earmark.report.rows import MOST_ROWS, label_axis, row_height
from earmark.report.theme import ACCENT, NEUTRAL, LabelStyle, empty_figure, plain, rgba, shortened, styled
from earmark.similarity.labels.atlas import Atlas
from earmark.similarity.labels.bridges import Advice
from earmark.similarity.labels.drift import Drift
from earmark.similarity.labels.label_map import Ellipse, LabelTree

MOST_NAMED = 40
"""Labels whose names stand on the map; of more, names are shown when the mouse is over them."""
MOST_NUMBERED = 14
"""Labels along a heat map whose distances are written into it."""

_CORNERS = 48
_MAP_HEIGHT = 620


def atlas_map(atlas: Atlas, *, styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw the labels on a plane, each with its 95 % ellipse and a line to the label that is nearest in truth.

    Args:
        atlas: The atlas.
        styles: Each label's style.
    """
    places, figure = atlas.map.places, go.Figure()
    figure.add_trace(_lines_to_nearest(atlas))
    for at, label in enumerate(atlas.labels):
        x, y = _outline(atlas.map.ellipses[at], places[at].tolist())
        colour = styles[label].colour
        figure.add_trace(
            go.Scatter(
                x=x, y=y, mode="lines", line={"color": rgba(colour, 0.5), "width": 1}, fill="toself",
                fillcolor=rgba(colour, 0.08), hoverinfo="skip",
            )
        )  # fmt: skip
    named = len(atlas.labels) <= MOST_NAMED
    for at, label in enumerate(atlas.labels):
        figure.add_trace(
            go.Scatter(
                x=[places[at, 0]],
                y=[places[at, 1]],
                mode="markers+text" if named else "markers",
                marker={"color": styles[label].colour, "symbol": styles[label].symbol, "size": 11},
                text=[shortened(label, longest=22)],
                textposition=_side(places, at),
                hovertext=[_map_hover(atlas, at)],
                hoverinfo="text",
                cliponaxis=False,
            )
        )
    axis = {"showticklabels": False, "zeroline": False, "showgrid": False, "showline": True, "mirror": True}
    figure.update_layout(xaxis=axis, yaxis={**axis, "scaleanchor": "x"}, showlegend=False)
    return styled(figure, height=_MAP_HEIGHT)


def _lines_to_nearest(atlas: Atlas) -> go.Scatter:
    """A faint line from each label to the one that is nearest in the full space."""
    x: list[float | None] = []
    y: list[float | None] = []
    for at in range(len(atlas.labels)):
        ends = atlas.map.places[[at, atlas.distances.nearest(at)[0]]]
        x += [*ends[:, 0].tolist(), None]
        y += [*ends[:, 1].tolist(), None]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": rgba(NEUTRAL, 0.7), "width": 1.5}, hoverinfo="skip")


def _outline(ellipse: Ellipse, centre: Sequence[float]) -> tuple[list[float], list[float]]:
    turn = np.linspace(0, 2 * np.pi, _CORNERS + 1)
    along, across = ellipse.radii[0] * np.cos(turn), ellipse.radii[1] * np.sin(turn)
    cos, sin = np.cos(ellipse.angle), np.sin(ellipse.angle)
    return (centre[0] + cos * along - sin * across).tolist(), (centre[1] + sin * along + cos * across).tolist()


def _side(places: np.ndarray, at: int) -> str:
    """Where a label's name stands: away from the label that lies nearest, and towards the middle at the edges."""
    low, high = places[:, 0].min(), places[:, 0].max()
    width = max(high - low, 1e-9)
    share = (places[at, 0] - low) / width
    gaps = np.linalg.norm(places - places[at], axis=1)
    gaps[at] = np.inf
    upper = "top" if places[at, 1] >= places[int(gaps.argmin()), 1] else "bottom"
    return f"{upper} {'right' if share < 0.15 else 'left' if share > 0.85 else 'center'}"


def _map_hover(atlas: Atlas, at: int) -> str:
    near = "<br>".join(
        f"{one.distance:.2f} ({one.interval[0]:.2f}–{one.interval[1]:.2f}) {plain(one.label)}"
        for one in atlas.nearest(at)[:3]
    )
    return f"<b>{plain(atlas.labels[at])}</b><br>nearest in the full space:<br>{near}"


def atlas_tree(tree: LabelTree, *, labels: Sequence[str], styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw the labels' tree, lying, with the support of its branches.

    Args:
        tree: The tree.
        labels: The labels' names.
        styles: Each label's style.
    """
    n, figure = len(labels), go.Figure()
    middles = {label: float(row) for row, label in enumerate(tree.order)}
    heights = dict.fromkeys(range(n), 0.0)
    for number, branch in enumerate(tree.branches):
        first, second = middles[branch.left], middles[branch.right]
        x = [heights[branch.left], branch.height, branch.height, heights[branch.right]]
        figure.add_trace(
            go.Scatter(
                x=x, y=[first, first, second, second], mode="lines", hoverinfo="skip",
                line={"color": rgba(NEUTRAL, 0.35 + 0.65 * branch.support), "width": 1 + 2 * branch.support},
            )
        )  # fmt: skip
        middles[n + number], heights[n + number] = (first + second) / 2, branch.height
    figure.add_trace(_supports(tree, middles, labels))
    figure.add_trace(
        go.Scatter(
            x=[0.0] * n, y=list(range(n)), mode="markers", cliponaxis=False, hoverinfo="skip",
            marker={
                "color": [styles[labels[at]].colour for at in tree.order],
                "symbol": [styles[labels[at]].symbol for at in tree.order],
                "size": 9,
            },
        )
    )  # fmt: skip
    label_axis(figure, [labels[at] for at in tree.order])
    width = max(heights.values()) or 1.0
    figure.update_xaxes(
        title="mean distance where branches join", range=[-0.015 * width, 1.06 * width], tickformat=".2~f",
        zeroline=False,
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    return styled(figure, height=row_height(n, each=30, around=96))


def _supports(tree: LabelTree, middles: Mapping[int, float], labels: Sequence[str]) -> go.Scatter:
    """How often each branch but the last, which has all labels, was there when artists were drawn anew."""
    inner, n = tree.branches[:-1], len(labels)
    return go.Scatter(
        x=[branch.height for branch in inner],
        y=[middles[n + number] for number in range(len(inner))],
        mode="text",
        text=[f"{branch.support:.0%}" for branch in inner],
        textposition="top right",
        textfont={"size": 11},
        hovertext=[
            f"{branch.support:.0%} of the resampled trees join just these:<br>"
            + "<br>".join(plain(labels[at]) for at in branch.members[:12])
            + ("<br>…" if len(branch.members) > 12 else "")
            for branch in inner
        ],
        hoverinfo="text",
        cliponaxis=False,
    )


def distance_matrix(atlas: Atlas) -> go.Figure:
    """Draw all distances, in the tree's order, the nearer the stronger.

    Args:
        atlas: The atlas.
    """
    order = list(atlas.tree.order)
    names = [atlas.labels[at] for at in order]
    matrix = atlas.distances.matrix
    values = [[None if one == other else float(matrix[one, other]) for other in order] for one in order]
    numbered = len(order) <= MOST_NUMBERED
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(range(len(order))),
            y=list(range(len(order))),
            text=[["" if one is None or not numbered else f"{one:.2f}" for one in row] for row in values],
            texttemplate="%{text}",
            hovertext=[[_pair_hover(atlas, one, other) for other in order] for one in order],
            hoverinfo="text",
            hoverongaps=False,
            colorscale=[(0.0, rgba(ACCENT, 0.8)), (1.0, rgba(ACCENT, 0.04))],
            zmin=0,
            showscale=not numbered,
            xgap=2 if numbered else 1,
            ygap=2 if numbered else 1,
        )
    )
    label_axis(figure, names)
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=[shortened(name, longest=18) for name in names], tickangle=-40,
        showgrid=False, zeroline=False,
    )  # fmt: skip
    return styled(figure, height=row_height(len(names), each=34 if numbered else 22, around=150))


def _pair_hover(atlas: Atlas, one: int, other: int) -> str:
    low, high = atlas.distances.interval(one, other)
    shared = int(atlas.distances.shared_leads[one, other])
    left = "kept" if atlas.distances.weak[one, other] else "left out"
    told = f"<br>{shared} shared artists, {left}" if shared else ""
    return (
        f"<b>{plain(atlas.labels[one])}</b> and <b>{plain(atlas.labels[other])}</b><br>"
        f"{atlas.distances.matrix[one, other]:.2f} ({low:.2f}–{high:.2f}){told}"
    )


def spread_bars(atlas: Atlas, *, styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw how broad each label is, with its interval, the narrowest first.

    Args:
        atlas: The atlas.
        styles: Each label's style.
    """
    ordered = sorted(atlas.profiles, key=lambda one: (one.spread, one.label))[:MOST_ROWS]
    rows = [(one.label, one.spread, one.spread_interval, styles[one.label].colour) for one in ordered]
    return _intervals(rows, title="mean distance of two tracks", rangemode="normal")


def drift_bars(atlas: Atlas, *, styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw how far each label moved in a year, with its interval; hollow where that is not told from standing still.

    Args:
        atlas: The atlas.
        styles: Each label's style.
    """
    known = [(one.label, one.drift) for one in atlas.profiles if isinstance(one.drift, Drift)]
    if not known:
        return empty_figure("No label's moves can be told.")
    ordered = sorted(known, key=lambda one: (-one[1].per_year, one[0]))[:MOST_ROWS]
    rows = [(label, drift.per_year, drift.interval, styles[label].colour) for label, drift in ordered]
    return _intervals(rows, title="move in a year", hollow=[not drift.is_told for _, drift in ordered])


def advice_bars(advice: Advice, *, styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw the suggested labels' distances from the furthest of the loved ones, with their intervals.

    Args:
        advice: The suggestions.
        styles: Each label's style.
    """
    rows = [(one.label, one.distance, one.interval, styles[one.label].colour) for one in advice.suggestions]
    return _intervals(rows, title="distance")


def _intervals(
    rows: Sequence[tuple[str, float, tuple[float, float], str]],
    *,
    title: str,
    hollow: Sequence[bool] = (),
    rangemode: str = "tozero",
) -> go.Figure:
    """A point for each row, with its 95 % interval."""
    figure = go.Figure()
    for at, (label, value, (low, high), colour) in enumerate(rows):
        mark = "circle-open" if hollow and hollow[at] else "circle"
        figure.add_trace(
            go.Scatter(
                x=[low, high], y=[at, at], mode="lines", hoverinfo="skip", line={"color": rgba(colour, 0.6), "width": 3}
            )
        )
        figure.add_trace(
            go.Scatter(
                x=[value], y=[at], mode="markers", marker={"color": colour, "size": 10, "symbol": mark},
                hovertext=[f"<b>{plain(label)}</b><br>{value:.3f} (95 %: {low:.3f}–{high:.3f})"], hoverinfo="text",
            )
        )  # fmt: skip
    label_axis(figure, [label for label, *_ in rows])
    figure.update_xaxes(title=title, rangemode=rangemode)
    figure.update_layout(showlegend=False)
    return styled(figure, height=row_height(len(rows), each=28, around=84))
