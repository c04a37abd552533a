"""Credits: who made a track, out of the artist credit and the title."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.credits import Credits, parse_credits

TEXT = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(" &,()[]-'feat.presvsx")), max_size=80)


def test_the_example_of_the_design() -> None:
    assert parse_credits("A & B pres. C feat. D", "Song (E Extended Remix)") == Credits(
        performers=("A", "B"), featured=("D",), remixers=("E",), presented=("C",)
    )


@pytest.mark.parametrize(
    ("artists", "title", "credits"),
    [
        ("Moogwai", "Viola (Driftmoon & Robert Nickson Present Astrosphere Extended Remix)",
         Credits(("Moogwai",), (), ("Driftmoon", "Robert Nickson", "Astrosphere"))),
        ("Above & Beyond Feat Richard Bedford", "Happiness Amplified (Above & Beyond Club Mix)",
         Credits(("Above & Beyond",), ("Richard Bedford",), ("Above & Beyond",))),
        ("Andrew Bayer Feat Ane Brun", "Love You More (Andrew Bayer & Genix In My Next Life Mix)",
         Credits(("Andrew Bayer",), ("Ane Brun",), ("Andrew Bayer", "Genix In My Next Life"))),
        ("Nifra", "Edge of Time feat. Seri (Extended Mix)", Credits(("Nifra",), ("Seri",))),
        ("Talla 2XLC Vs Pay & White", "Oldskool (Extended Mix)", Credits(("Talla 2XLC", "Pay & White"))),
        ("", "", Credits()),
    ],
)  # fmt: skip
def test_credits_as_shops_write_them(artists: str, title: str, credits: Credits) -> None:
    assert parse_credits(artists, title) == credits


def test_several_credits_keep_their_own_roles() -> None:
    parsed = parse_credits(["A feat. B", "C"], mix="D Remix", remixers=["E & D"])
    assert parsed == Credits(performers=("A", "C"), featured=("B",), remixers=("E", "D"))


def test_everyone_is_there_once_whatever_the_spelling() -> None:
    credits = parse_credits("Zoë & B feat. ZOE", "Song (Zoe Remix)")
    assert credits.everyone == ("Zoë", "B")
    assert credits.keys == {"zoe", "b"}


@given(TEXT, TEXT)
def test_nothing_is_refused_and_every_name_was_written(artists: str, title: str) -> None:
    """No name is made up: its letters stand in the texts in their order."""
    written = re.sub(r"\s", "", artists + title)
    for name in parse_credits(artists, title).everyone:
        assert name.strip()
        assert re.sub(r"\s", "", name) in written


@given(st.lists(st.sampled_from(["Ada", "Bo Lee", "Çelik", "54"]), unique=True, max_size=4), TEXT)
def test_json_round_trip(names: list[str], other: str) -> None:
    credits = Credits(tuple(names), presented=(other,))
    assert Credits.from_json(credits.to_json()) == credits
    assert Credits.from_json(Credits().to_json()) == Credits()
