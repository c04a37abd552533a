"""Two labels beside each other: how far apart they are, in what they differ, who is on both, and where they meet.

Differences are of medians (of shares for keys), with 95 % intervals from weighing whole lead artists anew within each
label, as `earmark.similarity.labels.label_distances` does. A difference is told only where its interval leaves out 0:
with a few artists a label, much of what seems to differ is chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from earmark.audio.estimates import Measures
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.similarity.labels.atlas import Atlas
from earmark.similarity.labels.bridges import find_labels
from earmark.similarity.labels.label_distances import FEWEST_LEADS, middle

Quantity = Literal["bpm", "minor", "lufs", "energy", "year", "spread"]
"""Tempo in beats per minute; share of minor keys, 0 to 1; loudness in LUFS; energy, 0 to 1; year of release; mean
distance between two tracks of the label by different artists, 0 to 2."""

MOST_PAIRS = 5
RESAMPLES = 500
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """In what two labels differ.

    Attributes:
        quantity: What was compared.
        one: Its value at the first label.
        other: Its value at the second.
        interval: The 95 % interval of ``other - one``; None where too few lead artists are known to tell.
    """

    quantity: Quantity
    one: float
    other: float
    interval: tuple[float, float] | None

    @property
    def is_told(self) -> bool:
        """Whether it is told from no difference."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


@dataclass(frozen=True, slots=True)
class NearPair:
    """A track of each label that sound alike.

    Attributes:
        one: Of the first label.
        other: Of the second, by other artists.
        likeness: Their cosine, -1 to 1.
    """

    one: Track
    other: Track
    likeness: float


@dataclass(frozen=True, slots=True)
class LabelPair:
    """Two labels beside each other.

    Attributes:
        one: The first label.
        other: The second.
        distance: How far they are apart, at least 0.
        interval: The 95 % interval of that; they cannot be told apart where it begins at 0.
        weak: Whether they share so many artists that these could not be left out of the distance.
        place: The second label's place among the labels nearest to the first, from 1.
        of: How many labels there are beside the first.
        shared: Who is credited on tracks of both, by name.
        differences: In what they differ, as far as it is known.
        pairs: The pairs of tracks that are most alike, each lead artist once.
    """

    one: str
    other: str
    distance: float
    interval: tuple[float, float]
    weak: bool
    place: int
    of: int
    shared: tuple[str, ...]
    differences: tuple[Difference, ...]
    pairs: tuple[NearPair, ...]


def compare_labels(
    atlas: Atlas, one: str, other: str, *, measures: Mapping[str, Measures] | None = None, seed: int = 0
) -> LabelPair:
    """Put two labels beside each other.

    Args:
        atlas: The labels' atlas.
        one: A label's name; case and accents do not count.
        other: Another one's.
        measures: What was measured of their tracks' sound, by audio id; may lack any.
        seed: Seed of the artists' weights.

    Raises:
        UnknownNameError: There is no such label.
        InputError: One is left out of the atlas, or both names are of the same label.
    """
    places = find_labels(atlas.choice, [one, other])
    if len(places) < 2:
        raise InputError(f"two labels are compared, got {one} twice; name another one")
    first, second = places
    rng, known = np.random.default_rng(seed), measures or {}
    return LabelPair(
        one=atlas.labels[first],
        other=atlas.labels[second],
        distance=float(atlas.distances.matrix[first, second]),
        interval=atlas.distances.interval(first, second),
        weak=bool(atlas.distances.weak[first, second]),
        place=atlas.distances.nearest(first).index(second) + 1,
        of=len(atlas.labels) - 1,
        shared=_shared(atlas.choice.by_label[first], atlas.choice.by_label[second]),
        differences=(*_differences(atlas, first, second, known, rng), _spreads(atlas, first, second)),
        pairs=tuple(islice(_near_pairs(atlas, first, second), MOST_PAIRS)),
    )


def _shared(one: Sequence[Track], other: Sequence[Track]) -> tuple[str, ...]:
    """Who is credited on both, in the first label's spelling, by name."""
    names = [{normalise(name): name for track in some for name in track.artists.everyone} for some in (one, other)]
    return tuple(sorted(names[0][key] for key in names[0].keys() & names[1].keys()))


def _differences(
    atlas: Atlas, first: int, second: int, measures: Mapping[str, Measures], rng: np.random.Generator
) -> Iterator[Difference]:
    for quantity in ("bpm", "minor", "lufs", "energy", "year"):
        told = [_resampled(atlas, label, quantity, measures, rng) for label in (first, second)]
        if told[0] is None or told[1] is None:
            continue
        one, other = told[0], told[1]
        sure = len(one) > 1 and len(other) > 1
        interval = middle(other[1:] - one[1:]) if sure else None
        yield Difference(quantity, float(one[0]), float(other[0]), interval)


def _resampled(
    atlas: Atlas, label: int, quantity: Quantity, measures: Mapping[str, Measures], rng: np.random.Generator
) -> Floats | None:
    """A label's value, first as found, then with lead artists weighed anew; None where nothing is known."""
    rows = atlas.choice.placed.rows_of(label)
    known = [_value(track, quantity, measures) for track in atlas.choice.tracks[rows]]
    there = np.array([value is not None for value in known], dtype=np.bool_)
    values = np.array([value for value in known if value is not None], dtype=np.float64)
    if not len(values):
        return None
    middling = np.mean if quantity == "minor" else np.median
    found = np.array([middling(values)])
    _, leads = np.unique(atlas.choice.placed.lead_of[rows][there], return_inverse=True)
    n_leads = int(leads.max()) + 1
    if n_leads < FEWEST_LEADS:
        return found
    # Weights as of the labels' distances: a mean over artists then has its own variance, and no draw is empty.
    weights = rng.dirichlet(np.full(n_leads, (n_leads - 2) / n_leads), size=RESAMPLES)[:, leads]
    drawn = weights @ values / weights.sum(axis=1) if quantity == "minor" else _weighted_medians(values, weights)
    return np.concatenate([found, drawn])


def _value(track: Track, quantity: Quantity, measures: Mapping[str, Measures]) -> float | None:
    measured = measures.get(track.audio_id)
    if quantity == "bpm":
        return track.bpm
    if quantity == "minor":
        return None if track.key is None else float(track.key.mode == "minor")
    if quantity == "year":
        return None if track.released is None else float(track.released.year)
    if measured is None:
        return None
    return measured.lufs if quantity == "lufs" else measured.energy


def _weighted_medians(values: Floats, weights: Floats) -> Floats:
    """The lower weighted median of values under each weighing; weights have shape (weighings, values)."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[:, order], axis=1)
    at = (below >= below[:, -1:] / 2).argmax(axis=1)
    return np.asarray(values[order][at], dtype=np.float64)


def _spreads(atlas: Atlas, first: int, second: int) -> Difference:
    spreads = atlas.distances.spreads
    one, other = spreads[:, first], spreads[:, second]
    return Difference("spread", float(one[0]), float(other[0]), middle(other[1:] - one[1:]))


def _near_pairs(atlas: Atlas, first: int, second: int) -> Iterator[NearPair]:
    """Pairs by different artists, the most alike first; each lead artist once on each side."""
    placed, tracks = atlas.choice.placed, atlas.choice.tracks
    ours, theirs = placed.rows_of(first), placed.rows_of(second)
    likeness = placed.units[ours] @ placed.units[theirs].T
    used: set[int] = set()
    for flat in np.argsort(-likeness, axis=None, kind="stable").tolist():
        row, column = divmod(flat, likeness.shape[1])
        one, other = row + ours.start, column + theirs.start
        leads = {int(placed.lead_of[one]), int(placed.lead_of[other])}
        if leads & used or placed.keys[one] & placed.keys[other]:
            continue
        used |= leads
        yield NearPair(tracks[one], tracks[other], float(np.clip(likeness[row, column], -1, 1)))
