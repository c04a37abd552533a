"""The engines that `benchmarks/search.py` compares with, each behind the same three words: build, effort, ask.

Filters: faiss takes a bitmap of the rows that pass, made by Earmark's own mask and counted in the time; hnswlib asks a
Python function for every vector that it looks at; Lance has the columns, with scalar indexes, and the same condition
as SQL.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from benchmarks.search_data import Collection, condition
from numpy.typing import NDArray

from earmark.similarity.vectors.filters import Filters

NEIGHBOURS = 10
FloatArray = NDArray[np.float32]
Ask = Callable[[FloatArray], Sequence[int]]


class Rival(Protocol):
    """A built index."""

    efforts: tuple[int, ...]

    def asker(self, filters: Filters, effort: int) -> Ask:
        """A function from a query to rows."""
        ...


class FaissIvf:
    """faiss' IndexIVFFlat, 2 sqrt(n) cells as ours, by its number of probes."""

    efforts: tuple[int, ...] = (2, 4, 8, 16, 32, 64, 128, 256)

    def __init__(self, made: Collection, _work: Path) -> None:
        import faiss

        self._faiss, self._codes = faiss, made.codes
        units = np.ascontiguousarray(made.units)
        n, size = units.shape
        self._index = faiss.IndexIVFFlat(faiss.IndexFlatIP(size), size, round(2 * n**0.5), faiss.METRIC_INNER_PRODUCT)
        self._index.train(units[np.random.default_rng(0).choice(n, min(n, 128_000), replace=False)])
        self._index.add(units)

    def asker(self, filters: Filters, effort: int) -> Ask:
        """Ask with this number of probes."""

        def ask(query: FloatArray) -> Sequence[int]:
            options = {"nprobe": effort}
            if not filters.is_empty:
                options["sel"] = _bitmap(self._faiss, self._codes.mask(filters))
            found = self._index.search(query[None], NEIGHBOURS, params=self._faiss.SearchParametersIVF(**options))
            rows: list[int] = found[1][0].tolist()
            return rows

        return ask


class FaissHnsw:
    """faiss' IndexHNSWFlat with 16 links, by ef."""

    efforts: tuple[int, ...] = (16, 32, 64, 128, 256)

    def __init__(self, made: Collection, _work: Path) -> None:
        import faiss

        self._faiss, self._codes = faiss, made.codes
        self._index = faiss.IndexHNSWFlat(made.units.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
        self._index.hnsw.efConstruction = 80
        self._index.add(np.ascontiguousarray(made.units))

    def asker(self, filters: Filters, effort: int) -> Ask:
        """Ask with this ef."""

        def ask(query: FloatArray) -> Sequence[int]:
            options = {"efSearch": effort}
            if not filters.is_empty:
                options["sel"] = _bitmap(self._faiss, self._codes.mask(filters))
            found = self._index.search(query[None], NEIGHBOURS, params=self._faiss.SearchParametersHNSW(**options))
            rows: list[int] = found[1][0].tolist()
            return rows

        return ask


class Hnswlib:
    """hnswlib with 16 links, by ef."""

    efforts: tuple[int, ...] = (16, 32, 64, 128, 256)

    def __init__(self, made: Collection, _work: Path) -> None:
        import hnswlib

        self._codes = made.codes
        self._index = hnswlib.Index(space="ip", dim=made.units.shape[1])
        self._index.init_index(max_elements=len(made.units), ef_construction=80, M=16)
        self._index.add_items(np.ascontiguousarray(made.units))

    def asker(self, filters: Filters, effort: int) -> Ask:
        """Ask with this ef."""

        def ask(query: FloatArray) -> Sequence[int]:
            self._index.set_ef(effort)
            passes = None
            if not filters.is_empty:
                passes = self._codes.mask(filters).__getitem__
            try:
                found = self._index.knn_query(query[None], NEIGHBOURS, num_threads=1, filter=passes)
            except RuntimeError:  # it says so where it has found fewer than it should
                return []
            rows: list[int] = found[0][0].tolist()
            return rows

        return ask


class LanceIvf:
    """One of Lance's indexes with scalar indexes on the filter columns, by the number of probes."""

    efforts: tuple[int, ...] = (8, 16, 32, 64)

    def __init__(self, kind: str, made: Collection, work: Path) -> None:
        import lancedb
        import pyarrow as pa

        codes, n = made.codes, len(made.codes)
        folder = work / f"lance-{n}"
        shutil.rmtree(folder, ignore_errors=True)
        artists = np.empty(n, dtype=np.int64)
        artists[codes.artist_rows] = np.repeat(np.arange(len(codes.artist_names)), np.diff(codes.artist_starts))
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(made.units).ravel()), 128)
        names = pa.array(codes.label_names)
        columns = {
            "row": np.arange(n),
            "vector": vectors,
            "bpm": codes.bpm,
            "musical_key": codes.keys,
            "day": codes.days,
            "label": pa.DictionaryArray.from_arrays(pa.array(codes.labels), names).cast(pa.string()),
            "artist": pa.array(np.char.mod("artist %07d", artists)),
        }
        table: Any = lancedb.connect(str(folder)).create_table("tracks", pa.table(columns))
        self._table = table
        for column, scalar in (("bpm", "BTREE"), ("day", "BTREE"), ("musical_key", "BITMAP"), ("label", "BITMAP")):
            table.create_scalar_index(column, index_type=scalar)
        table.create_scalar_index("artist", index_type="BTREE")
        table.create_index("cosine", num_partitions=round(2 * n**0.5), index_type=kind)
        self._refined = kind != "IVF_FLAT"

    def asker(self, filters: Filters, effort: int) -> Ask:
        """Ask with this number of probes."""
        where = condition(filters)

        def ask(query: FloatArray) -> Sequence[int]:
            asked: Any = self._table.search(query)
            asked = asked.distance_type("cosine").limit(NEIGHBOURS).nprobes(effort)
            if self._refined:
                asked = asked.refine_factor(10)
            if where is not None:
                asked = asked.where(where, prefilter=True)
            rows: list[int] = asked.select(["row", "_distance"]).to_arrow()["row"].to_pylist()
            return rows

        return ask


def _bitmap(faiss: Any, mask: NDArray[np.bool_]) -> Any:
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def _installed(module: str, make: Callable[[Collection, Path], Rival]) -> Callable[[Collection, Path], Rival | None]:
    def built(made: Collection, work: Path) -> Rival | None:
        from importlib.util import find_spec

        return make(made, work) if find_spec(module) else None

    return built


RIVALS: Mapping[str, Callable[[Collection, Path], Rival | None]] = {
    "faiss-ivf": _installed("faiss", FaissIvf),
    "faiss-hnsw": _installed("faiss", FaissHnsw),
    "hnswlib": _installed("hnswlib", Hnswlib),
    "lance-ivf-flat": _installed("lancedb", lambda made, work: LanceIvf("IVF_FLAT", made, work)),
    "lance-ivf-sq": _installed("lancedb", lambda made, work: LanceIvf("IVF_SQ", made, work)),
}
"""Every engine by name; None comes of one that is not installed."""
