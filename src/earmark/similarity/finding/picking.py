"""From a ranking to what is shown: versions folded away, and nobody flooding the list."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.similarity.finding.versions import Fingerprints, Folded, Version, find_version, version_words
from earmark.similarity.vectors.filters import Columns

VERIFIED: Final = 50
"""So many of the nearest tracks are compared by fingerprint; a version of a track is among its nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may come from one source.

    Attributes:
        count: Tracks that are wanted.
        per_artist: At most so many by one artist; 0 for any number.
        per_release: At most so many from one release; 0 for any number.

    Raises:
        InputError: A number is out of range.
    """

    count: int = 10
    per_artist: int = 2
    per_release: int = 1

    def __post_init__(self) -> None:
        if self.count < 1 or self.per_artist < 0 or self.per_release < 0:
            raise InputError("at least 1 track must be asked for, and at most 0 (any number) or more by one artist")


@dataclass(slots=True)
class Picked:
    """What was picked from a ranking.

    Attributes:
        tracks: The tracks, each with its other versions.
        own_versions: Versions of the track that was asked about.
        over_cap: How many tracks were passed over since their artist or release had its share.
    """

    tracks: list[Folded] = field(default_factory=list)
    own_versions: list[Version] = field(default_factory=list)
    over_cap: int = 0


def pick(ranked: Iterable[Track], asked: Track, prints: Fingerprints, columns: Columns, caps: Caps) -> Picked:
    """Pick from a ranking.

    Args:
        ranked: Tracks, the best first.
        asked: The track that was asked about; its own versions are set apart.
        prints: Fingerprints.
        columns: Artists and releases of the tracks.
        caps: How many are wanted, and how many from one source.
    """
    picked, counts = Picked(), Counter[str]()
    for place, track in enumerate(ranked):
        if len(picked.tracks) >= caps.count and place >= VERIFIED:
            break
        if place < VERIFIED and _fold(track, asked, prints, picked):
            continue
        sources = _sources(track, columns, caps)
        if any(counts[source] >= most for source, most in sources.items()):
            picked.over_cap += len(picked.tracks) < caps.count
        elif len(picked.tracks) < caps.count:
            counts.update(sources.keys())
            picked.tracks.append(Folded(track))
    return picked


def _fold(track: Track, asked: Track, prints: Fingerprints, picked: Picked) -> bool:
    """Put a track under the one that it is a version of, if it is one."""
    found = find_version(prints, track, (asked, *(one.track for one in picked.tracks)))
    if found is None:
        return False
    of, match = found
    home = picked.own_versions if of is asked else next(one.versions for one in picked.tracks if one.track is of)
    home.append(Version(track, match, version_words(track, of, match)))
    return True


def _sources(track: Track, columns: Columns, caps: Caps) -> dict[str, int]:
    """What a track comes from, with how many may come from there."""
    row = columns.row(track.audio_id)
    if row is None:
        return {}
    sources = {f"artist {artist}": caps.per_artist for artist in columns.artists[row]} if caps.per_artist else {}
    release = str(columns.releases[row])
    if caps.per_release and release:
        sources[f"release {columns.labels[row]} {release}"] = caps.per_release
    return sources
