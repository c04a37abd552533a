"""Pictures of a comparison: who beats whom, hard labels, honest confidence, what parts add, and slice lengths."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from earmark.comparing.parts import PartGain
from earmark.comparing.promises import Promises
from earmark.evaluation.calibration import ReliabilityTable
from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.differences import Difference
from earmark.evaluation.metrics import Scores
from earmark.report.rows import LEGEND_ABOVE
from earmark.report.score_texts import percent_range
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


MOST_RELIABILITIES = 4
"""Models whose reliability is drawn; more are not read."""


def reliabilities(promises: Sequence[Promises]) -> go.Figure:
    """Draw promised confidence against the share of right test songs, a panel for each model, before and after scaling.

    Args:
        promises: What models promised and kept; the first `MOST_RELIABILITIES` are drawn.
    """
    shown = promises[:MOST_RELIABILITIES]
    names = [shortened(one.name, longest=20) for one in shown]
    figure = make_subplots(rows=1, cols=len(shown), shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=names)
    for column, one in enumerate(shown, start=1):
        line = {"color": NEUTRAL, "width": 1, "dash": "dot"}
        promised = go.Scatter(x=[0, 1], y=[0, 1], mode="lines", name="as promised", line=line, hoverinfo="skip")
        before = _reliability(one.name, one.reliability_before, "before scaling", NEUTRAL, "circle-open")
        after = _reliability(one.name, one.reliability_after, "after scaling", MINOR, "circle")
        for trace in (promised, before, after):
            figure.add_trace(trace.update(showlegend=column == 1, legendgroup=trace.name), row=1, col=column)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", tickvals=[0, 0.5, 1], title="mean confidence")
    figure.update_yaxes(range=[-0.02, 1.05], tickformat=".0%")
    figure.update_yaxes(title="share right", col=1)
    figure.update_layout(legend=LEGEND_ABOVE | {"y": 1.12})
    return styled(figure, height=400)


def _reliability(model: str, table: ReliabilityTable, name: str, colour: str, symbol: str) -> go.Scatter:
    rows = table.bins
    return go.Scatter(
        x=[row.confidence for row in rows],
        y=[row.right for row in rows],
        mode="markers",
        name=name,
        marker={"size": 9, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, row.interval.high - row.right) for row in rows],
            "arrayminus": [max(0.0, row.right - row.interval.low) for row in rows],
            "color": rgba(colour, 0.5),
            "thickness": 1.5,
            "width": 3,
        },
        customdata=[[row.n, percent_range(row.interval.low, row.interval.high)] for row in rows],
        hovertemplate=f"{plain(model)}, {name}<br>said %{{x:.1%}}, right %{{y:.1%}} of %{{customdata[0]}} tests"
        "<br>95 % interval %{customdata[1]}<extra></extra>",
    )


def part_gains_figure(gains: Sequence[PartGain]) -> go.Figure:
    """Draw by how many points of song accuracy an ensemble is better than itself without each part, with intervals.

    Args:
        gains: What each part adds.
    """
    names = [shortened(f"{one.part} in {one.ensemble}", longest=32) for one in gains]
    values = [100 * one.difference.mean for one in gains]
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=values,
        y=names,
        mode="markers",
        marker={
            "size": 11,
            "color": [GOOD if one.difference.better == one.ensemble else NEUTRAL for one in gains],
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * (one.difference.high - one.difference.mean) for one in gains],
            "arrayminus": [100 * (one.difference.mean - one.difference.low) for one in gains],
            "color": rgba(NEUTRAL, 0.7),
            "thickness": 2,
            "width": 5,
        },
        customdata=[[one.difference.p_corrected] for one in gains],
        hovertemplate="%{y}: %{x:+.1f} points, p = %{customdata[0]:.3f} after correction<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title="points of song accuracy that it adds", zeroline=False)
    figure.update_yaxes(showgrid=False, autorange="reversed")
    return styled(figure, height=150 + 38 * len(gains))
