"""Which track of the library is meant: by path, by what is left of a path that moved, by name, by song.

The ways are asked in order, and one that finds exactly one track decides. Where a way finds several, the next ones only
choose among those; several at the end are ambiguous and none is taken. Lengths tell tracks apart wherever both are
known: a collection has many ``01.mp3``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from earmark.catalog.names import normalise
from earmark.catalog.track import Track, Values
from earmark.interop.locations import path_parts

How = Literal["path", "path but for case", "moved folder", "file name and length", "artist, title and length"]
"""By what a track was matched; the first is the surest."""

SAME_SECONDS = 1.5
"""Two lengths count as one within this: programs round them, and decoders differ by what an encoder padded."""

LEAST_TAIL = 2
"""Parts of a path, the file's name among them, that have to agree after a folder was moved."""

LEAST_LETTERS = 8
"""Where no length is known, a file name with fewer letters (``01.mp3``) needs one part more to agree."""

# A mix that says nothing; shops write it, tags often do not.
_PLAIN_MIXES = frozenset({"original mix", "original", "original version"})

_Song = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for a location.

    Attributes:
        how: By what it was found; None where it was not, or where several tracks fit.
        audio_ids: The track, or the several that fit, sorted.
    """

    how: How | None
    audio_ids: tuple[str, ...]

    @property
    def audio_id(self) -> str | None:
        """The track, where there is exactly one."""
        return self.audio_ids[0] if self.how is not None else None


class Matcher:
    """Finds a library's tracks by what another program says of them.

    Args:
        tracks: The library's tracks.
        files: Every file that the library knows, with its track: one recording may lie at several places.
    """

    def __init__(self, tracks: Iterable[Track], files: Mapping[str, str]) -> None:
        self._tracks = {track.audio_id: track for track in tracks}
        self._by_path: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._by_folded: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._by_name: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self._by_song: defaultdict[_Song, set[str]] = defaultdict(set)
        places = {track.path: track.audio_id for track in self._tracks.values()} | dict(files)
        for path, audio_id in places.items():
            if audio_id in self._tracks and (parts := path_parts(path)):
                self._by_path[parts].add(audio_id)
                self._by_folded[_folded(parts)].add(audio_id)
                self._by_name[parts[-1].casefold()].append((parts, audio_id))
        for track in self._tracks.values():
            if song := _song(track.title, track.mix):
                self._by_song[song].add(track.audio_id)
        self._ways: dict[How, Callable[[tuple[str, ...], Values], set[str]]] = {
            "path": lambda parts, _: self._by_path.get(parts, set()),
            "path but for case": lambda parts, _: self._by_folded.get(_folded(parts), set()),
            "moved folder": self._moved,
            "file name and length": self._named,
            "artist, title and length": self._sung,
        }

    def path_of(self, audio_id: str) -> str:
        """The file of one of the tracks."""
        return self._tracks[audio_id].path

    def match(self, location: str, values: Values) -> Match:
        """Find the track that a location means.

        Args:
            location: A path as the program's computer writes it.
            values: What the program says of the track; of use are its length, artists, title and mix.
        """
        parts = path_parts(location)
        pool: set[str] | None = None
        for how, find in self._ways.items() if parts else ():
            found = find(parts, values)
            found = found if pool is None else found & pool
            if len(found) == 1:
                return Match(how, tuple(found))
            pool = found or pool
        return Match(None, tuple(sorted(pool or ())))

    def _moved(self, parts: tuple[str, ...], values: Values) -> set[str]:
        """Tracks whose path ends as this one does, those that agree longest; of these, longest with their case."""
        asked = _folded(parts)
        telling = values.seconds is not None or sum(map(str.isalpha, PurePosixPath(asked[-1]).stem)) >= LEAST_LETTERS
        least = LEAST_TAIL if telling else LEAST_TAIL + 1
        ends = [
            ((shared, _common_ends(parts, known)), audio_id)
            for known, audio_id in self._by_name.get(asked[-1], ())
            if (shared := _common_ends(asked, _folded(known))) >= least and self._fits(audio_id, values)
        ]
        most = max((agreed for agreed, _ in ends), default=None)
        return {audio_id for agreed, audio_id in ends if agreed == most}

    def _named(self, parts: tuple[str, ...], values: Values) -> set[str]:
        """Tracks with the file's name and the track's length."""
        if values.seconds is None:
            return set()
        named = self._by_name.get(parts[-1].casefold(), ())
        return {audio_id for _, audio_id in named if self._fits(audio_id, values)}

    def _sung(self, _parts: tuple[str, ...], values: Values) -> set[str]:
        """Tracks of this title and mix that share an artist and have the length."""
        song = _song(values.title, values.mix)
        if values.seconds is None or song is None or values.artists is None:
            return set()
        artists = values.artists.keys
        return {
            audio_id
            for audio_id in self._by_song.get(song, ())
            if self._fits(audio_id, values) and not artists.isdisjoint(self._tracks[audio_id].artist_keys)
        }

    def _fits(self, audio_id: str, values: Values) -> bool:
        """Whether nothing that is known of both contradicts: length, or artist and title together."""
        track = self._tracks[audio_id]
        if values.seconds is not None and abs(values.seconds - track.seconds) > SAME_SECONDS:
            return False
        mine, theirs = _song(track.title, None), _song(values.title, None)
        if mine is None or theirs is None or values.artists is None or not track.artist_keys:
            return True
        return mine == theirs or not values.artists.keys.isdisjoint(track.artist_keys)


def _folded(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in parts)


def _common_ends(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many last parts two paths share."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _song(title: str | None, mix: str | None) -> _Song | None:
    """Title and mix as they are compared; None without a title."""
    if not title:
        return None
    plain = normalise(mix or "")
    return normalise(title), "" if plain in _PLAIN_MIXES else plain
