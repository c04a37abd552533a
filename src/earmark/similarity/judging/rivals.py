"""Ways to rank a collection for a track, ours and the simple ones that it has to beat.

Each gives a score to every track of a collection; the greater, the sooner it is found. `Chance` gives none: what a
random order is worth is known exactly (`earmark.evaluation.retrieval.expected_by_chance`) and needs no dice.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.audio.mfcc import mfcc_mean
from earmark.audio.settings import PRESETS
from earmark.errors import InputError
from earmark.library.library import Library
from earmark.similarity.finding.decks import Decks
from earmark.similarity.finding.hubs import DAMPING
from earmark.similarity.finding.mixing import MixRules, transitions
from earmark.similarity.finding.scale import SoundScale
from earmark.similarity.vectors.filters import UNKNOWN_KEY, Columns

FloatArray = NDArray[np.float64]

PITCH_STEP = math.log2(1.06)
"""Octaves of tempo that count as much as one step on the Camelot wheel: 6 %, the usual range of a pitch fader."""

N_MFCC = 40


class Ranker(Protocol):
    """Ranks the tracks of a collection."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def ours(self) -> bool:
        """Whether it is what `earmark similar` does, or a part of it; else a rival."""
        ...

    def scores(self, row: int) -> FloatArray | None:
        """Scores of all tracks for the track in a row: float64 of shape (tracks,); None for a random order."""
        ...


@dataclass(frozen=True, slots=True)
class Chance:
    """A random order.

    Attributes:
        name: What tables call it.
        ours: Never.
    """

    name: str = "random"
    ours: bool = False

    def scores(self, row: int) -> None:
        """None: any order is as good as another."""


@dataclass(frozen=True, slots=True, eq=False)
class ByVectors:
    """Ranks by cosine, damped where that is asked for.

    A damped score is cosine - strength * (crowding - mean crowding): a hub gives way
    (`earmark.similarity.vectors.hub_counts`).

    Attributes:
        name: What tables call it.
        units: float32 of shape (tracks, dimensions), rows of length 1.
        crowding: float32 of shape (tracks,), as in `Search.crowding`; None without damping.
        strength: How much of it is taken off, at least 0.
        ours: See `Ranker.ours`.
    """

    name: str
    units: NDArray[np.float32]
    crowding: NDArray[np.float32] | None = None
    strength: float = DAMPING
    ours: bool = False

    def scores(self, row: int) -> FloatArray:
        """Cosines, or damped cosines; see `Ranker.scores`."""
        likeness = np.asarray(self.units @ self.units[row], dtype=np.float64)
        if self.crowding is None:
            return likeness
        return likeness - self.strength * (self.crowding - float(self.crowding.mean()))


@dataclass(frozen=True, slots=True, eq=False)
class ByTempoAndKey:
    """Ranks by tempo and key alone, as DJ software does.

    Near is what is near in BPM, where double and half time count as the same, and on the Camelot wheel. Where a value
    is not known, the pair gets the mean of the known distances.

    Attributes:
        bpm: float of shape (tracks,); NaN where not known.
        keys: Integers of shape (tracks,): `earmark.catalog.keys.Key.index`, `UNKNOWN_KEY` where not known.
        name: What tables call it.
        ours: Never.
    """

    bpm: NDArray[np.floating]
    keys: NDArray[np.integer]
    name: str = "BPM and key"
    ours: bool = False

    def scores(self, row: int) -> FloatArray:
        """The negative sum of both distances; see `Ranker.scores`."""
        octaves = np.log2(np.asarray(self.bpm, dtype=np.float64) / float(self.bpm[row]))
        tempo = np.abs(octaves - np.round(octaves)) / PITCH_STEP
        key = np.where(self.keys == UNKNOWN_KEY, np.nan, camelot_distance(self.keys, int(self.keys[row])))
        if self.keys[row] == UNKNOWN_KEY:
            key[:] = np.nan
        return -(_filled(tempo) + _filled(key))


@dataclass(frozen=True, slots=True, eq=False)
class ByMixing:
    """Ranks by how well a track mixes after another, as `earmark next` does.

    Transitions that break a rule come after all that keep them.

    Attributes:
        decks: What mixing asks of the tracks.
        rules: What may follow what.
        scale: What cosines mean in this collection.
        name: What tables call it.
        ours: Always.
    """

    decks: Decks
    rules: MixRules
    scale: SoundScale
    name: str = "next"
    ours: bool = True

    def scores(self, row: int) -> FloatArray:
        """Scores of transitions, those that break a rule less 1; see `Ranker.scores`."""
        found = transitions(self.decks.take([row]), self.decks, self.rules, self.scale)
        scores = np.asarray(found.scores[0], dtype=np.float64)
        return np.where(found.allowed[0], scores, scores - 1)


def camelot_distance(keys: NDArray[np.integer], key: int) -> FloatArray:
    """Steps on the Camelot wheel: numbers round the circle, and one step between A and B.

    Args:
        keys: Indices of keys, shape (n,), each 0 to 23.
        key: Index of one key.

    Returns:
        float64 of shape (n,), 0 to 7; 1 for all that mix well (8A with 7A, 9A and 8B).
    """
    apart = np.abs(keys // 2 - key // 2)
    return np.asarray(np.minimum(apart, 12 - apart) + (keys % 2 != key % 2), dtype=np.float64)


def _filled(distances: FloatArray) -> FloatArray:
    known = np.isfinite(distances)
    return np.where(known, distances, distances[known].mean() if known.any() else 0.0)


def tempo_and_key(columns: Columns) -> ByTempoAndKey | None:
    """The rival by BPM and key; None where nothing is known of either."""
    if not np.isfinite(columns.bpm).any() and not (columns.keys != UNKNOWN_KEY).any():
        return None
    return ByTempoAndKey(columns.bpm, columns.keys)


def mfcc_means(library: Library, audio_ids: Sequence[str]) -> NDArray[np.float32]:
    """Each track's mean of 40 MFCCs, from its stored log-mel.

    Args:
        library: Where the log-mel arrays are, as every scan makes them.
        audio_ids: The tracks.

    Returns:
        float32 of shape (tracks, 40).

    Raises:
        LibraryError: A track has none.
    """
    return np.stack([mfcc_mean(library.features(one, PRESETS["paper"]), N_MFCC) for one in audio_ids])


def standardised_units(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Columns at mean 0 and deviation 1 over the collection, then rows at length 1, so that none of them drowns others.

    Args:
        values: Shape (tracks, columns), at least one track, finite.

    Raises:
        InputError: There is no track.
    """
    if values.ndim != 2 or len(values) == 0:
        raise InputError(f"expected values of shape (tracks, columns), at least one track, got {values.shape}")
    wide = np.asarray(values, dtype=np.float64)
    spread = wide.std(axis=0)
    scaled = (wide - wide.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    units = np.divide(scaled, lengths, out=np.zeros_like(scaled), where=lengths > 0)
    return np.asarray(units, dtype=np.float32)
