from itertools import combinations
from random import Random

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.label_colours import PALETTE
from earmark.report.theme import (
    BAD,
    DARK_GROUND,
    DASHES,
    GOOD,
    LIGHT_GROUND,
    MAJOR,
    MINOR,
    SEQUENTIAL,
    SYMBOLS,
    empty_figure,
    label_styles,
    plain,
    rgba,
    shortened,
    styled,
    tints,
)

Array = npt.NDArray[np.float64]

# From Machado, Oliveira, Fernandes 2009: A physiologically-based model for simulation of color vision deficiency,
# first table, severity of 1. They act on linear RGB.
SIGHTS: dict[str, list[list[float]]] = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)


def linear(colour: str) -> Array:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: Array) -> Array:
    """CIELAB of linear RGB under D65."""
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    bright, dark = sorted((float(TO_XYZ[1] @ linear(colour)) for colour in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_colour_conversion_agrees_with_known_values() -> None:
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("sight", SIGHTS)
def test_labels_colours_are_told_apart_under_every_sight(sight: str) -> None:
    seen = [lab(np.array(SIGHTS[sight]) @ linear(colour)) for colour in PALETTE]
    nearest = min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))
    # 20 is about twice what differs plainly at a glance; Tableau's ten colours come down to 5 here.
    assert nearest > 20


@pytest.mark.parametrize("colours", [(MINOR, MAJOR), (GOOD, BAD)])
def test_pairs_are_told_apart_under_every_sight(colours: tuple[str, str]) -> None:
    for matrix in SIGHTS.values():
        one, other = (lab(np.array(matrix) @ linear(colour)) for colour in colours)
        assert np.linalg.norm(one - other) > 20


@pytest.mark.parametrize("colour", [*PALETTE, MINOR, MAJOR, GOOD, BAD])
@pytest.mark.parametrize("ground", [LIGHT_GROUND, DARK_GROUND])
def test_colours_stand_out_from_both_grounds(colour: str, ground: str) -> None:
    assert contrast(colour, ground) > 2.4


@pytest.mark.parametrize("colour", [MINOR, MAJOR])
def test_white_text_reads_on_modes(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.4


def test_the_sequential_scale_gets_lighter_all_the_way() -> None:
    lightness = [float(lab(linear(colour))[0]) for colour in SEQUENTIAL]
    assert lightness == sorted(lightness)
    assert min(np.diff(lightness)) > 10


@given(st.lists(st.text(max_size=5), max_size=60), st.randoms())
def test_styles_depend_on_the_set_of_labels_only(labels: list[str], random: Random) -> None:
    again = [*labels, *labels]
    random.shuffle(again)
    assert label_styles(labels) == label_styles(again)


def test_styles_differ_for_as_many_labels_as_there_are_combinations() -> None:
    labels = [f"{n:03d}" for n in range(len(PALETTE) * len(SYMBOLS))]
    styles = list(label_styles(labels).values())
    assert len({one.colour for one in styles[: len(PALETTE)]}) == len(PALETTE)
    assert len({(one.colour, one.symbol) for one in styles}) == len(labels)
    assert {one.symbol for one in styles[: len(PALETTE)]} == {SYMBOLS[0]}
    assert len({(one.colour, one.dash) for one in styles[: len(PALETTE) * len(DASHES)]}) == len(PALETTE) * len(DASHES)


def test_text_is_never_markup() -> None:
    assert plain("<b>R&B</b>") == "&lt;b&gt;R&amp;B&lt;/b&gt;"
    assert shortened("abcdefgh", longest=5) == "abcd…"
    assert shortened("abcde", longest=5) == "abcde"
    assert shortened("<<<<<<", longest=3) == "&lt;&lt;…"


def test_rgba_and_tints() -> None:
    assert rgba("#0a56d7", 0.5) == "rgba(10,86,215,0.5)"
    places = [place for place, _ in tints("#0a56d7")]
    assert places[0] == 0
    assert places[-1] == 1
    assert places == sorted(places)


def test_styled_keeps_what_the_figure_sets_and_drops_plotlys_template() -> None:
    figure = styled(go.Figure(layout={"height": 222}))
    assert figure.layout.height == 222
    assert figure.layout.template.layout.xaxis.automargin
    assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert styled(figure, height=333).layout.height == 333
    assert styled(go.Figure()).layout.height == 380
    assert len(figure.to_json()) < 4000


def test_an_empty_figure_says_why() -> None:
    figure = empty_figure("No <keys>.")
    assert figure.layout.annotations[0].text == "No &lt;keys&gt;."
    assert not figure.data
