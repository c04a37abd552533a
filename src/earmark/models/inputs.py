"""From a song to the arrays a model reads: one function per kind of model, the same in training and prediction.

Songs come through `SongSource`, by index, so that nothing here knows where they are stored. What goes out is
`SongInputs`: a stack of inputs (one for each slice where a model cuts slices, else a single one), each with its start.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.audio.mfcc import mfcc_mean
from earmark.audio.slices import slice_frames
from earmark.backbones.settings import BackboneSettings
from earmark.catalog.keys import Key
from earmark.errors import InputError, MetadataError
from earmark.library.rows import StoredFeature
from earmark.models.spec import SLICED, ModelKind, ModelSpec

FloatArray = NDArray[np.float32]

N_MFCC = 40
"""Mean MFCCs that an ``mfcc`` model reads."""

_CAMELOT = tuple(f"{number}{letter}" for number in range(1, 13) for letter in "AB")

METADATA_COLUMNS: tuple[str, ...] = (
    "BPM",
    "length (s)",
    *(f"key {code}" for code in _CAMELOT),
    "minor",
    "major",
    "BPM x length",
)
"""Names of a metadata vector's 29 columns, in order; keys are Camelot codes from 1A to 12B."""

MISSING_COLUMNS: tuple[str, ...] = ("BPM missing", "key missing")
"""Names of the columns that an imputing model adds behind `METADATA_COLUMNS`."""


@dataclass(frozen=True, slots=True)
class SongMetadata:
    """What a metadata model knows of a song.

    Attributes:
        bpm: Tempo in beats per minute, above 0, or ``None`` where unknown.
        key: Musical key, or ``None`` where unknown.
        seconds: Length in seconds, above 0.
    """

    bpm: float | None
    key: Key | None
    seconds: float


class SongSource(Protocol):
    """Songs by index, read when asked for."""

    def __len__(self) -> int:
        """Number of songs."""
        ...

    def features(self, index: int, settings: StoredFeature) -> NDArray[np.float16]:
        """What is stored of one song under these settings, float16 of shape (rows, columns), may be memory-mapped.

        Log-mel in dB of shape (frames, n_mels) for feature settings, embeddings of shape (patches, size) for a
        backbone's.
        """
        ...

    def metadata(self, index: int) -> SongMetadata:
        """Tempo, key and length of one song."""
        ...


@dataclass(frozen=True, slots=True)
class OneSong:
    """A `SongSource` of a single song, as a prediction for one file needs it.

    Attributes:
        stored: By the key of their settings, arrays as `SongSource.features` gives them; empty for a model that reads
            no sound.
        tags: Tempo, key and length, or ``None`` for a model that reads no tags.
    """

    stored: Mapping[str, NDArray[np.float16]] = field(default_factory=dict)
    tags: SongMetadata | None = None

    def __len__(self) -> int:
        return 1

    def features(self, index: int, settings: StoredFeature) -> NDArray[np.float16]:
        """What is there of the song under these settings.

        Raises:
            InputError: Nothing was given for them, or the index is not 0.
        """
        if index != 0 or settings.key not in self.stored:
            raise InputError(f"this source holds {'no such features' if index == 0 else 'one song only'}")
        return self.stored[settings.key]

    def metadata(self, index: int) -> SongMetadata:
        """The song's tags.

        Raises:
            InputError: None were given, or the index is not 0.
        """
        if index != 0 or self.tags is None:
            raise InputError(f"this source holds {'no metadata' if index == 0 else 'one song only'}")
        return self.tags


@dataclass(frozen=True, slots=True)
class SongInputs:
    """What a model reads of one song.

    Attributes:
        values: float32 of shape (slices, ...): (slices, frames, n_mels) where slices are cut, else (1, columns).
        starts_seconds: float64 of shape (slices,): where each slice starts within the analysed sound.
        padded: Whether the song was shorter than one slice and padded to it.
    """

    values: FloatArray
    starts_seconds: NDArray[np.float64]
    padded: bool


def song_inputs(spec: ModelSpec, source: SongSource, index: int) -> SongInputs:
    """What the spec's model reads of one song of a source.

    Raises:
        InputError: The song's features have another shape than the spec's settings give.
        MetadataError: The model refuses missing values and the song lacks BPM or key.
    """
    if spec.kind not in _INPUTS:
        raise InputError(f"model {spec.name} is an ensemble, whose parts have inputs of their own")
    return _INPUTS[spec.kind](spec, source, index)


def input_columns(spec: ModelSpec) -> tuple[str, ...]:
    """Names of the columns of a model that reads a song as one row; mel bands have none, so () where slices are cut."""
    if spec.kind in (*SLICED, "ensemble"):
        return ()
    if spec.kind == "mfcc":
        return tuple(f"MFCC {index}" for index in range(N_MFCC))
    if spec.kind == "probe":
        size = spec.backbone_settings.embedding_size
        return tuple(f"value {index}" for index in range(size))
    return METADATA_COLUMNS + (MISSING_COLUMNS if spec.impute else ())


def input_shape(spec: ModelSpec) -> tuple[int, ...]:
    """Shape of one input: (frames, n_mels) where slices are cut, else (columns,)."""
    if spec.features is not None and spec.slice_frames is not None:
        return (spec.slice_frames, spec.features.n_mels)
    return (len(input_columns(spec)),)


def read_slice(features: NDArray[np.float16], start: int, *, frames: int) -> FloatArray:
    """One slice of a song's log-mel.

    Args:
        features: Log-mel in dB of shape (T, n_mels).
        start: First frame; 0 for a song shorter than the slice, else at most T - frames.
        frames: Frames of the slice; a shorter song is padded as `slice_frames` does.

    Returns:
        float32 of shape (frames, n_mels), a copy.
    """
    part = features[start : start + frames]
    if len(part) == frames:
        return part.astype(np.float32)
    padded: FloatArray = slice_frames(part, frames).values[0].astype(np.float32)
    return padded


def metadata_vector(metadata: SongMetadata, *, impute: bool = False) -> FloatArray:
    """A song's tags as numbers, in the columns of `METADATA_COLUMNS`.

    Args:
        metadata: Tempo, key and length.
        impute: With it a missing BPM is NaN (the model fills in its training mean), a missing key is all zeros, and the
            two `MISSING_COLUMNS` are 1 where a value is missing. Without it a missing value is an error.

    Returns:
        float32 of shape (29,), or (31,) with ``impute``.

    Raises:
        MetadataError: BPM or key is missing without ``impute``, or a number is not finite and above 0.
    """
    for name, value in (("BPM", metadata.bpm), ("length", metadata.seconds)):
        if value is not None and not 0 < value < float("inf"):
            raise MetadataError(f"a song's {name} must be above 0, got {value}")
    missing = [name for name, value in (("BPM", metadata.bpm), ("key", metadata.key)) if value is None]
    if missing and not impute:
        raise MetadataError(
            f"this model needs BPM and key of every song; a song has no {' and no '.join(missing)}. "
            "Tag it, or use the model 'metadata', which fills gaps"
        )
    bpm = np.nan if metadata.bpm is None else metadata.bpm
    vector = [bpm, metadata.seconds, *_key_columns(metadata.key), bpm * metadata.seconds]
    if impute:
        vector += [float("BPM" in missing), float("key" in missing)]
    return np.asarray(vector, dtype=np.float32)


def metadata_matrix(spec: ModelSpec, source: SongSource) -> FloatArray:
    """The metadata vectors of all songs of a source, float32 of shape (songs, columns).

    Raises:
        MetadataError: The model refuses missing values; the message counts the songs that lack any.
    """
    songs = [source.metadata(index) for index in range(len(source))]
    if not spec.impute:
        _refuse_missing(spec, songs)
    rows = [metadata_vector(song, impute=spec.impute) for song in songs]
    return np.stack(rows) if rows else np.zeros((0, *input_shape(spec)), dtype=np.float32)


def _refuse_missing(spec: ModelSpec, songs: Sequence[SongMetadata]) -> None:
    no_bpm, no_key = (sum(value is None for value in values) for values in _columns_of(songs))
    if no_bpm or no_key:
        raise MetadataError(
            f"model {spec.name} needs BPM and key of every song; of {len(songs)} songs {no_bpm} have no BPM and "
            f"{no_key} no key. Tag them, leave them out, or use the model 'metadata', which fills gaps"
        )


def _columns_of(songs: Sequence[SongMetadata]) -> tuple[list[float | None], list[Key | None]]:
    return [song.bpm for song in songs], [song.key for song in songs]


def _key_columns(key: Key | None) -> list[float]:
    """One-hot Camelot key (24), then one-hot minor and major; all zeros where the key is unknown."""
    if key is None:
        return [0.0] * 26
    camelot = [float(code == key.camelot) for code in _CAMELOT]
    return [*camelot, float(key.mode == "minor"), float(key.mode == "major")]


def _slice_inputs(spec: ModelSpec, source: SongSource, index: int) -> SongInputs:
    frames, settings = spec.slice_frames, spec.features
    if frames is None or settings is None:
        raise InputError(f"model {spec.name} has no slices")
    features = checked_features(spec, source, index)
    slices = slice_frames(features, frames)
    values = slices.values.astype(np.float32)
    if spec.kind == "earmark":
        values -= song_level(features)
    return SongInputs(
        values=values,
        starts_seconds=np.asarray(slices.starts, dtype=np.float64) / settings.frames_per_second,
        padded=slices.padded,
    )


def song_level(features: NDArray[np.float16]) -> np.float32:
    """A song's mean log-mel in dB, which Earmark's own network takes off so that gain says nothing."""
    return np.float32(features.mean(dtype=np.float64))


def checked_features(spec: ModelSpec, source: SongSource, index: int) -> NDArray[np.float16]:
    """A song's log-mel, (frames, n_mels), when its shape fits the spec's settings.

    Raises:
        InputError: The features are empty or have another number of mel bands.
    """
    if spec.features is None:
        raise InputError(f"model {spec.name} reads no log-mel")
    features, n_mels = source.features(index, spec.features), spec.features.n_mels
    if features.ndim != 2 or features.shape[1] != n_mels or len(features) == 0:
        raise InputError(
            f"model {spec.name} reads log-mel of shape (frames, {n_mels}) with at least one frame, "
            f"but song {index} has {features.shape}; scan it again with this model's feature settings"
        )
    return features


def _mfcc_inputs(spec: ModelSpec, source: SongSource, index: int) -> SongInputs:
    mean = mfcc_mean(checked_features(spec, source, index), n_mfcc=N_MFCC)
    return _one_input(np.asarray(mean, dtype=np.float32))


def _probe_inputs(spec: ModelSpec, source: SongSource, index: int) -> SongInputs:
    """A backbone's embeddings, one input for each patch: a patch of a song speaks for itself, as a slice does."""
    backbone = spec.backbone_settings
    patches = source.features(index, backbone)
    if patches.ndim != 2 or patches.shape[1] != backbone.embedding_size or len(patches) == 0:
        raise InputError(
            f"model {spec.name} reads embeddings of shape (patches, {backbone.embedding_size}), at least one patch, "
            f"but song {index} has {patches.shape}; make them again"
        )
    starts = _patch_starts(backbone, source, index, len(patches))
    return SongInputs(values=patches.astype(np.float32), starts_seconds=starts, padded=False)


def _patch_starts(backbone: BackboneSettings, source: SongSource, index: int, n: int) -> NDArray[np.float64]:
    """Where patches start; a song whose length is not known, or not that of the sound, has them one after another."""
    starts: NDArray[np.float64] = np.zeros(0)
    with contextlib.suppress(InputError):  # a source without tags, of which the verdict needs none
        starts = backbone.start_seconds(source.metadata(index).seconds)
    return starts if len(starts) == n else np.arange(n, dtype=np.float64) * backbone.patch_seconds


def _metadata_inputs(spec: ModelSpec, source: SongSource, index: int) -> SongInputs:
    return _one_input(metadata_vector(source.metadata(index), impute=spec.impute))


def _one_input(vector: FloatArray) -> SongInputs:
    return SongInputs(values=vector[None], starts_seconds=np.zeros(1), padded=False)


_INPUTS: Mapping[ModelKind, Callable[[ModelSpec, SongSource, int], SongInputs]] = {
    "crnn": _slice_inputs,
    "earmark": _slice_inputs,
    "mfcc": _mfcc_inputs,
    "metadata": _metadata_inputs,
    "probe": _probe_inputs,
}
