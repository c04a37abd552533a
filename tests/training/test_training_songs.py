from collections.abc import Callable

import numpy as np
import pytest

from earmark.errors import InputError
from earmark.training.songs import SongSet


def test_songs_are_counted_by_label(toy_songs: Callable[..., SongSet]) -> None:
    songs = toy_songs(7, 0, n_labels=3)
    assert songs.songs_per_label(["a", "b", "c", "d"]) == {"a": 3, "b": 2, "c": 2, "d": 0}


@pytest.mark.parametrize("labels", [np.zeros(6, dtype=np.int64), np.zeros(7), np.zeros((7, 1), dtype=np.int64)])
def test_labels_must_fit_the_songs(toy_songs: Callable[..., SongSet], labels: np.ndarray) -> None:
    with pytest.raises(InputError, match="one whole-number label for each of 7 songs"):
        SongSet(toy_songs(7, 0).songs, labels)


def test_an_empty_part_and_labels_without_names_are_refused(toy_songs: Callable[..., SongSet]) -> None:
    with pytest.raises(InputError, match="no song for validation"):
        toy_songs(0, 0).check(["a", "b"], part="validation")
    with pytest.raises(InputError, match="from 0 to 1 for the 2 labels, got 0 to 2"):
        toy_songs(6, 0, n_labels=3).check(["a", "b"], part="training")
