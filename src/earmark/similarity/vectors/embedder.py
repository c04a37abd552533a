"""From what is stored of a track to its vector: the one path for tracks of the library and for any other file.

A bundle's slices go through its network, a backbone's patches are taken as they are, and either are pooled by loudness
(`earmark.similarity.vectors.pooling`). Of an ensemble, the parts that hear stand side by side, each at length 1, as in
`earmark.models.ensemble`. Levels are those of the log-mel that the model reads, else of the one that a scan stores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.audio.mfcc import mfcc
from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.backbones.settings import BackboneSettings
from earmark.errors import InputError
from earmark.library.rows import StoredFeature
from earmark.models.bundle import Bundle, load_bundle
from earmark.models.inputs import SongSource
from earmark.models.spec import ModelSpec
from earmark.similarity.vectors.pooling import FloatArray, loudness_weights, pool, slice_levels
from earmark.similarity.vectors.sources import N_MFCC, VectorSource

SCANNED = PRESETS["paper"]
"""What every scan stores."""

_MFCC_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Embedder:
    """Makes vectors of songs.

    Attributes:
        source: What makes them.
        bundle: The loaded bundle; None for other kinds of source.
    """

    source: VectorSource
    bundle: Bundle | None

    @property
    def needs(self) -> tuple[StoredFeature, ...]:
        """Everything that has to be stored of a track."""
        backbone = () if self.source.backbone is None else (self.source.backbone,)
        own: tuple[StoredFeature, ...] = backbone if self.bundle is None else self.bundle.spec.stored
        return tuple(dict.fromkeys((*own, self.level_settings)))

    @property
    def level_settings(self) -> FeatureSettings:
        """The log-mel of a whole track, by which what was not cut from a log-mel is weighted."""
        read = () if self.bundle is None else self.bundle.spec.stored
        whole = (one for one in read if isinstance(one, FeatureSettings) and one.middle_seconds is None)
        return next(whole, SCANNED)

    @property
    def backbone_folders(self) -> Mapping[str, Path]:
        """By the key of a backbone's settings, where its graphs lie; empty where the shelf has them."""
        return {} if self.bundle is None else self.bundle.backbone_folders

    def embed(self, songs: SongSource, index: int = 0) -> FloatArray:
        """A song's vector: float32 of shape (source.size,).

        Args:
            songs: Where its features are.
            index: Which of them.

        Raises:
            InputError: Its features do not fit, or the numbers are not finite.
            LibraryError: Something is not stored, or damaged.
        """
        if self.bundle is not None:
            vector = self._of_bundle(self.bundle, songs, index)
        elif self.source.backbone is not None:
            vector = self._of_backbone(self.source.backbone, songs, index)
        else:
            vector = mfcc_vector(songs.features(index, self.level_settings), self.level_settings)
        if vector.shape != (self.source.size,) or not np.isfinite(vector).all():
            raise InputError(
                f"{self.source.shown} should give {self.source.size} finite numbers, but gave {vector.shape}"
            )
        return vector

    def _of_bundle(self, bundle: Bundle, songs: SongSource, index: int) -> FloatArray:
        if not bundle.parts:
            return self._of_model(bundle, songs, index)
        hearing = [bundle.parts[part.name] for part in bundle.spec.parts if part.kind != "metadata"]
        return np.concatenate([_unit(self._of_model(part, songs, index)) for part in hearing])

    def _of_model(self, model: Bundle, songs: SongSource, index: int) -> FloatArray:
        song = model.predict_song(songs, index)
        if len(song.slice_embeddings) == 1:
            return np.asarray(song.slice_embeddings[0], dtype=np.float32)
        starts, seconds = song.slice_starts_seconds, _slice_seconds(model.spec)
        return pool(song.slice_embeddings, self._weights(songs, index, model.spec.features, starts, seconds))

    def _of_backbone(self, backbone: BackboneSettings, songs: SongSource, index: int) -> FloatArray:
        patches = songs.features(index, backbone)
        starts = backbone.start_seconds(songs.metadata(index).seconds)
        if len(starts) != len(patches):
            starts = np.arange(len(patches), dtype=np.float64) * backbone.patch_seconds
        return pool(patches, self._weights(songs, index, None, starts, backbone.patch_seconds))

    def _weights(
        self,
        songs: SongSource,
        index: int,
        read: FeatureSettings | None,
        starts: NDArray[np.float64],
        seconds: float,
    ) -> NDArray[np.float64]:
        """Weights of slices, by the very log-mel that they were cut from where there is one."""
        settings = read or self.level_settings
        return loudness_weights(
            slice_levels(songs.features(index, settings), settings.frames_per_second, starts, seconds)
        )


def _slice_seconds(spec: ModelSpec) -> float:
    if spec.slice_frames is not None and spec.features is not None:
        return spec.slice_frames / spec.features.frames_per_second
    return spec.backbone_settings.patch_seconds


def mfcc_vector(log_mel: NDArray[np.floating], settings: FeatureSettings) -> FloatArray:
    """Means and deviations of 40 MFCCs, weighted by loudness: float32 of shape (80,).

    The first coefficient, which is the level, is left out, so that gain changes nothing.

    Args:
        log_mel: Decibels, shape (frames, n_mels) with more than 40 bands.
        settings: Under which it was computed.
    """
    coefficients = mfcc(log_mel, N_MFCC + 1)[:, 1:].astype(np.float64)
    rate = settings.frames_per_second
    part = (np.arange(len(log_mel)) / rate / _MFCC_SECONDS).astype(np.int64)
    # Only parts that have a frame: one that begins behind the last frame could take all the weight from the others.
    starts = np.arange(part[-1] + 1, dtype=np.float64) * _MFCC_SECONDS
    frames = loudness_weights(slice_levels(log_mel, rate, starts, _MFCC_SECONDS))[part]
    frames = frames / frames.sum()
    mean = frames @ coefficients
    deviation = np.sqrt(np.maximum(frames @ np.square(coefficients - mean), 0.0))
    return np.concatenate([mean, deviation]).astype(np.float32)


@lru_cache(maxsize=2)
def embedder(source: VectorSource, *, threads: int = 0) -> Embedder:
    """What makes a source's vectors, opened once in a process.

    Args:
        source: The source.
        threads: Threads of one operator of a bundle's network; 0 for all cores.

    Raises:
        InputError: The bundle is damaged or gone.
    """
    return Embedder(source, None if source.folder is None else load_bundle(source.folder, threads=threads))


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    return vector if length == 0 else (vector / length).astype(np.float32)
