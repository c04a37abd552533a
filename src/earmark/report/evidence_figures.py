"""Pictures of a verdict: the labels' probabilities, and what speaks for them along the track."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from earmark.audio.envelope import Envelope
from earmark.models.evidence import clock
from earmark.models.why import Explanation
from earmark.report.rows import label_axis, row_height
from earmark.report.theme import BAD, GOOD, NEUTRAL, LabelStyle, plain, rgba, shortened, styled

MOST_LINES = 3
"""Labels that are drawn along a track: the most probable ones."""

MOST_BARS = 10
"""Labels whose probabilities are drawn as bars."""

MARKED = 3
"""Sections that carry their rank: those that matter most."""

_TICK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_MOST_TICKS = 13


def evidence_figure(
    explanation: Explanation, *, styles: Mapping[str, LabelStyle], envelope: Envelope | None = None
) -> go.Figure:
    """Draw a track with what speaks for its labels below it, on one axis of time.

    At the top is the waveform, shaded by the label that each section alone would get; the sections that matter most
    carry their ranks. Below are the probabilities of the leading labels, thin for each slice alone and thick for each
    section alone, and at the bottom each section's part in the log-odds of the label against the runner-up.

    Args:
        explanation: The verdict, explained.
        styles: The labels' looks.
        envelope: The outline of the sound; None leaves the waveform out.
    """
    rows = [0.42, 0.30] if envelope is None else [0.26, 0.44, 0.30]
    figure = make_subplots(rows=len(rows), cols=1, shared_xaxes=True, row_heights=rows, vertical_spacing=0.045)
    if envelope is not None:
        _add_waveform(figure, envelope)
    _add_lines(figure, explanation, styles, row=len(rows) - 1)
    _add_contributions(figure, explanation, row=len(rows))
    _shade(figure, explanation, styles, rows=len(rows))
    end = float(explanation.evidence.ends_seconds[-1]) if envelope is None else envelope.seconds
    ticks = time_ticks(end)
    figure.update_xaxes(
        range=[0, end],
        tickvals=ticks,
        ticktext=[clock(tick) for tick in ticks],
        tickangle=0,
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(title="time (m:ss)", row=len(rows), col=1)
    figure.update_layout(legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"})
    return styled(figure, height=430 if envelope is None else 580)


def time_ticks(seconds: float) -> list[float]:
    """Return round times from 0 to the end of a track, two to thirteen or so."""
    step = next((one for one in _TICK_STEPS if seconds / one < _MOST_TICKS), _TICK_STEPS[-1])
    ticks = [float(tick) for tick in np.arange(0, seconds + 1e-9, step)]
    # Plotly stumbles over an axis with a single tick.
    return ticks if len(ticks) > 1 else [0.0, seconds]


def _add_waveform(figure: go.Figure, envelope: Envelope) -> None:
    times = np.round(envelope.middles_seconds, 2).astype(np.float32)
    line = {"color": NEUTRAL, "width": 0.6}
    for values, fill in ((envelope.low, None), (envelope.high, "tonexty")):
        figure.add_scatter(
            x=times,
            y=np.round(values.astype(np.float64), 3).astype(np.float32),
            mode="lines",
            line=line,
            fill=fill,
            fillcolor=rgba(NEUTRAL, 0.75),
            hoverinfo="skip",
            showlegend=False,
            row=1,
            col=1,
        )
    reach = max(float(np.abs(envelope.low).max()), float(np.abs(envelope.high).max()), 1e-3)
    # Room above the sound for the sections' ranks.
    figure.update_yaxes(range=[-1.05 * reach, 1.5 * reach], showticklabels=False, showgrid=False, row=1, col=1)
    figure.update_yaxes(title="sound", row=1, col=1)


def _add_lines(figure: go.Figure, told: Explanation, styles: Mapping[str, LabelStyle], *, row: int) -> None:
    evidence, sections = told.evidence, told.sections
    by_slice = _probabilities(evidence.weight * evidence.log_probs + evidence.rest)
    means = [evidence.log_probs[one.first : one.stop].mean(axis=0) for one in sections]
    by_section = _probabilities(evidence.weight * np.stack(means) + evidence.rest)
    spans = [(one.start_seconds, one.end_seconds) for one in sections]
    slices = list(zip(evidence.starts_seconds.tolist(), evidence.ends_seconds.tolist(), strict=True))
    for place in told.ranked()[:MOST_LINES]:
        label = told.labels[place]
        style = styles[label]
        hover = f"{plain(label)}: %{{y:.0%}}<br>%{{text}}<extra></extra>"
        for values, runs, width, opacity in ((by_slice, slices, 1.0, 0.45), (by_section, spans, 3.0, 1.0)):
            times, heights, words = _steps(runs, values[:, place])
            figure.add_scatter(
                x=times,
                y=heights,
                text=words,
                mode="lines",
                line={"color": style.colour, "dash": style.dash, "width": width},
                opacity=opacity,
                name=shortened(label),
                legendgroup=label,
                showlegend=width > 1,
                hovertemplate=hover,
                row=row,
                col=1,
            )
    figure.update_yaxes(title="probability", range=[-0.02, 1.04], tickformat=".0%", row=row, col=1)


def _steps(
    runs: Sequence[tuple[float, float]], values: NDArray[np.float64]
) -> tuple[list[float], list[float], list[str]]:
    """A line that is level over each run of time and steps between them."""
    times = [round(edge, 2) for run in runs for edge in run]
    words = [f"{clock(start)} to {clock(end)}" for start, end in runs for _ in range(2)]
    return times, np.repeat(np.round(values, 4), 2).tolist(), words


def _probabilities(log_probs: NDArray[np.float64]) -> NDArray[np.float64]:
    relative = np.exp(log_probs - log_probs.max(axis=1, keepdims=True))
    return np.asarray(relative / relative.sum(axis=1, keepdims=True), dtype=np.float64)


def _add_contributions(figure: go.Figure, told: Explanation, *, row: int) -> None:
    sections = told.sections
    figure.add_bar(
        x=[(one.start_seconds + one.end_seconds) / 2 for one in sections],
        y=[round(one.evidence, 4) for one in sections],
        width=[max(one.seconds - 0.6, 0.2) for one in sections],
        marker={"color": [GOOD if one.evidence >= 0 else BAD for one in sections], "line": {"width": 0}},
        text=[f"{clock(one.start_seconds)} to {clock(one.end_seconds)}" for one in sections],
        textposition="none",
        hovertemplate="%{y:+.2f} of the log-odds<br>%{text}<extra></extra>",
        showlegend=False,
        row=row,
        col=1,
    )
    figure.update_yaxes(title="part in log-odds", zeroline=True, nticks=5, row=row, col=1)


def _shade(figure: go.Figure, told: Explanation, styles: Mapping[str, LabelStyle], *, rows: int) -> None:
    for section in told.sections:
        colour = styles[told.labels[section.label]].colour
        for row in range(1, rows):
            figure.add_vrect(
                x0=section.start_seconds,
                x1=section.end_seconds,
                fillcolor=rgba(colour, round(0.05 + 0.17 * section.probability, 3)),
                line={"width": 0},
                layer="below",
                row=row,
                col=1,
            )
    if len(told.sections) > 1:
        for rank, section in enumerate(told.loudest(most=MARKED), start=1):
            figure.add_annotation(
                x=(section.start_seconds + section.end_seconds) / 2,
                y=1,
                yref="y domain",
                xref="x",
                text=f"<b>{rank}</b>",
                showarrow=False,
                yanchor="top",
                font={"size": 14},
            )


def verdict_bars(explanation: Explanation, *, styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw the labels' probabilities, the labels of the set in full colour and the others faint.

    Args:
        explanation: The verdict, explained; without a set every label is in full colour.
        styles: The labels' looks.
    """
    ranked = explanation.ranked()[:MOST_BARS]
    inside = set(ranked) if explanation.sure is None else set(explanation.sure.label_set)
    names = [explanation.labels[place] for place in ranked]
    shares = [float(explanation.probabilities[place]) for place in ranked]
    colours = [
        styles[name].colour if place in inside else rgba(styles[name].colour, 0.28)
        for name, place in zip(names, ranked, strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            x=shares,
            y=list(range(len(names))),
            orientation="h",
            marker={"color": colours, "line": {"width": 0}},
            text=[f"{share:.1%}" for share in shares],
            textposition="outside",
            cliponaxis=False,
            hovertext=[plain(name) for name in names],
            hovertemplate="%{hovertext}: %{x:.1%}<extra></extra>",
        )
    )
    label_axis(figure, names)
    figure.update_xaxes(title="probability", range=[0, min(1.12 * max(shares) + 0.06, 1.1)], tickformat=".0%")
    return styled(figure, height=row_height(len(names), each=30))


def parts_bars(parts: Mapping[str, float]) -> go.Figure:
    """Draw what each part of an ensemble adds to the log-odds of the label against the runner-up.

    Args:
        parts: Log-odds by name of the part, at least one.
    """
    names = list(parts)
    values = [parts[name] for name in names]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(names))),
            orientation="h",
            marker={"color": [GOOD if value >= 0 else BAD for value in values], "line": {"width": 0}},
            text=[f"{value:+.2f}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertext=[plain(name) for name in names],
            hovertemplate="%{hovertext}: %{x:+.2f}<extra></extra>",
        )
    )
    label_axis(figure, names)
    reach = 1.25 * max(0.1, *(abs(value) for value in values))
    figure.update_xaxes(title="log-odds", range=[-reach if min(values) < 0 else 0, reach], zeroline=True)
    return styled(figure, height=row_height(len(names), each=34))
