"""Choosing tracks by label, genre and release date.

The reference study's own choice is ``--genre Trance --since 2018-01-01 --until 2019-03-31``. What is left out is
counted by reason, so that a track without a date does not vanish unseen.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from earmark.catalog.names import normalise
from earmark.catalog.texts import parse_release_date
from earmark.catalog.track import DatePrecision, Track
from earmark.errors import InputError, MetadataError, UnknownNameError

Reason = Literal[
    "no label",
    "another label",
    "no genre",
    "another genre",
    "no release date",
    "release date not exact enough",
    "released earlier",
    "released later",
    "label has too few tracks",
]
"""Why a track is left out; of several reasons the first in this order is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which tracks are wanted; the default wants all.

    Attributes:
        labels: Only these labels, whatever their case.
        genres: Only these genres, whatever their case.
        since: Only tracks released on this day or later.
        until: Only tracks released on this day or earlier.
        min_tracks_per_label: Only labels with at least so many tracks among those chosen otherwise; tracks without
            a label are then left out. None asks nothing.
    """

    labels: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    min_tracks_per_label: int | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise InputError(f"nothing is released since {self.since} and until {self.until}; exchange the two dates")
        if self.min_tracks_per_label is not None and self.min_tracks_per_label < 1:
            raise InputError(f"a label needs at least 1 track, not {self.min_tracks_per_label}")


@dataclass(frozen=True, slots=True)
class SelectionResult:
    """The tracks chosen, and why others are not.

    Attributes:
        tracks: The chosen tracks, in the order they came.
        left_out: How many tracks are not, by reason.
    """

    tracks: list[Track]
    left_out: dict[Reason, int]


def select(tracks: Sequence[Track], selection: Selection) -> SelectionResult:
    """Choose tracks.

    Args:
        tracks: The tracks to choose from.
        selection: Which are wanted.

    Returns:
        The chosen tracks, and counts of the others. A track whose date is known by month or year only is chosen
        where all of that period lies within the dates.

    Raises:
        UnknownNameError: If none of the tracks is of a label or genre asked for.
    """
    labels = _known("label", selection.labels, (track.label for track in tracks if track.label))
    genres = _known("genre", selection.genres, (genre for track in tracks for genre in _genres(track)))
    left_out: Counter[Reason] = Counter()
    chosen = []
    for track in tracks:
        reason = _why_not(track, selection, labels, genres)
        if reason is None:
            chosen.append(track)
        else:
            left_out[reason] += 1
    if selection.min_tracks_per_label is not None:
        sizes = Counter(normalise(track.label or "") for track in chosen)
        enough = [one for one in chosen if sizes[normalise(one.label or "")] >= selection.min_tracks_per_label]
        left_out["label has too few tracks"] = len(chosen) - len(enough)
        chosen = enough
    return SelectionResult(chosen, {reason: count for reason, count in left_out.items() if count})


def parse_date(text: str, *, end: bool = False) -> dt.date:
    """Read a date bound as a user types it.

    Args:
        text: ``"2018-03-05"``, ``"2018-03"`` or ``"2018"``.
        end: Whether a month or year stands for its last day rather than its first.

    Raises:
        MetadataError: If the text is no date.
    """
    read = parse_release_date(text)
    if read is None:
        raise MetadataError(f"{text!r} is not a date; expected year first, such as 2018-03-05, 2018-03 or 2018")
    return _last_day(*read) if end else read[0]


def _why_not(track: Track, selection: Selection, labels: set[str], genres: set[str]) -> Reason | None:
    """Why a track is not wanted; None where it is."""
    if track.label is None and (labels or selection.min_tracks_per_label is not None):
        return "no label"
    if labels and normalise(track.label or "") not in labels:
        return "another label"
    if genres and not _genres(track):
        return "no genre"
    if genres and genres.isdisjoint(map(normalise, _genres(track))):
        return "another genre"
    return _why_not_date(track, selection.since, selection.until)


def _why_not_date(track: Track, since: dt.date | None, until: dt.date | None) -> Reason | None:
    if since is None and until is None:
        return None
    if track.released is None:
        return "no release date"
    first, last = track.released, _last_day(track.released, track.released_precision)
    if since is not None and last < since:
        return "released earlier"
    if until is not None and first > until:
        return "released later"
    within = (since is None or since <= first) and (until is None or last <= until)
    return None if within else "release date not exact enough"


def _last_day(first: dt.date, precision: DatePrecision) -> dt.date:
    """The last day of the day, month or year that begins on a day."""
    if precision == "day":
        return first
    if precision == "year" or first.month == 12:
        return dt.date(first.year, 12, 31)
    return dt.date(first.year, first.month + 1, 1) - dt.timedelta(days=1)


def _genres(track: Track) -> list[str]:
    """A track's genres; several are kept as one text with semicolons."""
    return [genre for genre in (track.genre or "").split("; ") if genre]


def _known(kind: str, asked: Sequence[str], there: Iterable[str]) -> set[str]:
    """The names asked for, normalised, each of which has to be there."""
    names: dict[str, str] = {}
    for name in there:
        names.setdefault(normalise(name), name)
    for name in asked:
        if normalise(name) not in names:
            raise UnknownNameError(kind, name, sorted(names.values(), key=str.casefold))
    return {normalise(name) for name in asked}
