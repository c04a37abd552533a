"""Names in credit strings: split so that no shared artist is hidden, and compared whatever the spelling."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.names import KEPT_WHOLE, normalise, split_names, unique_names

WORDS = st.lists(
    st.sampled_from(["Ada", "Ørn", "Zoë", "M.I.K.E.", "54", "Isma-Ae", "DJ", "W&W", "李"]), min_size=1, max_size=3
)
NAMES = WORDS.map(" ".join)
SEPARATORS = st.sampled_from([" & ", ", ", " x ", " vs. ", " vs ", " with ", " and ", " + ", "; ", " meets ", " / "])


def names_of(credit: str) -> list[str]:
    return [name for name, _ in split_names(credit)]


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Moogwai", ["Moogwai"]),
        ("Nifra & Anske", ["Nifra", "Anske"]),
        ("A, B & C", ["A", "B", "C"]),
        ("A x B", ["A", "B"]),
        ("A X B × C", ["A", "B", "C"]),
        ("A vs. B", ["A", "B"]),
        ("A + B", ["A", "B"]),
        ("Aly & Fila With Philippe El Sisi & Omar Sherif", ["Aly & Fila", "Philippe El Sisi", "Omar Sherif"]),
        ("Ciaran McAuley Meets Azam Ali & Jeff Rona", ["Ciaran McAuley", "Azam Ali", "Jeff Rona"]),
        ("Above & Beyond & Spencer Brown", ["Above & Beyond", "Spencer Brown"]),
        ("Above and Beyond, Spencer Brown", ["Above and Beyond", "Spencer Brown"]),
        ("Genix vs Kyau & Albert", ["Genix", "Kyau & Albert"]),
        ("Earth, Wind & Fire", ["Earth, Wind & Fire"]),
        ("Myon & Shane 54", ["Myon", "Shane 54"]),
        ("Solis &  Sean Truby", ["Solis", "Sean Truby"]),
        ("Aly & Fila/Ferry Corsten", ["Aly & Fila", "Ferry Corsten"]),
        ("AC/DC", ["AC/DC"]),
        ("W&W", ["W&W"]),
        ("10,000 Maniacs", ["10,000 Maniacs"]),
        ("Malcolm X", ["Malcolm X"]),
        ("Jerome Isma-Ae", ["Jerome Isma-Ae"]),
        ("Past & Present", ["Past", "Present"]),
        ("A\0B", ["A", "B"]),
        ("", []),
        ("  ", []),
        (",", [","]),
    ],
)
def test_splits_at_everything_that_joins_names(credit: str, names: list[str]) -> None:
    assert names_of(credit) == names


@pytest.mark.parametrize(
    ("credit", "roles"),
    [
        ("A & B pres. C feat. D", {"A": "performer", "B": "performer", "C": "presented", "D": "featured"}),
        ("Markus Schulz Presents Dakota", {"Markus Schulz": "performer", "Dakota": "presented"}),
        ("Driftmoon & Robert Nickson Present Astrosphere",
         {"Driftmoon": "performer", "Robert Nickson": "performer", "Astrosphere": "presented"}),
        ("Ilan Bluestone  Feat Giuseppe De Luca", {"Ilan Bluestone": "performer", "Giuseppe De Luca": "featured"}),
        ("A ft. B & C", {"A": "performer", "B": "featured", "C": "featured"}),
        ("A featuring B vs. C", {"A": "performer", "B": "featured", "C": "performer"}),
        ("feat. D", {"D": "featured"}),
        ("A, feat. D", {"A": "performer", "D": "featured"}),
        ("Armin van Buuren aka Rising Star", {"Armin van Buuren": "performer", "Rising Star": "presented"}),
    ],
)  # fmt: skip
def test_the_place_says_the_role(credit: str, roles: dict[str, str]) -> None:
    assert dict(split_names(credit)) == roles


@pytest.mark.parametrize("name", KEPT_WHOLE)
def test_known_acts_stay_whole_among_others(name: str) -> None:
    assert names_of(f"Somebody & {name} & Nobody feat. {name}") == ["Somebody", name, "Nobody", name]


@given(st.lists(NAMES, min_size=1, max_size=5), st.data())
def test_joined_names_come_apart(names: list[str], data: st.DataObject) -> None:
    credit = names[0]
    for name in names[1:]:
        credit += data.draw(SEPARATORS) + name
    assert names_of(credit) == names


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_no_word_is_lost(credit: str) -> None:
    """All that is missing from the names is separators."""
    # "k" and "a" are the pieces of "a.k.a.".
    separators = set(re.findall(r"\w+", "feat ft featuring f pres present presents presenting introducing"))
    separators |= set(re.findall(r"\w+", "a.k.a. aka vs versus and x with w meets b2b"))
    given_words = set(re.findall(r"\w+", credit.lower())) - separators
    kept = set(re.findall(r"\w+", " ".join(names_of(credit)).lower()))
    assert given_words <= kept
    assert all(name.strip() for name in names_of(credit))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë Johnston", "ZOE  JOHNSTON"),
        ("Above & Beyond", "above and beyond"),
        ("Above & Beyond", "Above + Beyond"),
        ("M.I.K.E. Push", "MIKE Push"),
        ("Björn Åkesson", "Bjorn Akesson"),
        ("Solarstone ", "\tSolarstone"),
        ("Røyksopp", "royksopp"),
        ("Heaven's Cry", "Heaven’s Cry"),
        ("Jerome Isma-Ae", "Jerome Isma Ae"),
        ("STRAßE", "strasse"),
        ("Zoe\u0308", "Zoë"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert normalise(one) == normalise(other) != ""


def test_names_of_signs_and_of_other_scripts_stay_apart() -> None:
    names = ["!!!", "***", "李", "が", "か", "Ada", ""]
    assert len({normalise(name) for name in names}) == len(names)


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    once = normalise(name)
    assert normalise(once) == once


def test_the_first_spelling_is_kept() -> None:
    assert unique_names(["Zoë", "B", "ZOE", "b"]) == ("Zoë", "B")
