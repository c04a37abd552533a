"""What DJ software knows, in one shape whatever program wrote it: tracks, and playlists in play order.

Each program has a reader (`earmark.interop.from_rekordbox`, `earmark.interop.from_traktor`, `earmark.interop.from_m3u`)
that makes a `DjCollection`; `earmark.interop.reading` chooses one by what a file holds. A location is a track's path as
the program's computer writes it: ``D:/Music/a.mp3`` (forward slashes behind a drive) or ``/Users/me/a.mp3``.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from earmark.catalog.track import Values
from earmark.library.playlists import PlaylistKind, Program

DEEPEST = 50
"""Folders of playlists that are kept one within another; what lies deeper is put into the last of them."""


@dataclass(frozen=True, slots=True)
class DjTrack:
    """A track of a DJ collection.

    Attributes:
        location: Its path, as the program's computer writes it.
        values: Its metadata; what could not be read is told in ``values.problems``.
        play_count: How often the program played it; None where it does not say.
        added: The day on which it came into the collection; None where it does not say.
    """

    location: str
    values: Values
    play_count: int | None = None
    added: dt.date | None = None

    @property
    def seconds(self) -> float | None:
        """Its length in seconds, by which it is matched; None where the program does not say."""
        return self.values.seconds


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist, or a record of what was played.

    Attributes:
        name: Its name.
        folder: The folders that it lies in, outermost first.
        kind: Whether it was put together or played.
        entries: Locations in play order; a track may stand there more than once.
    """

    name: str
    folder: tuple[str, ...]
    kind: PlaylistKind
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DjCollection:
    """What one file of a DJ program holds.

    Attributes:
        source: What wrote it.
        path: The file.
        tracks: Its tracks, in its order, each location once.
        playlists: Its playlists, in its order.
        problems: What is in it and could not be used, one sentence each.
        is_ours: Whether Earmark wrote the file, so that what it says of tracks is no other program's word.
    """

    source: Program
    path: Path
    tracks: tuple[DjTrack, ...]
    playlists: tuple[Playlist, ...]
    problems: tuple[str, ...] = ()
    is_ours: bool = False
