"""Turns the values that Earmark works with into table rows and back.

What is searched by a condition has a column of its own; what is only read whole (credits, sources, a file's own tags)
is JSON in one column.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from earmark.audio.decode import AudioFacts
from earmark.audio.estimates import Measures
from earmark.audio.settings import FeatureSettings
from earmark.catalog.credits import Credits
from earmark.catalog.keys import parse_key
from earmark.catalog.track import Track, Values
from earmark.errors import LibraryError, MetadataError
from earmark.executors import FailureKind
from earmark.library.tables import Row

if TYPE_CHECKING:
    from earmark.backbones.settings import BackboneSettings

StoredFeature: TypeAlias = "FeatureSettings | BackboneSettings"
"""What an array is stored under: the settings of a log-mel, or a backbone. Either is addressed by its ``key``."""

LabelFrom = Literal["auto", "tag", "folder", "csv"]
"""Where labels come from: the tags, the folder below the root, a CSV; auto takes tags where most files have them."""

LABEL_FROM: tuple[LabelFrom, ...] = get_args(LabelFrom)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was when it was analysed.

    Attributes:
        path: Absolute path.
        size: Size in bytes.
        mtime_ns: Time of last change in nanoseconds since 1970.
        audio_id: Hash of its decoded sound.
        facts: What the decoder said of it.
        values: What its tags say.
    """

    path: str
    size: int
    mtime_ns: int
    audio_id: str
    facts: AudioFacts
    values: Values

    def to_row(self) -> Row:
        """Return the row for the table ``files``."""
        return {
            "path": self.path,
            "size": self.size,
            "mtime_ns": self.mtime_ns,
            "audio_id": self.audio_id,
            "facts": json.dumps(asdict(self.facts)),
            "values": json.dumps(values_to_json(self.values), ensure_ascii=False),
        }

    @classmethod
    def from_row(cls, row: Row) -> "FileRecord":
        """Read what `to_row` made."""
        facts, values = json.loads(row["facts"]), json.loads(row["values"])
        plain = {name: row[name] for name in ("path", "size", "mtime_ns", "audio_id")}
        return cls(**plain, facts=AudioFacts(**facts), values=values_from_json(values))


@dataclass(frozen=True, slots=True)
class FeatureRecord:
    """A stored feature array.

    Attributes:
        audio_id: The track's audio id.
        settings: Key of the feature settings, or of the backbone.
        frames: Length in frames; of embeddings, the number of patches.
        bands: Values in a frame; of embeddings, their size.
        bytes: Size of its file, by which a damaged one is known.
    """

    audio_id: str
    settings: str
    frames: int
    bands: int
    bytes: int

    @property
    def name(self) -> str:
        """The array's file name within the library."""
        return feature_name(self.audio_id, self.settings)

    def to_row(self) -> Row:
        """Return the row for the table ``features``."""
        return {"feature_id": f"{self.audio_id}-{self.settings}", **asdict(self)}

    @classmethod
    def from_row(cls, row: Row) -> "FeatureRecord":
        """Read what `to_row` made."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class MeasuresRecord:
    """What was estimated from a track's sound.

    Attributes:
        audio_id: The track's audio id.
        settings: Key of the settings that it was measured by.
        measures: The estimates.
    """

    audio_id: str
    settings: str
    measures: Measures

    def to_row(self) -> Row:
        """Return the row for the table ``measures``."""
        tempo, key = self.measures.tempo, self.measures.key
        return {
            "audio_id": self.audio_id,
            "settings": self.settings,
            "bpm": None if tempo is None else tempo.bpm,
            "bpm_confidence": None if tempo is None else tempo.confidence,
            "key": None if key is None else key.key.camelot,
            "key_confidence": None if key is None else key.confidence,
            "lufs": self.measures.lufs,
            "data": json.dumps(self.measures.to_json()),
        }

    @classmethod
    def from_row(cls, row: Row) -> "MeasuresRecord":
        """Read what `to_row` made."""
        return cls(row["audio_id"], row["settings"], Measures.from_json(json.loads(row["data"])))


def feature_name(audio_id: str, settings: "StoredFeature | str") -> str:
    """Return where the features of a track lie within a library: by settings, then in 256 folders by audio id."""
    return f"{features_folder(settings)}/{audio_id[:2]}/{audio_id}.npy"


def features_folder(settings: "StoredFeature | str") -> str:
    """Return where the features under some settings, or under the settings with some key, lie within a library."""
    return f"features/{settings if isinstance(settings, str) else settings.key}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be analysed.

    Attributes:
        path: Absolute path.
        size: Size in bytes when it failed.
        mtime_ns: Time of last change when it failed, in nanoseconds since 1970.
        kind: How it failed.
        reasons: What each decoder said; under ``"limit"`` or ``"error"`` where it was not a decoder.
        failed_at: When, as ISO 8601 in UTC.
    """

    path: str
    size: int
    mtime_ns: int
    kind: FailureKind
    reasons: Mapping[str, str]
    failed_at: str

    def to_row(self) -> Row:
        """Return the row for the table ``failures``."""
        row = {field.name: getattr(self, field.name) for field in fields(self)}
        return row | {"reasons": json.dumps(dict(self.reasons), ensure_ascii=False)}

    @classmethod
    def from_row(cls, row: Row) -> "Failure":
        """Read what `to_row` made."""
        return cls(**{**row, "reasons": json.loads(row["reasons"])})

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"reasons": dict(self.reasons)}


@dataclass(frozen=True, slots=True)
class Root:
    """A place that was scanned.

    Attributes:
        path: Absolute path of a folder.
        label_from: Where its tracks' labels come from; ``"auto"`` only until a scan of it has come to its end.
        csv: Absolute path of the CSV that describes its tracks; None where there is none.
    """

    path: str
    label_from: LabelFrom
    csv: str | None

    def to_row(self) -> Row:
        """Return the row for the table ``roots``."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: Row) -> "Root":
        """Read what `to_row` made."""
        return cls(**row)


def track_to_row(track: Track) -> Row:
    """Return the row for the table ``tracks``."""
    data = track.to_json()
    return data | {name: json.dumps(data[name], ensure_ascii=False) for name in ("artists", "sources")}


def track_from_row(row: Row) -> Track:
    """Read what `track_to_row` made.

    Raises:
        LibraryError: The row is no track as this Earmark writes one.
    """
    data = {name: value for name, value in row.items() if value is not None}
    try:
        return Track.from_json(data | {name: json.loads(data[name]) for name in ("artists", "sources")})
    except (KeyError, ValueError, MetadataError) as error:
        raise LibraryError(f"the library's row of {row.get('path')} is damaged ({error}); scan it again") from error


def values_to_json(values: Values) -> dict[str, Any]:
    """Return plain data for JSON that `values_from_json` reads back; unknown values are left out."""
    data = {field.name: value for field in fields(values) if (value := getattr(values, field.name)) is not None}
    if values.artists is not None:
        data["artists"] = values.artists.to_json()
    if values.released is not None:
        data["released"] = values.released.isoformat()
    if values.key is not None:
        data["key"] = values.key.camelot
    return data


def values_from_json(data: Mapping[str, Any]) -> Values:
    """Read what `values_to_json` made."""
    read = dict(data)
    if "artists" in read:
        read["artists"] = Credits.from_json(read["artists"])
    if "released" in read:
        read["released"] = dt.date.fromisoformat(read["released"])
    if "key" in read:
        read["key"] = parse_key(read["key"])
    read["problems"] = tuple(read.get("problems", ()))
    return Values(**read)
