"""Small synthetic inputs that the model tests share."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from made_backbones import shelf_with

from earmark.audio.settings import PRESETS
from earmark.backbones.settings import BackboneSettings
from earmark.catalog.keys import Key
from earmark.models.inputs import OneSong, SongMetadata


@pytest.fixture(scope="session")
def one_song() -> Callable[..., OneSong]:
    """A song of noise with tags, from a seed: the same log-mel under each preset."""

    def make(seed: int = 0, *, frames: int = 100) -> OneSong:
        rng = np.random.default_rng(seed)
        log_mel = rng.uniform(-80, 0, (frames, 128)).astype(np.float16)
        tags = SongMetadata(bpm=float(rng.uniform(120, 145)), key=Key(int(rng.integers(12)), "minor"), seconds=380.0)
        return OneSong({settings.key: log_mel for settings in PRESETS.values()}, tags)

    return make


@pytest.fixture(scope="module")
def small_backbone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackboneSettings]:
    """A small backbone of known answers, on a shelf under the names of musicnn and its control."""
    with shelf_with(tmp_path_factory.mktemp("shelf"), "musicnn", "musicnn-random") as settings:
        yield settings
