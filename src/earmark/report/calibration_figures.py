"""How honest a model's confidence is: reliability, the sizes of label sets, and songs like none of the labels.

The three figures belong to `earmark.evaluation.calibration`, `earmark.evaluation.conformal` and
`earmark.evaluation.open_set`, which say what is drawn.
"""

import math

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from earmark.errors import InputError
from earmark.evaluation.calibration import ReliabilityTable
from earmark.evaluation.conformal import CoverageCheck
from earmark.evaluation.open_set import OpenSetCalibration
from earmark.report.rows import LEGEND_ABOVE
from earmark.report.score_texts import percent_range
from earmark.report.theme import BAD, GOOD, MAJOR, MINOR, NEUTRAL, empty_figure, plain, rgba, styled

_MOST_STEPS = 24


def reliability_figure(before: ReliabilityTable, after: ReliabilityTable | None = None) -> go.Figure:
    """Draw promised confidence against the share of right songs, with 95 % intervals, over where the songs are.

    Args:
        before: The model's own probabilities; in grey where both are drawn.
        after: The same songs after temperature scaling; None draws one table only.
    """
    if before.n == 0:
        return empty_figure("No songs to compare confidence with.")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.8, 0.2], vertical_spacing=0.05)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="as promised",
        line={"color": NEUTRAL, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    if after is None:
        _add_table(figure, before, name="songs", colour=MINOR, symbol="circle")
    else:
        _add_table(figure, before, name="before scaling", colour=NEUTRAL, symbol="circle-open")
        _add_table(figure, after, name="after scaling", colour=MINOR, symbol="circle")
    _add_extents(figure, before if after is None else after)
    figure.update_xaxes(range=[-0.01, 1.01], tickformat=".0%")
    figure.update_xaxes(title="mean confidence of the bin", row=2, col=1)
    figure.update_yaxes(title="share right", range=[-0.02, 1.03], tickformat=".0%", row=1, col=1)
    figure.update_yaxes(title="songs", rangemode="tozero", nticks=3, row=2, col=1)
    figure.update_layout(legend=LEGEND_ABOVE)
    return styled(figure, height=520)


def _add_table(figure: go.Figure, table: ReliabilityTable, *, name: str, colour: str, symbol: str) -> None:
    rows = table.bins
    figure.add_scatter(
        x=[one.confidence for one in rows],
        y=[one.right for one in rows],
        mode="markers",
        name=name,
        marker={"size": 11, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, one.interval.high - one.right) for one in rows],
            "arrayminus": [max(0.0, one.right - one.interval.low) for one in rows],
            "color": rgba(colour, 0.6),
            "thickness": 2,
            "width": 5,
        },
        customdata=[[one.n, percent_range(one.interval.low, one.interval.high)] for one in rows],
        hovertemplate=f"{plain(name)}<br>said %{{x:.1%}}, right %{{y:.1%}} of %{{customdata[0]}} songs"
        "<br>95 % interval %{customdata[1]}<extra></extra>",
        row=1,
        col=1,
    )


def _add_extents(figure: go.Figure, table: ReliabilityTable) -> None:
    """A histogram of the confidence itself cannot be drawn from bins; their extents with their songs can."""
    figure.add_bar(
        x=[(one.low + one.high) / 2 for one in table.bins],
        width=[max(one.high - one.low, 0.004) for one in table.bins],
        y=[one.n for one in table.bins],
        marker={"color": rgba(MINOR, 0.35), "line": {"color": MINOR, "width": 1}},
        customdata=[[one.low, one.high] for one in table.bins],
        hovertemplate="%{y} songs between %{customdata[0]:.1%} and %{customdata[1]:.1%}<extra></extra>",
        showlegend=False,
        row=2,
        col=1,
    )


def set_size_figure(check: CoverageCheck) -> go.Figure:
    """Draw how many labels the sets hold, and which of them hold the right one.

    Args:
        check: What the sets kept of their promise.
    """
    if check.n == 0:
        return empty_figure("No songs to make label sets of.")
    figure = go.Figure()
    sizes = [one.size for one in check.sizes]
    for name, counts, colour in (
        ("right label in the set", [one.held for one in check.sizes], GOOD),
        ("right label missed", [one.n - one.held for one in check.sizes], BAD),
    ):
        figure.add_bar(
            x=sizes,
            y=counts,
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            customdata=[one.n for one in check.sizes],
            hovertemplate=f"sets of %{{x}}: {name} in %{{y}} of %{{customdata}} songs<extra></extra>",
        )
    figure.add_scatter(
        x=sizes,
        y=[one.n for one in check.sizes],
        text=[f"{one.n / check.n:.0%}" for one in check.sizes],
        mode="text",
        textposition="top center",
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    figure.update_layout(barmode="stack", bargap=0.35, legend=LEGEND_ABOVE)
    figure.update_xaxes(title="labels in the set", dtick=1, showgrid=False, range=[0.4, max(sizes) + 0.6])
    figure.update_yaxes(title="songs", range=[0, 1.12 * max(one.n for one in check.sizes)])
    return styled(figure, height=340)


def open_set_figure(known: ArrayLike, unknown: ArrayLike, calibration: OpenSetCalibration) -> go.Figure:
    """Draw how strange songs of known labels and of held-back ones are, and the threshold between.

    Args:
        known: Scores ``(n,)`` of songs of labels that the model knew, of all rounds.
        unknown: Scores ``(m,)`` of songs of the label that it did not know.
        calibration: What was learnt from them.

    Raises:
        InputError: A score is not a finite number.
    """
    kinds = [np.asarray(scores, dtype=np.float64).reshape(-1) for scores in (known, unknown)]
    everything = np.concatenate(kinds)
    if not np.isfinite(everything).all():
        raise InputError("expected finite scores of how strange songs are")
    if min(one.size for one in kinds) == 0:
        return empty_figure("No label was held back, or no song of the others is left to compare with.")
    edges = _edges(everything)
    figure = go.Figure()
    for name, scores, colour in (("known labels", kinds[0], MINOR), ("held-back labels", kinds[1], MAJOR)):
        counts = np.histogram(scores, edges)[0]
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts / scores.size,
            name=f"{name} ({scores.size:,} songs)",
            offsetgroup="all",
            width=np.diff(edges),
            marker={"color": rgba(colour, 0.5), "line": {"color": colour, "width": 1}},
            customdata=counts,
            hovertemplate=f"{name}: %{{customdata}} songs (%{{y:.0%}}) around %{{x:.2f}}<extra></extra>",
        )
    reached = [float(edges[0]), float(edges[-1])]
    if calibration.threshold is not None:
        reached = [min(reached[0], calibration.threshold), max(reached[1], calibration.threshold)]
        _add_threshold(figure, calibration, right=calibration.threshold < sum(reached) / 2)
    spare = 0.02 * (reached[1] - reached[0])
    figure.update_layout(barmode="overlay", legend=LEGEND_ABOVE)
    figure.update_xaxes(
        title=f"how strange ({plain(calibration.score)})",
        showgrid=False,
        range=[reached[0] - spare, reached[1] + spare],
    )
    figure.update_yaxes(title="share of the songs", tickformat=".0%", rangemode="tozero")
    return styled(figure, height=360)


def _edges(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equal steps over all scores: about the root of their number, as songs are few."""
    low, high = float(scores.min()), float(scores.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, min(_MOST_STEPS, max(6, math.isqrt(scores.size))) + 1)


def _add_threshold(figure: go.Figure, calibration: OpenSetCalibration, *, right: bool) -> None:
    """The line, and in the page's own ink what lies on either side, where there is room for it."""
    figure.add_vline(x=calibration.threshold, line={"color": NEUTRAL, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=calibration.threshold,
        y=1,
        yref="y domain",
        yanchor="top",
        xanchor="left" if right else "right",
        showarrow=False,
        text=f"← {calibration.pass_share:.0%} of the known pass<br>{calibration.caught:.0%} of the others are caught →",
        align="left" if right else "right",
        xshift=6 if right else -6,
    )
