"""Made-up labels in a space of sounds: who is near to whom is known, and one label's name is written like markup."""

import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from survey_tracks import EVIL
from tiny_library import make_track

from earmark.audio.estimates import Measures, Section
from earmark.catalog.keys import Key
from earmark.catalog.track import Track
from earmark.similarity.labels.atlas import Atlas, make_atlas

LABELS = ("Amber", "Basalt", "Cobalt", EVIL)
"""They lie on a line in this order, as far from each other as their places tell."""

PLACES = (0.0, 1.0, 2.0, 6.0)
SIZE = 8


def units_of(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows of length 1."""
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), dtype=np.float32)


def made_collection(
    *, seed: int = 0, artists: int = 12, per_artist: int = 3, labels: Sequence[str] = LABELS, move: float = 0.0
) -> tuple[list[Track], NDArray[np.float32]]:
    """Tracks of labels and their vectors; the first label moves by ``move`` a year."""
    rng = np.random.default_rng(seed)
    tracks, rows = [], []
    for place, label in enumerate(labels):
        for artist in range(artists):
            sound = rng.normal(scale=0.3, size=SIZE)
            for n in range(per_artist):
                number = 10_000 * place + 100 * artist + n
                year = 2012 + (per_artist * artist + n) % 10
                angle = 0.4 * PLACES[place]
                row = sound + rng.normal(scale=0.2, size=SIZE)
                row[:2] += 2 * np.array([np.cos(angle), np.sin(angle)])
                row[2] += 2 * move * (year - 2016) * (place == 0)
                rows.append(row)
                tracks.append(
                    make_track(
                        number,
                        label,
                        f"Act {place}.{artist}",
                        title=EVIL if number == 1 else f"Song {number}",
                        release=f"EP {place}.{artist}",
                        bpm=None if n == 1 else 122.0 + 6 * place + n,
                        key=None if n == 2 else Key((7 * n + place) % 12, "major" if artist % 3 == 0 else "minor"),
                        released=dt.date(year, 3, 1),
                        sources={"bpm": "analysis" if artist == 0 else "tag"},
                    )
                )
    return tracks, units_of(np.array(rows))


def made_measures(lufs: float = -9.0) -> Measures:
    """What was measured of a track that is as loud all the time."""
    return Measures(None, None, lufs, (lufs,) * 40, 1.0, (Section(0.0, 40.0, 0.7),))


def by_track(tracks: Sequence[Track], units: NDArray[np.float32]) -> Callable[[Sequence[Track]], NDArray[np.float32]]:
    """Gives the vectors of some of the tracks."""
    rows = {track.audio_id: row for track, row in zip(tracks, units, strict=True)}
    return lambda some: np.array([rows[track.audio_id] for track in some], dtype=np.float32)


def made_atlas(*, love: Sequence[str] = ("Amber", "Cobalt"), move: float = 0.1, resamples: int = 120) -> Atlas:
    """An atlas with something in every picture and table."""
    tracks, units = made_collection(move=move)
    lonely = make_track(900_001, "Lonely", "Nobody Else")
    nameless = make_track(900_002, None, "Somebody")
    measures = {track.audio_id: made_measures(-8.0 - at % 5) for at, track in enumerate(tracks)}
    everything = [*tracks, lonely, nameless]
    return make_atlas(
        everything,
        by_track(everything, np.concatenate([units, units[:2]])),
        source="the bundle test",
        love=love,
        measures=measures,
        notes=("A note.",),
        resamples=resamples,
    )
