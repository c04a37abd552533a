import datetime as dt

import numpy as np
import pytest
from tiny_library import make_track

from earmark.catalog.keys import Key
from earmark.errors import InputError
from earmark.similarity.vectors.filters import UNKNOWN_DAY, UNKNOWN_KEY, Filters, columns_of, day_number

TRACKS = [
    make_track(1, "Amber", "Ann & Ben", bpm=126.0, key=Key(9, "minor"), released=dt.date(2020, 5, 1)),
    make_track(2, "Basalt", "Ben", bpm=132.0, key=Key(0, "major"), released=dt.date(2021, 5, 1)),
    make_track(3, None, "Cid", bpm=None, key=None, release=None),
]
COLUMNS = columns_of(TRACKS)


def passing(**conditions: object) -> list[int]:
    mask = Filters(**conditions).mask(COLUMNS)  # type: ignore[arg-type]
    return [int(COLUMNS.audio_ids[place], 16) for place in np.flatnonzero(mask)]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"bpm": (126, 132)}, [1, 2]),
        ({"bpm": (126.01, 132)}, [2]),
        ({"keys": frozenset({Key(9, "minor"), Key(4, "minor")})}, [1]),
        ({"labels": frozenset({"amber"})}, [1]),
        ({"without_labels": frozenset({"amber"})}, [2, 3]),
        ({"artists": frozenset({"ben"})}, [1, 2]),
        ({"without_artists": frozenset({"ben"})}, [3]),
        ({"since": dt.date(2020, 5, 1)}, [1, 2]),
        ({"until": dt.date(2020, 5, 1)}, [1]),
        ({"without_ids": frozenset({TRACKS[0].audio_id, "strange"})}, [2, 3]),
        ({"bpm": (100, 130), "without_artists": frozenset({"ann"})}, []),
    ],
)
def test_each_condition_lets_pass_what_it_says(conditions: dict[str, object], expected: list[int]) -> None:
    assert passing(**conditions) == expected


def test_unknown_values_have_stand_ins_that_no_filter_asks_for() -> None:
    assert COLUMNS.keys.tolist() == [Key(9, "minor").index, Key(0, "major").index, UNKNOWN_KEY]
    assert COLUMNS.days[2] == UNKNOWN_DAY
    assert np.isnan(COLUMNS.bpm[2])
    assert COLUMNS.labels[2] == COLUMNS.releases[2] == ""


def test_rows_are_found_by_id() -> None:
    assert COLUMNS.row(TRACKS[1].audio_id) == 1
    assert COLUMNS.row("nowhere") is None
    assert len(COLUMNS) == 3


def test_days_are_counted_from_1970() -> None:
    assert day_number(dt.date(1970, 1, 2)) == 1
    assert day_number(None) == UNKNOWN_DAY


def test_empty_ranges_are_refused() -> None:
    with pytest.raises(InputError, match="such as 126-132"):
        Filters(bpm=(132.0, 126.0))
    with pytest.raises(InputError, match="such as 126-132"):
        Filters(bpm=(float("nan"), 126.0))
    with pytest.raises(InputError, match="no day is on or after 2021-01-01"):
        Filters(since=dt.date(2021, 1, 1), until=dt.date(2020, 1, 1))
    assert Filters().is_empty
    assert not Filters(bpm=(0.0, 0.0)).is_empty


def test_no_track_has_no_columns() -> None:
    assert len(columns_of([])) == 0
    assert Filters(artists=frozenset({"ann"})).mask(columns_of([])).shape == (0,)
