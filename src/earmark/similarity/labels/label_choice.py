"""Which labels and tracks an atlas is made of, and which are left out and why."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.groups import artist_keys
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.groups import Apart
from earmark.similarity.labels.label_distances import FEWEST_LEADS
from earmark.similarity.vectors.placed_tracks import PlacedTracks, lead_artists, place_tracks

MOST_LABELS = 100
"""Labels of an atlas at most, those with most tracks; more are not told apart in a picture."""
MOST_TRACKS = 20_000
"""Tracks of an atlas at most; of large labels a sample is taken, so that small ones stay whole."""
MOST_OF_LABEL = 1000
"""Tracks of one label at most: more would change no distance in a digit that its interval leaves, and take memory."""

VectorsOf = Callable[[Sequence[Track]], NDArray[np.floating]]
"""Gives tracks' vectors, shape (tracks, dimensions), rows of length 1."""

LEADS: dict[Apart, str] = {"artist": "lead artist", "release": "release", "song": "song"}
"""What stands for itself, and is drawn anew as a whole."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A label that is not on the atlas.

    Attributes:
        label: Its name.
        tracks: How many tracks with a vector it has.
        why: Why, in words.
    """

    label: str
    tracks: int
    why: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"label": self.label, "tracks": self.tracks, "why": self.why}


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What an atlas is made of.

    Attributes:
        placed: The tracks that are compared.
        tracks: The same tracks in the same order.
        by_label: All tracks of each label, in the order of ``placed.labels``, also those that the sample lacks.
        left_out: Labels that are not on the atlas, largest first.
        unlabelled: How many tracks have no label.
        nameless: How many of the compared tracks credit nobody, so that their release stands in for an artist.
    """

    placed: PlacedTracks
    tracks: tuple[Track, ...]
    by_label: tuple[tuple[Track, ...], ...]
    left_out: tuple[LeftOut, ...]
    unlabelled: int
    nameless: int


def choose(
    tracks: Sequence[Track],
    vectors_of: VectorsOf,
    *,
    apart: Apart = "artist",
    min_tracks: int = 5,
    rng: np.random.Generator,
) -> Choice:
    """Choose labels with enough tracks by enough artists, and a sample of tracks where there are very many.

    Args:
        tracks: The collection.
        vectors_of: Gives the vectors of some of them; asked once, for those that are compared.
        apart: What two tracks must not share to be compared.
        min_tracks: Tracks that a label needs, at least 2.
        rng: The source of chance for the sample.

    Raises:
        InputError: Fewer than two labels are left, or ``min_tracks`` is below 2.
    """
    if min_tracks < 2:
        raise InputError(f"a label needs at least 2 tracks to be a place, got {min_tracks}")
    own = [track for track in tracks if track.label is not None]
    keys = comparison_keys(own, apart)
    sizes = Counter(track.label or "" for track in own)
    leads = lead_artists(keys)
    kept, left_out = _kept_labels(own, leads, sizes, apart=apart, min_tracks=min_tracks)
    if len(kept) < 2:
        raise InputError(_too_few(kept, left_out, len(tracks)))
    names = {label: place for place, label in enumerate(kept)}
    of = [at for at, track in enumerate(own) if track.label in names]
    labels = [names[own[at].label or ""] for at in of]
    rows = [(of[at], labels[at]) for at in _sample(labels, [leads[at] for at in of], rng)]
    placed = place_tracks(
        vectors_of([own[at] for at, _ in rows]),
        [label for _, label in rows],
        [keys[at] for at, _ in rows],
        labels=kept,
        leads=[leads[at] for at, _ in rows],
    )
    sorted_tracks = tuple(own[rows[at][0]] for at in placed.order)
    by_label = tuple(tuple(track for track in own if track.label == label) for label in kept)
    nameless = sum(not track.artist_keys for track in sorted_tracks) if apart == "artist" else 0
    return Choice(placed, sorted_tracks, by_label, left_out, len(tracks) - len(own), nameless)


def comparison_keys(tracks: Sequence[Track], apart: Apart) -> list[frozenset[str]]:
    """What two tracks must not share to be compared: at least one key for each track.

    Args:
        tracks: The collection.
        apart: ``"artist"``: anyone credited, or the release where nobody is; ``"release"``: the release;
            ``"song"``: nothing. A track without any is apart from all others.
    """
    credited = artist_keys(tracks) if apart == "artist" and tracks else [frozenset[str]()] * len(tracks)
    return [own or frozenset([_stand_in(track, apart)]) for track, own in zip(tracks, credited, strict=True)]


def _stand_in(track: Track, apart: Apart) -> str:
    # A slash is in no normalised name, so that none of these is taken for an artist.
    if apart != "song" and track.release:
        return f"release/{normalise(track.label or '')}/{normalise(track.release)}"
    return f"song/{track.audio_id}"


def _kept_labels(
    tracks: Sequence[Track], leads: Sequence[str], sizes: Counter[str], *, apart: Apart, min_tracks: int
) -> tuple[list[str], tuple[LeftOut, ...]]:
    """Labels of the atlas by name, and those that are left out."""
    names = sorted(sizes, key=lambda label: (-sizes[label], label))
    leads_of = Counter(label for label, _ in {(track.label, lead) for track, lead in zip(tracks, leads, strict=True)})
    kept: list[str] = []
    left_out: list[LeftOut] = []
    for label in names:
        why = _why_not(sizes[label], leads_of[label], apart=apart, min_tracks=min_tracks)
        if not why and len(kept) == MOST_LABELS:
            why = f"not among the {MOST_LABELS} labels with most tracks"
        if why:
            left_out.append(LeftOut(label, sizes[label], why))
        else:
            kept.append(label)
    return sorted(kept), tuple(left_out)


def _why_not(n_tracks: int, n_leads: int, *, apart: Apart, min_tracks: int) -> str:
    if n_tracks < min_tracks:
        return f"{n_tracks} {_plural('track', n_tracks)}; {min_tracks} are needed"
    if n_leads < FEWEST_LEADS:
        return f"only {n_leads} {_plural(LEADS[apart], n_leads)}; {FEWEST_LEADS} are needed to tell what they share"
    return ""


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _too_few(kept: Sequence[str], left_out: Sequence[LeftOut], n_tracks: int) -> str:
    told = "; ".join(f"{one.label}: {one.why}" for one in left_out[:5])
    more = f"; and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    found = f"only {kept[0]} has them" if kept else "none has them"
    return (
        f"an atlas needs two labels with enough tracks by enough artists; of {n_tracks} tracks with a vector, {found}"
        f"{f' ({told}{more})' if told else ''}; scan more music, or ask for less with --min-tracks and --apart"
    )


def _sample(of: Sequence[int], leads: Sequence[str], rng: np.random.Generator) -> list[int]:
    """Places of the tracks that are compared, rising: all, or so many of each label that all are not too many."""
    labels = np.array(of, dtype=np.int64)
    sizes = np.bincount(labels)
    # The largest number for each label that keeps the sum below the limit; small labels are whole.
    each = max(cut for cut in range(1, MOST_OF_LABEL + 1) if np.minimum(sizes, cut).sum() <= MOST_TRACKS)
    if sizes.max() <= each:
        return list(range(len(labels)))
    chosen = []
    for label in range(len(sizes)):
        own = rng.permutation(np.flatnonzero(labels == label))
        # A label stays one of several artists even where one of them has nearly all of its tracks.
        first = np.unique([leads[at] for at in own], return_index=True)[1][:FEWEST_LEADS]
        chosen.append(np.concatenate([own[first], np.delete(own, first)])[:each])
    return [int(at) for at in np.sort(np.concatenate(chosen))]
