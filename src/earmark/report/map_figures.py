"""Draws maps: songs or slices as points, coloured by label, by tempo or by mode as the reader chooses.

What the model was tested on is filled; what it was fitted or chosen on is hollow and faint, so that a tidy cluster of
training songs is not mistaken for something learnt that holds beyond them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Literal, get_args

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from earmark.catalog.label_colours import PALETTE
from earmark.catalog.track import Track
from earmark.evaluation.splits import PartName
from earmark.report.bands import UNKNOWN, BpmBands
from earmark.report.theme import MAJOR, MINOR, NEUTRAL, LabelStyle, shortened, styled

Colouring = Literal["Label", "BPM", "Mode"]
"""What a map is coloured by."""

COLOURINGS: tuple[Colouring, ...] = get_args(Colouring)

_BAND_COLOURS = tuple(PALETTE[place] for place in (0, 3, 1, 2, 5))
"""From slow to fast: blue, green, gold, red, brown, which the theme's test tells apart under every kind of sight."""
_BAND_SYMBOLS = ("circle", "square", "triangle-up", "diamond", "star")

_MANY_POINTS = 600
"""More points than this are drawn smaller."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """What is known of one point.

    Attributes:
        track: The song.
        label: Its label.
        part: Its part of the split.
        start: Where the slice starts in the song, in seconds; None where the point is the whole song.
    """

    track: Track
    label: str
    part: PartName
    start: float | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """How the points of one part are drawn: ahead of the others or behind, filled or hollow."""

    suffix: str
    told: str
    size: float
    opacity: float


_LOOKS: dict[PartName, _Look] = {
    "train": _Look("-open", "training", 7, 0.45),
    "validation": _Look("-open-dot", "validation", 8, 0.7),
    "test": _Look("", "test", 9, 0.95),
}


def embedding_map(
    places: NDArray[np.floating],
    points: Sequence[MapPoint],
    *,
    bands: BpmBands,
    styles: Mapping[str, LabelStyle],
    colouring: Colouring = "Label",
) -> go.Figure:
    """Draw a map with buttons for its three colourings.

    Args:
        places: Where the points lie, shape (n, 2).
        points: What they are.
        bands: The bands of tempo.
        styles: The labels' colours and symbols.
        colouring: What it is coloured by at first: ``"Label"``, ``"BPM"`` or ``"Mode"``.
    """
    xy = np.asarray(places, dtype=np.float32)
    hovers = [_hover(point) for point in points]
    colourings = _colourings(bands, styles)
    figure, entries = go.Figure(), 0
    owners: list[Colouring | None] = []
    for name, (key, groups) in colourings.items():
        keys = [key(point) for point in points]
        shown = [group for group in groups if group.name in keys]
        entries = max(entries, len(shown))
        for group in shown:
            own = [at for at, value in enumerate(keys) if value == group.name]
            traces = _group_traces(group, own, xy, points, hovers)
            figure.add_traces([trace.update(visible=name == colouring) for trace in traces])
            owners += [name] * len(traces)
    for part, look in _LOOKS.items():
        if any(point.part == part for point in points):
            figure.add_trace(_part_key(look))
            owners.append(None)
    if len(points) > _MANY_POINTS:
        figure.for_each_trace(lambda trace: trace.marker.update(size=trace.marker.size * 0.7))
    figure.update_layout(_layout(owners, chosen=colouring))
    return styled(figure, height=560 + 20 * (entries // 3))


@dataclass(frozen=True, slots=True)
class _Group:
    """Points that look alike: one entry of the legend."""

    name: str
    colour: str
    symbol: str


def _colourings(
    bands: BpmBands, styles: Mapping[str, LabelStyle]
) -> dict[Colouring, tuple[Callable[[MapPoint], str], list[_Group]]]:
    """What a point is called in each colouring, and all that it may be called, in the order of the legend."""
    labels = [_Group(label, style.colour, style.symbol) for label, style in sorted(styles.items())]
    unknown = _Group(UNKNOWN, NEUTRAL, "x")
    marks = zip(bands.names, cycle(_BAND_COLOURS), cycle(_BAND_SYMBOLS), strict=False)
    tempos = [*(_Group(name, colour, symbol) for name, colour, symbol in marks), unknown]
    modes = [_Group("minor", MINOR, "circle"), _Group("major", MAJOR, "diamond"), unknown]
    return {
        "Label": (lambda point: point.label, labels),
        "BPM": (lambda point: bands.name_of(point.track.bpm), tempos),
        "Mode": (lambda point: UNKNOWN if point.track.key is None else point.track.key.mode, modes),
    }


def _group_traces(
    group: _Group, own: Sequence[int], xy: NDArray[np.float32], points: Sequence[MapPoint], hovers: Sequence[str]
) -> list[go.Scatter]:
    """One trace for each part, tested points last and so on top, behind one entry of the legend."""
    traces = []
    for part, look in _LOOKS.items():
        members = [at for at in own if points[at].part == part]
        if members:
            traces.append(
                go.Scatter(
                    x=xy[members, 0],
                    y=xy[members, 1],
                    mode="markers",
                    marker={
                        "color": group.colour,
                        "symbol": group.symbol + look.suffix,
                        "size": look.size,
                        "opacity": look.opacity,
                    },
                    text=[hovers[at] for at in members],
                    hovertemplate="%{text}<extra></extra>",
                    name=shortened(group.name),
                    legendgroup=group.name,
                    showlegend=False,
                )
            )
    traces[-1].showlegend = True
    return traces


def _part_key(look: _Look) -> go.Scatter:
    """An entry of the legend that says how a part is drawn."""
    marker = {"color": NEUTRAL, "symbol": "circle" + look.suffix, "size": look.size, "opacity": max(look.opacity, 0.7)}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=look.told, hoverinfo="skip")


def _layout(owners: Sequence[Colouring | None], *, chosen: Colouring) -> dict[str, Any]:
    """Axes without ticks, since they have no unit, and the buttons above the plot."""
    axis = {"showticklabels": False, "zeroline": False, "showgrid": False, "showline": True, "mirror": True}
    buttons = [
        {
            "label": f"  {name}  ",
            "method": "restyle",
            "args": ["visible", [owner in (name, None) for owner in owners]],
        }
        for name in COLOURINGS
    ]
    return {
        "xaxis": axis,
        "yaxis": {**axis, "scaleanchor": "x"},
        "legend": {"orientation": "h", "x": 0, "y": -0.03, "yanchor": "top", "itemsizing": "constant"},
        "margin": {"t": 58},
        "updatemenus": [
            {
                "type": "buttons",
                "direction": "right",
                "buttons": buttons,
                "active": COLOURINGS.index(chosen),
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "pad": {"b": 4, "t": 0, "l": 0, "r": 0},
                "showactive": True,
                # Plotly draws the chosen button nearly white whatever the page's colours are, so all of them are light.
                "bgcolor": "#cbd3e0",
                "bordercolor": "#8b95a7",
                "font": {"color": "#1d2430", "size": 12},
            }
        ],
    }


def _hover(point: MapPoint) -> str:
    track = point.track
    tempo = "BPM unknown" if track.bpm is None else f"{track.bpm:g} BPM"
    key = "key unknown" if track.key is None else track.key.camelot
    when = "" if point.start is None else f", slice at {int(point.start) // 60}:{int(point.start) % 60:02d}"
    facts = f"{tempo} · {key} · {_LOOKS[point.part].told}{when}"
    longest = 70 if point.start is None else 45  # there are thousands of slices, and each is there in three colourings
    return f"<b>{shortened(track.display, longest=longest)}</b><br>{shortened(point.label)}<br>{facts}"
