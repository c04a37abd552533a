"""Pictures of a collection's metadata: sizes, tempo, length, time, shared artists, gaps.

Each function takes facts of `earmark.catalog.survey` and returns a figure. Where there are more labels than rows fit,
the largest are shown; `shown_of` tells how many that are.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from earmark.catalog.survey import FIELDS, LabelCount, Missing, Spread, SurveyField
from earmark.catalog.survey_overlaps import SharedArtists
from earmark.catalog.survey_time import Timeline
from earmark.report.boxes import add_box, box_of, cut_far_values
from earmark.report.rows import LEGEND_ABOVE, MOST_ROWS, count_axis, label_axis, row_height
from earmark.report.theme import ACCENT, BAD, NEUTRAL, LabelStyle, empty_figure, plain, rgba, shortened, styled, tints

MOST_STACKED = 9
"""Labels that a stacked figure shows at most; more colours in one bar are not told apart."""
MOST_MATRIX = 24
"""Labels along each side of a matrix at most."""

FIELD_NAMES: Mapping[SurveyField, str] = {
    "label": "label",
    "artists": "artist",
    "title": "title",
    "release": "release",
    "released": "release date",
    "genre": "genre",
    "bpm": "BPM",
    "key": "key",
    "length": "length",
}
"""The fields of a survey, as a picture names them."""


def shown_of(labels: int, *, most: int = MOST_ROWS) -> str:
    """Return a sentence that tells how many labels a figure shows; empty where it shows all.

    Args:
        labels: How many there are.
        most: How many the figure shows at most.
    """
    return f" The largest {most} of {labels:,} labels are shown." if labels > most else ""


def tracks_per_label(labels: Sequence[LabelCount], *, styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw each label's number of tracks as a bar.

    Args:
        labels: The labels, largest first.
        styles: Each label's style.
    """
    if not labels:
        return empty_figure("No track has a label.")
    shown, rest = labels[:MOST_ROWS], labels[MOST_ROWS:]
    names = [one.label for one in shown] + ([f"{len(rest)} other labels"] if rest else [])
    # The rest together has no bar: it would be the longest, and it is no label.
    counts = [one.tracks for one in shown] + ([0] if rest else [])
    texts = [f"{one.tracks:,}" for one in shown] + ([f"{sum(one.tracks for one in rest):,} together"] if rest else [])
    hovers = [_label_hover(one) for one in shown]
    hovers += [f"{len(rest)} labels of {rest[-1].tracks} to {rest[0].tracks} tracks each"] if rest else []
    colours = [styles[one.label].colour for one in shown] + ([NEUTRAL] if rest else [])
    figure = go.Figure(
        go.Bar(
            x=counts,
            y=list(range(len(names))),
            orientation="h",
            marker={"color": colours, "cornerradius": 3},
            text=texts,
            textposition="outside",
            cliponaxis=False,
            hovertext=hovers,
            hoverinfo="text",
        )
    )
    label_axis(figure, names)
    count_axis(figure, counts)
    return styled(figure, height=row_height(len(names), each=30))


def _label_hover(one: LabelCount) -> str:
    return (
        f"<b>{plain(one.label)}</b><br>{one.tracks:,} tracks, {one.releases:,} releases<br>{one.artists:,} artists, "
        f"{one.hours:,.1f} hours"
    )


def spread_by_label(
    spread: Spread,
    *,
    labels: Sequence[str],
    styles: Mapping[str, LabelStyle],
    quantity: str,
    scale: float = 1.0,
    number_format: str = ".0f",
) -> go.Figure:
    """Draw a quantity's box plots: all tracks first, then each label, lowest median first.

    Boxes reach from the first quartile to the third; whiskers to the furthest value within 1.5 times that distance.

    Args:
        spread: The values.
        labels: The labels, largest first.
        styles: Each label's style.
        quantity: The axis' title with its unit, such as ``"tempo (BPM)"``.
        scale: Values are multiplied by it first.
        number_format: How values are shown, as d3-format has it.
    """
    if not spread.values:
        return empty_figure(f"No track has a {quantity.partition(' (')[0]}.")
    values = {label: np.array(spread.by_label[label]) * scale for label in labels[:MOST_ROWS] if spread.by_label[label]}
    ordered = sorted(values, key=lambda label: (float(np.median(values[label])), label))
    everything = np.array(spread.values) * scale
    boxes = [box_of(everything), *(box_of(values[label]) for label in ordered)]
    names = ["All tracks", *ordered]
    colours = [NEUTRAL, *(styles[label].colour for label in ordered)]
    figure = go.Figure()
    for row, (name, box, colour) in enumerate(zip(names, boxes, colours, strict=True)):
        add_box(figure, box, row=row, name=name, colour=colour, number_format=number_format)
    label_axis(figure, names, sizes=[box.size for box in boxes])
    figure.update_xaxes(title=quantity, hoverformat=number_format)
    figure.update_layout(showlegend=False, boxgap=0.4)
    figure.add_hline(y=0.5, line={"color": rgba(NEUTRAL, 0.4), "width": 1})
    cut_far_values(figure, everything, boxes, number_format)
    return styled(figure, height=row_height(len(names), each=32, around=96))


def releases_over_time(released: Timeline, *, labels: Sequence[str], styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw how many tracks were released in each period, stacked by label.

    Args:
        released: The counts.
        labels: The labels, largest first.
        styles: Each label's style.
    """
    if not released.periods:
        return empty_figure("No track has a release date.")
    shown = labels if len(labels) <= MOST_STACKED + 1 else labels[:MOST_STACKED]
    others = np.array(released.counts) - sum(
        (np.array(released.by_label[label]) for label in shown), np.zeros(len(released.periods), dtype=np.int64)
    )
    stacks = [(label, np.array(released.by_label[label]), styles[label].colour) for label in shown]
    if others.any():
        stacks.append(("Others" if len(shown) < len(labels) else "No label", others, NEUTRAL))
    months = {"month": "M1", "quarter": "M3", "year": "M12"}[released.unit]
    form = {"month": "%B %Y", "quarter": "quarter from %B %Y", "year": "%Y"}[released.unit]
    figure = go.Figure(
        [
            go.Bar(
                x=[first.isoformat() for first in released.periods],
                y=counts,
                name=shortened(name),
                marker={"color": colour},
                xperiod=months,
                xperiodalignment="middle",
                xhoverformat=form,
                hovertemplate=f"%{{x}}<br>%{{y}} tracks<extra>{shortened(name)}</extra>",
            )
            for name, counts, colour in stacks
            if counts.any()
        ]
    )
    figure.update_layout(barmode="stack", bargap=0.12, showlegend=True, legend=LEGEND_ABOVE)
    figure.update_xaxes(title=f"{released.unit} of release", showgrid=False, type="date", ticklabelmode="period")
    figure.update_yaxes(title="tracks", rangemode="tozero")
    return styled(figure, height=400)


def shared_artist_matrix(shared: SharedArtists) -> go.Figure:
    """Draw how many artists each two labels share.

    Args:
        shared: The artists on several labels.
    """
    if not shared.artists:
        return empty_figure("No artist is on more than one label.")
    sharing = {label for artist in shared.artists for label in artist.tracks}
    places = [place for place, label in enumerate(shared.labels) if label in sharing][:MOST_MATRIX]
    names = [shared.labels[place] for place in places]
    counts = [[None if one == other else shared.matrix[one][other] for other in places] for one in places]
    hovers = [
        [
            f"<b>{plain(shared.labels[one])}</b> has {shared.matrix[one][one]} artists"
            if one == other
            else f"<b>{plain(shared.labels[one])}</b> and <b>{plain(shared.labels[other])}</b><br>"
            f"share {shared.matrix[one][other]} artists"
            for other in places
        ]
        for one in places
    ]
    figure = go.Figure(
        go.Heatmap(
            z=counts,
            x=list(range(len(places))),
            y=list(range(len(places))),
            text=[[count or "" for count in row] for row in counts],
            texttemplate="%{text}",
            hovertext=hovers,
            hoverinfo="text",
            colorscale=tints(ACCENT),
            zmin=0,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    label_axis(figure, names)
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=[shortened(name, longest=18) for name in names], tickangle=-40,
        showgrid=False, zeroline=False,
    )  # fmt: skip
    return styled(figure, height=row_height(len(names), each=34, around=150))


def missing_values(missing: Missing, *, labels: Sequence[LabelCount], tracks: int) -> go.Figure:
    """Draw the share of tracks that lack a value, by label and field.

    Args:
        missing: The counts.
        labels: The labels, largest first.
        tracks: How many tracks there are, those without a label too.
    """
    if not any(missing.counts.values()):
        return empty_figure("Nothing is missing: every track has every value.")
    rows = [("All tracks", tracks, missing.counts)]
    rows += [(one.label, one.tracks, missing.by_label[one.label]) for one in labels[:MOST_ROWS]]
    shares = [[100 * counts[name] / size for name in FIELDS] for _, size, counts in rows]
    texts = [[f"{max(share, 1):.0f} %" if share else "" for share in row] for row in shares]
    hovers = [
        [f"<b>{plain(label)}</b><br>{counts[name]} of {size} tracks have no {FIELD_NAMES[name]}" for name in FIELDS]
        for label, size, counts in rows
    ]
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=[FIELD_NAMES[name] for name in FIELDS], y=list(range(len(rows))),
            text=texts, texttemplate="%{text}", hovertext=hovers, hoverinfo="text", colorscale=tints(BAD),
            zmin=0, zmax=100, showscale=False, xgap=2, ygap=2,
        )
    )  # fmt: skip
    label_axis(figure, [name for name, _, _ in rows])
    figure.update_xaxes(side="top", showgrid=False, zeroline=False)
    return styled(figure, height=row_height(len(rows), each=30))
