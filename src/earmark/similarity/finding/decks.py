"""What mixing asks of tracks, column by column, so that many pairs are judged at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from earmark.audio.estimates import Measures, MixMeasures
from earmark.catalog.track import Track
from earmark.similarity.vectors.filters import Columns, columns_of

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

SURE_KEY: Final = 0.5
"""Confidence from which an estimated key is believed; one from tags always is."""


@dataclass(frozen=True, slots=True, eq=False)
class Decks:
    """What mixing asks of tracks, column by column; NaN where something is not known.

    Attributes:
        units: float32 of shape (tracks, dimensions): placed vectors.
        bpm: float32 of shape (tracks,).
        keys: int16 of shape (tracks,): `Key.index`, `UNKNOWN_KEY` where not known.
        sure_keys: bool of shape (tracks,): whether the key is believed.
        intro: float32 of shape (tracks,): loudness of the beginning in LUFS.
        outro: float32 of shape (tracks,): loudness of the end in LUFS.
        energy: float32 of shape (tracks,): 0 to 1.
        seconds: float64 of shape (tracks,): lengths.
        artists: Each track's artist keys.
        releases: Text of shape (tracks,): normalised names, empty where not known.
    """

    units: FloatArray
    bpm: FloatArray
    keys: NDArray[np.int16]
    sure_keys: BoolArray
    intro: FloatArray
    outro: FloatArray
    energy: FloatArray
    seconds: NDArray[np.float64]
    artists: tuple[frozenset[str], ...]
    releases: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.bpm)

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> "Decks":
        """Some of the tracks.

        Args:
            rows: Which, in the order wanted.
        """
        places = np.asarray(rows, dtype=np.int64)
        return Decks(
            units=self.units[places],
            bpm=self.bpm[places],
            keys=self.keys[places],
            sure_keys=self.sure_keys[places],
            intro=self.intro[places],
            outro=self.outro[places],
            energy=self.energy[places],
            seconds=self.seconds[places],
            artists=tuple(self.artists[row] for row in places.tolist()),
            releases=self.releases[places],
        )


def decks_of(
    tracks: Sequence[Track],
    units: FloatArray,
    measures: Mapping[str, Measures | MixMeasures],
    *,
    columns: Columns | None = None,
) -> Decks:
    """Gather what mixing asks of tracks.

    Args:
        tracks: The tracks.
        units: float32 of shape (tracks, dimensions): their placed vectors.
        measures: What was measured, by audio id, as far as there is something.
        columns: The whole collection's columns, which know more of artists; a track that is not in them is read itself.
    """
    told = _columns(tracks, columns)
    found = [measures.get(track.audio_id) for track in tracks]

    def column(name: str) -> FloatArray:
        return np.array([np.nan if one is None else getattr(one, name) for one in found], dtype=np.float32)

    return Decks(
        units=units,
        bpm=told.bpm,
        keys=told.keys,
        sure_keys=np.array([_is_sure(*pair) for pair in zip(tracks, found, strict=True)], dtype=np.bool_),
        intro=column("intro_lufs"),
        outro=column("outro_lufs"),
        energy=column("energy"),
        seconds=np.array([track.seconds for track in tracks], dtype=np.float64),
        artists=told.artists,
        releases=told.releases,
    )


def _columns(tracks: Sequence[Track], columns: Columns | None) -> Columns:
    """The columns of tracks in their order, taken from those of the collection as far as they are in them."""
    rows = [None if columns is None else columns.row(track.audio_id) for track in tracks]
    own = columns_of([track for track, row in zip(tracks, rows, strict=True) if row is None])
    if columns is None:
        return own
    places = np.array([row for row in rows if row is not None], dtype=np.int64)
    inside = np.array([row is not None for row in rows], dtype=np.bool_)
    order = np.empty(len(tracks), dtype=np.int64)
    order[inside], order[~inside] = np.arange(len(places)), len(places) + np.arange(len(own))
    artists = (*(columns.artists[row] for row in places.tolist()), *own.artists)

    def joined(name: str) -> Any:
        return np.concatenate([getattr(columns, name)[places], getattr(own, name)])[order]

    names = ("audio_ids", "bpm", "keys", "labels", "days", "releases")
    return Columns(artists=tuple(artists[row] for row in order.tolist()), **{name: joined(name) for name in names})


def _is_sure(track: Track, measured: Measures | MixMeasures | None) -> bool:
    if track.key is None:
        return False
    confidence = None if measured is None else measured.key_confidence
    return track.sources.get("key") != "analysis" or confidence is None or confidence >= SURE_KEY


def shared_artists(before: Sequence[frozenset[str]], after: Sequence[frozenset[str]]) -> BoolArray:
    """Which pairs of tracks share an artist: bool of shape (before, after).

    Args:
        before: Artist keys of tracks.
        after: Artist keys of tracks.
    """
    rows: dict[str, list[int]] = {}
    for row, artists in enumerate(before):
        for artist in artists:
            rows.setdefault(artist, []).append(row)
    shared = np.zeros((len(before), len(after)), dtype=np.bool_)
    for column, artists in enumerate(after):
        for artist in artists:
            shared[rows.get(artist, []), column] = True
    return shared
