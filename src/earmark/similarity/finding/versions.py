"""Versions of one recording (copies, edits, extended mixes), recognised by sound among neighbours and folded together.

Nothing is merged or deleted: the best of them stays in its place and the others are listed with it. Fingerprints are
made at first need from the stored log-mel and kept in the library.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from earmark.audio.fingerprint import (
    FINGERPRINT_SETTINGS,
    FINGERPRINT_VERSION,
    Fingerprint,
    Match,
    Matcher,
    fingerprint,
)
from earmark.catalog.track import Track
from earmark.errors import InputError, LibraryError
from earmark.library.library import Library
from earmark.library.rows import feature_name

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")

FOLDER: Final = f"fingerprint-v{FINGERPRINT_VERSION}"
"""Where fingerprints lie beside the features."""

SAME_LENGTH: Final = 0.03
"""Lengths that differ by less are the same: encoders pad, and silence is trimmed."""


@dataclass(frozen=True, slots=True)
class Version:
    """Another version of a recording.

    Attributes:
        track: The version.
        match: What it has in common with the one it is listed under.
        words: What it is, such as ``"shorter version, Radio Edit (3:12)"``.
    """

    track: Track
    match: Match
    words: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "audio_id": self.track.audio_id,
            "path": self.track.path,
            "track": self.track.display,
            "version": self.words,
            "shared_seconds": round(self.match.seconds, 1),
            "shared_share": round(self.match.share, 3),
        }


MATCHERS_KEPT: Final = 64
"""Fingerprints that are held ready: each takes a megabyte, and a question compares about fifty tracks."""

MATCHES_KEPT: Final = 50_000
"""Comparisons that are remembered, since a page asks nearly the same question again and again."""


@dataclass(slots=True)
class Fingerprints:
    """The fingerprints of a library's tracks, and of files beside it; may be shared by threads.

    Attributes:
        library: The library.
        lacking: Tracks that have none, since their log-mel is not stored.
    """

    library: Library
    lacking: set[str] = field(default_factory=set)
    _matchers: dict[str, Matcher] = field(default_factory=dict)
    _added: dict[str, Matcher] = field(default_factory=dict)
    _matches: dict[tuple[str, str], tuple[Match | None]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, audio_id: str, made: Fingerprint) -> None:
        """Add the fingerprint of a file that is not in the library.

        Args:
            audio_id: The file's audio id.
            made: Its fingerprint.
        """
        self._added[audio_id] = Matcher(made)

    def match(self, first: str, second: str) -> Match | None:
        """What two recordings have in common, by audio id; None where one of them has no fingerprint."""
        pair = first, second
        known = self._matches.get(pair)
        if known is not None:
            return known[0]
        one, other = self._matcher(first), self._matcher(second)
        found = None if one is None or other is None else one.match(other)
        _keep(self._lock, self._matches, pair, (found,), MATCHES_KEPT)
        return found

    def same_recording(self, first: str, second: str) -> bool:
        """Whether two tracks, by audio id, are known to be one recording."""
        if first == second:
            return True
        found = self.match(first, second)
        return found is not None and found.same_recording

    def _matcher(self, audio_id: str) -> Matcher | None:
        ready = self._added.get(audio_id) or self._matchers.get(audio_id)
        if ready is None and audio_id not in self.lacking:
            try:
                ready = Matcher(self._read(audio_id))
            except LibraryError:
                self.lacking.add(audio_id)  # told by `Fingerprints.notes`
        if ready is not None and audio_id not in self._added:
            _keep(self._lock, self._matchers, audio_id, ready, MATCHERS_KEPT)
        return ready

    def _read(self, audio_id: str) -> Fingerprint:
        name = feature_name(audio_id, FOLDER)
        with suppress(LibraryError, InputError):  # not made yet, or cut off by a power failure
            return Fingerprint.from_array(self.library.storage.read_array(name))
        made = fingerprint(self.library.features(audio_id, FINGERPRINT_SETTINGS))
        with suppress(LibraryError):  # a library that may only be read: it is made again next time
            self.library.storage.write_array(name, made.to_array())
        return made

    def notes(self) -> list[str]:
        """What a user should know."""
        if not self.lacking:
            return []
        tracks = "1 track" if len(self.lacking) == 1 else f"{len(self.lacking)} tracks"
        return [
            f"{tracks} could not be compared with others as versions of one recording, for want of a stored log-mel; "
            "`earmark scan` makes it."
        ]


def _keep(lock: Lock, kept: dict[KeyT, ValueT], key: KeyT, value: ValueT, most: int) -> None:
    """Keep a value as the last one used; where there are too many, the one that was not used for longest goes."""
    with lock:
        kept.pop(key, None)
        kept[key] = value
        if len(kept) > most:
            del kept[next(iter(kept))]


def version_words(track: Track, of: Track, match: Match) -> str:
    """Say what a version is beside another one.

    Args:
        track: The version.
        of: The track that it is listed under.
        match: What both have in common.
    """
    length = f"{int(track.seconds) // 60}:{int(track.seconds) % 60:02d}"
    ratio = track.seconds / of.seconds
    kind, other = Path(track.path).suffix.lstrip(".").upper(), Path(of.path).suffix.lstrip(".").upper()
    if abs(ratio - 1) <= SAME_LENGTH and match.share >= 0.8:
        told = f"{kind} copy" if kind != other else "copy"
    elif abs(ratio - 1) <= SAME_LENGTH:
        told = "other edit"
    else:
        told = "shorter version" if ratio < 1 else "longer version"
    named = f", {track.mix}" if track.mix and track.mix != of.mix else ""
    return f"{told}{named} ({length})"


def find_version(prints: Fingerprints, track: Track, others: Iterable[Track]) -> tuple[Track, Match] | None:
    """Find the first of some tracks that is the same recording; None where there is none.

    Args:
        prints: Fingerprints.
        track: A track.
        others: Tracks it may be a version of.
    """
    for other in others:
        found = prints.match(track.audio_id, other.audio_id)
        if found is not None and found.same_recording:
            return other, found
    return None


@dataclass(slots=True)
class Folded:
    """A track with its other versions.

    Attributes:
        track: The best of them.
        versions: The others, in the order found.
    """

    track: Track
    versions: list[Version] = field(default_factory=list)


def fold(prints: Fingerprints, ranked: Sequence[Track], kept: Sequence[Folded] = ()) -> list[Folded]:
    """Fold versions of one recording under the best of them.

    Args:
        prints: Fingerprints.
        ranked: Tracks, the best first.
        kept: What later tracks may be folded under besides.

    Returns:
        `kept`, and after them the tracks that are no version of one before them.
    """
    folded = list(kept)
    for track in ranked:
        found = find_version(prints, track, (one.track for one in folded))
        if found is None:
            folded.append(Folded(track))
            continue
        home = next(one for one in folded if one.track is found[0])
        home.versions.append(Version(track, found[1], version_words(track, home.track, found[1])))
    return folded
