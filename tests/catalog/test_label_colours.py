from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.label_colours import PALETTE, label_colours

NAMES = st.lists(st.text(max_size=8), max_size=40)


@given(NAMES)
def test_a_colour_depends_on_the_set_of_labels_only(names: list[str]) -> None:
    colours = label_colours(names)
    assert colours == label_colours(reversed(names))
    assert list(colours) == sorted(set(names))
    assert set(colours.values()) <= set(PALETTE)


def test_the_first_labels_differ_and_further_ones_begin_again() -> None:
    names = [f"{number:02d}" for number in range(2 * len(PALETTE))]
    assert tuple(label_colours(names).values()) == PALETTE * 2
