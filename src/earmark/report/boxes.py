"""Box plots after Tukey, drawn from their numbers, so that a page holds few values however large a collection is.

A box reaches from the first quartile to the third (linear between values) with a line at the median; whiskers reach to
the furthest values within 1.5 times that distance. Up to 40 values are drawn as points too, beyond that the outliers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from earmark.report.theme import NEUTRAL, rgba, shortened

MOST_POINTS = 40
"""Up to so many values each is a point; more are a box and its outliers."""

_MOST_OUTLIERS = 200
_WHISKER = 1.5


@dataclass(frozen=True, slots=True)
class Box:
    """A box plot's numbers, in the unit of its values.

    Attributes:
        quartiles: The first quartile, the median and the third.
        whiskers: The furthest values within 1.5 times the distance of the quartiles from them.
        points: The single values that are drawn, float64 of shape (n,): all of them where they are few, else outliers.
        size: How many values there are.
    """

    quartiles: tuple[float, float, float]
    whiskers: tuple[float, float]
    points: npt.NDArray[np.float64]
    size: int


def box_of(values: npt.NDArray[np.float64]) -> Box:
    """Return the box of some values.

    Args:
        values: Float64 of shape (n,), at least one.
    """
    low, middle, high = (float(one) for one in np.quantile(values, (0.25, 0.5, 0.75)))
    reach = _WHISKER * (high - low)
    inside = values[(values >= low - reach) & (values <= high + reach)]
    # Quartiles lie between values, so that a whisker could end inside of the box.
    whiskers = (min(float(inside.min()), low), max(float(inside.max()), high))
    if len(values) <= MOST_POINTS:
        return Box((low, middle, high), whiskers, values, len(values))
    outliers = values[(values < whiskers[0]) | (values > whiskers[1])]
    every = -(-len(outliers) // _MOST_OUTLIERS) or 1
    return Box((low, middle, high), whiskers, outliers[::every], len(values))


def add_box(figure: go.Figure, box: Box, *, row: int, name: str, colour: str, number_format: str) -> None:
    """Draw a box with its points, lying.

    Args:
        figure: Changed in place.
        box: Its numbers.
        row: Its place on the vertical axis.
        name: What it is of.
        colour: ``"#rrggbb"``.
        number_format: How values are shown, as d3-format has it.
    """
    low, middle, high = box.quartiles
    figure.add_trace(
        go.Box(
            q1=[low],
            median=[middle],
            q3=[high],
            lowerfence=[box.whiskers[0]],
            upperfence=[box.whiskers[1]],
            y=[row],
            orientation="h",
            width=0.56,
            name=shortened(name),
            line={"color": colour, "width": 1.75},
            fillcolor=rgba(colour, 0.2),
            hoverinfo="x",
        )
    )
    if len(box.points):
        # Spread evenly by the golden ratio, which needs no chance: neighbours in value are not neighbours in height.
        offsets = (np.arange(len(box.points)) * 0.618034 % 1.0 - 0.5) * 0.44
        figure.add_trace(
            go.Scatter(
                x=box.points,
                y=row + offsets,
                mode="markers",
                marker={"color": colour, "size": 5, "opacity": 0.7},
                hovertemplate=f"%{{x:{number_format}}}<extra>{shortened(name)}</extra>",
            )
        )


def cut_far_values(
    figure: go.Figure, values: npt.NDArray[np.float64], boxes: Sequence[Box], number_format: str
) -> None:
    """Keep a few far values, such as a two-hour mix, from squeezing everything else; say how many are beyond.

    Args:
        figure: Its horizontal axis gets a range.
        values: Every value, float64 of shape (n,).
        boxes: Every box that is drawn.
        number_format: How values are shown.
    """
    low, high = min(box.whiskers[0] for box in boxes), max(box.whiskers[1] for box in boxes)
    room = max(high - low, 0.02 * abs(high))
    bounds = [min(low, float(values.min())), max(high, float(values.max()))]
    told = []
    if low - bounds[0] > room:
        bounds[0] = low
        below = values[values < low]
        told.append((0.0, "left", f"◂ {_told(below, number_format)}"))
    if bounds[1] - high > room:
        bounds[1] = high
        above = values[values > high]
        told.append((1.0, "right", f"{_told(above, number_format)} ▸"))
    margin = max(0.04 * (bounds[1] - bounds[0]), 0.01 * abs(bounds[1]))
    figure.update_xaxes(range=[bounds[0] - margin, bounds[1] + margin])
    if told:
        figure.update_layout(margin_t=30)
    for x, side, text in told:
        figure.add_annotation(
            text=text, x=x, y=1.0, xref="paper", yref="paper", xanchor=side, yanchor="bottom", showarrow=False,
            font={"size": 12, "color": NEUTRAL},
        )  # fmt: skip


def _told(values: npt.NDArray[np.float64], form: str) -> str:
    """How many values are beyond the axis, and where; short, since a plot on a phone is narrow."""
    low, high = f"{values.min():{form}}", f"{values.max():{form}}"
    return f"{len(values)} more at {low if low == high else f'{low}–{high}'}"
