"""Which track is meant: a path, an audio id, or words of artist and title."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from earmark.audio.estimates import Measures
from earmark.audio.fingerprint import fingerprint
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.similarity.finding.versions import Fingerprints
from earmark.similarity.vectors.opening import Collection

if TYPE_CHECKING:
    from earmark.similarity.vectors.embedding import QueryTrack

MOST_LISTED: Final = 10
"""Matches that an error lists."""
NEAREST_LISTED: Final = 5
"""Names that are told where nothing matches."""

_AUDIO_ID = re.compile(r"[0-9a-f]{6,32}")


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A track that is asked about.

    Attributes:
        track: The track.
        unit: float32 of shape (dimensions,): its placed vector.
        measures: What was measured of its sound; None where nothing was.
        in_library: Whether it is a track of the library.
    """

    track: Track
    unit: NDArray[np.float32]
    measures: Measures | None
    in_library: bool


def find_track(text: str, tracks: Sequence[Track]) -> Track | Path:
    """Find the track that a text means.

    Args:
        text: A file's path, an audio id (its first six digits or more), or words of artist and title.
        tracks: The tracks of the library.

    Returns:
        The track, or the path of a file that is not in the library.

    Raises:
        InputError: Nothing is meant by it, or more than one track is.
    """
    name = os.path.expanduser(text)  # noqa: PTH111 - unlike pathlib's it leaves alone what it cannot expand
    is_file = os.path.isfile(name)  # noqa: PTH113 - unlike pathlib's it takes any text, however long, for no file
    spellings = {name, os.path.abspath(name)} | ({os.path.realpath(name)} if is_file else set())  # noqa: PTH100
    known = next((track for track in tracks if track.path in spellings), None)
    if known is not None:
        return known
    if is_file:
        return Path(name)
    found = _by_id(text, tracks) or _by_words(text, tracks)
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(text, found)
    if os.path.isdir(name):  # noqa: PTH112 - as above
        raise InputError(f"{text} is a folder; name one audio file, or a track of the library")
    raise _unknown(text, tracks)


def _by_id(text: str, tracks: Sequence[Track]) -> list[Track]:
    if not _AUDIO_ID.fullmatch(text.strip().lower()):
        return []
    return [track for track in tracks if track.audio_id.startswith(text.strip().lower())]


def _by_words(text: str, tracks: Sequence[Track]) -> list[Track]:
    """Tracks called exactly so, else those whose title is that, else those with all of the words."""
    wanted = normalise(text)
    words = wanted.split()
    if not words:
        return []
    named = [(track, normalise(track.display)) for track in tracks]
    found = [(track, name) for track, name in named if all(word in name for word in words)]
    exact = [track for track, name in found if name == wanted]
    titled = [
        track for track, _ in found if wanted in {normalise(track.title or ""), normalise(track.full_title or "")}
    ]
    return exact or titled or [track for track, name in found if all(_has(word, name) for word in words)]


def _has(word: str, name: str) -> bool:
    return any(part.startswith(word) for part in name.split())


def _ambiguous(text: str, found: Sequence[Track]) -> InputError:
    listed = "\n".join(f"  {track.audio_id[:12]}  {track.display}" for track in found[:MOST_LISTED])
    more = f"\n  and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
    return InputError(
        f"{text!r} means {len(found)} tracks; give more words, the file's path, or the beginning of its audio id:\n"
        f"{listed}{more}"
    )


def _unknown(text: str, tracks: Sequence[Track]) -> InputError:
    if not tracks:
        return InputError("the library has no tracks yet; fill it with `earmark scan FOLDER`")
    file = "nor a file " if "/" in text or "\\" in text or Path(text).suffix else ""
    names = {normalise(track.display): track.display for track in tracks}
    titles = {normalise(track.title): track.display for track in tracks if track.title}
    wanted = normalise(text)
    near = [titles[one] for one in get_close_matches(wanted, titles, n=NEAREST_LISTED, cutoff=0.5)]
    near += [names[one] for one in get_close_matches(wanted, names, n=NEAREST_LISTED, cutoff=0.3)]
    listed = "\n".join(f"  {name}" for name in dict.fromkeys(near[: 2 * NEAREST_LISTED]))
    told = f"; the nearest are:\n{listed}" if listed else "; `earmark tracks` lists all"
    return InputError(f"there is no track {file}called {text!r} in the library{told}")


def library_query(track: Track, collection: Collection) -> Query:
    """Ask about a track of the library.

    Args:
        track: The track.
        collection: The library, opened for searching.

    Raises:
        InputError: The track has no vector.
    """
    [unit] = collection.search.vectors([track.audio_id])
    measures = collection.library.measures([track.audio_id]).get(track.audio_id)
    return Query(track, unit, measures, in_library=True)


def make_query(text: str, collection: Collection, prints: Fingerprints) -> Query:
    """Find the track that a text means, with its vector; a file that is not in the library is heard now.

    Args:
        text: As for `find_track`.
        collection: The library, opened for searching.
        prints: Fingerprints; that of a new file is added.

    Raises:
        InputError: Nothing or more than one track is meant, or the track has no vector.
        DecodeError: The file cannot be read.
    """
    found = find_track(text, collection.all_tracks())
    if isinstance(found, Track):
        return library_query(found, collection)
    # Hearing a file needs much that looking up a track does not, and importing it takes a second.
    from earmark.similarity.vectors.embedding import embed_file

    return query_of(embed_file(found, collection.library, collection.source), collection, prints)


def query_of(heard: "QueryTrack", collection: Collection, prints: Fingerprints) -> Query:
    """Ask about a file that was heard.

    Args:
        heard: The file, with its vector by the collection's source.
        collection: The library, opened for searching.
        prints: Fingerprints; that of the file is added.
    """
    prints.add(heard.track.audio_id, fingerprint(heard.log_mel))
    [unit] = collection.space.place(heard.embedding[np.newaxis])
    # The same sound may lie in the library under another path.
    known = heard.track.audio_id in set(collection.columns.audio_ids.tolist())
    return Query(heard.track, unit, heard.measures, in_library=known)
