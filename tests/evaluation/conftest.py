"""Songs like those of a label study: a few busy artists, many with one song, some on two labels."""

from typing import Protocol

import numpy as np
import pytest

from earmark.evaluation.groups import Song


class SongFactory(Protocol):
    def __call__(
        self, n: int, *, seed: int = 0, n_labels: int = 6, artists_per_label: int = 20, shared: float = 0.05
    ) -> list[Song]: ...


@pytest.fixture(scope="session")
def make_songs() -> SongFactory:
    def make(
        n: int, *, seed: int = 0, n_labels: int = 6, artists_per_label: int = 20, shared: float = 0.05
    ) -> list[Song]:
        rng = np.random.default_rng(seed)
        songs = []
        for number in range(n):
            label = number % n_labels
            artists = {f"artist {label}-{int(rng.zipf(1.7)) % artists_per_label}"}
            if rng.random() < shared:
                artists.add(f"artist {rng.integers(n_labels)}-{rng.integers(artists_per_label)}")
            songs.append(
                Song(
                    f"id{number:05}",
                    f"Label {label}",
                    artist_keys=frozenset(artists),
                    release=f"EP {number // n_labels // 3}",
                    name=f"Song {number}",
                )
            )
        return songs

    return make
