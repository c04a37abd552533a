"""What all requests share: the library, its tracks, its search, and the jobs; each opened once and kept fresh.

A job changes the library from another process. What is cached here is therefore kept by the version of the tables that
it was read from, looked at again at most every second.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from earmark.catalog.track import Track
from earmark.errors import EarmarkError, UnknownNameError
from earmark.library.library import Library
from earmark.library.vectors import table_version
from earmark.similarity.finding.versions import Fingerprints
from earmark.similarity.vectors.opening import Collection, open_collection, search_files_state, searchable_source
from earmark.web.drops.drops import Drops
from earmark.web.following import Gone
from earmark.web.jobs.runner import Jobs
from earmark.web.settings import ServeSettings
from earmark.web.uploads import delete_uploads
from earmark.web.values import JobOut, TrackOut, track_out

ValueT = TypeVar("ValueT")

LOOK_AGAIN_SECONDS = 1.0
"""Asking for a table's version costs a few milliseconds; a page that lists tracks asks many times a second."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks of the library at one moment.

    Attributes:
        all: In the order of `Library.tracks`.
        by_id: The same by audio id.
        version: Rises with every change of the table.
    """

    all: tuple[Track, ...]
    by_id: dict[str, Track]
    version: int

    def one(self, audio_id: str) -> Track:
        """Return a track.

        Args:
            audio_id: Its audio id.

        Raises:
            UnknownNameError: The library has no such track.
        """
        track = self.by_id.get(audio_id)
        if track is None:
            raise UnknownNameError("track", audio_id, [f"{len(self.all)} tracks, see /api/tracks"])
        return track


class Shared:
    """What all requests of one server share.

    Args:
        settings: What the server was started with.

    Attributes:
        settings: The same.
        library: The library.
        jobs: Its jobs.
        drops: Dropped files.
        importing: Held while the import of an upload is asked for.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.settings = settings
        self.library = Library.open(settings.library)
        self.jobs = Jobs(self.library)
        delete_uploads(self.library)  # what an earlier server has left; no job of this one has begun
        self.drops = Drops(settings)
        self.importing = threading.Lock()
        self._lock = threading.Lock()
        self._makers: dict[str, threading.Lock] = {}
        self._versions: dict[str, tuple[float, int]] = {}  # replaced as a whole by the end of a job
        self._kept: dict[str, tuple[object, object]] = {}
        self.jobs.board.follow(self._look_again)  # before any page does, which asks anew once it hears of the end

    def version(self, table: str) -> int:
        """The version of a table of the library, at most a second old.

        Args:
            table: Its name.
        """
        now, known = time.monotonic(), self._versions
        at, version = known.get(table, (-LOOK_AGAIN_SECONDS, 0))
        if now - at >= LOOK_AGAIN_SECONDS:
            version = table_version(self.library.storage, table)
            known[table] = (now, version)  # where a job has ended since, this is no longer looked at
        return version

    def _look_again(self, job: JobOut | Gone) -> None:
        if isinstance(job, JobOut) and job.ended is not None:
            self._versions = {}

    def kept(self, name: str, state: object, make: Callable[[], ValueT]) -> ValueT:
        """Return a value that is made again only when what it was made of has changed.

        Args:
            name: The value's name, its own.
            state: What it is made of, such as versions of tables; compared with what it was at the last time.
            make: Makes it, and may ask for values of other names. Two requests never make it at once.
        """
        with self._lock:
            maker = self._makers.setdefault(name, threading.Lock())
        with maker:  # one for each name: what takes seconds holds up only those who wait for it
            known = self._kept.get(name)
            if known is None or known[0] != state:
                known = (state, make())
                self._kept[name] = known
        value: ValueT = known[1]  # type: ignore[assignment]  # kept under this name by this very call
        return value

    def tracks(self) -> Tracks:
        """The tracks as they are now."""
        version = self.version("tracks")

        def read() -> Tracks:
            tracks = tuple(self.library.tracks())
            return Tracks(tracks, {track.audio_id: track for track in tracks}, version)

        return self.kept("tracks", version, read)

    def shown(self, tracks: Sequence[Track]) -> list[TrackOut]:
        """Return tracks as the page shows them, with what was measured of them.

        Args:
            tracks: The tracks; a few hundred at most.
        """
        measures = self.library.measures(track.audio_id for track in tracks) if tracks else {}
        return [track_out(track, measures.get(track.audio_id)) for track in tracks]

    def collection(self) -> Collection:
        """The library opened for searching, by the vectors that `searchable_source` chooses.

        Raises:
            InputError: The library has no tracks, or no vectors yet.
        """
        state = (self.version("tracks"), self.version("measures"), search_files_state(self.library))
        return self.kept("collection", state, lambda: open_collection(self.library, searchable_source(self.library)))

    def prints(self) -> Fingerprints:
        """What finds versions of the same recording among the tracks as they are now."""
        return self.kept("prints", self.version("tracks"), lambda: Fingerprints(self.library))

    def warm(self) -> None:
        """Read what the first visitor would wait for: tens of thousands of tracks take seconds."""
        with contextlib.suppress(EarmarkError):  # no tracks or vectors yet: whoever asks is told
            self.tracks()
            self.collection()

    def close(self) -> None:
        """End what runs; called once, when the server ends."""
        self.drops.close()
        self.jobs.close()


def shared_of(request: Request) -> Shared:
    """Return what all requests share; a dependency of handlers.

    Args:
        request: The request.
    """
    shared: Shared = request.app.state.shared
    return shared


SharedDep = Annotated[Shared, Depends(shared_of)]
