"""Draws a split: how many songs of each label are for training, validation and test."""

from collections.abc import Mapping

import plotly.graph_objects as go

from earmark.evaluation.splits import PART_NAMES, Split
from earmark.report.score_figures import axis_names
from earmark.report.theme import LabelStyle, plain, rgba, styled

_OPACITIES = {"train": 0.25, "validation": 0.5, "test": 1.0}


def split_counts(split: Split, *, styles: Mapping[str, LabelStyle]) -> go.Figure:
    """Draw the songs of each label by part, in the label's colour.

    Args:
        split: The split.
        styles: The labels' colours.
    """
    figure = go.Figure()
    names = axis_names(split.labels)
    for part in PART_NAMES:
        counts = [getattr(count, part) for count in split.counts]
        figure.add_bar(
            x=counts,
            y=names,
            orientation="h",
            name=part,
            marker={
                "color": [rgba(styles[label].colour, _OPACITIES[part]) for label in split.labels],
                "line": {"width": 0},
            },
            customdata=[plain(label) for label in split.labels],
            hovertemplate=f"%{{customdata}}<br>{part}: %{{x}} songs<extra></extra>",
        )
    _add_numbers(figure, names, split)
    figure.update_layout(barmode="stack", showlegend=False, bargap=0.3)
    figure.update_xaxes(title="songs")
    figure.update_yaxes(range=[len(names) - 0.4, -0.6], showgrid=False)
    return styled(figure, height=90 + 34 * len(split.labels))


def _add_numbers(figure: go.Figure, names: list[str], split: Split) -> None:
    """The numbers as a trace of text, which takes the page's own ink; on full colour they are white."""
    before = [0] * len(names)
    for part in PART_NAMES:
        counts = [getattr(count, part) for count in split.counts]
        figure.add_scatter(
            x=[start + count / 2 for start, count in zip(before, counts, strict=True)],
            y=names,
            text=[str(count) if count else "" for count in counts],
            mode="text",
            textfont={"color": "#ffffff"} if part == "test" else None,
            hoverinfo="skip",
        )
        before = [start + count for start, count in zip(before, counts, strict=True)]
