"""Draws a confound audit: how well each fact of a file by itself tells the labels."""

from collections.abc import Sequence

import plotly.graph_objects as go

from earmark.evaluation.associations import Association
from earmark.report.theme import MAJOR, NEUTRAL, empty_figure, plain, styled


def shortcut_strengths(columns: Sequence[Association], *, telling: frozenset[str]) -> go.Figure:
    """Draw the strength of each fact, the strongest on top.

    Args:
        columns: The facts; those without a strength are left out.
        telling: Names of those that tell the labels better than chance.
    """
    ranked = sorted((one for one in columns if one.strength == one.strength), key=lambda one: one.strength)
    if not ranked:
        return empty_figure("All files are alike in every fact that is known of them.")
    figure = go.Figure(
        go.Bar(
            x=[one.strength for one in ranked],
            y=[plain(one.column) for one in ranked],
            orientation="h",
            marker={"color": [MAJOR if one.column in telling else NEUTRAL for one in ranked]},
            text=[f"{one.strength:.2f}" for one in ranked],
            textposition="outside",
            cliponaxis=False,
            customdata=[[one.measure, one.n_songs, f"{one.p_corrected:.2g}"] for one in ranked],
            hovertemplate="%{y}<br>%{customdata[0]} %{x:.2f}, known of %{customdata[1]} songs<br>"
            "corrected p = %{customdata[2]}<extra></extra>",
        )
    )
    figure.update_xaxes(title="strength", range=[0, 1.05])
    figure.update_yaxes(showgrid=False)
    return styled(figure, height=100 + 30 * len(ranked))
