"""What the page is told of a map: the tracks on it that are still there, those that are new since, and their columns.

Columns and not objects, since a map may hold 50,000 points: a list of each thing, all in one order. Names that many
points share stand once, and points have their places in that list.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from earmark.catalog.keys import Key
from earmark.catalog.label_colours import PALETTE, label_colours
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.similarity.vectors.opening import Collection
from earmark.web.maps.placing import MOST_PLACED, place_new
from earmark.web.maps.stored import MapFacts, StoredMap
from earmark.web.shared import Tracks

KEYS = tuple(Key.from_index(index).camelot for index in range(24))
UNKNOWN = -1
"""Instead of a place in a list of names, where a track has no such thing."""

_DIGITS = 5


class LabelColour(BaseModel):
    """A label and its colour in every picture."""

    name: str
    colour: str = Field(description="#rrggbb, as everywhere; beyond ten labels the colours come again.")
    round: int = Field(description="So many labels before it have this colour; its points have another shape.")


class MapPoints(BaseModel):
    """The points of a map, column by column; every column has the same order."""

    version: str = Field(description="Changes with the map; the same as that of the names.")
    ids: list[str] = Field(description="Audio ids.")
    x: list[float] = Field(description="From -1 (left) to 1 (right); no unit.")
    y: list[float] = Field(description="In the same scale as x, upwards.")
    label: list[int] = Field(description="Places in `labels`; -1 where there is none.")
    artist: list[int] = Field(description="Places in `artists`, of the first performer; -1 where there is none.")
    bpm: list[float | None]
    key: list[int] = Field(description="Places in `keys`; -1 where it is not known.")
    year: list[int | None]
    estimated: list[int] = Field(description="Which of its values are our estimates: 1 the BPM, 2 the key, 3 both.")
    labels: list[LabelColour]
    artists: list[str] = Field(description="Those of most tracks first.")
    keys: list[str] = Field(description="In Camelot order: 1A, 1B, 2A ... 12B.")
    palette: list[str] = Field(description="Colours, #rrggbb, that can be told apart; labels have these.")
    placed: int = Field(description="So many of the last points are new since the map was made, put by neighbours.")


class MapNames(BaseModel):
    """What the points are called, in the points' order."""

    version: str
    titles: list[str] = Field(description="Title (Mix); empty where it is not known.")
    credits: list[str] = Field(description="Artists; empty where they are not known.")


@dataclass(frozen=True, slots=True, eq=False)
class MapContent:
    """A map as it is told now.

    Attributes:
        facts: How it was made.
        version: Changes whenever points do.
        tracks: The tracks on it, those that are new since at the end.
        labels: The labels of the whole library, which colours go by.
        places: float32 of shape (tracks, 2), as `StoredMap.places`.
        placed: How many are new.
        unplaced: Tracks with a vector that are new too, beyond `MOST_PLACED`.
        gone: Tracks that were on it and have left the library.
    """

    facts: MapFacts
    version: str
    tracks: tuple[Track, ...]
    labels: frozenset[str]
    places: NDArray[np.float32]
    placed: int
    unplaced: int
    gone: int

    def points(self) -> MapPoints:
        """The columns."""
        labels = self._label_colours()
        artist_of, artists = _artists(self.tracks)
        label_at = {label.name: place for place, label in enumerate(labels)}
        x, y = np.round(self.places.astype(np.float64), _DIGITS).T.tolist()
        return MapPoints(
            version=self.version,
            ids=[track.audio_id for track in self.tracks],
            x=x,
            y=y,
            label=[label_at.get(track.label or "", UNKNOWN) for track in self.tracks],
            artist=artist_of,
            bpm=[track.bpm for track in self.tracks],
            key=[UNKNOWN if track.key is None else track.key.index for track in self.tracks],
            year=[None if track.released is None else track.released.year for track in self.tracks],
            estimated=[_estimated(track) for track in self.tracks],
            labels=labels,
            artists=artists,
            keys=list(KEYS),
            palette=list(PALETTE),
            placed=self.placed,
        )

    def _label_colours(self) -> list[LabelColour]:
        """The labels of the map; their colours are those that they have in the whole library."""
        here = {track.label for track in self.tracks}
        colours = label_colours(self.labels)
        return [
            LabelColour(name=name, colour=colour, round=place // len(PALETTE))
            for place, (name, colour) in enumerate(colours.items())
            if name in here
        ]

    def names(self) -> MapNames:
        """What the points are called."""
        credits = [track.artist_credit or " & ".join(track.artists.performers) for track in self.tracks]
        titles = [track.full_title or "" for track in self.tracks]
        for place, track in enumerate(self.tracks):
            titles[place] = titles[place] if titles[place] or credits[place] else track.display
        return MapNames(version=self.version, titles=titles, credits=credits)


def map_content(stored: StoredMap, tracks: Tracks, collection: Collection | None) -> MapContent:
    """Bring a map up to date: leave out what has gone, and put what is new among its neighbours.

    Args:
        stored: The map.
        tracks: The library's tracks as they are now.
        collection: The library opened for searching; None where it cannot be, and nothing new is placed then.
    """
    rows = [row for row, audio_id in enumerate(stored.audio_ids) if audio_id in tracks.by_id]
    known = [tracks.by_id[stored.audio_ids[row]] for row in rows]
    places = stored.places[rows]
    new, unplaced = _new_tracks(stored, tracks, collection)
    if new and collection is not None:
        vectors = collection.search.vectors([track.audio_id for track in new])
        places = np.concatenate([places, _places_of(vectors, stored, collection)])
    return MapContent(
        facts=stored.facts,
        version=f"{stored.facts.folder}-{tracks.version}-{len(new)}",
        tracks=(*known, *new),
        labels=frozenset(track.label for track in tracks.all if track.label),
        places=places,
        placed=len(new),
        unplaced=unplaced,
        gone=len(stored.audio_ids) - len(rows),
    )


def _new_tracks(stored: StoredMap, tracks: Tracks, collection: Collection | None) -> tuple[list[Track], int]:
    """Tracks with a vector that the map lacks, as many as are placed; and how many more there are."""
    if collection is None:
        return [], 0
    on_map = set(stored.audio_ids)
    with_vector = collection.columns.audio_ids.tolist()
    found = [one for one in with_vector if one not in on_map and one in tracks.by_id]
    if not any(one in on_map for one in with_vector):
        return [], len(found)  # none of the map's tracks has a vector now: there are no neighbours to put them among
    return [tracks.by_id[one] for one in found[:MOST_PLACED]], max(0, len(found) - MOST_PLACED)


def _places_of(vectors: NDArray[np.float32], stored: StoredMap, collection: Collection) -> NDArray[np.float32]:
    with_vector = set(collection.columns.audio_ids.tolist())
    rows = [row for row, audio_id in enumerate(stored.audio_ids) if audio_id in with_vector]
    known = collection.search.vectors([stored.audio_ids[row] for row in rows])
    return place_new(vectors, known, stored.places[rows])


def _estimated(track: Track) -> int:
    return (track.sources.get("bpm") == "analysis") | (track.sources.get("key") == "analysis") << 1


def _artists(tracks: Sequence[Track]) -> tuple[list[int], list[str]]:
    """Each track's first performer as a place in a list of names, those of most tracks first."""
    first = [track.artists.performers[0] if track.artists.performers else "" for track in tracks]
    known = {name: normalise(name) for name in set(first)}
    keys = [known[name] for name in first]
    shown = {key: name for key, name in zip(reversed(keys), reversed(first), strict=True) if key}
    times = Counter(key for key in keys if key)
    order = sorted(shown, key=lambda key: (-times[key], key))
    place = {key: at for at, key in enumerate(order)}
    return [place.get(key, UNKNOWN) for key in keys], [shown[key] for key in order]
