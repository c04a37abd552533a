"""What contestants may read of the songs: sound and tags for models, file facts for the shortcut baseline."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.groups import Song
from earmark.evaluation.shortcuts import shortcut_table
from earmark.library.library import Library
from earmark.library.rows import StoredFeature
from earmark.models.from_library import LibrarySongs, label_indices, songs_to_split
from earmark.models.inputs import SongMetadata
from earmark.models.shortcut_facts import metadata_table, shortcut_facts
from earmark.training.songs import SongSet


@dataclass(frozen=True)
class Material:
    """The songs of a comparison.

    Attributes:
        tracks: The songs, each with a label.
        labels: The labels' names, sorted; label indices are places in it.
        library: Where features and file facts are, or None where there are only tags.
    """

    tracks: tuple[Track, ...]
    labels: tuple[str, ...]
    library: Library | None = None

    @cached_property
    def songs(self) -> dict[str, Song]:
        """The songs as splits see them, by id, in the order of the tracks."""
        return {song.id: song for song in songs_to_split(self.tracks)}

    def some(self, ids: Sequence[str]) -> tuple[Track, ...]:
        """The tracks with these ids, in their order."""
        return tuple(self.tracks[at] for at in self.places(ids))

    def truth(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Label indices of the songs with these ids, int64 of shape (ids,)."""
        return label_indices(self.some(ids), self.labels)

    def song_set(self, ids: Sequence[str], groups: NDArray[np.int64] | None = None) -> SongSet:
        """The songs with these ids as training takes them.

        Args:
            ids: Which songs.
            groups: Number of the group of each song that it hangs together with; None where they stand alone.
        """
        some = self.some(ids)
        source = TaggedSongs(some) if self.library is None else LibrarySongs(self.library, some)
        return SongSet(source, self.truth(ids), groups)

    @cached_property
    def metadata(self) -> AttributeTable:
        """Tempo, key, mode and length of the songs, a row for each track."""
        return metadata_table(self.tracks)

    @cached_property
    def shortcuts(self) -> AttributeTable:
        """How the songs' files were made, a row for each track.

        Raises:
            InputError: There is no library to look it up in.
        """
        if self.library is None:
            raise InputError("it reads how files were made, and these songs come without files")
        return shortcut_table(shortcut_facts(self.library, self.tracks))

    def places(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Places of the songs with these ids among the tracks, int64 of shape (ids,)."""
        return np.array([self._places[one] for one in ids], dtype=np.int64)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {track.audio_id: at for at, track in enumerate(self.tracks)}

    @cached_property
    def digest(self) -> str:
        """16 hex digits that change with the tags of any song.

        The sound is in the ids already: they are hashes of it. What the files say is in `facts_digest`.
        """
        told = [
            [song.id, song.label, sorted(song.artist_keys), song.release, track.bpm, str(track.key), track.seconds]
            for song, track in zip(self.songs.values(), self.tracks, strict=True)
        ]
        return hashlib.sha256(json.dumps([self.labels, sorted(told, key=str)]).encode()).hexdigest()[:16]

    @cached_property
    def facts_digest(self) -> str:
        """16 hex digits that change with how any song's file was made.

        Raises:
            InputError: There is no library to look it up in.
        """
        return hashlib.sha256(json.dumps(self.shortcuts.to_json()).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class TaggedSongs:
    """A `earmark.models.inputs.SongSource` of tracks of which only the tags are there.

    Attributes:
        tracks: The songs, by index.
    """

    tracks: tuple[Track, ...]

    def __len__(self) -> int:
        return len(self.tracks)

    def features(self, index: int, settings: StoredFeature) -> NDArray[np.float16]:  # noqa: ARG002 - the protocol's
        """There is no sound here.

        Raises:
            InputError: Always.
        """
        raise InputError("it reads sound, and these songs come without any: scan their files into a library")

    def metadata(self, index: int) -> SongMetadata:
        """Tempo, key and length of one song."""
        track = self.tracks[index]
        return SongMetadata(bpm=track.bpm, key=track.key, seconds=track.seconds)
