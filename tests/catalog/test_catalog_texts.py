"""Texts to values: numbers, dates and lengths as people write them, and problems told for what cannot be read."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.credits import Credits
from earmark.catalog.keys import Key
from earmark.catalog.texts import (
    FIELDS,
    LONGEST_TEXT,
    parse_bpm,
    parse_release_date,
    parse_seconds,
    read_texts,
)
from earmark.errors import MetadataError


@pytest.mark.parametrize(
    ("text", "bpm"),
    [
        ("132", 132.0),
        ("128.00", 128.0),
        ("128,5", 128.5),
        (" 140 BPM ", 140.0),
        ("127.99", 127.99),
        ("0", None),
        ("0.0", None),
    ],
)
def test_tempo(text: str, bpm: float | None) -> None:
    assert parse_bpm(text) == bpm


@pytest.mark.parametrize("text", ["abc", "", "-132", "nan", "inf", "1e3", "5", "1200", "132-134", "１３２x"])
def test_no_tempo(text: str) -> None:
    with pytest.raises(MetadataError, match="is not a tempo"):
        parse_bpm(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6:47", 407.0),
        ("06:47", 407.0),
        ("1:02:03", 3723.0),
        ("407.0", 407.0),
        ("407", 407.0),
        ("6:47.5", 407.5),
        ("0", None),
    ],
)
def test_length(text: str, seconds: float | None) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["abc", "", "-3", "nan", "inf", "6:4", "::"])
def test_no_length(text: str) -> None:
    with pytest.raises(MetadataError, match="is not a length; expected 6:47"):
        parse_seconds(text)


@given(st.integers(1, 5 * 3600))
def test_lengths_round_trip_through_clock_time(seconds: int) -> None:
    assert parse_seconds(f"{seconds // 60}:{seconds % 60:02d}") == seconds
    hours, rest = divmod(seconds, 3600)
    assert parse_seconds(f"{hours}:{rest // 60:02d}:{rest % 60:02d}") == seconds


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2018-03-05", dt.date(2018, 3, 5), "day"),
        ("2018/03/05", dt.date(2018, 3, 5), "day"),
        ("20180305", dt.date(2018, 3, 5), "day"),
        ("2018-03-05T10:00:00Z", dt.date(2018, 3, 5), "day"),
        ("2018-03-05 10:00:00", dt.date(2018, 3, 5), "day"),
        ("2018-03", dt.date(2018, 3, 1), "month"),
        ("2018-03-00", dt.date(2018, 3, 1), "month"),
        ("2018", dt.date(2018, 1, 1), "year"),
        ("2018-00-00", dt.date(2018, 1, 1), "year"),
    ],
)
def test_dates_keep_how_exactly_they_are_known(text: str, day: dt.date, precision: str) -> None:
    assert parse_release_date(text) == (day, precision)


def test_the_year_zero_is_no_date() -> None:
    assert parse_release_date("0000-00-00") is None


@pytest.mark.parametrize(
    "text", ["05/03/2018", "5.3.2018", "March 2018", "", "2018-13-01", "2018-02-30", "18", "2018-3"]
)
def test_no_date(text: str) -> None:
    with pytest.raises(MetadataError, match="is not a date"):
        parse_release_date(text)


def test_every_field_is_read() -> None:
    values = read_texts(
        "csv",
        {
            "title": ["Song feat. D"], "mix": ["E Extended Remix"], "artists": ["A & B pres. C"], "remixers": ["F"],
            "label": ["Purple"], "release": ["Song EP"], "catalogue_number": ["PUR 001"], "genre": ["Trance", "House"],
            "released": ["2018-03-05"], "bpm": ["132"], "key": ["8A"], "seconds": ["6:47"],
        },
    )  # fmt: skip
    assert (values.title, values.mix, values.artist_credit) == ("Song", "E Extended Remix", "A & B pres. C")
    assert values.artists == Credits(("A", "B"), ("D",), ("F", "E"), ("C",))
    assert (values.label, values.release, values.catalogue_number) == ("Purple", "Song EP", "PUR 001")
    assert (values.genre, values.released, values.bpm) == ("Trance; House", dt.date(2018, 3, 5), 132.0)
    assert (values.key, values.seconds, values.problems) == (Key(9, "minor"), 407.0, ())


def test_a_bad_text_costs_its_own_field_only() -> None:
    values = read_texts("tag", {"bpm": ["abc"], "key": ["Z", "8A"], "released": ["soon"], "title": ["Song"]})
    assert (values.bpm, values.key, values.released, values.title) == (None, Key(9, "minor"), None, "Song")
    assert [problem.partition(":")[0] for problem in values.problems] == ["released (tag)", "bpm (tag)", "key (tag)"]
    assert "'abc' is not a tempo; expected a number such as 132 or 128.5" in values.problems[1]


def test_off_key_is_no_problem() -> None:
    values = read_texts("tag", {"key": ["o"], "bpm": ["0"]})
    assert values.is_empty
    assert values.problems == ()


@pytest.mark.parametrize("credit", ["Unknown Artist", "Various Artists", "VA", "various", "n/a"])
def test_credits_that_name_nobody_join_no_tracks(credit: str) -> None:
    values = read_texts("tag", {"artists": [credit], "title": ["Song"]})
    assert (values.artists, values.artist_credit) == (None, None)


def test_hostile_texts_are_cut_and_cleaned() -> None:
    values = read_texts(
        "tag", {"title": ["A" * 10_000_000], "label": ["  Pur\x00\x07ple\u200b \n Rec "], "genre": ["G"] * 99}
    )
    assert values.title == "A" * LONGEST_TEXT
    assert values.label == "Pur ple Rec"
    assert [problem for problem in values.problems if "10000000 characters was cut to 500" in problem]
    assert [problem for problem in values.problems if "99 texts" in problem]


@given(st.dictionaries(st.sampled_from(FIELDS), st.lists(st.text(max_size=30), max_size=3)))
def test_no_text_raises(texts: dict[object, list[str]]) -> None:
    values = read_texts("tag", texts)  # type: ignore[arg-type]  # hypothesis loses the literal type
    assert all(isinstance(problem, str) and "(tag)" in problem for problem in values.problems)
    assert values.bpm is None or 20 <= values.bpm <= 400
    assert values.title is None or values.title.strip()
