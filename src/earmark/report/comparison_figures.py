"""Pictures of a comparison: who is better than whom by how much, which labels are hard for whom, and slice lengths."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.differences import Difference
from earmark.evaluation.metrics import Scores
from earmark.report.theme import DIVERGING, GOOD, MAJOR, MINOR, NEUTRAL, plain, rgba, shortened, styled, tints

READING_STYLES: Mapping[str, tuple[str, str]] = {
    "slices": (NEUTRAL, "circle"),
    "songs, by the slices' mean": (MINOR, "diamond"),
    "songs, by the slices' vote": (MAJOR, "square"),
}
"""Colour and symbol of each way to read a model's slices."""


def difference_matrix(differences: Sequence[Difference], names: Sequence[str]) -> go.Figure:
    """Draw by how many points of song accuracy each row is better than each column; stars mark what can be told apart.

    Args:
        differences: Each two of the contestants.
        names: The contestants in the order of rows and columns.
    """
    found = {(one.first, one.second): (one, 1.0) for one in differences}
    found |= {(one.second, one.first): (one, -1.0) for one in differences}
    cells, words, hovers = [], [], []
    for row in names:
        pairs = [found.get((row, column)) for column in names]
        cells.append([None if pair is None else 100 * pair[1] * pair[0].mean for pair in pairs])
        words.append(["" if pair is None else _points(*pair) for pair in pairs])
        hovers.append(["" if pair is None else _pair_hover(row, *pair) for pair in pairs])
    reach = max((abs(100 * one.mean) for one in differences), default=1.0) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            x=[shortened(name, longest=20) for name in names],
            y=[shortened(name, longest=20) for name in names],
            zmin=-reach,
            zmax=reach,
            text=words,
            texttemplate="%{text}",
            # The scale's ends are dark and its middle light; half seen through, one ink reads on all of it.
            opacity=0.55,
            hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
            hoverongaps=False,
            xgap=2,
            ygap=2,
            colorscale=list(DIVERGING),
            colorbar={"title": {"text": "points"}, "len": 0.9},
        )
    )
    figure.update_xaxes(showgrid=False, tickangle=-40)
    figure.update_yaxes(showgrid=False, autorange="reversed")
    return styled(figure, height=max(320, 170 + 42 * len(names)))


def _points(difference: Difference, sign: float) -> str:
    points = round(100 * sign * difference.mean)
    return f"{points:+d}{' *' if difference.better else ''}" if points else "0"


def _pair_hover(row: str, difference: Difference, sign: float) -> str:
    low, high = sorted((100 * sign * difference.low, 100 * sign * difference.high))
    other = difference.second if row == difference.first else difference.first
    told = "can be told apart" if difference.better else "cannot be told apart"
    return (
        f"{plain(row)} against {plain(other)}<br>{100 * sign * difference.mean:+.1f} points "
        f"(95 % interval {low:+.1f} to {high:+.1f})<br>p = {difference.p:.3f}, {difference.p_corrected:.3f} after "
        f"correction for all pairs<br>{told}"
    )


def recall_by_label(scores: Mapping[str, Scores]) -> go.Figure:
    """Draw which share of each label's songs each contestant calls rightly.

    Args:
        scores: Scores at song level by contestant, all over the same labels.
    """
    first = next(iter(scores.values()))
    labels = [one.label for one in first.per_label]
    values = [[one.recall if one.n_songs else None for one in own.per_label] for own in scores.values()]
    hovers = [
        [f"{plain(name)}<br>{plain(one.label)}: {one.recall:.0%} of its songs" for one in own.per_label]
        for name, own in scores.items()
    ]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[shortened(label, longest=20) for label in labels],
            y=[shortened(name, longest=20) for name in scores],
            zmin=0,
            zmax=1,
            hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
            texttemplate="%{z:.0%}" if len(labels) <= _MOST_NUMBERED else None,
            xgap=2,
            ygap=2,
            colorscale=tints(GOOD),
            colorbar={"title": {"text": "share of the<br>label's songs"}, "tickformat": ".0%", "len": 0.9},
        )
    )
    figure.update_xaxes(showgrid=False, tickangle=-40)
    figure.update_yaxes(showgrid=False, autorange="reversed")
    return styled(figure, height=max(320, 190 + 34 * len(scores)))


_MOST_NUMBERED = 12


def slice_length_curves(trials: Mapping[float, Sequence[Sequence[ComparisonRow]]]) -> go.Figure:
    """Draw macro F1 against the length of a slice: a line through the trials' means, a point for each trial.

    Args:
        trials: For each slice length in seconds, for each trial its rows: slices, songs by mean, songs by vote.
    """
    figure = go.Figure()
    seconds = sorted(trials)
    for reading, (colour, symbol) in READING_STYLES.items():
        points = [(length, value) for length in seconds for value in _macro_f1(trials[length], reading)]
        means = [_mean(_macro_f1(trials[length], reading)) for length in seconds]
        figure.add_scatter(
            x=seconds,
            y=means,
            mode="lines+markers",
            name=reading,
            line={"color": colour, "width": 2},
            marker={"color": colour, "symbol": symbol, "size": 9},
            hovertemplate=f"{reading}<br>slices of %{{x:g}} s: mean macro F1 %{{y:.3f}}<extra></extra>",
        )
        figure.add_scatter(
            x=[length for length, _ in points],
            y=[value for _, value in points],
            mode="markers",
            name=reading,
            showlegend=False,
            marker={"color": rgba(colour, 0.45), "symbol": f"{symbol}-open", "size": 7},
            hovertemplate=f"{reading}, one trial<br>slices of %{{x:g}} s: macro F1 %{{y:.3f}}<extra></extra>",
        )
    figure.update_xaxes(
        title="length of a slice (s)", type="log", tickvals=seconds, ticktext=[f"{length:g}" for length in seconds]
    )
    figure.update_yaxes(title="macro F1", rangemode="tozero", tickformat=".2f")
    return styled(figure, height=420)


def _macro_f1(trials: Sequence[Sequence[ComparisonRow]], reading: str) -> list[float]:
    level, note = {
        "slices": ("slice", ""),
        "songs, by the slices' mean": ("song", "slices' mean"),
        "songs, by the slices' vote": ("song", "slices' vote"),
    }[reading]
    return [row.macro_f1 for rows in trials for row in rows if row.level == level and (row.note == note or not note)]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
