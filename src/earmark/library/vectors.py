"""The library's tables of vectors: one for each source, a row for each track that has a vector of it.

Beside the vector stand the columns that filters ask for, so that a search needs no other table. Rows are written a
batch at a time, each an atomic commit of Lance: a process that is killed leaves whole rows, and the next one does the
rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import LibraryError
from earmark.library.storage import Storage
from earmark.library.tables import compact_table

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX = "vectors_"
"""What the names of these tables begin with; the source's key follows."""

_LARGEST_FLOAT16 = 65_504.0


@dataclass(frozen=True, slots=True)
class VectorRow:
    """A track's row without its vector.

    Attributes:
        audio_id: The track.
        bpm: Beats per minute; None where not known.
        musical_key: `Key.index`; -1 where not known.
        label: Normalised name; empty where not known.
        release: Normalised name; empty where not known.
        day: Days from 1970-01-01 to the release; None where not known.
        artists: Artist keys, sorted.
    """

    audio_id: str
    bpm: float | None
    musical_key: int
    label: str
    release: str
    day: int | None
    artists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VectorTable:
    """The vectors of one source.

    Attributes:
        storage: The library's storage.
        key: The source's key.
        size: Numbers in a vector.
    """

    storage: Storage
    key: str
    size: int

    @property
    def name(self) -> str:
        """The table's name."""
        return f"{PREFIX}{self.key}"

    def exists(self) -> bool:
        """Whether any vector was ever written."""
        return self.name in set(self.storage.database.list_tables().tables)

    def versions(self) -> dict[str, int]:
        """The versions of this table and of the library's tracks, by which an index knows whether it is behind."""
        return {"vectors": table_version(self.storage, self.name), "tracks": table_version(self.storage, "tracks")}

    def audio_ids(self) -> set[str]:
        """The tracks that have a vector."""
        if not self.exists():
            return set()
        column = self._open().search().select(["audio_id"]).limit(None).to_arrow().column("audio_id")
        return set(column.to_pylist())

    def rows(self) -> dict[str, VectorRow]:
        """All rows without their vectors, by audio id."""
        if not self.exists():
            return {}
        columns = [field.name for field in self._schema() if field.name != "vector"]
        arrow = self._open().search().select(columns).limit(None).to_arrow()
        made = (VectorRow(**(row | {"artists": tuple(row["artists"])})) for row in arrow.to_pylist())
        return {row.audio_id: row for row in made}

    def read(self) -> tuple[list[VectorRow], NDArray[np.float16]]:
        """All rows, sorted by audio id, and their vectors: float16 of shape (rows, size).

        Raises:
            LibraryError: The vectors are of another size than they should be.
        """
        if not self.exists():
            return [], np.zeros((0, self.size), dtype=np.float16)
        arrow = self._open().search().limit(None).to_arrow().combine_chunks()
        vectors = arrow.column("vector")
        if vectors.type.list_size != self.size:
            raise LibraryError(
                f"the vectors {self.name} have {vectors.type.list_size} numbers and should have {self.size}; "
                "run `earmark embed --rebuild`"
            )
        flat = np.concatenate([chunk.flatten().to_numpy() for chunk in vectors.chunks]) if len(arrow) else np.zeros(0)
        matrix = flat.reshape(-1, self.size).astype(np.float16, copy=False)
        plain = arrow.drop_columns(["vector"]).to_pylist()
        latest = {row["audio_id"]: place for place, row in enumerate(plain)}
        places = [latest[audio_id] for audio_id in sorted(latest)]
        rows = [VectorRow(**(plain[place] | {"artists": tuple(plain[place]["artists"])})) for place in places]
        return rows, matrix[places]

    def write(self, rows: Sequence[VectorRow], vectors: NDArray[np.floating]) -> None:
        """Insert rows, or replace those of the same tracks, in one atomic commit.

        Args:
            rows: The rows.
            vectors: Shape (rows, size), finite; what is beyond float16's range is clipped to it.
        """
        import pyarrow as pa

        if not rows:
            return
        narrow = np.clip(vectors, -_LARGEST_FLOAT16, _LARGEST_FLOAT16).astype(np.float16)
        lists = pa.FixedSizeListArray.from_arrays(pa.array(narrow.ravel()), self.size)
        content = pa.Table.from_pylist([_plain(row) for row in rows], schema=self._schema().remove(1))
        content = content.add_column(1, self._schema().field(1), lists)
        with self.storage.lock():
            table = self.storage.database.create_table(self.name, schema=self._schema(), exist_ok=True)
            table.merge_insert("audio_id").when_matched_update_all().when_not_matched_insert_all().execute(content)

    def refresh(self, rows: Sequence[VectorRow]) -> None:
        """Replace the columns of tracks that have a vector, and keep their vectors.

        Args:
            rows: The rows as they should be.
        """
        import pyarrow as pa

        if not rows:
            return
        content = pa.Table.from_pylist([_plain(row) for row in rows], schema=self._schema().remove(1))
        with self.storage.lock():
            self._open().merge_insert("audio_id").when_matched_update_all().execute(content)

    def delete(self, audio_ids: Iterable[str]) -> None:
        """Delete tracks' rows."""
        wanted = sorted(set(audio_ids))
        if wanted and self.exists():
            quoted = ", ".join("'" + one.replace("'", "''") + "'" for one in wanted)
            with self.storage.lock():
                self._open().delete(f"audio_id IN ({quoted})")

    def drop(self) -> None:
        """Delete the whole table."""
        if self.exists():
            with self.storage.lock():
                self.storage.database.drop_table(self.name)

    def compact(self) -> None:
        """Merge small fragments where there are many; it makes a new version, so it comes before an index is built."""
        if self.exists():
            compact_table(self.storage, self.name)

    def _open(self) -> Any:
        return self.storage.database.open_table(self.name)

    def _schema(self) -> "pa.Schema":
        import pyarrow as pa

        return pa.schema(
            [
                ("audio_id", pa.string()),
                ("vector", pa.list_(pa.float16(), self.size)),
                ("bpm", pa.float64()),
                ("musical_key", pa.int16()),
                ("label", pa.string()),
                ("release", pa.string()),
                ("day", pa.int32()),
                ("artists", pa.list_(pa.string())),
            ]
        )


def _plain(row: VectorRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in VectorRow.__slots__} | {"artists": list(row.artists)}


def vector_keys(storage: Storage) -> list[str]:
    """The keys of all sources that a library holds vectors of, sorted.

    Args:
        storage: The library's storage.
    """
    names = storage.database.list_tables().tables
    return sorted(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))


def table_version(storage: Storage, name: str) -> int:
    """The version of one of a library's tables, which rises with every write; 0 where there is none.

    Args:
        storage: The library's storage.
        name: The table's name.
    """
    if name not in set(storage.database.list_tables().tables):
        return 0
    return int(storage.database.open_table(name).version)
