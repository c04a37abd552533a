"""Makes the vectors of a library's tracks and keeps them, and the vector of any other file.

Only what is lacking is made: a track without a vector of this source gets one, one whose tags changed has its columns
written again, and one that has left the library goes. Features that are stored already are not computed again. Vectors
are written a batch at a time, so that an interruption costs seconds, and the next run goes on from there.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from multiprocessing import parent_process
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.audio.decode import DecodedAudio
from earmark.audio.estimates import Measures, estimated_values
from earmark.audio.identity import audio_id
from earmark.audio.measures import measure
from earmark.audio.settings import FeatureSettings
from earmark.backbones.embed import embed
from earmark.catalog.groups import artist_keys
from earmark.catalog.importers import import_file
from earmark.catalog.names import normalise
from earmark.catalog.track import Track, Values, merge
from earmark.errors import FormatVersionError, InputError, LibraryError
from earmark.executors import Executor, SerialExecutor
from earmark.library.analysis import decode_quietly
from earmark.library.library import Library
from earmark.library.rows import StoredFeature, feature_name
from earmark.library.vectors import VectorRow, VectorTable, vector_keys
from earmark.models.from_library import LibrarySongs, lacking_features
from earmark.models.inputs import OneSong, SongMetadata
from earmark.models.predict import compute_stored
from earmark.similarity.vectors.codes import codes_of
from earmark.similarity.vectors.embedder import SCANNED, embedder
from earmark.similarity.vectors.filters import UNKNOWN_KEY, day_number
from earmark.similarity.vectors.indexing import IndexFacts, build_index, drop_index, load_index, save_index
from earmark.similarity.vectors.pooling import FloatArray
from earmark.similarity.vectors.sources import VectorSource
from earmark.similarity.vectors.space import Space, fit_space
from earmark.similarity.vectors.supervised_space import space_of

BATCH_TRACKS = 256
BATCH_SECONDS = 5.0
"""Vectors are written when there are so many or they are so old: what a kill can cost at most."""

IN_PROCESS = 24
"""So few tracks are embedded in this process: nothing is decoded in it, and starting workers takes longer."""

Progress = Callable[[int, int, str], None]
"""Told of work done, of all work, and what is being done."""


@dataclass(frozen=True, slots=True)
class EmbedFailure:
    """A track of which no vector could be made."""

    audio_id: str
    track: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class EmbedSummary:
    """What was done.

    Attributes:
        source: What made the vectors.
        made: Vectors made now.
        unchanged: Tracks whose vectors and columns were right already.
        refreshed: Tracks whose columns were written again, since their tags changed.
        removed: Vectors of tracks that have left the library.
        failures: Tracks without a vector, each with the reason.
        index: What searches the vectors now; None where there is none.
        seconds: Time that it took.
    """

    source: VectorSource
    made: int
    unchanged: int
    refreshed: int
    removed: int
    failures: tuple[EmbedFailure, ...]
    index: IndexFacts | None
    seconds: float

    @property
    def vectors(self) -> int:
        """Tracks that have a vector now."""
        return self.made + self.unchanged + self.refreshed


@dataclass(frozen=True, slots=True, eq=False)
class QueryTrack:
    """A file that is not in the library, made comparable with it.

    Attributes:
        track: What its tags and its name say; tempo and key are estimated where they do not.
        embedding: float32 of shape (size,), as the source gives it; `Space.place` makes it comparable.
        log_mel: What a scan would store of it, float16 of shape (frames, 128).
        measures: Tempo, key, loudness and energy, as a scan would measure them.
    """

    track: Track
    embedding: FloatArray
    log_mel: NDArray[np.float16]
    measures: Measures


def embed_file(path: str | Path, library: Library, source: VectorSource) -> QueryTrack:
    """Make the vector of a file, which is decoded once and not kept.

    Args:
        path: The file.
        library: The library that it will be compared with; its vectors are of the same source.
        source: What makes the vector.

    Raises:
        DecodeError: No decoder could read the file.
        InputError: The model can make nothing of it.
    """
    audio = decode_quietly(str(path), loudness=True)
    return embed_audio(audio, import_file(Path(path)), str(path), library, source)


def embed_audio(
    audio: DecodedAudio,
    told: Sequence[Values],
    path: str,
    library: Library,
    source: VectorSource,
    *,
    stored: Mapping[str, NDArray[np.float16]] | None = None,
) -> QueryTrack:
    """Make the vector of a file that is decoded already.

    Args:
        audio: Its sound, decoded with its loudness.
        told: What its tags and its name say, in order of precedence.
        path: What stands as the track's path.
        library: As for `embed_file`.
        source: As for `embed_file`.
        stored: By the key of their settings, features that are computed already.

    Raises:
        InputError: The model can make nothing of it.
    """
    track, measures = describe_audio(audio, told, path, library)
    maker, ready = embedder(source), stored or {}
    made = {
        one.key: ready[one.key]
        if one.key in ready
        else _stored(library, audio, track.audio_id, one, maker.backbone_folders)
        for one in dict.fromkeys((*maker.needs, SCANNED))
    }
    song = OneSong(made, SongMetadata(bpm=track.bpm, key=track.key, seconds=track.seconds))
    return QueryTrack(track, maker.embed(song), made[SCANNED.key], measures)


def describe_audio(audio: DecodedAudio, told: Sequence[Values], path: str, library: Library) -> tuple[Track, Measures]:
    """What is known of a file that is decoded already: by its tags and its name, else by its sound.

    Args:
        audio: Its sound, decoded with its loudness.
        told: What its tags and its name say, in order of precedence.
        path: What stands as the track's path.
        library: Tells how a scan measures, and what it has measured of this very sound.
    """
    identity = audio_id(audio.samples, audio.sample_rate)
    known = library.measures([identity])
    measures = known[identity] if identity in known else measure(audio, library.measure_settings())
    estimated = estimated_values(
        None if measures.tempo is None else measures.tempo.bpm, None if measures.key is None else measures.key.key
    )
    return merge([*told, estimated], audio_id=identity, path=path, seconds=audio.facts.seconds), measures


def _stored(
    library: Library, audio: DecodedAudio, identity: str, settings: StoredFeature, folders: Mapping[str, Path]
) -> NDArray[np.float16]:
    """What is or would be stored of a recording; by a backbone of the bundle or, where it has none, of the shelf."""
    if library.storage.size(feature_name(identity, settings)) is not None:
        return library.features(identity, settings)
    if isinstance(settings, FeatureSettings) or settings.key in folders:
        return compute_stored(audio, settings, folders)
    return embed(audio, settings)


def embed_library(
    library: Library,
    source: VectorSource,
    *,
    executor: Executor,
    progress: Progress | None = None,
    rebuild: bool = False,
) -> EmbedSummary:
    """Bring the vectors of a library up to date.

    Args:
        library: The library.
        source: What makes the vectors.
        executor: Where features and vectors are made.
        progress: Told as the work goes on.
        rebuild: Make all vectors anew.

    Raises:
        InputError: The library has no tracks.
        LibraryError: The library could not be written.
    """
    started = time.monotonic()
    tracks = library.tracks()
    if not tracks:
        raise InputError("the library has no tracks yet; fill it with `earmark scan FOLDER`")
    table = VectorTable(library.storage, source.key, source.size)
    if rebuild:
        # The index first: versions of a table that is made anew count from the beginning, and could be those it knows.
        drop_index(library.storage, source.key)
        table.drop()
    rows = dict(zip((track.audio_id for track in tracks), vector_rows(tracks), strict=True))
    known = table.rows()
    table.delete(known.keys() - rows.keys())
    stale = [row for audio_id, row in rows.items() if audio_id in known and known[audio_id] != row]
    table.refresh(stale)
    lacking = [track for track in tracks if track.audio_id not in known]
    work = _Work(library, source, table, rows, executor, progress or _say_nothing)
    work.run(lacking)
    table.compact()
    facts = refresh_index(library, source, progress=lambda doing: (progress or _say_nothing)(0, 0, doing))
    return EmbedSummary(
        source=source,
        made=len(lacking) - len(work.failures),
        unchanged=len(rows) - len(lacking) - len(stale),
        refreshed=len(stale),
        removed=len(known.keys() - rows.keys()),
        failures=tuple(work.failures),
        index=facts,
        seconds=time.monotonic() - started,
    )


def drop_old(library: Library, current: Iterable[VectorSource]) -> tuple[str, ...]:
    """Delete the vectors of all other sources, such as a bundle as it was before it was trained again.

    Args:
        library: The library.
        current: The sources whose vectors stay.

    Returns:
        The keys of the sources whose vectors were deleted.
    """
    kept = {source.key for source in current}
    old = tuple(key for key in vector_keys(library.storage) if key not in kept)
    for key in old:
        drop_index(library.storage, key)
        VectorTable(library.storage, key, 0).drop()
    return old


def refresh_index(
    library: Library, source: VectorSource, *, progress: Callable[[str], None] | None = None
) -> IndexFacts | None:
    """Make a source's index again where its vectors or the tracks have changed since; None where there is no vector.

    Args:
        library: The library.
        source: What made the vectors.
        progress: Told what is being done.
    """
    table = VectorTable(library.storage, source.key, source.size)
    versions = table.versions()
    with suppress(LibraryError, FormatVersionError):  # one that cannot be opened is made again
        before = load_index(library.storage, source.key)
        if before is not None and before.facts.versions == versions:
            return before.facts
    rows, vectors = table.read()
    if not rows:
        return None
    index = build_index(
        codes_of(rows),
        vectors,
        space_for(source, rows, vectors),
        source={"kind": source.kind, "name": source.name},
        versions=versions,
        progress=progress,
    )
    save_index(library.storage, source.key, index)
    return index.facts


def space_for(source: VectorSource, rows: Sequence[VectorRow], vectors: NDArray[np.floating]) -> Space:
    """The space in which a source's vectors are compared.

    Args:
        source: What made the vectors.
        rows: The tracks.
        vectors: Shape (tracks, size).
    """
    if source.kind == "mfcc":
        return fit_space(vectors, scaled=True)  # means and deviations of coefficients are of different kinds
    return space_of(source, [row.audio_id for row in rows], [row.label for row in rows], vectors)


def vector_rows(tracks: Sequence[Track]) -> list[VectorRow]:
    """The rows of tracks, in their order; artists as the whole of these tracks knows them.

    Args:
        tracks: All tracks of the library.
    """
    return [
        VectorRow(
            audio_id=track.audio_id,
            bpm=track.bpm,
            musical_key=UNKNOWN_KEY if track.key is None else track.key.index,
            label=normalise(track.label or ""),
            release=normalise(track.release or ""),
            day=None if track.released is None else day_number(track.released),
            artists=tuple(sorted(keys)),
        )
        for track, keys in zip(tracks, artist_keys(tracks), strict=True)
    ]


@dataclass(slots=True)
class _Work:
    library: Library
    source: VectorSource
    table: VectorTable
    rows: Mapping[str, VectorRow]
    executor: Executor
    progress: Progress
    failures: list[EmbedFailure] = field(default_factory=list)
    _waiting: list[tuple[VectorRow, FloatArray]] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def run(self, tracks: Sequence[Track]) -> None:
        """Make and write the vectors of tracks; after Ctrl-C, those that are made are written too."""
        if not tracks:
            return
        ready = self._with_features(tracks)
        executor = SerialExecutor() if len(ready) <= IN_PROCESS else self.executor
        make = partial(_vector_of, address=self.library.address, source=self.source)
        try:
            with closing(executor.run(make, ready)) as outcomes:
                for done, outcome in enumerate(outcomes, start=1):
                    if outcome.value is None:
                        self._fail(outcome.item, str(outcome.error))
                    else:
                        self._waiting.append((self.rows[outcome.item.audio_id], outcome.value))
                    if len(self._waiting) >= BATCH_TRACKS or time.monotonic() - self._since >= BATCH_SECONDS:
                        self._flush()
                    self.progress(done, len(ready), "embedding")
        finally:
            self._flush()

    def _with_features(self, tracks: Sequence[Track]) -> list[Track]:
        """Make the features that tracks lack; those of which they cannot be made have failed."""
        ids = [track.audio_id for track in tracks]
        needs = embedder(self.source).needs
        lost = lacking_features(
            self.library,
            ids,
            needs,
            executor=self.executor,
            progress=lambda scan: self.progress(scan.done, scan.total, "listening"),
        )
        for track in tracks:
            if track.audio_id in lost:
                self._fail(track, lost[track.audio_id])
        return [track for track in tracks if track.audio_id not in lost]

    def _fail(self, track: Track, reason: str) -> None:
        self.failures.append(EmbedFailure(track.audio_id, track.display, track.path, reason))

    def _flush(self) -> None:
        if self._waiting:
            self.table.write([row for row, _ in self._waiting], np.stack([vector for _, vector in self._waiting]))
        self._waiting.clear()
        self._since = time.monotonic()


def _vector_of(track: Track, *, address: str, source: VectorSource) -> FloatArray:
    """A track's vector; runs where the executor runs it, in a worker process on one thread."""
    threads = 0 if parent_process() is None else 1
    return embedder(source, threads=threads).embed(LibrarySongs(_opened(address), (track,)))


@lru_cache(maxsize=2)
def _opened(address: str) -> Library:
    return Library.open(address)


def _say_nothing(_done: int, _total: int, _doing: str) -> None:
    """Take progress and show none."""
