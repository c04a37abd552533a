"""What a search may find: ranges of BPM and date, keys, labels and artists, honoured exactly by every engine.

One `Filters` value is answered in two ways that a test holds to the same tracks: as a mask over `Columns`, which says
plainly what is meant, and as one over `earmark.similarity.vectors.codes.Codes`, which is fast. A track of which a value
is not known passes no filter that asks for one.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.groups import artist_keys
from earmark.catalog.keys import Key
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import InputError

UNKNOWN_KEY = -1
"""Stands for a key that is not known."""

UNKNOWN_DAY = -(10**6)
"""Stands for a date that is not known; days are counted from 1970-01-01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Conditions that all have to hold; an empty one lets everything pass.

    Attributes:
        bpm: Least and greatest BPM, both allowed.
        keys: Any of these keys.
        labels: Any of these labels, as `earmark.catalog.names.normalise` writes them.
        without_labels: None of these labels, written so too.
        artists: Any of these artists, by their keys as in `earmark.catalog.groups`.
        without_artists: None of these artists.
        since: First day of release.
        until: Last day of release.
        without_ids: None of these audio ids.

    Raises:
        InputError: A range is empty or not a number.
    """

    bpm: tuple[float, float] | None = None
    keys: frozenset[Key] = frozenset()
    labels: frozenset[str] = frozenset()
    without_labels: frozenset[str] = frozenset()
    artists: frozenset[str] = frozenset()
    without_artists: frozenset[str] = frozenset()
    since: dt.date | None = None
    until: dt.date | None = None
    without_ids: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.bpm is not None and not 0 <= self.bpm[0] <= self.bpm[1] < float("inf"):
            raise InputError(f"a BPM range goes from low to high, such as 126-132, not {self.bpm[0]:g}-{self.bpm[1]:g}")
        if self.since is not None and self.until is not None and self.since > self.until:
            raise InputError(f"no day is on or after {self.since} and on or before {self.until}")

    @property
    def is_empty(self) -> bool:
        """Whether everything passes."""
        return all(not getattr(self, one.name) for one in fields(self))

    def mask(self, columns: "Columns") -> NDArray[np.bool_]:
        """Which tracks pass: bool of shape (tracks,).

        Args:
            columns: The tracks.
        """
        passes = np.ones(len(columns.audio_ids), dtype=np.bool_)
        if self.bpm is not None:
            # NaN, a BPM that is not known, compares as false.
            passes &= (columns.bpm >= np.float32(self.bpm[0])) & (columns.bpm <= np.float32(self.bpm[1]))
        if self.keys:
            passes &= np.isin(columns.keys, [key.index for key in self.keys])
        if self.labels:
            passes &= np.isin(columns.labels, sorted(self.labels))
        if self.without_labels:
            passes &= ~np.isin(columns.labels, sorted(self.without_labels))
        if self.since is not None:
            passes &= columns.days >= day_number(self.since)
        if self.until is not None:
            passes &= (columns.days <= day_number(self.until)) & (columns.days > UNKNOWN_DAY)
        if self.artists:
            passes &= np.array([not self.artists.isdisjoint(one) for one in columns.artists], dtype=np.bool_)
        if self.without_artists:
            passes &= np.array([self.without_artists.isdisjoint(one) for one in columns.artists], dtype=np.bool_)
        if self.without_ids:
            passes &= ~np.isin(columns.audio_ids, sorted(self.without_ids))
        return passes


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What filters ask of tracks, column by column.

    Attributes:
        audio_ids: Text of shape (tracks,).
        bpm: float32 of shape (tracks,); NaN where not known.
        keys: int16 of shape (tracks,): `Key.index`, `UNKNOWN_KEY` where not known.
        labels: Text of shape (tracks,): normalised names, empty where not known.
        days: int32 of shape (tracks,): days from 1970-01-01, `UNKNOWN_DAY` where not known.
        artists: Each track's artist keys.
        releases: Text of shape (tracks,): normalised names, empty where not known.
    """

    audio_ids: NDArray[np.str_]
    bpm: NDArray[np.float32]
    keys: NDArray[np.int16]
    labels: NDArray[np.str_]
    days: NDArray[np.int32]
    artists: tuple[frozenset[str], ...]
    releases: NDArray[np.str_]
    _rows: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {name: row for row, name in enumerate(self.audio_ids.tolist())})

    def __len__(self) -> int:
        return len(self.audio_ids)

    def row(self, audio_id: str) -> int | None:
        """A track's row; None where it is not among them."""
        return self._rows.get(audio_id)


def columns_of(tracks: Sequence[Track]) -> Columns:
    """Make columns of tracks, in their order; artists as the whole of these tracks knows them.

    Args:
        tracks: The tracks.
    """
    return Columns(
        audio_ids=np.array([track.audio_id for track in tracks], dtype=np.str_),
        bpm=np.array([np.nan if track.bpm is None else track.bpm for track in tracks], dtype=np.float32),
        keys=np.array([UNKNOWN_KEY if track.key is None else track.key.index for track in tracks], dtype=np.int16),
        labels=np.array([normalise(track.label or "") for track in tracks], dtype=np.str_),
        days=np.array([day_number(track.released) for track in tracks], dtype=np.int32),
        artists=tuple(artist_keys(tracks)) if tracks else (),
        releases=np.array([normalise(track.release or "") for track in tracks], dtype=np.str_),
    )


def day_number(day: dt.date | None) -> int:
    """Days from 1970-01-01; `UNKNOWN_DAY` for None."""
    return UNKNOWN_DAY if day is None else (day - dt.date(1970, 1, 1)).days
