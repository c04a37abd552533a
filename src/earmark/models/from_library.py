"""A library's tracks as models and splits take them: songs by index, and what hangs together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.groups import artist_keys
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.groups import Song
from earmark.executors import Executor
from earmark.library.ingest import ScanProgress
from earmark.library.library import Library
from earmark.library.rows import StoredFeature
from earmark.library.scan import ensure_features
from earmark.models.inputs import SongMetadata


@dataclass(frozen=True, slots=True)
class LibrarySongs:
    """A `earmark.models.inputs.SongSource` over tracks of a library.

    Attributes:
        library: Where the features are.
        tracks: The songs, by index.
    """

    library: Library
    tracks: tuple[Track, ...]

    def __len__(self) -> int:
        return len(self.tracks)

    def features(self, index: int, settings: StoredFeature) -> NDArray[np.float16]:
        """What is stored of one song, float16 of shape (rows, columns), memory-mapped where the library is local.

        Raises:
            LibraryError: The features are not stored, or damaged.
        """
        return self.library.features(self.tracks[index].audio_id, settings)

    def metadata(self, index: int) -> SongMetadata:
        """Tempo, key and length of one song."""
        track = self.tracks[index]
        return SongMetadata(bpm=track.bpm, key=track.key, seconds=track.seconds)


def songs_to_split(tracks: Sequence[Track]) -> list[Song]:
    """Tracks as splits see them: what each must not share with another part.

    Raises:
        InputError: A track has no label.
    """
    return [_song(track, keys) for track, keys in zip(tracks, artist_keys(tracks), strict=True)]


def _song(track: Track, keys: frozenset[str]) -> Song:
    if track.label is None:
        raise InputError(f"{track.display} has no label, so nothing can be learnt or judged from it")
    return Song(id=track.audio_id, label=track.label, artist_keys=keys, release=track.release, name=track.display)


def label_indices(tracks: Sequence[Track], labels: Sequence[str]) -> NDArray[np.int64]:
    """The place of each track's label among the labels, int64 of shape (tracks,).

    Raises:
        InputError: A track's label is none of them.
    """
    places = {label: index for index, label in enumerate(labels)}
    strangers = sorted({str(track.label) for track in tracks if track.label not in places})
    if strangers:
        raise InputError(f"expected tracks of the labels {', '.join(labels)}; some are of {', '.join(strangers)}")
    return np.asarray([places[track.label] for track in tracks if track.label is not None], dtype=np.int64)


def lacking_features(
    library: Library,
    audio_ids: Sequence[str],
    settings: Iterable[StoredFeature],
    *,
    executor: Executor,
    progress: Callable[[ScanProgress], None] | None = None,
) -> dict[str, str]:
    """Make what tracks lack of everything that a model reads.

    Returns:
        The tracks of which it could not be made, by audio id, each with the reason.
    """
    lost: dict[str, str] = {}
    for one in settings:
        lost |= ensure_features(library, audio_ids, one, executor=executor, progress=progress)
    return lost


def with_features(
    library: Library,
    tracks: Sequence[Track],
    settings: Iterable[StoredFeature],
    *,
    executor: Executor,
    progress: Callable[[ScanProgress], None] | None = None,
) -> tuple[tuple[Track, ...], list[str]]:
    """Make the features that tracks lack, and leave out tracks of which they cannot be made.

    Args:
        library: Where the features are.
        tracks: The tracks.
        settings: Every kind of features that is needed.
        executor: Where they are made.
        progress: Told while they are made.

    Returns:
        The tracks that have all features, and a note on each that does not.
    """
    ids = [track.audio_id for track in tracks]
    lost = lacking_features(library, ids, settings, executor=executor, progress=progress)
    notes = [f"{track.display} left out: {lost[track.audio_id]}" for track in tracks if track.audio_id in lost]
    return tuple(track for track in tracks if track.audio_id not in lost), notes
