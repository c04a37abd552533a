"""Small synthetic inputs that the model tests share."""

from collections.abc import Callable

import numpy as np
import pytest

from earmark.catalog.keys import Key
from earmark.models.inputs import OneSong, SongMetadata


@pytest.fixture(scope="session")
def one_song() -> Callable[..., OneSong]:
    """A song of noise with tags, from a seed."""

    def make(seed: int = 0, *, frames: int = 100) -> OneSong:
        rng = np.random.default_rng(seed)
        log_mel = rng.uniform(-80, 0, (frames, 128)).astype(np.float16)
        tags = SongMetadata(bpm=float(rng.uniform(120, 145)), key=Key(int(rng.integers(12)), "minor"), seconds=380.0)
        return OneSong(log_mel, tags)

    return make
