"""What requests about next tracks and sets ask for: typed and bounded here, read by the library's own parsers."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, StringConstraints

from earmark.similarity.finding.asking import TypedFilters
from earmark.similarity.finding.harmony import DEFAULT_RULES, KeyRule
from earmark.similarity.finding.lookup import Query, library_query
from earmark.similarity.finding.mixing import DEFAULT_WEIGHTS, TERMS, MixRules
from earmark.similarity.finding.picking import Caps
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.opening import Collection
from earmark.web.shared import Shared
from earmark.web.values import AudioId, Strict

MOST_TRACKS = 2000
"""Tracks of a set, playlist or export."""
MOST_NAMED = 50
"""Labels, artists, keys, likes and unlikes of a request."""

PlaylistIdPath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="The playlist's id.")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
KeyText = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
Weight = Annotated[float, Field(ge=0, le=100)]
BpmRange = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d+)?([-–]\d{1,3}(\.\d+)?)?$", max_length=20)]


class FiltersBody(Strict):
    """What may be found; all conditions have to hold."""

    bpm: BpmRange | None = Field(default=None, description="126-132, or 128 for about that.")
    keys: list[KeyText] = Field(default_factory=list, max_length=24, description="Keys in any notation, such as 8A.")
    labels: list[Text] = Field(default_factory=list, max_length=MOST_NAMED, description="Only these labels.")
    without_labels: list[Text] = Field(default_factory=list, max_length=MOST_NAMED, description="None of these labels.")
    artists: list[Text] = Field(default_factory=list, max_length=MOST_NAMED, description="Only these artists.")
    without_artists: list[Text] = Field(default_factory=list, max_length=MOST_NAMED, description="None of them.")
    since: Day | None = Field(default=None, description="First day of release: a year, month or day.")
    until: Day | None = Field(default=None, description="Last day of release.")
    without: list[AudioId] = Field(default_factory=list, max_length=MOST_TRACKS, description="None of these tracks.")

    def read(self, collection: Collection) -> Filters:
        """Check them against what the library holds.

        Args:
            collection: The library, opened for searching.

        Raises:
            UnknownNameError: No track has such a label or artist.
            InputError: A key, date or range cannot be read.
        """
        return TypedFilters(
            bpm=self.bpm,
            keys=self.keys,
            labels=self.labels,
            without_labels=self.without_labels,
            artists=self.artists,
            without_artists=self.without_artists,
            since=self.since,
            until=self.until,
        ).read(collection.columns, without_ids=self.without)


class WeightsBody(Strict):
    """What counts how much, at least 0 and not all 0."""

    sound: Weight = DEFAULT_WEIGHTS["sound"]
    key: Weight = DEFAULT_WEIGHTS["key"]
    tempo: Weight = DEFAULT_WEIGHTS["tempo"]
    level: Weight = DEFAULT_WEIGHTS["level"]
    energy: Weight = DEFAULT_WEIGHTS["energy"]
    variety: Weight = DEFAULT_WEIGHTS["variety"]


class RulesBody(Strict):
    """What may follow what."""

    keys: list[KeyRule] = Field(
        default_factory=lambda: list(DEFAULT_RULES), min_length=1, max_length=5, description="Key changes allowed."
    )
    pitch_range: float = Field(default=6.0, ge=0.1, le=50, description="Percent by which a track may change its speed.")
    key_lock: bool = Field(default=True, description="Whether a track keeps its key when its speed changes.")
    strict_key: bool = Field(default=False, description="Refuse tracks whose key is not known for sure.")
    weights: WeightsBody = Field(default_factory=WeightsBody)

    def read(self) -> MixRules:
        """Make the rules.

        Raises:
            InputError: All weights are 0.
        """
        return MixRules(
            keys=tuple(dict.fromkeys(self.keys)),
            pitch_range=self.pitch_range,
            key_lock=self.key_lock,
            strict_key=self.strict_key,
            weights={term: getattr(self.weights, term) for term in TERMS},
        )


class SimilarQuery(Strict):
    """What sounds like a track: how many, like and unlike what, and among which."""

    count: int = Field(default=10, ge=1, le=100)
    like: list[AudioId] = Field(default_factory=list, max_length=MOST_NAMED, description="More like these tracks too.")
    unlike: list[AudioId] = Field(default_factory=list, max_length=MOST_NAMED, description="Less like these tracks.")
    max_per_artist: int = Field(default=2, ge=0, le=100, description="0 for any number.")
    max_per_release: int = Field(default=1, ge=0, le=100, description="0 for any number.")
    damping: float | None = Field(default=None, ge=0, le=10, description="How much hub tracks are damped.")
    bpm: BpmRange | None = None
    key: list[KeyText] = Field(default_factory=list, max_length=24)
    label: list[Text] = Field(default_factory=list, max_length=MOST_NAMED)
    exclude_label: list[Text] = Field(default_factory=list, max_length=MOST_NAMED)
    artist: list[Text] = Field(default_factory=list, max_length=MOST_NAMED)
    exclude_artist: list[Text] = Field(default_factory=list, max_length=MOST_NAMED)
    since: Day | None = None
    until: Day | None = None

    @property
    def filters(self) -> FiltersBody:
        """What may be found."""
        return FiltersBody(
            bpm=self.bpm,
            keys=self.key,
            labels=self.label,
            without_labels=self.exclude_label,
            artists=self.artist,
            without_artists=self.exclude_artist,
            since=self.since,
            until=self.until,
        )


class NextBody(Strict):
    """What mixes after a track."""

    track: AudioId
    count: int = Field(default=10, ge=1, le=100)
    max_per_artist: int = Field(default=2, ge=0, le=100, description="0 for any number.")
    max_per_release: int = Field(default=1, ge=0, le=100, description="0 for any number.")
    rules: RulesBody = Field(default_factory=RulesBody)
    filters: FiltersBody = Field(default_factory=FiltersBody)
    likes: list[AudioId] = Field(default_factory=list, max_length=MOST_NAMED)
    unlikes: list[AudioId] = Field(default_factory=list, max_length=MOST_NAMED)

    @property
    def caps(self) -> Caps:
        """How many, and how many from one source."""
        return Caps(count=self.count, per_artist=self.max_per_artist, per_release=self.max_per_release)


class SetlistBody(Strict):
    """A set from one track to another along an energy curve."""

    start: AudioId
    end: AudioId | None = Field(default=None, description="The last track; any where not given.")
    minutes: float = Field(default=60, gt=0, le=1440)
    curve: str = Field(
        default="rise",
        max_length=500,
        description="rise, fall, flat, peak, wave, plateau, or points such as 0:0.3,30:0.9,60:0.6.",
    )
    overlap: float = Field(default=32, ge=0, le=600, description="Seconds for which two tracks sound together.")
    spacing: int = Field(3, ge=0, le=100, description="Other tracks between two by one artist, at least.")
    seed: int = Field(default=0, ge=0, le=2**31, description="0 for the best set; another for one nearly as good.")
    rules: RulesBody = Field(default_factory=RulesBody)
    filters: FiltersBody = Field(default_factory=FiltersBody)


class TransitionsBody(Strict):
    """Tracks in the order in which they are played."""

    audio_ids: list[AudioId] = Field(max_length=MOST_TRACKS)
    overlap: float = Field(default=32, ge=0, le=600, description="Seconds for which two tracks sound together.")
    rules: RulesBody = Field(default_factory=RulesBody)


class PlaylistBody(Strict):
    """A new playlist."""

    name: Name
    audio_ids: list[AudioId] = Field(max_length=MOST_TRACKS, description="Tracks in play order.")


class PlaylistChange(Strict):
    """What is to be another about a playlist; null leaves it."""

    name: Name | None = None
    audio_ids: list[AudioId] | None = Field(default=None, max_length=MOST_TRACKS)


class ExportBody(Strict):
    """Tracks as a file for DJ software."""

    name: Name = Field(description="The playlist's name in the other program, and the file's.")
    audio_ids: list[AudioId] = Field(min_length=1, max_length=MOST_TRACKS)
    format: Literal["m3u8", "rekordbox", "traktor", "csv", "json"]
    path_map: list[Text] = Field(
        default_factory=list, max_length=20, description="A folder here and the same there: /mnt/music=D:/Music."
    )
    rules: RulesBody | None = Field(default=None, description="By these, each track's comment says how it follows.")


def library_queries(shared: Shared, collection: Collection, audio_ids: Sequence[str]) -> tuple[Query, ...]:
    """Return tracks of the library as what is asked about.

    Args:
        shared: What all requests share.
        collection: The library, opened for searching.
        audio_ids: The tracks.

    Raises:
        UnknownNameError: The library has no such track.
        InputError: A track has no vector.
    """
    tracks = shared.tracks()
    return tuple(library_query(tracks.one(audio_id), collection) for audio_id in dict.fromkeys(audio_ids))
