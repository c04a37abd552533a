"""Small synthetic songs that the training tests share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from made_backbones import shelf_with
from small_models import small
from toy_songs import make_songs

from earmark.backbones.settings import BackboneSettings
from earmark.models.ready import ready
from earmark.models.registry import model_spec
from earmark.models.spec import ModelSpec
from earmark.training.songs import SongSet


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


@pytest.fixture(scope="module")
def small_backbone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackboneSettings]:
    """A small backbone, on a shelf under the names of musicnn and its control."""
    with shelf_with(tmp_path_factory.mktemp("shelf"), "musicnn", "musicnn-random") as settings:
        yield settings


@pytest.fixture(scope="module")
def quick(small_backbone: BackboneSettings) -> Callable[[str], ModelSpec]:
    """A registered model made small enough for a test: slices of 1 s, two epochs, few atoms, a small backbone."""
    return lambda name: small(ready(model_spec(name))[0])
