"""How far a score can be trusted: the same model on many draws of a split, and on two kinds of split.

Shares are in [0, 1] and drawn in per cent; with a few dozen test songs the spread is the message.
"""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from earmark.errors import InputError
from earmark.evaluation.comparison import ComparisonRow
from earmark.report.theme import BAD, MAJOR, MINOR, NEUTRAL, plain, rgba, styled

_KINDS = ((MINOR, "circle"), (MAJOR, "diamond"), (NEUTRAL, "square"))
"""Colour and symbol of each kind of split; none of the colours is a label's."""
_LANE = 0.16
"""Distance between two kinds of split on one line, lines being 1 apart."""


def accuracy_draws(
    accuracies: Mapping[str, Sequence[float]], *, marks: Mapping[str, float], mark_name: str = "published"
) -> go.Figure:
    """Draw each contestant's accuracies on many splits as a box over its points, the first contestant on top.

    Args:
        accuracies: By contestant, one share for each split.
        marks: By contestant, a share to be marked on its line, such as a published one.
        mark_name: What the mark is, for the legend.

    Raises:
        InputError: A mark is of no contestant.
    """
    if strangers := [name for name in marks if name not in accuracies]:
        raise InputError(f"expected marks of {', '.join(accuracies)}; {strangers[0]!r} is none of them")
    figure = go.Figure()
    for name, values in accuracies.items():
        figure.add_box(
            x=list(values),
            y=[plain(name)] * len(values),
            orientation="h",
            boxpoints="all",
            jitter=0.6,
            pointpos=0,
            marker={"size": 5, "color": rgba(MINOR, 0.45)},
            line={"color": MINOR, "width": 1.5},
            fillcolor=rgba(MINOR, 0.12),
            showlegend=False,
            hovertemplate=f"{plain(name)}<br>accuracy %{{x:.1%}}<extra></extra>",
        )
    figure.add_scatter(
        x=list(marks.values()),
        y=[plain(name) for name in marks],
        mode="markers",
        name=plain(mark_name),
        marker={"size": 14, "symbol": "diamond", "color": BAD, "line": {"color": "white", "width": 1}},
        hovertemplate=f"{plain(mark_name)}: %{{x:.1%}}<extra></extra>",
        showlegend=bool(marks),
    )
    figure.update_yaxes(categoryorder="array", categoryarray=[plain(name) for name in reversed(list(accuracies))])
    return _shares(figure, lines=len(accuracies), title="accuracy on the test songs of one split")


def accuracy_by_split(rows: Mapping[str, Sequence[ComparisonRow]]) -> go.Figure:
    """Draw contestants' accuracies with 95 % intervals under several kinds of split, beside each other.

    Args:
        rows: By kind of split, such as ``"artist-disjoint"``, a row for each contestant; at most three kinds. Lines
            are in the order of the first kind, from the top.

    Raises:
        InputError: There are more kinds than can be told apart.
    """
    if len(rows) > len(_KINDS):
        raise InputError(f"expected at most {len(_KINDS)} kinds of split, got {len(rows)}: {', '.join(rows)}")
    names = list(dict.fromkeys(row.name for members in rows.values() for row in members))
    figure = go.Figure()
    for kind, (told, members) in enumerate(rows.items()):
        colour, symbol = _KINDS[kind]
        lane = (kind - (len(rows) - 1) / 2) * _LANE
        figure.add_scatter(
            x=[row.accuracy for row in members],
            y=[names.index(row.name) + lane for row in members],
            mode="markers",
            name=plain(told),
            marker={"size": 10, "symbol": symbol, "color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [max(0.0, row.accuracy_interval.high - row.accuracy) for row in members],
                "arrayminus": [max(0.0, row.accuracy - row.accuracy_interval.low) for row in members],
                "color": colour,
                "thickness": 2,
                "width": 4,
            },
            customdata=[[plain(row.name), row.n_songs, str(row.accuracy_interval)] for row in members],
            hovertemplate="%{customdata[0]}<br>%{x:.1%} of %{customdata[1]} songs<br>95 % interval %{customdata[2]}"
            f"<extra>{plain(told)}</extra>",
        )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[plain(name) for name in names],
        range=[len(names) - 0.5, -0.5],
        zeroline=False,
    )
    return _shares(figure, lines=len(names), title="accuracy, with 95 % interval")


def _shares(figure: go.Figure, *, lines: int, title: str) -> go.Figure:
    figure.update_xaxes(title=title, range=[-0.01, 1.01], tickformat=".0%")
    figure.update_layout(legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"})
    return styled(figure, height=150 + 56 * lines)
