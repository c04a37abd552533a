"""How well labels were called: models beside baselines, confusions, each label's scores, a regression's coefficients.

Shares are drawn with their intervals: with a few dozen test songs the interval is the message.
"""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.intervals import Interval, wilson_interval
from earmark.evaluation.metrics import Scores
from earmark.report.label_spread import LabelSpread
from earmark.report.score_texts import percent_range
from earmark.report.theme import BAD, GOOD, MINOR, NEUTRAL, LabelStyle, plain, rgba, shortened, styled

MOST_LABELS_WITH_NUMBERS = 14
"""In a confusion matrix of more labels the cells are too small for numbers; the hover has them."""

COEFFICIENTS_SHOWN = 8

_FULL_CELL = 0.5
"""Cells with a larger share than this are dark enough for white numbers."""


def model_scores(rows: Sequence[ComparisonRow], *, baselines: frozenset[str]) -> go.Figure:
    """Draw the accuracy of models and baselines with 95 % intervals, the first row on top.

    Args:
        rows: What to draw; names distinct.
        baselines: The names of those that are no models; they are grey and hollow.
    """
    figure = go.Figure()
    for name, members in (
        ("models", [row for row in rows if row.name not in baselines]),
        ("without a model", [row for row in rows if row.name in baselines]),
    ):
        colour = MINOR if name == "models" else NEUTRAL
        figure.add_scatter(
            x=[row.accuracy for row in members],
            y=[plain(row.name) for row in members],
            mode="markers",
            name=name,
            marker={"size": 11, "color": colour, "symbol": "circle" if name == "models" else "circle-open"},
            error_x=_error_bars([row.accuracy for row in members], [row.accuracy_interval for row in members], colour),
            customdata=[
                [row.n_songs, percent_range(row.accuracy_interval.low, row.accuracy_interval.high)] for row in members
            ],
            hovertemplate="%{y}<br>accuracy %{x:.1%} of %{customdata[0]} songs<br>95 % interval %{customdata[1]}"
            "<extra></extra>",
        )
    figure.update_xaxes(title="accuracy (95 % interval)", range=[-0.01, 1.01], tickformat=".0%")
    figure.update_yaxes(categoryorder="array", categoryarray=[plain(row.name) for row in reversed(rows)])
    figure.update_layout(showlegend=False)
    return styled(figure, height=110 + 38 * len(rows))


def confusion_matrix(scores: Scores, *, unit: str) -> go.Figure:
    """Draw how often each label was called each label; rows are the truth and add up to all songs of it.

    Args:
        scores: The scores with their counts.
        unit: What was counted, in the plural, such as ``"songs"``.
    """
    labels = [one.label for one in scores.per_label]
    counts, totals = scores.confusion.tolist(), [one.n_songs for one in scores.per_label]
    names, figure = axis_names(labels), go.Figure()
    for right, colour in ((True, GOOD), (False, BAD)):
        # Cells that are empty or of the other colour are blank, and need no hover.
        own = [
            [bool(n) and (row == column) == right for column, n in enumerate(line)] for row, line in enumerate(counts)
        ]
        figure.add_heatmap(
            z=[
                [n / total if here else None for n, here in zip(line, mine, strict=True)]
                for line, total, mine in zip(counts, totals, own, strict=True)
            ],
            hovertext=[
                [_told(labels[row], labels[column], n, totals[row], unit) if own[row][column] else None
                 for column, n in enumerate(line)]
                for row, line in enumerate(counts)
            ],
            x=names,
            y=names,
            zmin=0,
            zmax=1,
            hovertemplate="%{hovertext}<extra></extra>",
            xgap=2,
            ygap=2,
            hoverongaps=False,
            showscale=False,
            # The page's ground shows through where a share is small, which reads alike on light ground and on dark.
            colorscale=[[0, rgba(colour, 0.1)], [1, rgba(colour, 1)]],
        )  # fmt: skip
    if len(labels) <= MOST_LABELS_WITH_NUMBERS:
        _add_numbers(figure, names, counts, totals)
    figure.update_xaxes(title="called", side="bottom", tickangle=-40, showgrid=False, constrain="domain")
    figure.update_yaxes(title="truth", autorange="reversed", showgrid=False)
    figure.update_layout(showlegend=False)
    each = 32 if len(labels) <= MOST_LABELS_WITH_NUMBERS else 20
    return styled(figure, height=max(400, 190 + each * len(labels)))


def _told(truth: str, called: str, n: int, total: int, unit: str) -> str:
    return f"{plain(truth)}, called {plain(called)}:<br>{n} of {total} {unit} ({n / total:.0%})"


def _add_numbers(
    figure: go.Figure, names: Sequence[str], counts: Sequence[Sequence[int]], totals: Sequence[int]
) -> None:
    """The counts: white on full cells, in the page's own ink on faint ones, and none where nothing is."""
    cells = [
        (truth, called, counts[row][column], counts[row][column] / totals[row])
        for row, truth in enumerate(names)
        for column, called in enumerate(names)
        if counts[row][column]
    ]
    for full in (True, False):
        own = [cell for cell in cells if (cell[3] > _FULL_CELL) == full]
        figure.add_scatter(
            x=[called for _, called, _, _ in own],
            y=[truth for truth, _, _, _ in own],
            text=[f"{count:,}" for _, _, count, _ in own],
            mode="text",
            textfont={"size": 13, **({"color": "#ffffff"} if full else {})},
            hoverinfo="skip",
        )


def label_scores(
    scores: Scores, *, styles: Mapping[str, LabelStyle], spreads: Sequence[LabelSpread] | None = None
) -> go.Figure:
    """Draw each label's recall and precision with their 95 % intervals.

    Args:
        scores: Scores at song level.
        styles: The labels' colours and symbols.
        spreads: Each label's intervals; Wilson's of songs that stand alone where None.
    """
    names = axis_names([one.label for one in scores.per_label])
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.09)
    for column, kind in ((1, "recall"), (2, "precision")):
        for place, (one, name) in enumerate(zip(scores.per_label, names, strict=True)):
            value = one.recall if kind == "recall" else one.precision
            n = one.n_songs if kind == "recall" else one.n_estimated
            if n == 0:  # nothing can be said of a label that has no songs, or that was never called
                continue
            style, hits = styles[one.label], round(value * n)
            spread = None if spreads is None else spreads[place]
            own = None if spread is None else spread.recall if kind == "recall" else spread.precision
            interval = own or wilson_interval(hits, n)
            of = "of its songs were called it" if kind == "recall" else "of the songs called it are its own"
            figure.add_scatter(
                x=[value],
                y=[name],
                mode="markers",
                marker={"size": 11, "color": style.colour, "symbol": style.symbol},
                error_x=_error_bars([value], [interval], style.colour),
                hovertemplate=f"{plain(one.label)}<br>{hits} of {n} {of}<br>{kind} %{{x:.0%}}, 95 % interval "
                f"{percent_range(interval.low, interval.high)}<extra></extra>",
                row=1,
                col=column,
            )
        figure.update_xaxes(title=kind, range=[-0.03, 1.03], tickvals=[0, 0.5, 1], row=1, col=column)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], range=[-0.6, len(names) - 0.4])
    figure.update_layout(showlegend=False)
    return styled(figure, height=110 + 34 * len(scores.per_label))


def coefficient_bars(pairs: Sequence[tuple[str, float]], *, reach: float) -> go.Figure:
    """Draw what speaks for and against a label in a regression: its largest coefficients.

    Args:
        pairs: Names of columns with their coefficients, in any order.
        reach: Where the axis ends on both sides, so that several labels' bars can be compared.
    """
    largest = sorted(pairs, key=lambda pair: -abs(pair[1]))[:COEFFICIENTS_SHOWN]
    shown = sorted(largest, key=lambda pair: pair[1])
    figure = go.Figure(
        go.Bar(
            x=[value for _, value in shown],
            y=[plain(column) for column, _ in shown],
            orientation="h",
            marker={"color": [GOOD if value > 0 else BAD for _, value in shown]},
            hovertemplate="%{y}: %{x:+.2f}<extra></extra>",
        )
    )
    figure.update_layout(bargap=0.3)
    figure.update_xaxes(title="coefficient", range=[-reach, reach])
    figure.update_yaxes(showgrid=False)
    return styled(figure, height=90 + 24 * len(shown))


def axis_names(labels: Sequence[str]) -> list[str]:
    """Shorten labels for an axis, those that would become alike excepted: an axis has one place for each name.

    Args:
        labels: The labels' names, distinct.

    Returns:
        The names as Plotly shows them, in the same order, distinct.
    """
    names = [shortened(label, longest=22) for label in labels]
    return [plain(label) if names.count(name) > 1 else name for label, name in zip(labels, names, strict=True)]


def _error_bars(values: Sequence[float], intervals: Sequence[Interval], colour: str) -> dict[str, object]:
    """An interval as the two lengths that Plotly draws from a point; never below 0 by rounding."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, one.high - value) for value, one in zip(values, intervals, strict=True)],
        "arrayminus": [max(0.0, value - one.low) for value, one in zip(values, intervals, strict=True)],
        "color": colour,
        "thickness": 2,
        "width": 5,
    }
