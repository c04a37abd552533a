"""When the tracks of a collection were released, by month, quarter or year."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from earmark.catalog.track import Track

PeriodUnit = Literal["month", "quarter", "year"]
"""How long a period is."""

_MONTHS: dict[PeriodUnit, int] = {"month": 1, "quarter": 3, "year": 12}
# Up to so many bars a picture is read at a glance; a collection of more years than that is shown by year anyway.
_MOST_PERIODS = 48
# Where more dates than these are known by their year only, months would show a part of the collection as the whole.
_MOST_YEAR_ONLY = 0.1


@dataclass(frozen=True, slots=True)
class Timeline:
    """How many tracks were released in each period.

    Attributes:
        unit: ``"month"``, ``"quarter"`` or ``"year"``.
        periods: The periods' first days, from the first release to the last without gaps.
        counts: Tracks in each period, of tracks without a label too.
        by_label: The same for each label.
        undated: Tracks without a release date.
        year_only: Tracks whose date is known by its year only, and which are therefore in no month or quarter; 0 where
            the periods are years.
    """

    unit: PeriodUnit
    periods: tuple[dt.date, ...]
    counts: tuple[int, ...]
    by_label: Mapping[str, tuple[int, ...]]
    undated: int
    year_only: int


def timeline(tracks: Sequence[Track], labels: Sequence[str]) -> Timeline:
    """Count releases by period.

    Args:
        tracks: Tracks in any order.
        labels: The labels to count one by one.

    Returns:
        The counts. The shortest period is chosen by which there are at most 48; years where more than a tenth of the
        dates are known no better.
    """
    dated = [track for track in tracks if track.released is not None]
    by_year = [track for track in dated if track.released_precision == "year"]
    exact = [track for track in dated if track.released_precision != "year"]
    unit = _choose_unit(exact, len(by_year))
    placed = dated if unit == "year" else exact
    starts = [_start(track, unit) for track in placed]
    periods = _periods(min(starts), max(starts), unit) if starts else ()
    found = Counter((track.label, start) for track, start in zip(placed, starts, strict=True))
    total = Counter(starts)
    return Timeline(
        unit=unit,
        periods=periods,
        counts=tuple(total[period] for period in periods),
        by_label={label: tuple(found[label, period] for period in periods) for label in labels},
        undated=len(tracks) - len(dated),
        year_only=0 if unit == "year" else len(by_year),
    )


def _choose_unit(exact: Sequence[Track], year_only: int) -> PeriodUnit:
    if not exact or year_only > _MOST_YEAR_ONLY * (len(exact) + year_only):
        return "year"
    days = [track.released for track in exact if track.released is not None]
    months = _month_number(max(days)) - _month_number(min(days)) + 1
    return next((unit for unit, length in _MONTHS.items() if months <= _MOST_PERIODS * length), "year")


def _month_number(day: dt.date) -> int:
    """Months since the year 0."""
    return 12 * day.year + day.month - 1


def _start(track: Track, unit: PeriodUnit) -> dt.date:
    """The first day of the period that a track was released in."""
    assert track.released is not None  # noqa: S101 - the caller has sorted undated tracks out
    return _first_day(_month_number(track.released) // _MONTHS[unit] * _MONTHS[unit])


def _first_day(month_number: int) -> dt.date:
    return dt.date(month_number // 12, month_number % 12 + 1, 1)


def _periods(first: dt.date, last: dt.date, unit: PeriodUnit) -> tuple[dt.date, ...]:
    return tuple(_first_day(month) for month in range(_month_number(first), _month_number(last) + 1, _MONTHS[unit]))
