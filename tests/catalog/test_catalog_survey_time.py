import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_library import make_track

from earmark.catalog.survey_time import timeline
from earmark.catalog.track import Track


def dated(*days: str | None, precision: str = "day", label: str = "Amber") -> list[Track]:
    return [
        make_track(
            n, label, "Ann", released=None if day is None else dt.date.fromisoformat(day), released_precision=precision
        )
        for n, day in enumerate(days)
    ]


def test_months_without_a_release_are_there() -> None:
    found = timeline(dated("2018-11-30", "2019-02-01", "2019-02-15", None), ["Amber"])
    assert found.unit == "month"
    assert [day.isoformat() for day in found.periods] == ["2018-11-01", "2018-12-01", "2019-01-01", "2019-02-01"]
    assert found.counts == (1, 0, 0, 2)
    assert found.by_label == {"Amber": (1, 0, 0, 2)}
    assert (found.undated, found.year_only) == (1, 0)


@pytest.mark.parametrize(
    ("last", "unit", "periods"),
    [
        ("2018-12-31", "month", 48),
        ("2019-01-01", "quarter", 17),
        ("2026-12-31", "quarter", 48),
        ("2027-01-01", "year", 13),
    ],
)
def test_the_period_is_chosen_by_the_span(last: str, unit: str, periods: int) -> None:
    found = timeline(dated("2015-01-01", last), [])
    assert (found.unit, len(found.periods)) == (unit, periods)


def test_quarters_begin_in_january() -> None:
    found = timeline(dated("2010-02-28", "2016-12-31"), [])
    assert found.periods[0] == dt.date(2010, 1, 1)
    assert found.periods[-1] == dt.date(2016, 10, 1)


def test_a_few_dates_known_by_year_are_left_out_of_months() -> None:
    exact = dated(*["2018-03-05"] * 18)
    found = timeline([*exact, *dated("2018-01-01", precision="year")], [])
    assert (found.unit, sum(found.counts), found.year_only) == ("month", 18, 1)


def test_many_dates_known_by_year_make_all_of_it_years() -> None:
    found = timeline([*dated("2018-03-05", "2018-04-05"), *dated("2017-01-01", precision="year")], [])
    assert (found.unit, found.counts, found.year_only) == ("year", (1, 2), 0)


def test_no_dates_give_no_periods() -> None:
    found = timeline(dated(None, None), ["Amber"])
    assert (found.periods, found.counts, found.by_label, found.undated) == ((), (), {"Amber": ()}, 2)


@given(
    st.lists(
        st.tuples(
            st.none() | st.dates(dt.date(1970, 1, 1), dt.date(2030, 1, 1)),
            st.sampled_from(["day", "month", "year"]),
            st.sampled_from(["Amber", "Basalt", None]),
        ),
        max_size=20,
    )
)
def test_every_track_is_placed_or_counted_as_not(rows: list[tuple[dt.date | None, str, str | None]]) -> None:
    tracks = [
        make_track(n, label, "Ann", released=day, released_precision=precision)
        for n, (day, precision, label) in enumerate(rows)
    ]
    found = timeline(tracks, ["Amber", "Basalt"])
    assert sum(found.counts) + found.undated + found.year_only == len(tracks)
    assert list(found.periods) == sorted(set(found.periods))
    steps = {(after.year - before.year) * 12 + after.month - before.month for before, after in pairwise(found.periods)}
    assert steps <= {{"month": 1, "quarter": 3, "year": 12}[found.unit]}
    for at, count in enumerate(found.counts):
        assert sum(counts[at] for counts in found.by_label.values()) <= count
