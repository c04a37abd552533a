"""The colours of labels, the same in every report, notebook and page.

A label's colour depends on the set of labels only: it is the palette's colour at the label's place among their names in
alphabetical order. The colours are told apart under normal sight and under each kind of dichromacy, and stand out from
light ground and from dark. Where there are more labels than colours they come again, so that whoever draws says the
same once more in another way: by a name, a symbol or a dash.
"""

from collections.abc import Iterable

PALETTE: tuple[str, ...] = (
    "#0a56d7",
    "#b59e02",
    "#f4436b",
    "#3cb29c",
    "#bd81f8",
    "#a15e0a",
    "#4d6234",
    "#919ecc",
    "#814a78",
    "#9e179d",
)
"""Labels' colours. Chosen by search: the least distance of two of them in CIELAB is the largest found over normal
sight, protanopia, deuteranopia and tritanopia, at a contrast of 2.6 to 1 or more with a page's two grounds."""

NO_LABEL = "#7d8594"
"""What belongs to no label: all tracks together, "other", reference lines."""


def label_colours(labels: Iterable[str]) -> dict[str, str]:
    """Give each label its colour.

    Args:
        labels: The labels' names, in any order; repeats do not count.

    Returns:
        A colour, ``"#rrggbb"``, by label, in the names' alphabetical order. The first ten differ; beyond, they come
        again in the same order.
    """
    return {label: PALETTE[place % len(PALETTE)] for place, label in enumerate(sorted(set(labels)))}
