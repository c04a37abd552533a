"""Approximate search for large libraries: an inverted file over cells, searched with filters.

The vectors lie on disk cell by cell and are memory-mapped. A search visits the cells whose centres are nearest and
compares with every vector there that passes the filters, exactly. It goes on until it has seen `reach` vectors, and at
least a tenth as many that pass; where no more than that pass in all, it compares with each of them and is exact. So
filters are honoured exactly whatever they are, and k tracks are found where k pass. What `reach` has to be is
measured when the index is built (`earmark.similarity.vectors.recall`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.similarity.vectors.codes import Codes
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.search import EVERYTHING, Engine, FloatArray, Hits, check_query, cosines, top

PASSING_SHARE: Final = 0.1
"""At least this share of `reach` has to pass before a search stops: a filter thins the neighbourhood out."""


@dataclass(frozen=True, eq=False)
class IvfSearch:
    """Searches vectors that lie in cells.

    Attributes:
        codes: What filters ask of the tracks, in the order of `units`.
        units: float32 of shape (tracks, dimensions), rows of length 1, cell by cell; may be memory-mapped.
        crowds: float32 of shape (tracks,), as in `Search.crowding`.
        centres: float32 of shape (cells, dimensions).
        starts: int64 of shape (cells + 1,): where each cell's rows begin.
        reach: Vectors that a search sees at least.
    """

    codes: Codes
    units: FloatArray
    crowds: FloatArray
    centres: FloatArray
    starts: NDArray[np.int64]
    reach: int

    def __post_init__(self) -> None:
        if not len(self.codes) == len(self.units) == len(self.crowds) == int(self.starts[-1]):
            raise InputError("the parts of an index do not fit each other; run `earmark embed --rebuild`")
        if len(self.centres) + 1 != len(self.starts) or self.reach < 1:
            raise InputError("the cells of an index do not fit each other; run `earmark embed --rebuild`")

    @property
    def engine(self) -> Engine:
        """Which engine it is."""
        return "ivf"

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def search(self, vector: FloatArray, k: int, filters: Filters = EVERYTHING) -> Hits:
        """The tracks nearest to a vector among those that pass the filters; see `Search.search`."""
        check_query(vector, k, self.units.shape[1])
        wanted = np.asarray(vector, dtype=np.float32)
        mask = None if filters.is_empty else self.codes.mask(filters)
        rows, likeness = self.nearest(wanted, k, mask)
        return Hits(self.codes.names(rows), np.clip(likeness, -1.0, 1.0).astype(np.float32))

    def nearest(
        self, vector: FloatArray, k: int, mask: NDArray[np.bool_] | None, *, reach: int | None = None
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows nearest to a vector, the nearest first, and their cosines.

        Args:
            vector: float32 of shape (dimensions,).
            k: How many, at least 1.
            mask: Which rows pass, bool of shape (tracks,); all where None.
            reach: Another reach than the index's own.
        """
        seen = max(self.reach if reach is None else reach, k)
        if mask is None:
            rows, likeness = self._visit(vector, seen)
        else:
            rows = self._passing(vector, mask, seen, max(int(PASSING_SHARE * seen), k))
            likeness = cosines(self.units[rows], vector)
        best = top(likeness, k)
        return rows[best], likeness[best]

    def _visit(self, vector: FloatArray, seen: int) -> tuple[NDArray[np.int64], FloatArray]:
        """Compare with everything in the nearest cells, until enough was seen."""
        order = self._order(vector)
        enough = int(np.searchsorted(np.cumsum(self._sizes[order]), seen)) + 1
        spans = [(int(self.starts[cell]), int(self.starts[cell + 1])) for cell in order[:enough].tolist()]
        rows = np.concatenate([np.arange(first, end, dtype=np.int64) for first, end in spans])
        return rows, np.concatenate([cosines(self.units[first:end], vector) for first, end in spans])

    def _passing(self, vector: FloatArray, mask: NDArray[np.bool_], seen: int, passing: int) -> NDArray[np.int64]:
        """Rows that pass in the nearest cells, until enough was seen and enough passes; all where few pass."""
        rows: NDArray[np.int64] = np.flatnonzero(mask)
        if len(rows) <= passing:
            return rows
        order = self._order(vector)
        bounds = np.searchsorted(rows, self.starts)
        sizes, counts = self._sizes[order], np.diff(bounds)[order]
        enough = max(np.searchsorted(np.cumsum(sizes), seen), np.searchsorted(np.cumsum(counts), passing)) + 1
        visited = order[:enough][counts[:enough] > 0]
        return np.concatenate([rows[bounds[cell] : bounds[cell + 1]] for cell in visited])

    def _order(self, vector: FloatArray) -> NDArray[np.int64]:
        """The cells, the nearest first."""
        return np.argsort(-cosines(self.centres, vector))

    def vectors(self, audio_ids: Sequence[str]) -> FloatArray:
        """Placed vectors of tracks; see `Search.vectors`."""
        return np.asarray(self.units[self._rows(audio_ids)])

    def crowding(self, audio_ids: Sequence[str]) -> FloatArray:
        """How much each track should give way for being a hub; see `Search.crowding`."""
        return np.asarray(self.crowds[self._rows(audio_ids)])

    def _rows(self, audio_ids: Sequence[str]) -> NDArray[np.int64]:
        rows = self.codes.rows(audio_ids)
        if (rows < 0).any():
            missing = audio_ids[int(np.argmax(rows < 0))]
            raise InputError(f"there is no vector of {missing}; run `earmark embed`")
        return rows
