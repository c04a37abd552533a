"""Selection: what is chosen, and that everything else is counted."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.select import Selection, parse_date, select
from earmark.catalog.track import DatePrecision, Track
from earmark.errors import InputError, MetadataError, UnknownNameError


def track(
    name: str,
    label: str | None = "Purple",
    genre: str | None = "Trance",
    released: str | None = None,
    precision: DatePrecision = "day",
) -> Track:
    date = dt.date.fromisoformat(released) if released else None
    return Track(
        audio_id=name, path=name, seconds=1.0, label=label, genre=genre, released=date, released_precision=precision
    )


TRACKS = [
    track("a", released="2018-01-01"),
    track("b", released="2019-03-31"),
    track("c", released="2017-12-31"),
    track("d", released="2019-04-01"),
    track("e"),
    track("f", genre="House; Trance", released="2018-06-01"),
    track("g", genre="House", released="2018-06-01"),
    track("h", genre=None, released="2018-06-01"),
    track("i", label="Green", released="2018-01-01", precision="year"),
    track("j", label="Green", released="2019-01-01", precision="year"),
    track("k", label="Green", released="2019-03-01", precision="month"),
    track("l", label=None, released="2018-06-01"),
]
STUDY = Selection(genres=("trance",), since=dt.date(2018, 1, 1), until=dt.date(2019, 3, 31))


def ids(selection: Selection) -> str:
    return "".join(one.audio_id for one in select(TRACKS, selection).tracks)


def test_the_reference_studys_selection() -> None:
    result = select(TRACKS, STUDY)
    assert "".join(one.audio_id for one in result.tracks) == "abfikl"
    assert result.left_out == {
        "released earlier": 1, "released later": 1, "no release date": 1, "another genre": 1, "no genre": 1,
        "release date not exact enough": 1,
    }  # fmt: skip


def test_all_is_wanted_by_default() -> None:
    assert ids(Selection()) == "abcdefghijkl"
    assert select(TRACKS, Selection()).left_out == {}


def test_labels_whatever_their_case() -> None:
    assert ids(Selection(labels=("GREEN",))) == "ijk"
    assert select(TRACKS, Selection(labels=("green",))).left_out == {"another label": 8, "no label": 1}


def test_one_bound_alone() -> None:
    assert ids(Selection(since=dt.date(2019, 1, 1))) == "bdjk"
    assert ids(Selection(until=dt.date(2018, 1, 1))) == "ac"


def test_small_labels_are_left_out_after_the_rest() -> None:
    result = select(TRACKS, Selection(genres=("trance",), min_tracks_per_label=4))
    assert {one.label for one in result.tracks} == {"Purple"}
    assert result.left_out["label has too few tracks"] == 3
    assert result.left_out["no label"] == 1


def test_unknown_names_list_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="no label called 'Blue'; known: Green, Purple"):
        select(TRACKS, Selection(labels=("Purple", "Blue")))
    with pytest.raises(UnknownNameError, match="no genre called 'Techno'; known: House, Trance"):
        select(TRACKS, Selection(genres=("Techno",)))
    with pytest.raises(UnknownNameError, match="known: none yet"):
        select([], Selection(labels=("Purple",)))


def test_selections_that_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="exchange the two dates"):
        Selection(since=dt.date(2019, 1, 1), until=dt.date(2018, 1, 1))
    with pytest.raises(InputError, match="at least 1 track, not 0"):
        Selection(min_tracks_per_label=0)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2018", dt.date(2018, 1, 1), dt.date(2018, 12, 31)),
        ("2018-02", dt.date(2018, 2, 1), dt.date(2018, 2, 28)),
        ("2020-02", dt.date(2020, 2, 1), dt.date(2020, 2, 29)),
        ("2018-12", dt.date(2018, 12, 1), dt.date(2018, 12, 31)),
        ("2019-03-31", dt.date(2019, 3, 31), dt.date(2019, 3, 31)),
    ],
)
def test_date_bounds(text: str, first: dt.date, last: dt.date) -> None:
    assert (parse_date(text), parse_date(text, end=True)) == (first, last)


@pytest.mark.parametrize("text", ["31.03.2019", "0000", "yesterday", ""])
def test_no_date_bound(text: str) -> None:
    with pytest.raises(MetadataError, match="expected year first"):
        parse_date(text)


@given(
    st.lists(st.sampled_from(TRACKS)),
    st.lists(st.sampled_from(["Purple", "Green"])),
    st.none() | st.dates(dt.date(2017, 1, 1), dt.date(2018, 6, 1)),
    st.none() | st.dates(dt.date(2018, 6, 1), dt.date(2020, 1, 1)),
    st.none() | st.integers(1, 5),
)
def test_every_track_is_chosen_or_counted(
    tracks: list[Track], labels: list[str], since: dt.date | None, until: dt.date | None, fewest: int | None
) -> None:
    labels = [label for label in labels if any(one.label == label for one in tracks)]
    selection = Selection(labels=tuple(labels), since=since, until=until, min_tracks_per_label=fewest)
    result = select(tracks, selection)
    assert len(result.tracks) + sum(result.left_out.values()) == len(tracks)
    assert all(not labels or one.label in labels for one in result.tracks)
