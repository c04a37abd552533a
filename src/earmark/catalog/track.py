"""A track: what is known about one recording, and who said so.

Importers (`earmark.catalog.importers`) each give `Values`, the part of a track's metadata that they found.
`merge` takes them in order of precedence and makes a `Track`: field by field, the first that has a value wins,
and the track keeps each value's source.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from earmark.catalog.credits import Credits
from earmark.catalog.keys import Key, format_key, parse_key
from earmark.errors import MetadataError

Source = Literal["tag", "csv", "rekordbox", "traktor", "file-name", "folder", "analysis", "user"]
"""Where a value came from: tags, a CSV, a DJ program, the file's name, its folder, its sound, or the user."""

SOURCES: tuple[Source, ...] = get_args(Source)

DatePrecision = Literal["day", "month", "year"]
"""How exactly a release date is known; the date itself is then the first day of the month or year."""

_PLAIN_FIELDS = ("title", "mix", "label", "release", "catalogue_number", "genre", "released", "bpm", "key", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What one importer found about one track; None where it found nothing.

    Attributes:
        source: The importer's kind.
        title: The song's name without its mix.
        mix: The mix, such as ``"Extended Mix"``.
        artist_credit: The artist credit as written.
        artists: Everyone credited in the artist credit, the title and the mix.
        label: The record label.
        release: The EP, single or album.
        catalogue_number: The label's number for the release.
        genre: The genre.
        released: The release date, the first day of a period known no more exactly.
        released_precision: How exactly ``released`` is known.
        bpm: Tempo in beats per minute, above 0.
        key: The musical key.
        seconds: Length in seconds, above 0.
        problems: What was there and could not be used, one sentence each, to be told to the user.
    """

    source: Source
    title: str | None = None
    mix: str | None = None
    artist_credit: str | None = None
    artists: Credits | None = None
    label: str | None = None
    release: str | None = None
    catalogue_number: str | None = None
    genre: str | None = None
    released: dt.date | None = None
    released_precision: DatePrecision = "day"
    bpm: float | None = None
    key: Key | None = None
    seconds: float | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found; problems may still have been."""
        return self.artists is None and all(getattr(self, name) is None for name in _PLAIN_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One recording with its metadata; None where nobody knows.

    Attributes:
        audio_id: Hash of the decoded sound, so that a moved or retagged file is the same track.
        path: Where the file was found.
        seconds: Length in seconds.
        title: The song's name without its mix.
        mix: The mix, such as ``"Extended Mix"``.
        artist_credit: The artist credit as written.
        artists: Everyone credited.
        label: The record label.
        release: The EP, single or album.
        catalogue_number: The label's number for the release.
        genre: The genre.
        released: The release date, the first day of a period known no more exactly.
        released_precision: How exactly ``released`` is known.
        bpm: Tempo in beats per minute.
        key: The musical key.
        sources: Which source gave each value, by field name.
    """

    audio_id: str
    path: str
    seconds: float
    title: str | None = None
    mix: str | None = None
    artist_credit: str | None = None
    artists: Credits = field(default_factory=Credits)
    label: str | None = None
    release: str | None = None
    catalogue_number: str | None = None
    genre: str | None = None
    released: dt.date | None = None
    released_precision: DatePrecision = "day"
    bpm: float | None = None
    key: Key | None = None
    sources: Mapping[str, Source] = field(default_factory=dict, hash=False)

    @property
    def full_title(self) -> str | None:
        """The title with its mix, ``"Viola (Extended Mix)"``; None where there is no title."""
        if self.title is None or self.mix is None:
            return self.title
        return f"{self.title} ({self.mix})"

    @property
    def display(self) -> str:
        """``"Artists - Title (Mix)"``, as far as known; the path where neither is."""
        credit = self.artist_credit or " & ".join(self.artists.performers)
        return " - ".join(part for part in (credit, self.full_title) if part) or self.path

    @property
    def artist_keys(self) -> frozenset[str]:
        """The normalised names of everyone credited, by which tracks are known to share an artist."""
        return self.artists.keys

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON that `from_json` reads back; unknown values are left out."""
        data = {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}
        data["artists"] = self.artists.to_json()
        data["sources"] = dict(self.sources)
        if self.released is not None:
            data["released"] = self.released.isoformat()
        if self.key is not None:
            data["key"] = format_key(self.key, "camelot")
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Track":
        """Read what `to_json` wrote.

        Args:
            data: A track's plain data.

        Raises:
            MetadataError: If it has a field that a track does not, or lacks one that a track needs.
        """
        read = dict(data)
        try:
            read["artists"] = Credits.from_json(read.get("artists", {}))
            if "released" in read:
                read["released"] = dt.date.fromisoformat(read["released"])
            if "key" in read:
                read["key"] = parse_key(read["key"])
            return cls(**read)
        except (TypeError, ValueError, AttributeError) as error:
            raise MetadataError(
                f"this is no track as Earmark writes one ({error}); expected fields {', '.join(cls.__slots__)}"
            ) from error


def merge(
    values: Sequence[Values],
    *,
    audio_id: str,
    path: str,
    seconds: float | None = None,
    label_from: Source | None = None,
) -> Track:
    """Make a track of what the importers found.

    Args:
        values: What each importer found, those that are believed first at the front.
        audio_id: The recording's audio id.
        path: Where its file is.
        seconds: The decoded sound's length, which stands above what any importer says; None takes an
            importer's.
        label_from: The only source whose label counts, so that a file that it says nothing of has none; None takes
            the first label there is.

    Returns:
        The track. Of the artists, performers with the presented aliases, featured artists and remixers are three
        values: a remixer that only the file's name tells is kept beside the tag's performers.

    Raises:
        MetadataError: If there is no length.
    """
    chosen: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for name in _PLAIN_FIELDS:
        asked = [one for one in values if name != "label" or label_from in (None, one.source)]
        if (giver := next((one for one in asked if getattr(one, name) is not None), None)) is not None:
            chosen[name], sources[name] = getattr(giver, name), giver.source
            if name == "released":
                chosen["released_precision"] = giver.released_precision
    if seconds is not None:
        chosen["seconds"], sources["seconds"] = seconds, "analysis"
    if "seconds" not in chosen:
        raise MetadataError(f"{path} has no length: it was not decoded, and nothing says how long it is")
    chosen |= _merge_artists(values, sources)
    return Track(audio_id=audio_id, path=path, sources=sources, **chosen)


def _merge_artists(values: Sequence[Values], sources: dict[str, Source]) -> dict[str, Any]:
    """The credits and the artist credit; their source is the performers'."""
    credited = [(one, one.artists) for one in values if one.artists is not None and one.artists.everyone]

    def first(*roles: str) -> Credits:
        return next((credits for _, credits in credited if any(getattr(credits, role) for role in roles)), Credits())

    if not credited:
        return {}
    main = first("performers", "presented")
    told = next((one for one, credits in credited if credits is main), credited[0][0])
    sources["artists"] = told.source
    merged = Credits(
        performers=main.performers,
        presented=main.presented,
        featured=first("featured").featured,
        remixers=first("remixers").remixers,
    )
    return {"artists": merged, "artist_credit": told.artist_credit}
