"""Filter columns as numbers, so that a mask over a million tracks takes about a millisecond.

Names become places in a sorted list of names, artists a list of rows for each artist. The masks are those of
`earmark.similarity.vectors.filters.Filters.mask`, which is the plain statement of what filters mean; a test holds the
two to the same tracks.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.library.vectors import VectorRow
from earmark.similarity.vectors.filters import UNKNOWN_DAY, Columns, Filters, day_number

_ARRAYS: Final = ("ids", "bpm", "keys", "days", "labels", "releases", "artist_starts", "artist_rows")
_NAMES: Final = ("label_names", "release_names", "artist_names")


@dataclass(frozen=True, eq=False)
class Codes:
    """What filters ask of tracks, as numbers.

    Attributes:
        ids: Audio ids as ASCII bytes, shape (tracks,).
        bpm: float32 of shape (tracks,); NaN where not known.
        keys: int8 of shape (tracks,): `Key.index`, -1 where not known.
        days: int32 of shape (tracks,): days from 1970-01-01, `UNKNOWN_DAY` where not known.
        labels: int32 of shape (tracks,): places in `label_names`.
        releases: int32 of shape (tracks,): places in `release_names`.
        artist_starts: int64 of shape (artists + 1,): where each artist's rows begin in `artist_rows`.
        artist_rows: int32: rows, ascending for each artist.
        label_names: Normalised names, sorted; the empty one stands for none.
        release_names: Normalised names, sorted; the empty one stands for none.
        artist_names: Artist keys, sorted.
    """

    ids: NDArray[np.bytes_]
    bpm: NDArray[np.float32]
    keys: NDArray[np.int8]
    days: NDArray[np.int32]
    labels: NDArray[np.int32]
    releases: NDArray[np.int32]
    artist_starts: NDArray[np.int64]
    artist_rows: NDArray[np.int32]
    label_names: Sequence[str]
    release_names: Sequence[str]
    artist_names: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _sorted(self) -> NDArray[np.int64]:
        return np.argsort(self.ids, kind="stable")

    def rows(self, audio_ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows of tracks.

        Args:
            audio_ids: The tracks.

        Returns:
            int64 of shape (tracks,); -1 for a track that is not among them.
        """
        if not audio_ids or not len(self):
            return np.full(len(audio_ids), -1, dtype=np.int64)
        wanted = np.array([one.encode() for one in audio_ids])
        places = np.minimum(np.searchsorted(self.ids, wanted, sorter=self._sorted), len(self) - 1)
        found = self._sorted[places]
        return np.where(self.ids[found] == wanted, found, -1)

    def names(self, rows: NDArray[np.integer]) -> tuple[str, ...]:
        """Audio ids of rows."""
        return tuple(one.decode() for one in self.ids[rows].tolist())

    def mask(self, filters: Filters) -> NDArray[np.bool_]:
        """Which tracks pass: bool of shape (tracks,).

        Args:
            filters: The conditions.
        """
        passes = np.ones(len(self), dtype=np.bool_)
        if filters.bpm is not None:
            # NaN, a BPM that is not known, compares as false. The ends are compared as stored, in float32.
            passes &= self.bpm >= np.float32(filters.bpm[0])
            passes &= self.bpm <= np.float32(filters.bpm[1])
        if filters.keys:
            passes &= _any_of(self.keys, [key.index for key in filters.keys])
        if filters.labels:
            passes &= _any_of(self.labels, _places(self.label_names, filters.labels))
        if filters.without_labels:
            passes &= ~_any_of(self.labels, _places(self.label_names, filters.without_labels))
        if filters.since is not None:
            passes &= self.days >= day_number(filters.since)
        if filters.until is not None:
            passes &= self.days <= day_number(filters.until)
            passes &= self.days > UNKNOWN_DAY
        if filters.artists:
            passes &= self._by(filters.artists)
        if filters.without_artists:
            passes &= ~self._by(filters.without_artists)
        if filters.without_ids:
            rows = self.rows(sorted(filters.without_ids))
            passes[rows[rows >= 0]] = False
        return passes

    def _by(self, artists: Iterable[str]) -> NDArray[np.bool_]:
        """Which tracks are by any of some artists."""
        found = np.zeros(len(self), dtype=np.bool_)
        for place in _places(self.artist_names, artists):
            found[self.artist_rows[self.artist_starts[place] : self.artist_starts[place + 1]]] = True
        return found

    def columns(self) -> Columns:
        """The same as columns of names, in the same order."""
        artists: list[set[str]] = [set() for _ in range(len(self))]
        for place, name in enumerate(self.artist_names):
            for row in self.artist_rows[self.artist_starts[place] : self.artist_starts[place + 1]].tolist():
                artists[row].add(name)
        return Columns(
            audio_ids=self.ids.astype(np.str_),
            bpm=np.asarray(self.bpm),
            keys=self.keys.astype(np.int16),
            labels=np.array(self.label_names, dtype=np.str_)[self.labels],
            days=np.asarray(self.days),
            artists=tuple(map(frozenset, artists)),
            releases=np.array(self.release_names, dtype=np.str_)[self.releases],
        )

    def take(self, rows: NDArray[np.integer]) -> "Codes":
        """Some rows, in another order.

        Args:
            rows: Which, each at most once.
        """
        new = np.full(len(self), -1, dtype=np.int32)
        new[rows] = np.arange(len(rows), dtype=np.int32)
        moved = new[self.artist_rows]
        artists = np.repeat(np.arange(len(self.artist_names), dtype=np.int64), np.diff(self.artist_starts))
        kept = moved >= 0
        starts, grouped = _grouped(artists[kept], moved[kept], len(self.artist_names))
        return Codes(
            ids=self.ids[rows],
            bpm=self.bpm[rows],
            keys=self.keys[rows],
            days=self.days[rows],
            labels=self.labels[rows],
            releases=self.releases[rows],
            artist_starts=starts,
            artist_rows=grouped,
            label_names=self.label_names,
            release_names=self.release_names,
            artist_names=self.artist_names,
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, as `from_parts` takes them."""
        return {name: getattr(self, name) for name in _ARRAYS}

    def name_lists(self) -> dict[str, list[str]]:
        """The lists of names by name, as `from_parts` takes them."""
        return {name: list(getattr(self, name)) for name in _NAMES}

    @classmethod
    def from_parts(cls, arrays: Mapping[str, NDArray[Any]], names: Mapping[str, Sequence[str]]) -> "Codes":
        """Rebuild from `arrays` and `name_lists`.

        Raises:
            InputError: Something is missing, or the arrays do not fit each other.
        """
        if not set(_ARRAYS) <= set(arrays) or not set(_NAMES) <= set(names):
            raise InputError("the filter columns of an index are incomplete; run `earmark embed --rebuild`")
        parts: dict[str, Any] = {name: arrays[name] for name in _ARRAYS} | {name: names[name] for name in _NAMES}
        made = cls(**parts)
        if len({len(getattr(made, name)) for name in _ARRAYS[:6]}) != 1:
            raise InputError("the filter columns of an index differ in length; run `earmark embed --rebuild`")
        return made


def codes_of(rows: Sequence[VectorRow]) -> Codes:
    """Make codes of stored rows, in their order.

    Args:
        rows: The rows.
    """
    label_names = sorted({row.label for row in rows} | {""})
    release_names = sorted({row.release for row in rows} | {""})
    artist_names = sorted({name for row in rows for name in row.artists})
    label_places, release_places, artist_places = (
        {name: place for place, name in enumerate(names)} for names in (label_names, release_names, artist_names)
    )
    pairs = [(artist_places[name], row) for row, one in enumerate(rows) for name in one.artists]
    artists, places = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    starts, grouped = _grouped(artists, places, len(artist_names))
    return Codes(
        ids=np.array([row.audio_id.encode() for row in rows], dtype=np.bytes_),
        bpm=np.array([np.nan if row.bpm is None else row.bpm for row in rows], dtype=np.float32),
        keys=np.array([row.musical_key for row in rows], dtype=np.int8),
        days=np.array([UNKNOWN_DAY if row.day is None else row.day for row in rows], dtype=np.int32),
        labels=np.array([label_places[row.label] for row in rows], dtype=np.int32),
        releases=np.array([release_places[row.release] for row in rows], dtype=np.int32),
        artist_starts=starts,
        artist_rows=grouped,
        label_names=label_names,
        release_names=release_names,
        artist_names=artist_names,
    )


def _grouped(
    artists: NDArray[np.integer], rows: NDArray[np.integer], n_artists: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows of each artist, one artist's after the other's, and where each begins."""
    order = np.lexsort((rows, artists))
    starts = np.concatenate([[0], np.cumsum(np.bincount(artists, minlength=n_artists))]).astype(np.int64)
    return starts, rows[order].astype(np.int32)


def _places(names: Sequence[str], wanted: Iterable[str]) -> list[int]:
    found = []
    for name in sorted(wanted):
        place = bisect_left(names, name)
        if place < len(names) and names[place] == name:
            found.append(place)
    return found


_FEW = 8


def _any_of(values: NDArray[np.integer], wanted: Sequence[int]) -> NDArray[np.bool_]:
    """Which values are among some: comparing with a few is faster than looking each up."""
    if len(wanted) > _FEW:
        return np.isin(values, np.array(wanted, dtype=values.dtype))
    found = np.zeros(len(values), dtype=np.bool_)
    for one in wanted:
        found |= values == one
    return found
