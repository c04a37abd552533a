"""Titles: the song's name, its mix, and whom they credit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.titles import Title, is_mix, parse_mix, parse_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Viola", Title("Viola")),
        ("Viola (Extended Mix)", Title("Viola", "Extended Mix")),
        ("Viola (Elevation Extended Remix)", Title("Viola", "Elevation Extended Remix", (), ("Elevation",))),
        ("Is It Love?  (Gabriel & Dresden Remix)",
         Title("Is It Love?", "Gabriel & Dresden Remix", (), ("Gabriel & Dresden",))),
        ("Back Home (Fady & Mina Vs Omar Sherif Remix)",
         Title("Back Home", "Fady & Mina Vs Omar Sherif Remix", (), ("Fady & Mina", "Omar Sherif"))),
        ("Song [F & G Remix]", Title("Song", "F & G Remix", (), ("F", "G"))),
        ("Song feat. Ann Lee (Bo Remix)", Title("Song", "Bo Remix", ("Ann Lee",), ("Bo",))),
        ("Song (feat. Ann Lee) [Bo Remix]", Title("Song", "Bo Remix", ("Ann Lee",), ("Bo",))),
        ("Song (with Ann Lee & Cy)", Title("Song", None, ("Ann Lee", "Cy"))),
        ("Song - Bo Remix", Title("Song", "Bo Remix", (), ("Bo",))),
        ("Song - Radio Edit", Title("Song", "Radio Edit")),
        ("Predator vs Prey  (Extended Mix)", Title("Predator vs Prey", "Extended Mix")),
        ("You & I (Extended Club Mix)", Title("You & I", "Extended Club Mix")),
        ("Interlude (Part 2)", Title("Interlude (Part 2)")),
        ("Interlude (Part 2) (Original Mix)", Title("Interlude (Part 2)", "Original Mix")),
        ("Song (A Remix) (Extended Mix)", Title("Song", "A Remix, Extended Mix", (), ("A",))),
        ("Song (Orion (UK) Remix)", Title("Song", "Orion (UK) Remix", (), ("Orion (UK)",))),
        ("(Original Mix)", Title("(Original Mix)", "Original Mix")),
        ("Broken (Extended Mix", Title("Broken (Extended Mix")),
        ("Before - After", Title("Before - After")),
        ("", Title("")),
    ],
)  # fmt: skip
def test_takes_titles_apart(text: str, title: Title) -> None:
    assert parse_title(text) == title


@pytest.mark.parametrize(
    "mix",
    ["Original Mix", "Extended Mix", "Extended mix", "Club Mix", "Extended Club Mix", "2018 Rework", "Radio Edit",
     "Dub", "Extended Mix 2019", "Vocal Mix", "Instrumental", "Remix", "Live", "Original", "12\" Mix", "VIP Mix", ""],
)  # fmt: skip
def test_generic_mixes_name_nobody(mix: str) -> None:
    assert parse_mix(mix) == ()


@pytest.mark.parametrize(
    ("mix", "remixers"),
    [
        ("Daxson Extended Remix", ("Daxson",)),
        ("H vs I Edit", ("H", "I")),
        ("Super8 & Tab 2019 Remix", ("Super8 & Tab",)),
        ("Above & Beyond Extended Club Mix", ("Above & Beyond",)),
        ("Sunny Lax Extended 303 Mix", ("Sunny Lax",)),
        ("Factor B's Back to The Future Extended Remix", ("Factor B",)),
        ("Dave Neven’s Extended In Search Of Sunrise Mix", ("Dave Neven",)),
        ("Solis' Sunrise Mix", ("Solis",)),
        ("Driftmoon & Robert Nickson Present Astrosphere Extended Remix",
         ("Driftmoon", "Robert Nickson", "Astrosphere")),
        ("The Noble Six Remix", ("The Noble Six",)),
        ("Alpha 9 Remix", ("Alpha 9",)),
        ("Solis & Sean Truby Vs Ultimate Extend Remix", ("Solis", "Sean Truby", "Ultimate")),
        ("Remixed by Ann Lee", ("Ann Lee",)),
        ("Arkham Knights Dark Path Remix", ("Arkham Knights Dark Path",)),
    ],
)  # fmt: skip
def test_mixes_name_their_remixers(mix: str, remixers: tuple[str, ...]) -> None:
    assert parse_mix(mix) == remixers


@pytest.mark.parametrize("text", ["In The Sky", "Part 2", "2019", "", "UK", "Tune Of The Week"])
def test_other_brackets_are_no_mixes(text: str) -> None:
    assert not is_mix(text)


@given(st.text(max_size=200))
def test_every_text_has_a_name_where_it_has_anything(text: str) -> None:
    title = parse_title(text)
    assert bool(title.name) == bool(text.split())
    assert all((*title.remixers, *title.featured))


# Names with digits, so that none of them is a word that says what kind of mix it is.
SIMPLE = st.from_regex(r"[A-Z][a-z]{2,8} [A-Z][a-z]{1,5}[2-9]", fullmatch=True)


@given(SIMPLE, SIMPLE, SIMPLE)
def test_shop_titles_round_trip(song: str, guest: str, remixer: str) -> None:
    mix = f"{remixer} Extended Remix"
    title = parse_title(f"{song} feat. {guest} ({mix})")
    assert (title.name, title.mix, title.featured, title.remixers) == (song, mix, (guest,), (remixer,))
