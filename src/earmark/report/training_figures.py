"""How training went: loss and accuracy by epoch, or by penalty for a regression.

Curves come from a bundle's card as `earmark.training.recorder` writes them: one record for each epoch, or for each
penalty that was tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from earmark.report.theme import MAJOR, MINOR, NEUTRAL, plain, styled

Curves = Sequence[Mapping[str, float]]

HEIGHT = 340


@dataclass(frozen=True, slots=True)
class _Line:
    key: str
    name: str
    colour: str
    dash: str


# None of these is a label's colour, and what the model learnt from is grey wherever it stands beside what it did not.
_LOSSES = (_Line("train_loss", "training", NEUTRAL, "dash"), _Line("val_loss", "validation", MINOR, "solid"))
_SLICE_ACCURACIES = (
    _Line("train_accuracy", "training slices", NEUTRAL, "dash"),
    _Line("val_slice_accuracy", "validation slices", MINOR, "dot"),
    _Line("val_song_accuracy", "validation songs", MAJOR, "solid"),
)
_SONG_ACCURACIES = (
    _Line("train_accuracy", "training songs", NEUTRAL, "dash"),
    _Line("val_song_accuracy", "validation songs", MAJOR, "solid"),
)


def loss_curves(curves: Curves, *, best: int) -> go.Figure:
    """Draw the loss of training and validation.

    Args:
        curves: Records with ``train_loss`` and ``val_loss`` in nats; at least one.
        best: The record, from 1, whose weights were kept.
    """
    figure = _curves(curves, _LOSSES, best=best, number=".3f")
    figure.update_yaxes(title="loss (nats, lower is better)", rangemode="tozero")
    return styled(figure, height=HEIGHT)


def accuracy_curves(curves: Curves, *, best: int, slices: bool) -> go.Figure:
    """Draw the accuracy of training and validation.

    Args:
        curves: Records with accuracies in [0, 1]; at least one.
        best: The record, from 1, whose weights were kept.
        slices: Whether the model judges slices of songs, or whole songs only.
    """
    figure = _curves(curves, _SLICE_ACCURACIES if slices else _SONG_ACCURACIES, best=best, number=".1%")
    figure.update_yaxes(title="accuracy", range=[0, 1.02], tickformat=".0%")
    return styled(figure, height=HEIGHT)


def _curves(curves: Curves, lines: Sequence[_Line], *, best: int, number: str) -> go.Figure:
    """The lines over epochs or penalties, with the kept one marked."""
    by_penalty = "inverse_penalty" in curves[0]
    places = [record["inverse_penalty" if by_penalty else "epoch"] for record in curves]
    told = "C" if by_penalty else "epoch"
    figure = go.Figure()
    for line in lines:
        figure.add_scatter(
            x=places,
            y=[record[line.key] for record in curves],
            name=line.name,
            mode="lines+markers" if len(curves) <= 30 else "lines",
            line={"color": line.colour, "dash": line.dash, "width": 2},
            marker={"size": 6},
            hovertemplate=f"{told} %{{x}}<br>{plain(line.name)}: %{{y:{number}}}<extra></extra>",
        )
    _mark_best(figure, places, best, by_penalty=by_penalty)
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis=_penalty_axis(places) if by_penalty else {"title": "epoch"},
    )
    return figure


def _penalty_axis(places: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis whose ticks are the penalties that were tried."""
    return {
        "title": "inverse penalty C (larger is freer)",
        "type": "log",
        "tickvals": list(places),
        "ticktext": [f"{place:g}" for place in places],
    }


def _mark_best(figure: go.Figure, places: Sequence[float], best: int, *, by_penalty: bool) -> None:
    """A line where the weights were kept; a run that was broken off before its first epoch has none."""
    if not 1 <= best <= len(places):
        return
    place = places[best - 1]
    figure.add_vline(x=place, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    # Shapes take the value of a logarithmic axis, annotations its exponent; a point of a trace always takes the value.
    late = best > len(places) / 2
    figure.add_scatter(
        x=[place],
        y=[0],
        mode="text",
        text=[
            f"kept: {'C = ' if by_penalty else 'epoch '}{place:g} "
            if late
            else f" kept: {'C = ' if by_penalty else 'epoch '}{place:g}"
        ],
        textposition="top left" if late else "top right",
        textfont={"color": NEUTRAL, "size": 12},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
