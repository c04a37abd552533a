"""A library: the tracks of a collection, their features, and what could not be read.

A library lives in a folder (or under an object-store address) of its own; music files stay where they are and are
only ever read. `earmark.library.scan` fills it.
"""

import contextlib
import datetime as dt
import gc
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earmark.audio.estimates import Measures, estimated_values
from earmark.audio.measure_settings import MeasureSettings
from earmark.catalog.keys import parse_key
from earmark.catalog.spellings import unify_labels
from earmark.catalog.track import Track, Values
from earmark.errors import FormatVersionError, InputError, LibraryError
from earmark.library.playlists import ImportedTrack, StoredPlaylist
from earmark.library.rows import (
    Failure,
    FeatureRecord,
    FileRecord,
    MeasuresRecord,
    Root,
    StoredFeature,
    feature_name,
    track_from_row,
)
from earmark.library.storage import Storage
from earmark.library.tables import Table

FORMAT_VERSION = 1
"""Version of the library's tables and files on disk."""

HEADER = "library.json"
MEASURING = "measuring.json"
"""Where the settings are kept by which the last scan measured; without it, they are the default ones."""

_MOST_NAMED = 500
"""Rows that are asked for one by one; of more, the whole table is read and they are picked out."""


def default_address() -> str:
    """Return where the library is when nobody says: ``$EARMARK_LIBRARY``, else the user's data folder."""
    from platformdirs import user_data_path

    return os.environ.get("EARMARK_LIBRARY") or str(user_data_path("earmark") / "library")


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """A label of the library: its name, and how many tracks, releases and artists it has."""

    label: str
    tracks: int
    releases: int
    artists: int
    hours: float


class Library:
    """A library that exists; made by `Library.open` or `Library.create`."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.files_table = Table(storage, "files")
        self.tracks_table = Table(storage, "tracks")
        self.features_table = Table(storage, "features")
        self.measures_table = Table(storage, "measures")
        self.failures_table = Table(storage, "failures")
        self.roots_table = Table(storage, "roots")
        self.playlists_table = Table(storage, "playlists")
        self.imported_table = Table(storage, "imported")

    @classmethod
    def open(cls, address: str | Path | None = None) -> "Library":
        """Open a library.

        Args:
            address: A folder or an object-store URI; `default_address()` when None.

        Raises:
            LibraryError: There is no library there.
            FormatVersionError: It was written by another format version.
        """
        storage = Storage(address or default_address())
        if storage.size(HEADER) is None:
            raise LibraryError(
                f"there is no library at {storage.address}; make one with `earmark scan FOLDER`, "
                "or name another with --library"
            )
        try:
            found = json.loads(storage.read(HEADER))["format_version"]
        except (ValueError, KeyError, TypeError) as error:
            raise LibraryError(f"{storage.address}/{HEADER} is damaged ({error}); restore it or scan anew") from error
        if found != FORMAT_VERSION:
            remedy = "use the Earmark that wrote it, or scan the music into a new library"
            raise FormatVersionError(
                f"the library {storage.address}", found=found, expected=FORMAT_VERSION, remedy=remedy
            )
        return cls(storage)

    @classmethod
    def create(cls, address: str | Path | None = None) -> "Library":
        """Open a library, making an empty one where there is none.

        Raises:
            LibraryError: The place holds other files, so that it cannot become a library.
            FormatVersionError: There is a library of another format version.
        """
        storage = Storage(address or default_address())
        if storage.size(HEADER) is None:
            # A scan that started at the same moment may have made the library since the first look.
            if not storage.is_vacant() and storage.size(HEADER) is None:
                raise LibraryError(
                    f"{storage.address} holds other files and is no library; name an empty or a new folder"
                )
            created = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            header = json.dumps({"format_version": FORMAT_VERSION, "created": created})
            storage.write(HEADER, header.encode())
        return cls.open(address)

    @property
    def address(self) -> str:
        """Where the library is."""
        return self.storage.address

    def tracks(self) -> list[Track]:
        """Return all tracks, sorted by label, release and title; each label in its most frequent spelling."""
        with _keeping_all():
            tracks = unify_labels([track_from_row(row) for row in self.tracks_table.rows()])
        return sorted(tracks, key=lambda t: (t.label or "", t.release or "", t.display, t.audio_id))

    def labels(self) -> list[LabelSummary]:
        """Return the labels with their counts, largest first; tracks without a label are left out."""
        return summarise_labels(self.tracks())

    def files(self) -> dict[str, FileRecord]:
        """Return the files that were analysed, by path."""
        return {row["path"]: FileRecord.from_row(row) for row in self.files_table.rows()}

    def failures(self) -> list[Failure]:
        """Return the files that could not be analysed, sorted by path."""
        return sorted((Failure.from_row(row) for row in self.failures_table.rows()), key=lambda f: f.path)

    def roots(self) -> list[Root]:
        """Return the folders that were scanned, sorted by path."""
        return sorted((Root.from_row(row) for row in self.roots_table.rows()), key=lambda root: root.path)

    def playlists(self) -> list[StoredPlaylist]:
        """Return the playlists, imported from DJ software or made here, sorted by program, folder and name."""
        stored = (StoredPlaylist.from_row(row) for row in self.playlists_table.rows())
        return sorted(stored, key=lambda one: (one.source, one.folder, one.name, one.playlist_id))

    def imported(self) -> dict[str, list[ImportedTrack]]:
        """Return what DJ programs say of tracks, by audio id; of several, in the order of their names."""
        by_track: defaultdict[str, list[ImportedTrack]] = defaultdict(list)
        for row in sorted(self.imported_table.rows(), key=lambda row: str(row["imported_id"])):
            by_track[row["audio_id"]].append(ImportedTrack.from_row(row))
        return dict(by_track)

    def measures(self, audio_ids: Iterable[str] | None = None) -> dict[str, Measures]:
        """Return what was estimated from tracks' sound, by audio id.

        Args:
            audio_ids: The tracks; all when None. Those that were never measured are left out.
        """
        wanted = None if audio_ids is None else set(audio_ids)
        where = None
        if wanted is not None and len(wanted) <= _MOST_NAMED:
            where = f"audio_id IN ({', '.join(repr(one) for one in sorted(wanted)) or 'NULL'})"
        rows = (row for row in self.measures_table.rows(where) if wanted is None or row["audio_id"] in wanted)
        return {row["audio_id"]: MeasuresRecord.from_row(row).measures for row in rows}

    def estimated(self) -> dict[str, Values]:
        """Return the tempi and keys that were estimated, by audio id."""
        rows = self.measures_table.rows(columns=["bpm", "key"])
        return {
            row["audio_id"]: estimated_values(row["bpm"], None if row["key"] is None else parse_key(row["key"]))
            for row in rows
        }

    def measured_by(self) -> dict[str, str]:
        """Return the key of the settings by which each track was measured, by audio id."""
        return {row["audio_id"]: row["settings"] for row in self.measures_table.rows(columns=["settings"])}

    def measure_settings(self) -> MeasureSettings:
        """Return the settings by which the last scan measured.

        Raises:
            LibraryError: The file that keeps them is damaged.
        """
        if self.storage.size(MEASURING) is None:
            return MeasureSettings()
        try:
            return MeasureSettings.from_json(json.loads(self.storage.read(MEASURING)))
        except (ValueError, TypeError, InputError) as error:
            raise LibraryError(
                f"{self.storage.address}/{MEASURING} is damaged ({error}); delete it, and scan again"
            ) from error

    def keep_measure_settings(self, settings: MeasureSettings) -> None:
        """Keep the settings by which this and later scans measure."""
        if settings != self.measure_settings():
            self.storage.write(MEASURING, json.dumps(settings.to_json()).encode())

    def feature_records(self, settings: Iterable[StoredFeature]) -> dict[tuple[str, str], FeatureRecord]:
        """Return what is stored under these settings, by audio id and settings key."""
        keys = ", ".join(f"'{one.key}'" for one in settings)
        if not keys:
            return {}
        records = [FeatureRecord.from_row(row) for row in self.features_table.rows(f"settings IN ({keys})")]
        return {(record.audio_id, record.settings): record for record in records}

    def features(self, audio_id: str, settings: StoredFeature) -> npt.NDArray[np.float16]:
        """Open a stored array of a track, memory-mapped where the library is local.

        Args:
            audio_id: The track's audio id.
            settings: What it was stored under.

        Returns:
            float16. Under feature settings the log-mel in dB, shape (frames, n_mels); under a backbone its embeddings,
            shape (patches, embedding_size).

        Raises:
            LibraryError: The features are not stored, or their file is damaged.
        """
        array: npt.NDArray[Any] = self.storage.read_array(feature_name(audio_id, settings))
        return array

    def local_folder(self, name: str) -> Path:
        """Return a local folder that belongs to the library, for what is not shared through it (runs, bundles).

        For a library in a folder it lies inside; for one in an object store, in the user's data folder.
        """
        if not self.storage.remote:
            return Path(self.storage.address) / name
        from platformdirs import user_data_path

        readable = "".join(c if c.isalnum() else "-" for c in self.storage.address)
        return user_data_path("earmark") / "remote" / readable / name


def summarise_labels(tracks: Sequence[Track]) -> list[LabelSummary]:
    """Count tracks, releases and artists of each label, most tracks first; tracks without a label are left out."""
    by_label: defaultdict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        if track.label is not None:
            by_label[track.label].append(track)
    return [_summary(label, own) for label, own in sorted(by_label.items(), key=lambda item: (-len(item[1]), item[0]))]


def _summary(label: str, tracks: Sequence[Track]) -> LabelSummary:
    releases = {track.release for track in tracks if track.release is not None}
    artists = frozenset[str]().union(*(track.artist_keys for track in tracks))
    return LabelSummary(label, len(tracks), len(releases), len(artists), sum(t.seconds for t in tracks) / 3600)


@contextlib.contextmanager
def _keeping_all() -> Iterator[None]:
    """Let nothing look for garbage while tens of thousands of objects are made that all stay: it doubles the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
