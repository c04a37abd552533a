"""A small collection in memory, for what searches it: tracks with vectors, measures and fingerprints, and no files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from earmark.audio.estimates import Measures, MixMeasures, Section, energy_of
from earmark.audio.fingerprint import BITS, Fingerprint
from earmark.catalog.credits import Credits
from earmark.catalog.keys import parse_key
from earmark.catalog.track import Track
from earmark.errors import LibraryError
from earmark.library.library import Library
from earmark.similarity.finding.lookup import Query
from earmark.similarity.finding.versions import Fingerprints
from earmark.similarity.vectors.filters import Columns, columns_of
from earmark.similarity.vectors.opening import Collection
from earmark.similarity.vectors.search import ExactSearch
from earmark.similarity.vectors.space import Space


def made_track(name: str, *, key: str | None = "8A", bpm: float | None = 128.0, **values: Any) -> Track:
    """A track called ``Artist of NAME - NAME``, six minutes long; its audio id begins with the name's hash."""
    artist = values.pop("artist", f"Artist of {name}")
    plain = {"path": f"/music/{name}.flac", "seconds": 360.0, "title": name, "artist_credit": artist, "label": "One"}
    sources = {"bpm": "tag", "key": "tag"} | values.pop("sources", {})
    return Track(
        audio_id=values.pop("audio_id", name.encode().hex().ljust(32, "0")[:32]),
        artists=Credits(performers=(artist,)),
        bpm=bpm,
        key=None if key is None else parse_key(key),
        sources=sources,
        **{**plain, **values},
    )


def made_measures(
    lufs: float, *, intro: float | None = None, outro: float | None = None, seconds: int = 120
) -> Measures:
    """Measures of a track of one loudness, with another one in its first and last 16 s where they are given."""
    curve = [lufs] * seconds
    curve[:16] = [lufs if intro is None else intro] * 16
    curve[-16:] = [lufs if outro is None else outro] * 16
    return Measures(None, None, lufs, tuple(curve), 1.0, (Section(0.0, float(seconds), energy_of(lufs)),))


def made_print(seed: int, *, frames: int = 400) -> Fingerprint:
    """The fingerprint of a sound of its own."""
    drawn = np.random.default_rng(seed).integers(0, 2, size=(frames, BITS), dtype=np.int8)
    return Fingerprint((2 * drawn - 1).astype(np.int8))


@dataclass
class MadeLibrary:
    """What is asked of a library, without one; nothing is stored, so that features are missing."""

    measured: Mapping[str, Measures]
    address: str = "made"

    def measures(self, audio_ids: Iterable[str] | None = None) -> dict[str, Measures]:
        """Measures of tracks."""
        wanted = self.measured.keys() if audio_ids is None else set(audio_ids)
        return {name: one for name, one in self.measured.items() if name in wanted}

    def features(self, audio_id: str, _settings: object) -> NDArray[np.float16]:
        """No features are there."""
        raise LibraryError(f"no features of {audio_id}")

    @property
    def storage(self) -> "MadeLibrary":
        """It is its own storage."""
        return self

    def read_array(self, name: str) -> NDArray[np.float16]:
        """No array is there."""
        raise LibraryError(f"no {name}")


@dataclass
class _Source:
    shown: str = "made vectors"


@dataclass
class MadeCollection:
    """What is asked of a `Collection`."""

    found: Sequence[Track]
    search: ExactSearch
    columns: Columns
    library: Library
    space: Space
    source: Any = field(default_factory=_Source)
    notes: tuple[str, ...] = ()

    def all_tracks(self) -> tuple[Track, ...]:
        """All tracks."""
        return tuple(self.found)

    def tracks(self, audio_ids: Sequence[str]) -> list[Track]:
        """Tracks by their ids."""
        by_id = {track.audio_id: track for track in self.found}
        return [by_id[one] for one in audio_ids]

    def mix_measures(self, audio_ids: Sequence[str]) -> dict[str, MixMeasures]:
        """What mixing asks of measures."""
        return {name: one.for_mixing for name, one in self.library.measures(audio_ids).items()}


def made_collection(
    tracks: Sequence[Track], units: NDArray[np.floating], measures: Mapping[str, Measures] | None = None
) -> Collection:
    """A collection of tracks with these vectors, brought to length 1; no track is a hub."""
    placed = (units / np.linalg.norm(units, axis=1, keepdims=True)).astype(np.float32)
    columns = columns_of(tracks)
    search = ExactSearch(columns, placed, np.zeros(len(tracks), dtype=np.float32))
    library = cast(Library, MadeLibrary(measures or {}))
    return cast(Collection, MadeCollection(tracks, search, columns, library, Space(np.zeros(placed.shape[1]))))


def made_prints(collection: Collection, twins: Iterable[tuple[str, str]] = ()) -> Fingerprints:
    """Fingerprints of a collection's tracks, each of a sound of its own; of twins, the second has the first one's."""
    prints = Fingerprints(collection.library)
    made = {track.audio_id: made_print(place) for place, track in enumerate(collection.all_tracks())}
    for first, second in twins:
        made[second] = made[first]
    for audio_id, one in made.items():
        prints.add(audio_id, one)
    return prints


def query_of(collection: Collection, track: Track) -> Query:
    """A track of a collection, asked about."""
    measures = collection.library.measures([track.audio_id]).get(track.audio_id)
    return Query(track, collection.search.vectors([track.audio_id])[0], measures, in_library=True)
