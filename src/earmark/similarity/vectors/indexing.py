"""Everything that a search needs, built from a library's vectors and kept beside them.

An index is made whole, under a folder of its own, and only then pointed to by a small file that is replaced
atomically: a search sees the old index or the new one. Its arrays are memory-mapped, so that opening a large one costs
nothing, and each search reads the pages it needs.
"""

import datetime as dt
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from earmark.errors import FormatVersionError, InputError, LibraryError
from earmark.library.storage import Storage
from earmark.similarity.vectors.cells import learn_centres, nearest_cells
from earmark.similarity.vectors.codes import Codes
from earmark.similarity.vectors.filters import Columns
from earmark.similarity.vectors.hub_counts import hub_crowding
from earmark.similarity.vectors.ivf_search import IvfSearch
from earmark.similarity.vectors.recall import choose_reach
from earmark.similarity.vectors.search import Engine, ExactSearch, FloatArray, Search
from earmark.similarity.vectors.space import Space

INDEX_VERSION: Final = 1
"""Format version of the indexes that this Earmark writes and reads."""

EXACT_UP_TO: Final = 100_000
"""Larger collections are searched through cells. Measured by `benchmarks/search.py`: `docs/results/search-speed.md`."""

_POINTER = "built.json"
_BLOCK = 8192


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What is known of an index without opening it.

    Attributes:
        tracks: Tracks in it.
        dimensions: Numbers in a placed vector.
        engine: What searches it.
        source: Kind and name of what made the vectors.
        versions: Versions of the tables ``vectors`` and ``tracks`` that it was made of.
        recall: What the engine finds of the exact neighbours, as `earmark.similarity.vectors.recall.Recall` tells it;
            None for the exact engine.
        created: When, ISO 8601 in UTC.
        seconds: Time that building took.
        folder: Where its arrays lie, below the source's folder.
    """

    tracks: int
    dimensions: int
    engine: Engine
    source: Mapping[str, str]
    versions: Mapping[str, int]
    recall: Mapping[str, Any] | None
    created: str
    seconds: float
    folder: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, eq=False)
class Index:
    """An index, ready to search.

    Attributes:
        facts: What is known of it.
        space: How embeddings become comparable.
        codes: What filters ask of the tracks, in the order of the engine's vectors.
        units: float32 of shape (tracks, dimensions): the placed vectors, in the same order.
        crowds: float32 of shape (tracks,), as in `Search.crowding`.
        cells: Centres and starts of the cells; None for the exact engine.
    """

    facts: IndexFacts
    space: Space
    codes: Codes
    units: FloatArray
    crowds: FloatArray
    cells: tuple[FloatArray, NDArray[np.int64]] | None

    @cached_property
    def columns(self) -> Columns:
        """What filters ask of the tracks, as columns of names; worked out once, since it takes a while for many."""
        return self.codes.columns()

    def search(self) -> Search:
        """What searches it."""
        if self.cells is None or self.facts.recall is None:
            return ExactSearch(self.columns, np.asarray(self.units), np.asarray(self.crowds), self.codes)
        centres, starts = self.cells
        return IvfSearch(self.codes, self.units, self.crowds, centres, starts, int(self.facts.recall["reach"]))


def build_index(
    codes: Codes,
    vectors: NDArray[np.floating],
    space: Space,
    *,
    source: Mapping[str, str],
    versions: Mapping[str, int],
    exact_up_to: int = EXACT_UP_TO,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Index:
    """Place vectors and make ready what searches them.

    Args:
        codes: What filters ask of the tracks.
        vectors: Shape (tracks, size), in the same order.
        space: How they become comparable.
        source: Kind and name of what made them.
        versions: Versions of the tables that they came from.
        exact_up_to: Larger collections are cut into cells.
        seed: Decides samples.
        progress: Told what is being done.
    """
    started = time.monotonic()
    say = progress or _say_nothing
    say("placing")
    cells, recall = None, None
    if len(vectors) > exact_up_to:
        codes, units, cells = _in_cells(codes, vectors, space, seed=seed)
    else:
        units = np.concatenate([space.place(block) for block in _blocks(vectors)])
    say("finding hubs")
    crowds = hub_crowding(units, seed=seed)
    if cells is not None:
        say("measuring recall")
        recall = choose_reach(IvfSearch(codes, units, crowds, *cells, reach=1), seed=seed)
    created = dt.datetime.now(dt.UTC)
    facts = IndexFacts(
        tracks=len(units),
        dimensions=space.dimensions,
        engine="exact" if cells is None else "ivf",
        source=dict(source),
        versions=dict(versions),
        recall=None if recall is None else recall.to_json(),
        created=created.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 3),
        folder=created.strftime("%Y%m%dT%H%M%S%f"),
    )
    return Index(facts, space, codes, units, crowds, cells)


def _blocks(vectors: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    return [vectors[first : first + _BLOCK] for first in range(0, len(vectors), _BLOCK)]


def _in_cells(
    codes: Codes, vectors: NDArray[np.floating], space: Space, *, seed: int
) -> tuple[Codes, FloatArray, tuple[FloatArray, NDArray[np.int64]]]:
    """Codes and placed vectors cell by cell, and the cells."""
    n = len(vectors)
    wanted = cells_for(n)
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.choice(n, min(n, wanted * 64), replace=False))
    centres = learn_centres(space.place(vectors[sample]), wanted, seed=seed)
    homes = np.concatenate([nearest_cells(space.place(block), centres) for block in _blocks(vectors)])
    kept = np.flatnonzero(np.bincount(homes, minlength=len(centres)))
    order = np.argsort(homes, kind="stable")
    units = np.empty((n, space.dimensions), dtype=np.float32)
    for first in range(0, n, _BLOCK):
        # Placed again in the new order, so that the vectors stand in memory once only.
        units[first : first + _BLOCK] = space.place(vectors[order[first : first + _BLOCK]])
    sizes = np.bincount(homes, minlength=len(centres))[kept]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return codes.take(order), units, (np.ascontiguousarray(centres[kept]), starts)


def cells_for(tracks: int) -> int:
    """How many cells a collection is cut into: twice the square root of its size, which balances the two products."""
    return max(1, round(2 * math.sqrt(tracks)))


def save_index(storage: Storage, key: str, index: Index) -> None:
    """Keep an index as the one of a source; earlier ones go, and what an interruption left of others.

    Args:
        storage: The library's storage.
        key: The source's key.
        index: The index.

    Raises:
        LibraryError: The system refused.
    """
    folder = f"{_folder(key)}/{index.facts.folder}"
    arrays: dict[str, NDArray[Any]] = {**index.codes.arrays(), "units": index.units, "crowds": index.crowds}
    arrays["mean"] = index.space.mean
    if index.space.matrix is not None:
        arrays["matrix"] = index.space.matrix
    if index.cells is not None:
        arrays["centres"], arrays["starts"] = index.cells
    told = {"format_version": INDEX_VERSION, "arrays": sorted(arrays), **index.facts.to_json()}
    with storage.lock():  # so that a folder that nothing points to is one that nobody will finish
        for name, array in arrays.items():
            storage.write_array(f"{folder}/{name}.npy", array)
        storage.write(f"{folder}/names.json", json.dumps(index.codes.name_lists(), ensure_ascii=False).encode())
        storage.write(f"{_folder(key)}/{_POINTER}", json.dumps(told, ensure_ascii=False, indent=1).encode())
        for other in _folders(storage, key) - {index.facts.folder}:
            storage.remove_folder(f"{_folder(key)}/{other}")


def load_facts(storage: Storage, key: str) -> IndexFacts | None:
    """What is known of a source's index; None where there is none.

    Raises:
        FormatVersionError: It was written by another format version.
        LibraryError: It is damaged.
    """
    told = _pointer(storage, key)
    if told is None:
        return None
    if told.get("format_version") != INDEX_VERSION:
        raise FormatVersionError(
            f"the search index {storage.address}/{_folder(key)}",
            found=told.get("format_version"),
            expected=INDEX_VERSION,
            remedy="make it again with `earmark embed`",
        )
    try:
        return IndexFacts(**{name: told[name] for name in IndexFacts.__slots__})
    except KeyError as error:
        raise _damaged(storage, key, f"{error} is missing") from error


def load_index(storage: Storage, key: str) -> Index | None:
    """A source's index, memory-mapped where the library is in a folder; None where there is none.

    Raises:
        FormatVersionError: It was written by another format version.
        LibraryError: It is damaged.
    """
    told = _pointer(storage, key)
    facts = load_facts(storage, key)
    if facts is None or told is None:
        return None
    folder = f"{_folder(key)}/{facts.folder}"
    try:
        arrays = {name: storage.read_array(f"{folder}/{name}.npy") for name in told["arrays"]}
        codes = Codes.from_parts(arrays, json.loads(storage.read(f"{folder}/names.json")))
        space = Space(np.asarray(arrays["mean"]), None if "matrix" not in arrays else np.asarray(arrays["matrix"]))
        cells = (np.asarray(arrays["centres"]), np.asarray(arrays["starts"])) if "centres" in arrays else None
        return Index(facts, space, codes, arrays["units"], arrays["crowds"], cells)
    except (LibraryError, InputError, KeyError, ValueError, TypeError) as error:
        if _pointer(storage, key) != told:  # another process has put a new one in its place meanwhile
            return load_index(storage, key)
        raise _damaged(storage, key, str(error)) from error


def index_bytes(storage: Storage, key: str) -> int:
    """Size of a source's index in bytes; 0 where there is none."""
    return sum(storage.sizes(_folder(key)).values())


def drop_index(storage: Storage, key: str) -> None:
    """Forget a source's index."""
    storage.remove_folder(_folder(key))


def _pointer(storage: Storage, key: str) -> dict[str, Any] | None:
    name = f"{_folder(key)}/{_POINTER}"
    if storage.size(name) is None:
        return None
    try:
        told: dict[str, Any] = json.loads(storage.read(name))
        told["folder"], told["arrays"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(storage, key, str(error)) from error
    return told


def _folder(key: str) -> str:
    return f"vectors/{key}"


def _folders(storage: Storage, key: str) -> set[str]:
    """The folders of a source's indexes, also of those that were never finished."""
    top = f"{_folder(key)}/"
    below = (name.removeprefix(top) for name in storage.sizes(_folder(key)))
    return {name.split("/")[0] for name in below if "/" in name}


def _damaged(storage: Storage, key: str, how: str) -> LibraryError:
    return LibraryError(
        f"the search index {storage.address}/{_folder(key)} is damaged ({how}); run `earmark embed --rebuild`"
    )


def _say_nothing(_doing: str) -> None:
    """Take progress and show none."""
