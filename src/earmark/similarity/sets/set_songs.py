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
    home = list(range(len(tracks)))

    def root(row: int) -> int:
        while home[row] != row:
            home[row] = row = home[home[row]]
        return row

    first: dict[tuple[str, str], int] = {}
    for row, (track, names) in enumerate(zip(tracks, artists, strict=True)):
        title = normalise(track.title or "")
        for name in names if title else ():
            # A mix by two artists joins what each of them had released under the title before.
            one, other = sorted((root(first.setdefault((title, name), row)), root(row)))
            home[other] = one
    return np.array([root(row) for row in range(len(tracks))], dtype=np.int64)
