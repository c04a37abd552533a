"""Which tracks are mixes of one song, so that no set holds two of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.names import normalise
from earmark.catalog.track import Track


def song_numbers(tracks: Sequence[Track], artists: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """Number songs: tracks of one title that share an artist are mixes of one song.

    Args:
        tracks: The tracks.
        artists: Their artist keys.

    Returns:
        int64 of shape (tracks,), from 0.
    """
    numbers: dict[tuple[str, str], int] = {}
    songs = np.empty(len(tracks), dtype=np.int64)
    for row, (track, names) in enumerate(zip(tracks, artists, strict=True)):
        title = normalise(track.title or "")
        keys = [(title, name) for name in sorted(names)] if title else []
        number = next((numbers[key] for key in keys if key in numbers), row)
        songs[row] = number
        numbers |= dict.fromkeys(keys, number)
    return songs
