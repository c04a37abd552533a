"""A library's map as it is kept: one map, under the library's ``maps/`` folder, as plain arrays and JSON.

A map is made whole in a folder of its own and only then pointed to, so that a reader sees the old one or the new one.
It belongs to the vectors of one source and to the tracks that had one then; what has changed since is told by
`earmark.web.maps.content`. Nothing in it is the user's: a map of another format version, or a damaged one, is as good
as none, and is made again.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from earmark.errors import LibraryError
from earmark.library.storage import Storage

MAP_VERSION: Final = 1
"""Format version of the maps that this Earmark writes and reads."""

_FOLDER, _POINTER = "maps", "maps/built.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFacts:
    """How a map was made and how true it is.

    Attributes:
        source_key: Key of the vectors' source.
        source: The source in words.
        tracks: Tracks on it.
        perplexity: About how many neighbours a point minds.
        seed: Seed of what little is left to chance.
        kept: Mean share of a track's nearest tracks by sound that are among its nearest on the map too, 0 to 1.
        nearest: How many nearest tracks that counts.
        chance: The share that a map drawn blindly would keep.
        created: When, ISO 8601 in UTC.
        seconds: Time that making it took.
        folder: Where its arrays lie, below ``maps/``.
    """

    source_key: str
    source: str
    tracks: int
    perplexity: float
    seed: int
    kept: float
    nearest: int
    chance: float
    created: str
    seconds: float
    folder: str


@dataclass(frozen=True, slots=True, eq=False)
class StoredMap:
    """Where each track lies.

    Attributes:
        facts: How it was made.
        audio_ids: The tracks.
        places: float32 of shape (tracks, 2), widest from left to right; the middle is (0, 0), and the point that is
            furthest from it along either axis is at 1 or -1. The axes have no unit.
    """

    facts: MapFacts
    audio_ids: tuple[str, ...]
    places: NDArray[np.float32]


def save_map(storage: Storage, made: StoredMap) -> None:
    """Keep a map as the library's; the one before goes.

    Args:
        storage: The library's storage.
        made: The map.

    Raises:
        LibraryError: The system refused.
    """
    folder = f"{_FOLDER}/{made.facts.folder}"
    told = {"format_version": MAP_VERSION, **asdict(made.facts)}
    with storage.lock():
        storage.write_array(f"{folder}/places.npy", made.places)
        storage.write_array(f"{folder}/ids.npy", np.array([one.encode() for one in made.audio_ids], dtype=np.bytes_))
        storage.write(_POINTER, json.dumps(told, ensure_ascii=False, indent=1).encode())
        below = {name.split("/")[1] for name in storage.sizes(_FOLDER) if name.count("/") > 1}
        for other in below - {made.facts.folder}:
            storage.remove_folder(f"{_FOLDER}/{other}")


def load_facts(storage: Storage) -> MapFacts | None:
    """How the library's map was made; None where there is none that can be read.

    Args:
        storage: The library's storage.
    """
    if storage.size(_POINTER) is None:
        return None
    try:
        told: dict[str, Any] = json.loads(storage.read(_POINTER))
        version = told.pop("format_version")
        return MapFacts(**told) if version == MAP_VERSION else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def load_map(storage: Storage) -> StoredMap | None:
    """The library's map; None where there is none that can be read.

    Args:
        storage: The library's storage.
    """
    facts = load_facts(storage)
    if facts is None:
        return None
    folder = f"{_FOLDER}/{facts.folder}"
    try:
        ids, places = (np.asarray(storage.read_array(f"{folder}/{name}.npy")) for name in ("ids", "places"))
    except LibraryError:
        later = load_facts(storage)  # another process may have put a new one in its place meanwhile
        return None if later is None or later.folder == facts.folder else load_map(storage)
    if ids.ndim != 1 or places.shape != (len(ids), 2) or len(ids) != facts.tracks or not np.isfinite(places).all():
        return None
    return StoredMap(facts, tuple(one.decode() for one in ids.tolist()), places.astype(np.float32))
