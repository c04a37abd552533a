"""Small synthetic songs that the training tests share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from earmark.catalog.keys import Key
from earmark.models.inputs import SongMetadata
from earmark.models.registry import model_spec
from earmark.models.spec import ModelSpec, RegressionSettings
from earmark.training.songs import SongSet


@dataclass(frozen=True)
class ToySongs:
    """Songs in memory."""

    arrays: tuple[NDArray[np.float16], ...]
    tags: tuple[SongMetadata, ...]

    def __len__(self) -> int:
        return len(self.arrays)

    def features(self, index: int) -> NDArray[np.float16]:
        return self.arrays[index]

    def metadata(self, index: int) -> SongMetadata:
        return self.tags[index]


def make_songs(n: int, seed: int, *, n_labels: int = 3, frames: tuple[int, int] = (60, 140)) -> SongSet:
    """Songs whose label is told by the loud mel bands and by the tempo."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_labels
    arrays, tags = [], []
    for label in labels:
        length = int(rng.integers(*frames))
        log_mel = rng.normal(-60, 5, (length, 128))
        log_mel[:, label * 40 : label * 40 + 30] += 30
        arrays.append(log_mel.astype(np.float16))
        key = Key(int(rng.integers(12)), "minor" if label else "major")
        tags.append(SongMetadata(bpm=float(128 + 4 * label + rng.normal()), key=key, seconds=200.0 + length))
    return SongSet(ToySongs(tuple(arrays), tuple(tags)), labels.astype(np.int64))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tests run beside each other, and threads that wait for each other on a busy machine cost more than they give."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def toy_songs() -> Callable[..., SongSet]:
    """`make_songs`, for tests that choose their own numbers."""
    return make_songs


@pytest.fixture(scope="session")
def train_songs() -> SongSet:
    return make_songs(12, 0)


@pytest.fixture(scope="session")
def validation_songs() -> SongSet:
    return make_songs(6, 1)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture(scope="session")
def quick() -> Callable[[str], ModelSpec]:
    """A registered model made small enough for a test: slices of 1 s, two epochs."""

    def spec_of(name: str) -> ModelSpec:
        spec = model_spec(name)
        if isinstance(spec.training, RegressionSettings):
            return spec
        spec = spec.with_training(max_epochs=2, batch_size=6)
        return spec.with_slice_seconds(1.0) if spec.kind == "crnn" else spec

    return spec_of
