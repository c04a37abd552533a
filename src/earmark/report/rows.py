"""Rows of a figure: heights, names down the side, numbers along the bottom, and the legend above."""

from collections.abc import Sequence

import plotly.graph_objects as go

from earmark.report.theme import shortened

MOST_ROWS = 40
"""Labels that a figure with a row for each shows at most."""

LEGEND_ABOVE = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"}
"""A legend in rows above the plot, which the plot makes room for."""


def row_height(rows: int, *, each: int = 26, around: int = 84) -> int:
    """Return the height in pixels of a figure with rows.

    Args:
        rows: How many there are.
        each: Height of one.
        around: Height of what stands above and below them.
    """
    return max(rows * each, 60) + around


def label_axis(figure: go.Figure, names: Sequence[str], *, sizes: Sequence[int] = ()) -> None:
    """Write names along the vertical axis, one for each whole number from 0 at the top.

    Rows are places rather than names, so that two names that are cut alike stay two rows.

    Args:
        figure: Changed in place.
        names: As they stand in the data; they are cut to fit.
        sizes: A number to write in brackets behind each name; empty for none.
    """
    behind = [f" ({size:,})" for size in sizes] or [""] * len(names)
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[shortened(name) + size for name, size in zip(names, behind, strict=True)],
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )


def count_axis(figure: go.Figure, counts: Sequence[int]) -> None:
    """Make the horizontal axis one of numbers of tracks, without fractions of one.

    Args:
        figure: Changed in place.
        counts: The numbers that are drawn.
    """
    few = max(counts, default=0) < 6
    figure.update_xaxes(title="tracks", rangemode="tozero", tickformat=",d", dtick=1 if few else None)
