from pathlib import Path

import numpy as np
import pytest
from tiny_library import LABELS, PAPER, make_track, tiny_library, tiny_tracks

from earmark.audio.settings import PRESETS
from earmark.errors import InputError, LibraryError
from earmark.models.from_library import LibrarySongs, label_indices, songs_to_split


def test_songs_are_read_by_index(tmp_path: Path) -> None:
    tracks = tuple(tiny_tracks(2))
    songs = LibrarySongs(tiny_library(tmp_path / "library", tracks), tracks)
    assert len(songs) == 6
    assert songs.features(3, PAPER).shape == (100, 128)
    assert songs.features(3, PAPER).dtype == np.float16
    assert songs.metadata(3).bpm == tracks[3].bpm
    assert songs.metadata(3).seconds == 10.0


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    tracks = tuple(tiny_tracks(1))
    library = tiny_library(tmp_path / "library", tracks)
    stranger = LibrarySongs(library, (make_track(9999, "Amber", "X"),))
    with pytest.raises(LibraryError, match="earmark scan"):
        stranger.features(0, PAPER)
    with pytest.raises(LibraryError, match="earmark scan"):
        LibrarySongs(library, tracks).features(0, PRESETS["study"])


def test_splits_see_everyone_who_is_credited() -> None:
    songs = songs_to_split([make_track(1, "Amber", "Ann & Ben feat. Cid"), make_track(2, "Amber", "Dot")])
    assert songs[0].artist_keys == {"ann", "ben", "cid"}
    assert songs[0].release == "EP 1"
    with pytest.raises(InputError, match="no label"):
        songs_to_split([make_track(3, None, "Eve")])


def test_label_indices() -> None:
    assert label_indices(tiny_tracks(1), LABELS).tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="some are of Cobalt"):
        label_indices(tiny_tracks(1), LABELS[:2])
