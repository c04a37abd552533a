"""Opens a library for searching: its index, what filters ask, and the tracks themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from earmark.backbones.shelf import backbones
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.library.library import Library
from earmark.library.vectors import table_version, vector_keys
from earmark.models.bundle import load_card
from earmark.models.shelf import bundle_paths
from earmark.similarity.vectors.codes import codes_of
from earmark.similarity.vectors.embedding import vector_rows
from earmark.similarity.vectors.filters import Columns, Filters
from earmark.similarity.vectors.indexing import Index, load_facts, load_index
from earmark.similarity.vectors.search import EVERYTHING, Engine, FloatArray, Hits, Search
from earmark.similarity.vectors.sources import (
    VectorSource,
    backbone_source,
    bundle_source,
    find_source,
    mfcc_source,
    vector_size,
)
from earmark.similarity.vectors.space import Space

if TYPE_CHECKING:
    from earmark.audio.estimates import Measures, MixMeasures

MEASURES_AT_ONCE = 500
"""Tracks whose measures are read at once: each has a curve of hundreds of numbers, of which four remain."""


@dataclass(frozen=True, eq=False)
class Collection:
    """A library's tracks as the similarity commands ask of them.

    Attributes:
        library: The library.
        source: What made the vectors.
        index: What searches them, and what is known of it.
        notes: What a user should know, such as tracks without a vector.
        gone: Audio ids of tracks that have left the library and still are in the index; never found.
    """

    library: Library
    source: VectorSource
    index: Index
    notes: tuple[str, ...]
    gone: frozenset[str] = frozenset()
    _mix_measures: "dict[str, MixMeasures | None]" = field(default_factory=dict, init=False, repr=False)

    @property
    def space(self) -> Space:
        """How embeddings become comparable."""
        return self.index.space

    @cached_property
    def search(self) -> Search:
        """Searches the vectors."""
        found = self.index.search()
        return _WithoutGone(found, self.gone) if self.gone else found

    @property
    def columns(self) -> Columns:
        """What filters ask of the tracks that have a vector, in the engine's order."""
        return self.index.columns

    @cached_property
    def _by_id(self) -> dict[str, Track]:
        return {track.audio_id: track for track in self.library.tracks()}

    def all_tracks(self) -> tuple[Track, ...]:
        """All tracks of the library, also those without a vector, sorted as `Library.tracks` does."""
        return tuple(self._by_id.values())

    def tracks(self, audio_ids: Sequence[str]) -> list[Track]:
        """Tracks by their audio ids, in the same order.

        Args:
            audio_ids: The tracks.

        Raises:
            InputError: One of them is not in the library.
        """
        if missing := [one for one in audio_ids if one not in self._by_id]:
            raise InputError(f"the library has no track {missing[0]}; run `earmark embed` if it had one")
        return [self._by_id[one] for one in audio_ids]

    def measures(self, audio_ids: Sequence[str]) -> "dict[str, Measures]":
        """What was measured of tracks, by audio id; a track of which nothing was measured is not in it.

        Args:
            audio_ids: The tracks.
        """
        return self.library.measures(audio_ids)

    def mix_measures(self, audio_ids: Sequence[str]) -> "dict[str, MixMeasures]":
        """What mixing asks of tracks' measures, by audio id; a track of which nothing was measured is not in it.

        They are read once for as long as the collection is open, since a page asks for thousands again and again.

        Args:
            audio_ids: The tracks.
        """
        new = [one for one in audio_ids if one not in self._mix_measures]
        for at in range(0, len(new), MEASURES_AT_ONCE):
            part = new[at : at + MEASURES_AT_ONCE]
            measured = self.library.measures(part)
            self._mix_measures.update({one: measured[one].for_mixing if one in measured else None for one in part})
        found = ((one, self._mix_measures[one]) for one in audio_ids)
        return {one: measures for one, measures in found if measures is not None}


@dataclass(frozen=True, slots=True, eq=False)
class _WithoutGone:
    """A search that never finds some tracks: an index too large to be made again at once outlives them."""

    whole: Search
    gone: frozenset[str]

    @property
    def engine(self) -> Engine:
        """Which engine it is."""
        return self.whole.engine

    def __len__(self) -> int:
        return len(self.whole)

    def search(self, vector: FloatArray, k: int, filters: Filters = EVERYTHING) -> Hits:
        """The tracks nearest to a vector among those that pass the filters and are there; see `Search.search`."""
        return self.whole.search(vector, k, replace(filters, without_ids=filters.without_ids | self.gone))

    def vectors(self, audio_ids: Sequence[str]) -> FloatArray:
        """Placed vectors of tracks; see `Search.vectors`."""
        return self.whole.vectors(audio_ids)

    def crowding(self, audio_ids: Sequence[str]) -> FloatArray:
        """How much each track should give way for being a hub; see `Search.crowding`."""
        return self.whole.crowding(audio_ids)


def open_collection(library: Library, source: VectorSource | None = None) -> Collection:
    """Open a library for searching.

    Tags that changed after the vectors were made are taken in where the library is small enough to be searched exactly;
    else a note says that they will be by the next ``earmark embed``. Tracks that have left the library are not found.

    Args:
        library: The library.
        source: Whose vectors are searched; `find_source`'s choice where None.

    Raises:
        InputError: The library has no tracks, or no vectors of this source yet.
        LibraryError: The index is damaged.
        FormatVersionError: The index was written by another format version.
    """
    chosen = source or find_source(library)
    index = load_index(library.storage, chosen.key)
    if index is None:
        raise _no_vectors(library, chosen)
    notes = [chosen.note] if chosen.note else []
    if index.facts.versions["tracks"] == table_version(library.storage, "tracks"):
        return Collection(library, chosen, index, tuple(notes))
    if index.cells is not None:
        notes.append("The library has changed since its vectors were made; run `earmark embed` to take that in.")
        there = {track.audio_id for track in library.tracks()}
        gone = frozenset(index.codes.names(np.arange(len(index.codes)))) - there
        return Collection(library, chosen, index, tuple(notes), gone)
    return _brought_up_to_date(library, chosen, index, notes)


def collection_state(library: Library) -> tuple[object, ...]:
    """What tells whether a collection that is open has to be opened again: compare it with what it was.

    Args:
        library: The library.
    """
    versions = tuple(table_version(library.storage, name) for name in ("tracks", "measures"))
    return (*versions, search_files_state(library))


def search_files_state(library: Library) -> tuple[object, ...]:
    """What tells that bundles came or went, or that vectors were made anew: the times of their folders.

    Args:
        library: The library.
    """
    folders = [library.local_folder(name) for name in ("bundles", "vectors")]
    inner = [path for folder in folders if folder.is_dir() for path in (folder, *folder.iterdir())]
    return tuple((str(path), _changed(path)) for path in sorted(inner))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # replaced while we looked
        return 0


def searchable_source(library: Library) -> VectorSource:
    """Say by whose vectors a library can be searched now.

    That is `find_source`'s choice; while its vectors are not made yet, as after a training, the newest bundle that has
    some, then a backbone, then MFCCs, with a note.

    Args:
        library: The library.
    """
    wanted = find_source(library)
    if load_facts(library.storage, wanted.key) is not None:
        return wanted
    hearing = [folder for folder in bundle_paths(library) if vector_size(load_card(folder).spec)]
    others = [*map(bundle_source, hearing), *map(backbone_source, backbones().values()), mfcc_source()]
    for source in others:
        if load_facts(library.storage, source.key) is not None:
            note = f"There are no vectors by {wanted.shown} yet; those by {source.shown} are searched until then."
            return replace(source, note=note)
    return wanted


def _brought_up_to_date(library: Library, source: VectorSource, index: Index, notes: list[str]) -> Collection:
    """Take changed tags and tracks that went into a small index, without writing it."""
    rows = vector_rows(library.tracks())
    places = index.codes.rows([row.audio_id for row in rows])
    here: list[int] = np.flatnonzero(places >= 0).tolist()
    if not here:
        raise _no_vectors(library, source)
    if len(here) < len(rows):
        lacking = len(rows) - len(here)
        told = "1 track has" if lacking == 1 else f"{lacking} tracks have"
        notes.append(f"{told} no vector yet; run `earmark embed`.")
    kept = places[here]
    fresh = Index(
        facts=replace(index.facts, tracks=len(here)),
        space=index.space,
        codes=codes_of([rows[place] for place in here]),
        units=np.asarray(index.units[kept]),
        crowds=np.asarray(index.crowds[kept]),
        cells=None,
    )
    return Collection(library, source, fresh, tuple(notes))


def _no_vectors(library: Library, source: VectorSource) -> InputError:
    if not library.tracks():
        return InputError("the library has no tracks yet; fill it with `earmark scan FOLDER`")
    others = [key for key in vector_keys(library.storage) if key != source.key]
    told = " (there are vectors of another source, or of this one as it was before)" if others else ""
    command = "earmark embed" if source.key == find_source(library).key else source.command
    return InputError(f"there are no vectors by {source.shown} yet{told}; make them with `{command}`")
