"""Nearest neighbours among placed vectors: the contract of every engine, and the exact one.

`ExactSearch` is one matrix product over all tracks; nothing is approximate about it. Larger libraries are searched
through an index that keeps the same contract (`earmark.similarity.vectors.ivf_search`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.similarity.vectors.codes import Codes
from earmark.similarity.vectors.filters import Columns, Filters

FloatArray = NDArray[np.float32]

Engine = Literal["exact", "ivf"]
"""Which engine searches: ``exact`` compares with every track, ``ivf`` with those in the nearest cells."""

EVERYTHING = Filters()

_DENSE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """What a search found, the nearest first.

    Attributes:
        audio_ids: The tracks.
        similarities: float32 of shape (hits,): cosines, -1 to 1.
    """

    audio_ids: tuple[str, ...]
    similarities: FloatArray

    def __len__(self) -> int:
        return len(self.audio_ids)


class Search(Protocol):
    """Searches the vectors of one collection."""

    @property
    def engine(self) -> Engine:
        """Which engine it is."""
        ...

    def __len__(self) -> int:
        """How many tracks there are."""
        ...

    def search(self, vector: FloatArray, k: int, filters: Filters = EVERYTHING) -> Hits:
        """The tracks nearest to a vector among those that pass the filters.

        Args:
            vector: float32 of shape (dimensions,), of length 1.
            k: How many, at least 1; fewer come where fewer pass.
            filters: What may be found.

        Raises:
            InputError: The vector is of another size, or k is below 1.
        """
        ...

    def vectors(self, audio_ids: Sequence[str]) -> FloatArray:
        """Placed vectors of tracks: float32 of shape (tracks, dimensions).

        Raises:
            InputError: One of them has no vector here.
        """
        ...

    def crowding(self, audio_ids: Sequence[str]) -> FloatArray:
        """How much each track should give way for being a hub: float32 of shape (tracks,), at least 0, in cosine.

        See `earmark.similarity.vectors.hub_counts`.

        Raises:
            InputError: One of them has no vector here.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ExactSearch:
    """Searches vectors in memory, exactly.

    Attributes:
        columns: What filters ask of the tracks.
        units: float32 of shape (tracks, dimensions), in the columns' order, rows of length 1.
        crowds: float32 of shape (tracks,), as in `Search.crowding`.
        codes: The columns as numbers, in the same order, which makes filters faster; None where there are none.
    """

    columns: Columns
    units: FloatArray
    crowds: FloatArray
    codes: Codes | None = None

    def __post_init__(self) -> None:
        if self.units.ndim != 2 or not len(self.columns) == len(self.units) == len(self.crowds):
            raise InputError(
                f"columns, vectors and crowding go together, got {len(self.columns)}, {self.units.shape} and "
                f"{self.crowds.shape}"
            )

    @property
    def engine(self) -> Engine:
        """Which engine it is."""
        return "exact"

    def __len__(self) -> int:
        return len(self.columns)

    def search(self, vector: FloatArray, k: int, filters: Filters = EVERYTHING) -> Hits:
        """The tracks nearest to a vector among those that pass the filters; see `Search.search`."""
        check_query(vector, k, self.units.shape[1])
        wanted = np.asarray(vector, dtype=np.float32)
        if filters.is_empty:
            likeness = cosines(self.units, wanted)
            best = places = top(likeness, k)
        else:
            passes = filters.mask(self.columns) if self.codes is None else self.codes.mask(filters)
            rows = np.flatnonzero(passes)
            # Comparing with all is faster than picking rows where most of them pass.
            dense = len(rows) > _DENSE * len(passes)
            likeness = cosines(self.units, wanted)[rows] if dense else cosines(self.units[rows], wanted)
            best = top(likeness, k)
            places = rows[best]
        found = np.clip(likeness[best], -1.0, 1.0).astype(np.float32)
        return Hits(tuple(self.columns.audio_ids[places].tolist()), found)

    def vectors(self, audio_ids: Sequence[str]) -> FloatArray:
        """Placed vectors of tracks; see `Search.vectors`."""
        return self.units[self._rows(audio_ids)]

    def crowding(self, audio_ids: Sequence[str]) -> FloatArray:
        """How much each track should give way for being a hub; see `Search.crowding`."""
        return self.crowds[self._rows(audio_ids)]

    def _rows(self, audio_ids: Sequence[str]) -> list[int]:
        rows = [self.columns.row(one) for one in audio_ids]
        if missing := [one for one, row in zip(audio_ids, rows, strict=True) if row is None]:
            raise InputError(f"there is no vector of {missing[0]} ({len(missing)} missing); run `earmark embed`")
        return [row for row in rows if row is not None]


def cosines(units: FloatArray, vector: FloatArray) -> FloatArray:
    """Inner products of unit vectors with one: float32 of shape (tracks,).

    On one thread, row by row: the memory's speed decides, and a matrix product that waits for a second thread on a busy
    machine takes ten times as long.

    Args:
        units: float32 of shape (tracks, dimensions).
        vector: float32 of shape (dimensions,).
    """
    products: FloatArray = np.vecdot(units, vector)
    return products


def check_query(vector: FloatArray, k: int, dimensions: int) -> None:
    """Check what a search is asked.

    Raises:
        InputError: The vector is of another size or not finite, or k is below 1.
    """
    if vector.shape != (dimensions,) or not np.isfinite(vector).all():
        raise InputError(f"expected a finite vector of {dimensions} numbers, got one of shape {vector.shape}")
    if k < 1:
        raise InputError(f"at least 1 neighbour must be asked for, got {k}")


def top(values: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """Places of the k largest values, the largest first; among equals the first."""
    if k >= len(values):
        return np.asarray(np.argsort(-values, kind="stable"), dtype=np.int64)
    some = np.sort(np.argpartition(-values, k - 1)[:k])
    return np.asarray(some[np.argsort(-values[some], kind="stable")], dtype=np.int64)
