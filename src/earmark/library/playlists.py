"""What DJ software told of the library's tracks: its playlists in play order, and its metadata.

`earmark.interop.importing` fills both tables; `earmark.library.own_playlists` adds playlists that were made here. A
playlist keeps the location of every entry, also of those that no track of the library is, so that a later import can
match them. Metadata fills what tags and the user's CSV lack (`earmark.library.cataloguing`), and stands above a file's
name, its folder and its sound.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from earmark.catalog.names import normalise
from earmark.catalog.track import Source, Values
from earmark.errors import InputError, UnknownNameError
from earmark.library.rows import values_from_json, values_to_json
from earmark.library.tables import Row

Program = Literal["rekordbox", "traktor", "m3u"]
"""What wrote a playlist: rekordbox (XML), Traktor (NML), or any program that writes M3U."""

PlaylistSource = Literal[Program, "earmark"]
"""What wrote a stored playlist: a program, or Earmark itself (`earmark.library.own_playlists`)."""

PlaylistKind = Literal["playlist", "history"]
"""Whether somebody put a list together, or a program wrote down what was played."""

ABOVE_IMPORTED: tuple[Source, ...] = ("csv", "tag")
"""The sources that are believed before a DJ program."""


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """A place in a playlist: the location that the program wrote, and the track that it is; None where it is none."""

    location: str
    audio_id: str | None


@dataclass(frozen=True, slots=True)
class StoredPlaylist:
    """A playlist of a library.

    Attributes:
        playlist_id: Made of program, kind, folders, name and origin; the same playlist read again has the same.
        name: Its name.
        folder: The folders that it lies in, outermost first.
        source: What wrote it.
        kind: Whether it was put together or played.
        entries: Its entries in play order.
    """

    playlist_id: str
    name: str
    folder: tuple[str, ...]
    source: PlaylistSource
    kind: PlaylistKind
    entries: tuple[PlaylistEntry, ...]

    @property
    def audio_ids(self) -> tuple[str, ...]:
        """The audio ids of its tracks in play order, without the entries that the library does not have."""
        return tuple(one.audio_id for one in self.entries if one.audio_id is not None)

    @property
    def missing(self) -> tuple[str, ...]:
        """The locations of the entries that the library does not have."""
        return tuple(one.location for one in self.entries if one.audio_id is None)

    @property
    def full_name(self) -> str:
        """Its name with its folders, ``"Sets/2024/Friday"``."""
        return "/".join((*self.folder, self.name))

    def to_row(self) -> Row:
        """Return the row for the table ``playlists``."""
        entries = [{"location": one.location, "audio_id": one.audio_id} for one in self.entries]
        return {
            "playlist_id": self.playlist_id,
            "name": _storable(self.name),
            "folder": json.dumps(self.folder),
            "source": self.source,
            "kind": self.kind,
            "entries": json.dumps(entries),
        }

    @classmethod
    def from_row(cls, row: Row) -> "StoredPlaylist":
        """Read what `to_row` made."""
        entries = tuple(PlaylistEntry(**one) for one in json.loads(row["entries"]))
        return cls(**{**row, "folder": tuple(json.loads(row["folder"])), "entries": entries})

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "playlist_id": self.playlist_id,
            "name": self.name,
            "folder": list(self.folder),
            "source": self.source,
            "kind": self.kind,
            "audio_ids": list(self.audio_ids),
            "missing": list(self.missing),
        }


@dataclass(frozen=True, slots=True)
class ImportedTrack:
    """What a DJ program says of a track.

    Attributes:
        audio_id: The track.
        location: Where the program has it.
        values: Its metadata there; ``values.source`` is the program.
        play_count: How often it was played there; None where that is not told.
        added: The day on which it came into the program's collection; None where that is not told.
    """

    audio_id: str
    location: str
    values: Values
    play_count: int | None = None
    added: dt.date | None = None

    def to_row(self) -> Row:
        """Return the row for the table ``imported``."""
        return {
            "imported_id": f"{self.audio_id}-{self.values.source}",
            "audio_id": self.audio_id,
            "location": json.dumps(self.location),
            "values": json.dumps(values_to_json(self.values)),
            "play_count": self.play_count,
            "added": None if self.added is None else self.added.isoformat(),
        }

    @classmethod
    def from_row(cls, row: Row) -> "ImportedTrack":
        """Read what `to_row` made."""
        return cls(
            audio_id=row["audio_id"],
            location=json.loads(row["location"]),
            values=values_from_json(json.loads(row["values"])),
            play_count=row["play_count"],
            added=None if row["added"] is None else dt.date.fromisoformat(row["added"]),
        )


def make_playlist_id(source: PlaylistSource, kind: PlaylistKind, full_name: Sequence[str], *, origin: str = "") -> str:
    """The id by which a playlist that is read again is known.

    Args:
        source: What wrote it.
        kind: Whether it was put together or played.
        full_name: Its folders and its name.
        origin: What tells two playlists of one name apart: the file of an M3U, their number in a collection, or when
            one of Earmark's own was made.
    """
    text = json.dumps([source, kind, list(full_name), origin])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def in_order(told: Iterable[Values], imported: Iterable[Values]) -> list[Values]:
    """All values in order of precedence, those of DJ programs after tags and CSV and before everything else."""
    values = list(told)
    above = [one for one in values if one.source in ABOVE_IMPORTED]
    return [*above, *imported, *(one for one in values if one.source not in ABOVE_IMPORTED)]


def find_playlist(playlists: Sequence[StoredPlaylist], name: str) -> StoredPlaylist:
    """The playlist of a name, whatever its case; its id or its full name where several have the name.

    Args:
        playlists: The library's playlists.
        name: Such as ``"Friday"``, ``"Sets/2024/Friday"`` or a playlist's id.

    Raises:
        UnknownNameError: There is no such playlist.
        InputError: Several are called so.
    """
    exact = [one for one in playlists if name in (one.playlist_id, one.full_name)]
    alike = exact or [one for one in playlists if normalise(name) in (normalise(one.name), normalise(one.full_name))]
    if not alike:
        raise UnknownNameError("playlist", name, (one.full_name for one in playlists))
    if len(alike) > 1:
        told = "; ".join(f"{one.full_name} ({one.source}, {one.playlist_id})" for one in alike)
        raise InputError(f"{len(alike)} playlists are called {name!r}: {told}; name one by its folder or id")
    return alike[0]


def _storable(text: str) -> str:
    """A text without halves of letters, which no table can hold."""
    return text.encode("utf-8", errors="replace").decode()
