"""Songs as a split sees them, and the groups that must stay whole.

A song is an id, a label and what could give it away: its artists and its release. Which songs hang together
depends on the mode of the split:

- ``song``: nothing; each song is its own group.
- ``release``: songs with the same label and release name (case and blanks aside). The label is part of the
  key, since two labels may each have an EP of one name.
- ``artist``: connected components of songs that share any credited artist, featured artists and remixers
  included, whatever the label.
- ``by-label``: each label by the strictest of these that leaves it something to be tested on. A label of one
  producer, or with one soundtrack, can be in training and in test only if its songs are held apart by less.

A song without a release, or without any artist, is its own group.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from earmark.errors import SplitError, UnknownNameError

SplitMode: TypeAlias = Literal["song", "release", "artist", "by-label"]
"""What no two parts of a split share: ``song`` only the songs, ``release`` also no release, ``artist`` also
no artist, ``by-label`` what `held_apart` says of each label."""

Apart: TypeAlias = Literal["song", "release", "artist"]
"""What a label's songs in different parts do not share."""

SPLIT_MODES: tuple[SplitMode, ...] = get_args(SplitMode)

LARGEST_SHARE = 0.75
"""``by-label``: artists (or releases) hold a label's songs apart where no group of them has a larger share of its
songs: with all but a handful in one group, a test without it has nothing to learn from, or nothing to test."""


@dataclass(frozen=True, slots=True)
class Song:
    """One song to be split.

    Attributes:
        id: Unique among the songs; any text, such as the audio id.
        label: The record label, which is what models learn to tell.
        artist_keys: Identity keys of every credited artist (performers, featured, remixers), already
            normalised.
        release: The release's name, or None where it is not known.
        name: What a message calls the song; the id where empty.
    """

    id: str
    label: str
    artist_keys: frozenset[str] = frozenset()
    release: str | None = None
    name: str = ""

    @property
    def shown(self) -> str:
        """What a message calls the song."""
        return self.name or self.id


def checked_mode(mode: str) -> SplitMode:
    """Narrow a name to a mode.

    Raises:
        UnknownNameError: There is no such mode.
    """
    for known in SPLIT_MODES:
        if mode == known:
            return known
    raise UnknownNameError("split mode", mode, SPLIT_MODES)


def release_key(song: Song) -> tuple[str, str] | None:
    """The label and release that song-mates share, or None for a song without a release."""
    name = " ".join((song.release or "").casefold().split())
    return (song.label, name) if name else None


def group_ids(songs: Sequence[Song], mode: SplitMode, *, apart: Mapping[str, Apart] | None = None) -> NDArray[np.int64]:
    """Which songs must stay together.

    Args:
        songs: Any songs.
        mode: What must not be shared between parts.
        apart: For ``by-label``, what holds each label apart, as a split keeps it; `held_apart` of these songs where
            None. What is decided on all songs of a split may be another decision on some of them.

    Returns:
        int64 ``(n,)``: each song's group, numbered from 0 in the order in which groups first occur.

    Raises:
        UnknownNameError: There is no such mode.
    """
    kinds = _kinds(songs, mode, apart)
    keys: list[object] = list(range(len(songs)))
    by_artist = [at for at, kind in enumerate(kinds) if kind == "artist"]
    for at, component in zip(by_artist, _artist_components([songs[at] for at in by_artist]), strict=True):
        keys[at] = keys[at] if component is None else component
    for at, kind in enumerate(kinds):
        if kind == "release":
            keys[at] = release_key(songs[at]) or at
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def apart_keys(
    songs: Sequence[Song], mode: SplitMode, *, apart: Mapping[str, Apart] | None = None
) -> list[frozenset[str]]:
    """What each song must not share with a song of another part, as it is told to people: artists, or its release.

    Args:
        songs: All songs of the split.
        mode: Its mode.
        apart: As in `group_ids`.

    Raises:
        UnknownNameError: There is no such mode.
    """
    keys = []
    for song, kind in zip(songs, _kinds(songs, mode, apart), strict=True):
        release = release_key(song)
        if kind == "artist":
            keys.append(song.artist_keys)
        elif kind == "release" and release:
            keys.append(frozenset({f"{release[1]} on {release[0]}"}))
        else:
            keys.append(frozenset())
    return keys


def held_apart(songs: Sequence[Song]) -> dict[str, Apart]:
    """For each label, what ``by-label`` keeps out of two parts at once.

    Every label begins with artists. As long as one group of songs holds more than `LARGEST_SHARE` of a label's songs,
    that label is held apart by releases instead, and then by nothing but the songs themselves. Artists join the songs
    of all labels that are held apart by artist, so a label that gives way may free another; what was given up is not
    taken back, so that the answer does not depend on an order.

    Args:
        songs: All songs to be split.

    Returns:
        The labels in alphabetical order.
    """
    labels = sorted({song.label for song in songs})
    members = {label: [at for at, song in enumerate(songs) if song.label == label] for label in labels}
    apart = {label: _first_kind([songs[at] for at in members[label]]) for label in labels}
    while True:
        groups = group_ids(songs, "by-label", apart=apart)
        poor = [
            label
            for label in labels
            if apart[label] != "song"
            and np.unique(groups[members[label]], return_counts=True)[1].max() > LARGEST_SHARE * len(members[label])
        ]
        if not poor:
            return apart
        apart |= {label: _next_kind(apart[label], [songs[at] for at in members[label]]) for label in poor}


def _first_kind(songs: Sequence[Song]) -> Apart:
    return "artist" if any(song.artist_keys for song in songs) else _next_kind("artist", songs)


def _next_kind(kind: Apart, songs: Sequence[Song]) -> Apart:
    return "release" if kind == "artist" and any(release_key(song) for song in songs) else "song"


def _kinds(songs: Sequence[Song], mode: SplitMode, apart: Mapping[str, Apart] | None) -> list[Apart]:
    """What holds each song apart; a label that came after the decision is held apart by nothing."""
    checked = checked_mode(mode)
    if checked != "by-label":
        return [checked] * len(songs)
    by_label = held_apart(songs) if apart is None else apart
    return [by_label.get(song.label, "song") for song in songs]


def _artist_components(songs: Sequence[Song]) -> list[str | None]:
    """For each song the representative artist of its component; None where nobody is credited."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        top = key
        while parent[top] != top:
            top = parent[top]
        while parent[key] != top:  # path compression keeps chains of remixes from being walked again
            parent[key], key = top, parent[key]
        return top

    for song in songs:
        for key in song.artist_keys:
            parent.setdefault(key, key)
        keys = sorted(song.artist_keys)
        for other in keys[1:]:
            parent[root(other)] = root(keys[0])
    return [root(min(song.artist_keys)) if song.artist_keys else None for song in songs]


def linking_names(songs: Iterable[Song], *, most: int = 5) -> str:
    """The artists on the most of these songs, for a message: ``"aly & fila (9 songs), ruben (1 song)"``."""
    counts = Counter(key for song in songs for key in song.artist_keys)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} ({count} song{'s' * (count != 1)})" for name, count in ranked[:most])


def distinct_songs(songs: Sequence[Song]) -> list[Song]:
    """The songs in the order of their ids, so that the order in which they came does not matter.

    Raises:
        SplitError: An id occurs twice.
    """
    ordered = sorted(songs, key=lambda song: song.id)
    twice = [song.shown for song, following in itertools.pairwise(ordered) if song.id == following.id]
    if twice:
        raise SplitError(f"expected each song once, but {listed(twice)} came more than once under one id")
    return ordered


def listed(names: Sequence[str], *, most: int = 10) -> str:
    """Up to ``most`` names for a message, then how many more there are."""
    more = len(names) - most
    return ", ".join(repr(name) for name in names[:most]) + (f" and {more} more" if more > 0 else "")
