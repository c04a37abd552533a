"""Small synthetic songs in memory, for tests of training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.backbones.settings import BackboneSettings
from earmark.catalog.keys import Key
from earmark.library.rows import StoredFeature
from earmark.models.inputs import SongMetadata
from earmark.training.songs import SongSet


@dataclass(frozen=True)
class ToySongs:
    """Songs in memory; what a backbone says of them stands beside their log-mel."""

    arrays: tuple[NDArray[np.float16], ...]
    tags: tuple[SongMetadata, ...]
    embedded: tuple[NDArray[np.float16], ...]

    def __len__(self) -> int:
        return len(self.arrays)

    def features(self, index: int, settings: StoredFeature) -> NDArray[np.float16]:
        return (self.embedded if isinstance(settings, BackboneSettings) else self.arrays)[index]

    def metadata(self, index: int) -> SongMetadata:
        return self.tags[index]


def make_songs(n: int, seed: int, *, n_labels: int = 3, frames: tuple[int, int] = (60, 140)) -> SongSet:
    """Songs whose label is told by the loud mel bands, by the tempo, and by a backbone's first values."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_labels
    arrays, tags, embedded = [], [], []
    for label in labels:
        length = int(rng.integers(*frames))
        log_mel = rng.normal(-60, 5, (length, 128))
        log_mel[:, label * 40 : label * 40 + 30] += 30
        arrays.append(log_mel.astype(np.float16))
        key = Key(int(rng.integers(12)), "minor" if label else "major")
        tags.append(SongMetadata(bpm=float(128 + 4 * label + rng.normal()), key=key, seconds=200.0 + length))
        patches = np.random.default_rng([seed, length]).normal(size=(4, 6))
        patches[:, label] += 3
        embedded.append(patches.astype(np.float16))
    return SongSet(ToySongs(tuple(arrays), tuple(tags), tuple(embedded)), labels.astype(np.int64))
