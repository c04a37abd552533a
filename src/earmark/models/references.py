"""What a bundle remembers of its catalogue: the songs it knows, each with its tags and its embedding.

`References` answers which of these songs are nearest to a new one, and what each label's songs are like
(`earmark.models.habits`). They lie in one safetensors file: the embeddings as a tensor, everything else as JSON in the
header; nothing is pickled, and a file that does not add up is refused.

Likeness is the cosine of two embeddings **after the mean over the catalogue was taken off**. Embeddings of one network
share a direction, and much of it where the last layer is never negative, as behind a ReLU: then all raw cosines are
near 1 and tell how wide the network's cone is. Without the common part, two songs that differ from the average in the
same way are near 1, two that have nothing to do with each other near 0, and opposites near -1.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.credits import Credits
from earmark.catalog.groups import artist_keys
from earmark.catalog.keys import Key, parse_key
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import FormatVersionError, InputError
from earmark.evaluation.splits import PART_NAMES, PartName
from earmark.models.files import write_file

REFERENCES_VERSION = 1
"""Format version of the files that this Earmark writes and reads."""

_HEADER = "earmark.references"
_TENSOR = "embeddings"


@dataclass(frozen=True, slots=True)
class ReferenceSong:
    """One song of the catalogue.

    Attributes:
        audio_id: Hash of its sound.
        name: How it is shown: ``"Artists - Title (Mix)"``.
        label: Its label.
        artists: Everyone credited, as written.
        artist_keys: The keys by which it is known to share an artist, as in `earmark.catalog.groups`.
        part: Its part of the split that the bundle was trained with.
        seconds: Length in seconds.
        release: Its EP, single or album; None where unknown.
        bpm: Tempo; None where unknown.
        key: Musical key; None where unknown.
    """

    audio_id: str
    name: str
    label: str
    artists: tuple[str, ...]
    artist_keys: frozenset[str]
    part: PartName
    seconds: float
    release: str | None = None
    bpm: float | None = None
    key: Key | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads back."""
        return {
            "audio_id": self.audio_id,
            "name": self.name,
            "label": self.label,
            "artists": list(self.artists),
            "artist_keys": sorted(self.artist_keys),
            "part": self.part,
            "seconds": self.seconds,
            "release": self.release,
            "bpm": self.bpm,
            "key": None if self.key is None else self.key.camelot,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ReferenceSong":
        """Read what `to_json` wrote.

        Raises:
            InputError: Something is missing, unknown, or of another kind.
        """
        if set(data) != set(cls.__slots__):
            raise InputError(f"a reference song has the fields {', '.join(cls.__slots__)}, got {', '.join(data)}")
        texts = [data["audio_id"], data["name"], data["label"], *data["artists"], *data["artist_keys"]]
        numbers = [data["seconds"], *([] if data["bpm"] is None else [data["bpm"]])]
        if not all(isinstance(one, str) for one in texts) or not isinstance(data["release"], str | None):
            raise InputError("a reference song's names and ids are texts")
        if not all(type(one) in (int, float) and math.isfinite(one) and one >= 0 for one in numbers):
            raise InputError(f"a reference song's length and BPM are numbers of at least 0, got {numbers}")
        if data["part"] not in PART_NAMES:
            raise InputError(f"a reference song is of the part {', '.join(PART_NAMES)}, not {data['part']!r}")
        read = dict(data) | {"artists": tuple(data["artists"]), "artist_keys": frozenset(data["artist_keys"])}
        read["key"] = None if data["key"] is None else parse_key(data["key"])
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A catalogue song and how near it is.

    Attributes:
        similarity: Cosine of the centred embeddings, -1 to 1.
        song: The song.
    """

    similarity: float
    song: ReferenceSong

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"similarity": round(self.similarity, 4), **self.song.to_json()}


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """A catalogue's songs and embeddings.

    Attributes:
        songs: The songs.
        embeddings: float16 of shape (songs, size), finite, in the songs' order: each a song's mean over its slices.

    Raises:
        InputError: There is no song, or songs and embeddings do not fit each other.
    """

    songs: tuple[ReferenceSong, ...]
    embeddings: NDArray[np.float16]
    _mean: NDArray[np.float64] = field(init=False, repr=False)
    _units: NDArray[np.float32] = field(init=False, repr=False)
    _names: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        values = self.embeddings
        if values.dtype != np.float16 or values.ndim != 2 or len(values) != len(self.songs) or 0 in values.shape:
            raise InputError(
                f"expected float16 embeddings of shape (songs, size) for {len(self.songs)} songs, at least one, "
                f"got {values.dtype} of shape {values.shape}"
            )
        if not np.isfinite(values).all():
            raise InputError("the embeddings of references must be finite numbers; some are not")
        wide = values.astype(np.float64)
        object.__setattr__(self, "_mean", wide.mean(axis=0))
        object.__setattr__(self, "_units", _units(wide - self._mean).astype(np.float32))
        object.__setattr__(self, "_names", _names_by_first_word(self.songs))

    def __len__(self) -> int:
        return len(self.songs)

    @property
    def size(self) -> int:
        """Numbers in an embedding."""
        return int(self.embeddings.shape[1])

    def of_label(self, label: str, *, without_ids: frozenset[str] = frozenset()) -> tuple[ReferenceSong, ...]:
        """A label's songs.

        Args:
            label: The label's name.
            without_ids: Audio ids of songs to leave out.
        """
        return tuple(song for song in self.songs if song.label == label and song.audio_id not in without_ids)

    def keys_of(self, track: Track) -> frozenset[str]:
        """A track's artist keys as this catalogue knows artists, also those found inside longer names.

        Args:
            track: Any track, of the catalogue or not.
        """
        first_words = {key.split()[0] for key in track.artist_keys if key}
        names = tuple(name for word in sorted(first_words) for name in self._names.get(word, ()))
        # `artist_keys` looks names up in a whole catalogue; those that begin alike are all that can be found.
        known = Track(audio_id="", path="", seconds=0.0, artists=Credits(performers=names))
        return artist_keys([known, track])[1]

    def similarities(self, embedding: NDArray[np.floating]) -> NDArray[np.float64]:
        """How near each song is to an embedding: float64 of shape (songs,), -1 to 1.

        Args:
            embedding: Shape (size,), finite.

        Raises:
            InputError: It is of another size, or not finite.
        """
        wide = np.asarray(embedding, dtype=np.float64)
        if wide.shape != (self.size,) or not np.isfinite(wide).all():
            raise InputError(f"expected a finite embedding of {self.size} numbers, got one of shape {wide.shape}")
        likeness = self._units @ _units((wide - self._mean)[None])[0].astype(np.float32)
        return np.asarray(np.clip(likeness, -1.0, 1.0), dtype=np.float64)

    def nearest(
        self,
        embedding: NDArray[np.floating],
        *,
        k: int = 10,
        without_artists: frozenset[str] = frozenset(),
        without_ids: frozenset[str] = frozenset(),
        at_most_per_artist: int = 1,
    ) -> list[Neighbour]:
        """The songs nearest to an embedding, the nearest first.

        Args:
            embedding: Shape (size,), finite; made by the bundle that made these references.
            k: How many, at least 1; fewer come where there are no more.
            without_artists: Artist keys, such as `keys_of` gives; songs that share one are left out.
            without_ids: Audio ids of songs to leave out.
            at_most_per_artist: So many songs of one artist at most; farther ones give way to other artists.

        Raises:
            InputError: The embedding does not fit, or a count is below 1.
        """
        if k < 1 or at_most_per_artist < 1:
            raise InputError(f"k and at_most_per_artist are at least 1, got {k} and {at_most_per_artist}")
        likeness = self.similarities(embedding)
        found: list[Neighbour] = []
        times: Counter[str] = Counter()
        for place in np.argsort(-likeness, kind="stable").tolist():
            song = self.songs[place]
            if song.audio_id in without_ids or song.artist_keys & without_artists:
                continue
            if any(times[key] >= at_most_per_artist for key in song.artist_keys):
                continue
            times.update(song.artist_keys)
            found.append(Neighbour(float(likeness[place]), song))
            if len(found) == k:
                break
        return found


def make_references(tracks: Sequence[Track], parts: Sequence[PartName], embeddings: NDArray[np.floating]) -> References:
    """Make references of a catalogue.

    Args:
        tracks: Its tracks, each with a label.
        parts: Each track's part of the split.
        embeddings: Each track's song embedding, shape (tracks, size), finite and within float16's range (65,504).

    Raises:
        InputError: A track has no label, or the lengths differ, or an embedding is not finite.
    """
    if not len(tracks) == len(parts) == len(embeddings):
        raise InputError(
            f"tracks, parts and embeddings go together, got {len(tracks)}, {len(parts)} and {len(embeddings)}"
        )
    songs = tuple(_song(*one) for one in zip(tracks, parts, artist_keys(tracks), strict=True))
    with np.errstate(over="ignore"):  # what is beyond float16 becomes infinite, and is refused with what to expect
        return References(songs, np.asarray(embeddings).astype(np.float16))


def _song(track: Track, part: PartName, keys: frozenset[str]) -> ReferenceSong:
    if track.label is None:
        raise InputError(f"{track.display} has no label, so it cannot stand for one")
    return ReferenceSong(
        audio_id=track.audio_id,
        name=track.display,
        label=track.label,
        artists=track.artists.everyone,
        artist_keys=keys,
        part=part,
        seconds=track.seconds,
        release=track.release,
        bpm=track.bpm,
        key=track.key,
    )


def references_bytes(references: References) -> bytes:
    """All bytes of the file of references."""
    from safetensors.numpy import save

    rows = [song.to_json() for song in references.songs]
    header = {"format_version": REFERENCES_VERSION, "songs": rows}
    told = json.dumps(header, ensure_ascii=False, allow_nan=False)
    return bytes(save({_TENSOR: np.ascontiguousarray(references.embeddings)}, metadata={_HEADER: told}))


def save_references(references: References, path: Path) -> None:
    """Write references to a file, whole or not at all.

    Args:
        references: The references.
        path: The file.
    """
    write_file(path, references_bytes(references))


def load_references(path: Path) -> References:
    """Read references from a file.

    Raises:
        InputError: There is no such file, or it is damaged.
        FormatVersionError: It was written by another format version.
    """
    if not path.is_file():
        raise InputError(f"there is no file of references at {path}; train the bundle again to have one")
    return read_references(path.read_bytes(), name=str(path))


def read_references(content: bytes, *, name: str) -> References:
    """Read references from a file's bytes.

    Args:
        content: All bytes of the file.
        name: The file, as messages call it.

    Raises:
        InputError: The file is damaged.
        FormatVersionError: It was written by another format version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        length = int.from_bytes(content[:8], "little")
        header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_HEADER])
        found = header["format_version"]
        if found == REFERENCES_VERSION:
            [(tensor, embeddings)] = load(content).items()
            if tensor != _TENSOR or set(header) != {"format_version", "songs"}:
                raise InputError(f"unknown content {tensor}, {', '.join(header)}")
            return References(tuple(map(ReferenceSong.from_json, header["songs"])), embeddings)
    except (SafetensorError, InputError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"references {name} are damaged ({error}); copy or train the bundle again") from error
    raise FormatVersionError(
        f"references {name}", found=found, expected=REFERENCES_VERSION, remedy="train the bundle again"
    )


def _units(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1; a row of zeros, which has no direction, stays one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), dtype=np.float64)


def _names_by_first_word(songs: Sequence[ReferenceSong]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name in dict.fromkeys(name for song in songs for name in song.artists):
        if words := normalise(name).split():
            found[words[0]][name] = None
    return {word: tuple(names) for word, names in found.items()}
