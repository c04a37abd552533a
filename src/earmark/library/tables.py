"""The library's tables: their schemas, and a thin typed way to read and to merge rows.

========== ============== ===============================================================================
table      key            what a row says
========== ============== ===============================================================================
files      path           a file as it was when it was analysed: size, mtime, audio id, facts, its tags
tracks     audio_id       a track of the catalogue: merged metadata, the source of each value
features   feature_id     a stored feature array: which audio, which settings, its shape and file
measures   audio_id       what was estimated from the sound: tempo, key, loudness, energy; under which settings
failures   path           a file that could not be analysed: how it failed and what each decoder said
roots      path           a folder that was scanned, and how its labels are told
playlists  playlist_id    a playlist, made here or by DJ software: where it lies there, its entries in play order
imported   imported_id    what one DJ program says of one track: its metadata, plays, when it was added
========== ============== ===============================================================================

Rows are plain dicts here; `earmark.library.rows` turns them into values and back. A key's latest row counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from earmark.library.storage import Storage

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]

_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "files": {
        "path": "string",
        "size": "int64",
        "mtime_ns": "int64",
        "audio_id": "string",
        "facts": "string",
        "values": "string",
    },
    "tracks": {
        "audio_id": "string",
        "path": "string",
        "title": "string",
        "mix": "string",
        "artist_credit": "string",
        "artists": "string",
        "label": "string",
        "release": "string",
        "catalogue_number": "string",
        "genre": "string",
        "released": "string",
        "released_precision": "string",
        "bpm": "float64",
        "key": "string",
        "seconds": "float64",
        "sources": "string",
    },
    "features": {
        "feature_id": "string",
        "audio_id": "string",
        "settings": "string",
        "frames": "int64",
        "bands": "int64",
        "bytes": "int64",
    },
    "measures": {
        "audio_id": "string",
        "settings": "string",
        "bpm": "float64",
        "bpm_confidence": "float64",
        "key": "string",
        "key_confidence": "float64",
        "lufs": "float64",
        "data": "string",
    },
    "failures": {
        "path": "string",
        "size": "int64",
        "mtime_ns": "int64",
        "kind": "string",
        "reasons": "string",
        "failed_at": "string",
    },
    "roots": {"path": "string", "label_from": "string", "csv": "string"},
    "playlists": {
        "playlist_id": "string",
        "name": "string",
        "folder": "string",
        "source": "string",
        "kind": "string",
        "entries": "string",
    },
    "imported": {
        "imported_id": "string",
        "audio_id": "string",
        "location": "string",
        "values": "string",
        "play_count": "int64",
        "added": "string",
    },
}

FRAGMENTS_BEFORE_COMPACTION = 20
"""Each merge adds a small fragment; beyond this many, reading slows down measurably and they are compacted."""


def _schema(name: str) -> "pa.Schema":
    import pyarrow as pa

    types = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64()}
    return pa.schema([(column, types[kind]) for column, kind in _COLUMNS[name].items()])


@dataclass(slots=True)
class Table:
    """One table of a library, made at its first write.

    Attributes:
        storage: Where it lives.
        name: One of the tables above.
    """

    storage: Storage
    name: str

    @property
    def key(self) -> str:
        """The column that identifies a row."""
        return next(iter(_COLUMNS[self.name]))

    def _exists(self) -> bool:
        return self.name in set(self.storage.database.list_tables().tables)

    def rows(self, where: str | None = None, *, columns: Sequence[str] | None = None) -> list[Row]:
        """Return all rows, or those that fit an SQL condition, the latest for each key.

        Args:
            where: The condition.
            columns: Only these columns, and the key; all where None.
        """
        if not self._exists():
            return []
        query = self.storage.database.open_table(self.name).search()
        if columns is not None:
            query = query.select([self.key, *columns])
        arrow = (query.where(where) if where else query).limit(None).to_arrow()
        return list({row[self.key]: row for row in arrow.to_pylist()}.values())

    def merge(self, rows: Iterable[Row]) -> int:
        """Insert rows, or replace those with the same key, in one atomic commit. Returns how many."""
        import pyarrow as pa

        latest = list({row[self.key]: row for row in rows}.values())
        if not latest:
            return 0
        content = pa.Table.from_pylist(latest, schema=_schema(self.name))
        with self.storage.lock():
            table = self.storage.database.create_table(self.name, schema=_schema(self.name), exist_ok=True)
            table.merge_insert(self.key).when_matched_update_all().when_not_matched_insert_all().execute(content)
        return len(latest)

    def delete(self, keys: Iterable[str]) -> int:
        """Delete the rows with these keys. Returns how many keys were asked for."""
        wanted = sorted(set(keys))
        if not wanted or not self._exists():
            return 0
        quoted = ", ".join("'" + key.replace("'", "''") + "'" for key in wanted)
        with self.storage.lock():
            self.storage.database.open_table(self.name).delete(f"{self.key} IN ({quoted})")
        return len(wanted)

    def compact(self) -> None:
        """Merge small fragments where there are many, keeping every version of the last week."""
        if self._exists():
            compact_table(self.storage, self.name)


def compact_table(storage: Storage, name: str) -> None:
    """Merge a table's small fragments where there are many, keeping every version of the last week.

    Args:
        storage: Where it lives.
        name: A table that is there.
    """
    table = storage.database.open_table(name)
    stats: Any = table.stats()  # a plain dict, whatever its annotation says
    if stats["fragment_stats"]["num_fragments"] > FRAGMENTS_BEFORE_COMPACTION:
        with storage.lock():
            table.optimize()
