"""What a collection's metadata says, counted: the facts behind `earmark explore`.

Everything here is a pure function of tracks and keeps raw values where a picture needs them. What is not known is
never guessed: it is left out of a distribution and counted as missing. Labels are ordered by their number of tracks,
largest first, and by name where these are equal.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from earmark.catalog.groups import artist_keys
from earmark.catalog.keys import Key
from earmark.catalog.names import normalise
from earmark.catalog.survey_overlaps import Duplicate, SharedArtists, find_duplicates, shared_artists
from earmark.catalog.survey_tempo import OctaveError, octave_errors
from earmark.catalog.survey_time import Timeline, timeline
from earmark.catalog.track import Track

SurveyField = Literal["label", "artists", "title", "release", "released", "genre", "bpm", "key", "length"]
"""A value that a track should have."""

_FIELDS: dict[SurveyField, Callable[[Track], object]] = {
    "label": lambda track: track.label,
    "artists": lambda track: track.artists.everyone,
    "title": lambda track: track.title,
    "release": lambda track: track.release,
    "released": lambda track: track.released,
    "genre": lambda track: track.genre,
    "bpm": lambda track: track.bpm,
    "key": lambda track: track.key,
    "length": lambda track: track.seconds > 0,
}
FIELDS: tuple[SurveyField, ...] = tuple(_FIELDS)
KEYS: tuple[Key, ...] = tuple(Key.from_index(index) for index in range(24))
"""The 24 keys in Camelot order: 1A, 1B, 2A ... 12B."""


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label's numbers of tracks, releases and artists, and its hours of music."""

    label: str
    tracks: int
    releases: int
    artists: int
    hours: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A quantity's raw values.

    Attributes:
        values: Every known value, rising; of tracks without a label too.
        by_label: Every label's known values, rising; labels without any are there with none.
    """

    values: tuple[float, ...]
    by_label: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many tracks are in each key, in Camelot order (`KEYS`).

    Attributes:
        counts: Of all tracks with a key, 24 numbers.
        by_label: The same for each label.
    """

    counts: tuple[int, ...]
    by_label: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Missing:
    """How many tracks lack a value.

    Attributes:
        counts: Of all tracks, by field.
        by_label: Of each label's tracks, by field; tracks without a label are only in ``counts``.
    """

    counts: Mapping[SurveyField, int]
    by_label: Mapping[str, Mapping[SurveyField, int]]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a collection's metadata says.

    Attributes:
        tracks: How many tracks there are.
        unlabelled: How many of them have no label.
        artists: How many artists are credited on them.
        releases: How many releases they are of, a release being a name at a label.
        hours: How much music they are.
        labels: The labels, largest first.
        bpm: Tempo in beats per minute.
        octave_errors: Tracks whose tempo is about half or double what is usual for their label.
        seconds: Length in seconds.
        keys: Musical keys.
        released: When the tracks were released.
        shared: Artists that are on several labels.
        missing: What is not known.
        duplicates: Tracks that are likely one song twice.
    """

    tracks: int
    unlabelled: int
    artists: int
    releases: int
    hours: float
    labels: tuple[LabelCount, ...]
    bpm: Spread
    octave_errors: tuple[OctaveError, ...]
    seconds: Spread
    keys: KeyCounts
    released: Timeline
    shared: SharedArtists
    missing: Missing
    duplicates: tuple[Duplicate, ...]

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels' names, largest label first."""
        return tuple(count.label for count in self.labels)

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON; periods are ISO dates of their first days, and keys Camelot codes."""
        data = asdict(self)
        data["keys"] = {
            "counts": _by_code(self.keys.counts),
            "by_label": {label: _by_code(counts) for label, counts in self.keys.by_label.items()},
        }
        data["released"]["periods"] = [first.isoformat() for first in self.released.periods]
        return data


def survey(tracks: Sequence[Track]) -> Survey:
    """Count what a collection's metadata says.

    Args:
        tracks: The collection; a length of 0 is one that is not known.

    Returns:
        The facts; of no tracks, all of them are zero or empty.
    """
    by_label = tracks_by_label(tracks)
    keys = artist_keys(tracks)
    keys_of = {track.audio_id: own for track, own in zip(tracks, keys, strict=True)}
    return Survey(
        tracks=len(tracks),
        unlabelled=sum(track.label is None for track in tracks),
        artists=len(frozenset[str]().union(*keys)),
        releases=len({(track.label, name) for track in tracks if (name := _release(track))}),
        hours=sum(track.seconds for track in tracks) / 3600,
        labels=tuple(_label_count(label, own, keys_of) for label, own in by_label.items()),
        bpm=_spread(tracks, by_label, lambda track: track.bpm),
        octave_errors=octave_errors(by_label),
        seconds=_spread(tracks, by_label, lambda track: track.seconds),
        keys=KeyCounts(_key_counts(tracks), {label: _key_counts(own) for label, own in by_label.items()}),
        released=timeline(tracks, tuple(by_label)),
        shared=shared_artists(tracks, keys, tuple(by_label)),
        missing=Missing(missing_counts(tracks), {label: missing_counts(own) for label, own in by_label.items()}),
        duplicates=find_duplicates(tracks),
    )


def tracks_by_label(tracks: Sequence[Track]) -> dict[str, list[Track]]:
    """Return each label's tracks, largest label first; tracks without a label are left out.

    Args:
        tracks: Tracks in any order.
    """
    found: defaultdict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        if track.label is not None:
            found[track.label].append(track)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _label_count(label: str, tracks: Sequence[Track], keys_of: Mapping[str, frozenset[str]]) -> LabelCount:
    releases = {name for track in tracks if (name := _release(track))}
    artists = frozenset[str]().union(*(keys_of[track.audio_id] for track in tracks))
    hours = sum(track.seconds for track in tracks) / 3600
    return LabelCount(label, len(tracks), len(releases), len(artists), hours)


def _release(track: Track) -> str | None:
    """A release's name as it is compared."""
    return None if track.release is None else normalise(track.release)


def _spread(
    tracks: Sequence[Track], by_label: Mapping[str, Sequence[Track]], value_of: Callable[[Track], float | None]
) -> Spread:
    def known(some: Sequence[Track]) -> tuple[float, ...]:
        return tuple(sorted(value for track in some if (value := value_of(track)) is not None and value > 0))

    return Spread(known(tracks), {label: known(own) for label, own in by_label.items()})


def _key_counts(tracks: Sequence[Track]) -> tuple[int, ...]:
    counts = Counter(track.key.index for track in tracks if track.key is not None)
    return tuple(counts[index] for index in range(len(KEYS)))


def missing_counts(tracks: Sequence[Track]) -> dict[SurveyField, int]:
    """Count the tracks that lack a value, by its name.

    Args:
        tracks: Tracks in any order.
    """
    return {name: sum(not value_of(track) for track in tracks) for name, value_of in _FIELDS.items()}


def _by_code(counts: Sequence[int]) -> dict[str, int]:
    return {key.camelot: count for key, count in zip(KEYS, counts, strict=True)}
