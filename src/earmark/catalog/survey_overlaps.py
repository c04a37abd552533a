"""What makes labels look alike, or a test look easy: artists on several labels, and songs that are there twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from earmark.catalog.names import normalise
from earmark.catalog.track import Track

DuplicateKind = Literal["same song", "same title and length"]
"""Same performers, title and mix with different sound; or same title and mix, with lengths within half a second, under
performers that are not the same for all."""

_SAME_LENGTH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SharedArtist:
    """An artist who is on several labels.

    Attributes:
        name: In its most frequent spelling.
        tracks: How many of the artist's tracks each label has, most first.
    """

    name: str
    tracks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SharedArtists:
    """Which artists are on several labels, and how many tracks share an artist.

    Attributes:
        labels: The labels, in the matrix' order.
        matrix: How many artists each two labels share; on the diagonal, how many artists a label has.
        artists: Those on several labels; first those on most labels, then those with most tracks.
        repeated: Tracks that share an artist with another track of their own label: what a look-up of names knows where
            a split does not keep artists apart.
        credited: Tracks with a label and at least one artist.
    """

    labels: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    artists: tuple[SharedArtist, ...]
    repeated: int
    credited: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Tracks that are likely one song.

    Attributes:
        kind: What they have in common.
        tracks: Each one's artists and title, at least two.
        labels: Each one's label.
        lengths: Each one's length in seconds.
        paths: Where each one was found.
    """

    kind: DuplicateKind
    tracks: tuple[str, ...]
    labels: tuple[str | None, ...]
    lengths: tuple[float, ...]
    paths: tuple[str, ...]

    @property
    def across_labels(self) -> bool:
        """Whether the tracks are of different labels, so that one song stands for both."""
        return len(set(self.labels)) > 1


def shared_artists(tracks: Sequence[Track], keys: Sequence[frozenset[str]], labels: Sequence[str]) -> SharedArtists:
    """Find the artists that labels share.

    Args:
        tracks: The whole collection.
        keys: Each track's artist keys, as `earmark.catalog.groups.artist_keys` gives them.
        labels: The labels, in the order wanted.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    credited = [(track.label, own) for track, own in zip(tracks, keys, strict=True) if track.label is not None and own]
    for label, own in credited:
        for key in own:
            counts[key][label] += 1
    pairs: Counter[tuple[str, str]] = Counter(
        (one, other) for found in counts.values() for one in found for other in found
    )
    spellings = _spellings(tracks)
    several = [
        SharedArtist(spellings.get(key, key.title()), dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))))
        for key, found in counts.items()
        if len(found) > 1
    ]
    return SharedArtists(
        labels=tuple(labels),
        matrix=tuple(tuple(pairs[one, other] for other in labels) for one in labels),
        artists=tuple(sorted(several, key=lambda a: (-len(a.tracks), -sum(a.tracks.values()), a.name))),
        repeated=sum(any(counts[key][label] > 1 for key in own) for label, own in credited),
        credited=len(credited),
    )


def find_duplicates(tracks: Sequence[Track]) -> tuple[Duplicate, ...]:
    """Find tracks that are likely one song twice, by their metadata.

    Args:
        tracks: Tracks with different sound.

    Returns:
        Groups of two or more, those of several labels first. No track is in two of them, and one without a title is in
        none.
    """
    by_title: defaultdict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        if track.title is not None:
            by_title[normalise(track.full_title or "")].append(track)
    found = [_duplicate(group) for same_title in by_title.values() for group in _one_song(same_title)]
    return tuple(sorted(found, key=lambda one: (not one.across_labels, one.kind, one.tracks)))


def _one_song(tracks: Sequence[Track]) -> list[list[Track]]:
    """Which tracks of one title are likely one song: by the same performers or of one length, or joined by others."""
    by_performers: defaultdict[frozenset[str], list[Track]] = defaultdict(list)
    for track in tracks:
        if performers := _performers(track):
            by_performers[performers].append(track)
    alike = [group for group in by_performers.values() if len(group) > 1]
    alike += [group for group in _same_length(tracks) if len(set(map(_performers, group))) > 1]
    joined: list[dict[str, Track]] = []
    for group in alike:
        own = {track.audio_id: track for track in group}
        met = [other for other in joined if other.keys() & own.keys()]
        joined = [other for other in joined if not other.keys() & own.keys()]
        for other in met:
            own |= other
        joined.append(own)
    return [list(group.values()) for group in joined]


def _performers(track: Track) -> frozenset[str]:
    return frozenset(map(normalise, track.artists.performers))


def _same_length(tracks: Iterable[Track]) -> Iterator[list[Track]]:
    """Runs of tracks, ordered by length, of which each is hardly longer than the one before."""
    ordered = sorted((track for track in tracks if track.seconds > 0), key=lambda track: track.seconds)
    run = ordered[:1]
    for before, track in pairwise(ordered):
        if track.seconds - before.seconds > _SAME_LENGTH_SECONDS:
            yield from [run] if len(run) > 1 else []
            run = []
        run.append(track)
    if len(run) > 1:
        yield run


def _duplicate(tracks: Sequence[Track]) -> Duplicate:
    ordered = sorted(tracks, key=lambda track: (track.label or "", track.path))
    return Duplicate(
        kind="same song" if len(set(map(_performers, tracks))) == 1 else "same title and length",
        tracks=tuple(track.display for track in ordered),
        labels=tuple(track.label for track in ordered),
        lengths=tuple(track.seconds for track in ordered),
        paths=tuple(track.path for track in ordered),
    )


def _spellings(tracks: Sequence[Track]) -> dict[str, str]:
    """Each artist key's most frequent spelling."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for track in tracks:
        for name in track.artists.everyone:
            found[normalise(name)][name] += 1
    return {key: min(names, key=lambda name: (-names[name], name)) for key, names in found.items()}
