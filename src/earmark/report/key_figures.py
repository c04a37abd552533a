"""Pictures of a collection's musical keys, in bars, on the Camelot wheel and by label.

The wheel is drawn as disc jockeys know it: 12 at the top and clockwise, minor keys (A) on the inner ring, major keys
(B) on the outer one. Neighbours on the wheel are a fifth apart, and the two rings of one number are relatives.
"""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from earmark.catalog.survey import KEYS, KeyCounts
from earmark.report.rows import LEGEND_ABOVE, MOST_ROWS, count_axis, label_axis, row_height
from earmark.report.theme import ACCENT, MAJOR, MINOR, LabelStyle, empty_figure, plain, rgba, shortened, styled, tints

MOST_WHEELS = 12
"""Wheels in one figure at most."""

MOST_KEYS = 5
"""Keys of each label that are ranked."""

_NO_KEYS = "No track has a key."
_INNER, _OUTER = (0.34, 0.64), (0.67, 1.0)
_COLUMNS = 4


def key_bars(keys: KeyCounts, *, by_frequency: bool) -> go.Figure:
    """Draw how many tracks are in each key.

    Args:
        keys: The counts.
        by_frequency: Most frequent first; else in Camelot order.
    """
    total = sum(keys.counts)
    if not total:
        return empty_figure(_NO_KEYS)
    order = sorted(range(len(KEYS)), key=lambda at: (-keys.counts[at], at)) if by_frequency else range(len(KEYS))
    chosen = [(KEYS[at], keys.counts[at]) for at in order]
    figure = go.Figure(
        go.Bar(
            x=[count for _, count in chosen],
            y=list(range(len(chosen))),
            orientation="h",
            marker={"color": [MINOR if key.mode == "minor" else MAJOR for key, _ in chosen], "cornerradius": 3},
            text=[count or "" for _, count in chosen],
            textposition="outside",
            cliponaxis=False,
            hovertext=[f"<b>{key.camelot}</b> {key.name}<br>{_of(count, total)}" for key, count in chosen],
            hoverinfo="text",
        )
    )
    label_axis(figure, [f"{key.name}  {key.camelot}" for key, _ in chosen])
    count_axis(figure, keys.counts)
    return styled(figure, height=row_height(len(chosen), each=22))


def camelot_wheel(keys: KeyCounts) -> go.Figure:
    """Draw all tracks' keys on the Camelot wheel; the stronger a field, the more tracks.

    Args:
        keys: The counts.
    """
    if not sum(keys.counts):
        return empty_figure(_NO_KEYS)
    figure = go.Figure()
    for trace in _wheel(keys.counts, large=True):
        figure.add_trace(trace)
    figure.update_polars(_POLAR)
    figure.update_layout(showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    return styled(figure, height=520)


def camelot_wheels(keys: KeyCounts, *, labels: Sequence[str], styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw a Camelot wheel for each of the largest labels with keys.

    Args:
        keys: The counts.
        labels: The labels, largest first.
        styles: Each label's style.
    """
    shown = [label for label in labels if sum(keys.by_label[label])][:MOST_WHEELS]
    if not shown:
        return empty_figure(_NO_KEYS)
    columns = min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure = make_subplots(
        rows=rows, cols=columns, specs=[[{"type": "polar"}] * columns] * rows,
        horizontal_spacing=0.03, vertical_spacing=0.16 / rows,
        subplot_titles=[
            f'<span style="color:{styles[label].colour}">●</span> {shortened(label, longest=20)} '
            f"({sum(keys.by_label[label]):,})"
            for label in shown
        ],
    )  # fmt: skip
    for place, label in enumerate(shown):
        for trace in _wheel(keys.by_label[label], large=False):
            figure.add_trace(trace, row=place // columns + 1, col=place % columns + 1)
    figure.update_polars(_POLAR)
    figure.update_annotations(font={"size": 13}, yshift=6)
    figure.update_layout(showlegend=False, margin={"l": 8, "r": 8, "t": 40, "b": 8})
    return styled(figure, height=290 * rows + 30)


_POLAR = {
    "angularaxis": {"visible": False, "rotation": 90, "direction": "clockwise"},
    "radialaxis": {"visible": False, "range": [0, 1]},
}


def _wheel(counts: Sequence[int], *, large: bool) -> list[go.Barpolar | go.Scatterpolar]:
    """Two rings of twelve fields, and what is written in them."""
    total, most = sum(counts), max(counts)
    traces = []
    for mode, (inside, outside), colour in (("minor", _INNER, MINOR), ("major", _OUTER, MAJOR)):
        ring = [(key, count) for key, count in zip(KEYS, counts, strict=True) if key.mode == mode]
        angles = [30 * key.camelot_number for key, _ in ring]
        traces += [
            go.Barpolar(
                r=[outside - inside] * len(ring),
                base=inside,
                theta=angles,
                width=28.6,
                marker={"color": [rgba(colour, 0.06 + 0.74 * count / most) for _, count in ring]},
                hovertext=[f"<b>{key.camelot}</b> {key.name}<br>{_of(count, total)}" for key, count in ring],
                hoverinfo="text",
            ),
            go.Scatterpolar(
                r=[(inside + outside) / 2] * len(ring),
                theta=angles,
                mode="text",
                text=[
                    f"<b>{key.camelot}</b><br>{key.short}<br>{_percent(count, total)}" if large else key.camelot
                    for key, count in ring
                ],
                textfont={"size": 12 if large else 11},
                hoverinfo="skip",
            ),
        ]
    return traces


def keys_by_label(keys: KeyCounts, *, labels: Sequence[str]) -> go.Figure:
    """Draw each label's share of tracks in each key, in Camelot order.

    Args:
        keys: The counts.
        labels: The labels, largest first.
    """
    shown = [label for label in labels if sum(keys.by_label[label])][:MOST_ROWS]
    if not shown:
        return empty_figure(_NO_KEYS)
    totals = [sum(keys.by_label[label]) for label in shown]
    figure = go.Figure(
        go.Heatmap(
            z=[
                [100 * count / total for count in keys.by_label[label]]
                for label, total in zip(shown, totals, strict=True)
            ],
            x=list(range(len(KEYS))),
            y=list(range(len(shown))),
            hovertext=[
                [
                    f"<b>{plain(label)}</b><br>{key.camelot} {key.name}: {_of(count, total)}"
                    for key, count in zip(KEYS, keys.by_label[label], strict=True)
                ]
                for label, total in zip(shown, totals, strict=True)
            ],
            hoverinfo="text",
            colorscale=tints(ACCENT, strongest=0.95),
            zmin=0,
            colorbar={"ticksuffix": " %"},
            xgap=2,
            ygap=2,
        )
    )
    label_axis(figure, shown, sizes=totals)
    ticks = [f"{key.camelot}<br>{key.short}" for key in KEYS]
    figure.update_xaxes(tickvals=list(range(len(KEYS))), ticktext=ticks, tickangle=0, showgrid=False, zeroline=False)
    return styled(figure, height=row_height(len(shown), each=30, around=96))


def top_keys_by_label(keys: KeyCounts, *, labels: Sequence[str]) -> go.Figure:
    """Draw each label's most frequent keys, the first in the first column; all tracks come first.

    Args:
        keys: The counts.
        labels: The labels, largest first.
    """
    shown = [label for label in labels if sum(keys.by_label[label])][:MOST_ROWS]
    if not shown:
        return empty_figure(_NO_KEYS)
    rows = [("All tracks", keys.counts), *((label, keys.by_label[label]) for label in shown)]
    totals = [sum(counts) for _, counts in rows]
    cells = [_ranked(plain(name), counts) for name, counts in rows]
    figure = go.Figure(
        go.Heatmap(
            z=[[share for share, _, _ in row] for row in cells],
            text=[[text for _, text, _ in row] for row in cells],
            texttemplate="%{text}",
            x=list(range(MOST_KEYS)),
            y=list(range(len(rows))),
            hovertext=[[hover for _, _, hover in row] for row in cells],
            hoverinfo="text",
            hoverongaps=False,
            colorscale=tints(ACCENT, strongest=0.75),
            zmin=0,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    label_axis(figure, [name for name, _ in rows], sizes=totals)
    ticks = ["most frequent", *(f"{rank}." for rank in range(2, MOST_KEYS + 1))]
    figure.update_xaxes(tickvals=list(range(MOST_KEYS)), ticktext=ticks, side="top", showgrid=False, zeroline=False)
    return styled(figure, height=row_height(len(rows), each=30))


def _ranked(name: str, counts: Sequence[int]) -> list[tuple[float | None, str, str]]:
    """Share, text and hover of the most frequent keys; cells are blank where no key is left."""
    total = sum(counts)
    cells: list[tuple[float | None, str, str]] = []
    for key, count in sorted(zip(KEYS, counts, strict=True), key=lambda pair: -pair[1])[:MOST_KEYS]:
        text = f"{key.short} {key.camelot} · {_percent(count, total)}"
        hover = f"<b>{name}</b><br>{key.name} ({key.camelot}): {_of(count, total)}"
        cells.append((100 * count / total, text, hover) if count else (None, "", ""))
    return cells


def modes_by_label(keys: KeyCounts, *, labels: Sequence[str]) -> go.Figure:
    """Draw the shares of minor and major keys: all tracks first, then the label with most minor keys.

    Args:
        keys: The counts.
        labels: The labels, largest first.
    """
    known = {label: _modes(keys.by_label[label]) for label in labels if sum(keys.by_label[label])}
    if not sum(keys.counts):
        return empty_figure(_NO_KEYS)
    shown = list(known)[:MOST_ROWS]
    ordered = sorted(shown, key=lambda label: (-known[label][0] / sum(known[label]), label))
    rows = [("All tracks", _modes(keys.counts)), *((label, known[label]) for label in ordered)]
    figure = go.Figure()
    for at, (mode, colour) in enumerate((("minor", MINOR), ("major", MAJOR))):
        shares = [100 * modes[at] / sum(modes) for _, modes in rows]
        figure.add_trace(
            go.Bar(
                x=shares,
                y=list(range(len(rows))),
                orientation="h",
                name=mode,
                marker={"color": colour},
                insidetextfont={"color": "#ffffff"},
                text=[f"{share:.0f} %" if share >= 14 else "" for share in shares],
                textposition="inside",
                insidetextanchor="middle",
                hovertext=[f"<b>{plain(name)}</b><br>{mode}: {_of(modes[at], sum(modes))}" for name, modes in rows],
                hoverinfo="text",
            )
        )
    label_axis(figure, [name for name, _ in rows], sizes=[sum(modes) for _, modes in rows])
    figure.update_xaxes(title="share of tracks", ticksuffix=" %", range=[0, 100], dtick=50, ticklabeloverflow="allow")
    figure.update_layout(barmode="stack", legend=LEGEND_ABOVE, margin_r=28)
    return styled(figure, height=row_height(len(rows), each=30, around=110))


def _modes(counts: Sequence[int]) -> tuple[int, int]:
    """How many tracks are in a minor key, and how many in a major one."""
    minor = sum(count for key, count in zip(KEYS, counts, strict=True) if key.mode == "minor")
    return minor, sum(counts) - minor


def _of(count: int, total: int) -> str:
    return f"{count:,} of {total:,} tracks ({_percent(count, total)})"


def _percent(count: int, total: int) -> str:
    share = 100 * count / total
    return f"{share:.0f} %" if share >= 1 or not count else "&lt;1 %"
