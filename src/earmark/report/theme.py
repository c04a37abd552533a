"""How pictures look: the colours of labels, and one style for every figure.

A label has one colour, symbol and dash, and has them in every picture of a page. The colours are told apart under
normal sight and under each kind of dichromacy, and stand out from light ground and from dark; the symbol and the dash
say the same again, for print and where there are more labels than colours. Grounds are transparent: a page decides
whether they are light or dark, and `earmark.report.images` lays white under single pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from earmark.catalog.label_colours import NO_LABEL, PALETTE, label_colours

SYMBOLS: tuple[str, ...] = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "triangle-down")
DASHES: tuple[str, ...] = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

NEUTRAL = NO_LABEL
"""What belongs to no label: all tracks together, "other", reference lines."""
MINOR, MAJOR = "#5b6abf", "#a8690a"
"""Keys' modes; white text stands out from both."""
ACCENT = "#3d7ff5"
"""Amounts where nothing else has a colour, by `tints`."""
GOOD, BAD = "#1e9a8a", "#cf4a3c"
SEQUENTIAL: tuple[str, ...] = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725")
"""From low to high: viridis, whose lightness rises evenly. Leave cells of nothing at all blank (None)."""
DIVERGING: tuple[str, ...] = ("#1f4e9e", "#6f9fd8", "#d9dbe0", "#e0a05c", "#a3510a")
"""From below to above a middle that means something, such as 0."""

LIGHT_GROUND, DARK_GROUND = "#ffffff", "#171b23"
"""The grounds of a page's cards, on which figures stand; `page.css` has the same two."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_INK, _LINE, _FAINT = "#1d2430", "rgba(125,133,148,0.45)", "rgba(125,133,148,0.20)"
_LONGEST_NAME = 28


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """How a label is drawn.

    Attributes:
        colour: ``"#rrggbb"``.
        symbol: A Plotly marker symbol.
        dash: A Plotly line dash.
    """

    colour: str
    symbol: str
    dash: str


def label_styles(labels: Sequence[str]) -> dict[str, LabelStyle]:
    """Give each label its style.

    Args:
        labels: The labels' names, in any order; repeats do not count.

    Returns:
        A style by label, in the names' alphabetical order. The same set of labels has the same styles, whatever the
        picture. The first ten differ by colour; beyond, the colours come again with another symbol and another dash.
    """
    styles = {}
    for place, (label, colour) in enumerate(label_colours(labels).items()):
        turn = place // len(PALETTE)
        styles[label] = LabelStyle(colour, SYMBOLS[turn % len(SYMBOLS)], DASHES[turn % len(DASHES)])
    return styles


def plain(text: object) -> str:
    """Return a text as Plotly shows it letter by letter; in titles, labels and hovers it would read some tags.

    Args:
        text: Anything that somebody wrote, such as a title or the name of a label.
    """
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: object, *, longest: int = _LONGEST_NAME) -> str:
    """Return a name cut to fit an axis, with an ellipsis where it is cut, ready for Plotly (see `plain`).

    Args:
        text: A name.
        longest: Letters that stay.
    """
    whole = str(text)
    return plain(whole if len(whole) <= longest else whole[: longest - 1].rstrip() + "…")


def rgba(colour: str, opacity: float) -> str:
    """Return a colour with an opacity, as CSS and Plotly write it.

    Args:
        colour: ``"#rrggbb"``.
        opacity: 0 (nothing to see) to 1.
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def tints(colour: str, *, strongest: float = 0.78) -> list[tuple[float, str]]:
    """Return a colour scale from next to nothing to a colour, by opacity, for values from 0.

    It reads alike on light ground and on dark, and the page's text colour stands out from all of it. The least value
    above 0 is plainly more than 0, which is a shade that only shows that there is a field.

    Args:
        colour: ``"#rrggbb"``.
        strongest: Opacity of the highest value, 0 to 1.
    """
    return [(0.0, rgba(colour, 0.04)), (0.002, rgba(colour, 0.14)), (1.0, rgba(colour, strongest))]


def styled(figure: go.Figure, *, height: int | None = None) -> go.Figure:
    """Give a figure the fonts, margins, grid and hover of all others; every figure function ends with it.

    What the figure sets by itself stays. Axes make room for their own tick labels.

    Args:
        figure: The figure, changed in place. Its title stays empty: the page writes the title above.
        height: In pixels; None leaves the figure's own, or 380.

    Returns:
        The same figure.
    """
    figure.update_layout(template=_template())
    figure.layout.height = height or figure.layout.height or 380
    return figure


def empty_figure(reason: str) -> go.Figure:
    """Return a figure that says why there is nothing to draw.

    Args:
        reason: One plain sentence.
    """
    figure = go.Figure()
    figure.add_annotation(text=plain(reason), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    figure.update_annotations(font={"size": 14})
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    return styled(figure, height=100)


def _template() -> go.layout.Template:
    """The style as a Plotly template; `page.js` exchanges its colours for those of the page's theme."""
    axis = {
        "automargin": True,
        "gridcolor": _FAINT,
        "linecolor": _LINE,
        "zerolinecolor": _LINE,
        "zerolinewidth": 1,
        "ticks": "",
        "title": {"standoff": 12, "font": {"size": 13}},
        "tickfont": {"size": 12},
    }
    polar = {"gridcolor": _FAINT, "linecolor": _LINE}
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": _INK},
            "colorway": list(PALETTE),
            "colorscale": {"sequential": list(_stops(SEQUENTIAL)), "diverging": list(_stops(DIVERGING))},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 12, "r": 16, "t": 10, "b": 12, "pad": 4},
            "xaxis": axis,
            "yaxis": axis,
            "polar": {"bgcolor": "rgba(0,0,0,0)", "radialaxis": polar, "angularaxis": polar},
            "hoverlabel": {"bgcolor": LIGHT_GROUND, "bordercolor": _LINE, "font": {"family": FONT, "size": 13}},
            "hovermode": "closest",
            "dragmode": False,
            "bargap": 0.25,
            "legend": {"bgcolor": "rgba(0,0,0,0)", "font": {"size": 12}, "title": {"font": {"size": 12}}},
            "coloraxis": {"colorbar": {"outlinewidth": 0, "thickness": 12}},
        },
        data={
            "heatmap": [
                {
                    "colorbar": {"outlinewidth": 0, "thickness": 12},
                    "colorscale": _stops(SEQUENTIAL),
                    "textfont": {"color": _INK},
                }
            ]
        },
    )


def _stops(colours: Sequence[str]) -> list[tuple[float, str]]:
    """A colour scale as Plotly has it: places from 0 to 1 with colours."""
    return [(place / (len(colours) - 1), colour) for place, colour in enumerate(colours)]
