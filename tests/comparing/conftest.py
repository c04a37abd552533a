from pathlib import Path

import pytest
from tiny_library import make_track, tiny_library, tiny_tracks

from earmark.catalog.track import Track
from earmark.library.library import Library


@pytest.fixture(scope="session")
def compared_tracks() -> list[Track]:
    return tiny_tracks()


@pytest.fixture
def compared_library(tmp_path: Path, compared_tracks: list[Track]) -> Library:
    return tiny_library(tmp_path / "library", compared_tracks)


@pytest.fixture
def bare_tracks() -> list[Track]:
    """Tracks without artists, tempo or key: there is nothing to look up."""
    return [
        make_track(100 * place + n, label, "", bpm=None, key=None) for place, label in enumerate("AB") for n in range(6)
    ]
