"""How well one track mixes into another: sound, key, tempo, level, energy and variety, each from 0 to 1.

All of it is computed for many pairs at once, as arrays; `earmark.similarity.finding.reasons` puts the numbers of one
pair into words. What is not known of a track (its key, say) counts as 0.5, neither for it nor against it, and breaks no
rule unless a key is demanded.

=========  ==========================================================================================================
term       1 is                                                     0 is
=========  ==========================================================================================================
sound      as alike as the nearest thousandth of pairs              no more alike than half of all pairs
key        the same key (module `harmony`)                          no allowed rule leads there
tempo      the same tempo, in half or double time 0.85 of that      the edge of the pitch range, and beyond
level      the intro is as loud as the outro                        12 LU louder or softer
energy     the same energy as a whole                               0.35 more or less, of 1
variety    another artist and another release                       the same artist; 0.5 for the same release
=========  ==========================================================================================================

A score is the mean of the terms by their weights. Without key lock a track is out of tune by what its speed moves it
beyond whole semitones; half a semitone, the most there is, halves the value of its key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError, UnknownNameError
from earmark.similarity.finding.decks import Decks, shared_artists
from earmark.similarity.finding.harmony import DEFAULT_RULES, KeyRule, rule_table, shift_table
from earmark.similarity.finding.scale import SoundScale
from earmark.similarity.vectors.filters import UNKNOWN_KEY

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

Term = Literal["sound", "key", "tempo", "level", "energy", "variety"]
"""What is weighed in a transition."""

TERMS: Final[tuple[Term, ...]] = get_args(Term)

DEFAULT_WEIGHTS: Final[Mapping[Term, float]] = {
    "sound": 2.0,
    "key": 1.0,
    "tempo": 1.0,
    "level": 0.5,
    "energy": 0.5,
    "variety": 0.5,
}

UNKNOWN_VALUE: Final = 0.5
"""What a term counts of which nothing is known."""

TIMES: Final = (1.0, 2.0, 0.5)
"""The second track as it is, in double time and in half time: factors of its BPM."""

_HALF_TIME, _LEVEL_SPAN, _ENERGY_SPAN = 0.85, 12.0, 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class MixRules:
    """What may follow what, and what counts how much.

    Attributes:
        keys: The key rules that are allowed.
        pitch_range: How far the second track may be sped up or slowed down, in percent.
        key_lock: Whether its key stays as it is meanwhile.
        strict_key: Whether tracks whose key is not known, or not surely, are refused.
        weights: The weight of each term, at least 0, not all 0.

    Raises:
        InputError: A number is out of range.
    """

    keys: tuple[KeyRule, ...] = DEFAULT_RULES
    pitch_range: float = 6.0
    key_lock: bool = True
    strict_key: bool = False
    weights: Mapping[Term, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))

    def __post_init__(self) -> None:
        if not 0 < self.pitch_range <= 50:
            raise InputError(f"a pitch range is above 0 and at most 50 percent, not {self.pitch_range:g}")
        values = list(self.weights.values())
        if not all(0 <= value < float("inf") for value in values) or not sum(values) > 0:
            told = ", ".join(f"{term}={value:g}" for term, value in self.weights.items())
            raise InputError(f"weights are at least 0 and not all 0, unlike {told}")


def parse_weights(text: str | None) -> dict[Term, float]:
    """Read weights as typed, such as ``sound=2,key=0``; terms that are not named keep their default.

    Args:
        text: Terms with weights, separated by commas; None for the defaults.

    Raises:
        UnknownNameError: There is no such term.
        InputError: A weight is no number.
    """
    weights = dict(DEFAULT_WEIGHTS)
    for part in (text or "").split(","):
        if not part.strip():
            continue
        name, _, value = part.partition("=")
        term = next((one for one in TERMS if one == name.strip().lower()), None)
        if term is None:
            raise UnknownNameError("weight", name.strip(), TERMS)
        try:
            weights[term] = float(value)
        except ValueError as error:
            raise InputError(f"a weight is written as {term}=2, not {part.strip()!r}") from error
    return weights


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """Transitions from some tracks to others.

    Attributes:
        terms: Each term's value, float32 of shape (before, after), 0 to 1; NaN where it is not known.
        speeds: float32 of shape (before, after): how fast the second track is played, 1 for its own tempo; NaN where
            a tempo is not known.
        times: float32 of shape (before, after): which of `TIMES` its BPM is counted in.
        off_key: bool of shape (before, after): whether the key rules are broken.
        off_tempo: bool of shape (before, after): whether the pitch range is left.
        scores: float32 of shape (before, after): the terms' mean by weight, 0 to 1.
    """

    terms: Mapping[Term, FloatArray]
    speeds: FloatArray
    times: FloatArray
    off_key: BoolArray
    off_tempo: BoolArray
    scores: FloatArray

    @property
    def allowed(self) -> BoolArray:
        """Which transitions keep all rules: bool of shape (before, after)."""
        return ~(self.off_key | self.off_tempo)


def transitions(before: Decks, after: Decks, rules: MixRules, scale: SoundScale) -> Transitions:
    """Judge every transition from some tracks to others.

    Args:
        before: The tracks that are left.
        after: The tracks that are reached.
        rules: What may follow what.
        scale: What cosines mean in this collection.
    """
    speeds, times = _speeds(before.bpm, after.bpm)
    shifts = np.abs(speeds - 1) * 100
    off_tempo = shifts > rules.pitch_range + 1e-4
    tempo = np.clip(1 - shifts / rules.pitch_range, 0, 1) * np.where(times == 1, 1.0, _HALF_TIME)
    key, off_key = _keys(before, after, rules, speeds)
    terms: dict[Term, FloatArray] = {
        "sound": scale.value(before.units @ after.units.T),
        "key": key,
        "tempo": tempo.astype(np.float32),
        "level": _near(before.outro, after.intro, _LEVEL_SPAN),
        "energy": _near(before.energy, after.energy, _ENERGY_SPAN),
        "variety": _variety(before, after),
    }
    total = sum(rules.weights.get(term, 0.0) for term in terms)
    score = np.zeros(tempo.shape, dtype=np.float32)
    for term, values in terms.items():
        weight = rules.weights.get(term, 0.0) / total
        score += np.float32(weight) * np.nan_to_num(values, nan=UNKNOWN_VALUE)
    return Transitions(terms, speeds, times, off_key, off_tempo, score)


def _speeds(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The least change of speed among the times, and in which time it is."""
    factors = np.array(TIMES, dtype=np.float32)
    ratios = before[:, np.newaxis, np.newaxis] / (after[:, np.newaxis] * factors)
    distances = np.nan_to_num(np.abs(np.log(ratios)), nan=0.0)
    best = distances.argmin(axis=2)
    return np.take_along_axis(ratios, best[:, :, np.newaxis], axis=2)[:, :, 0], factors[best]


def _keys(before: Decks, after: Decks, rules: MixRules, speeds: FloatArray) -> tuple[FloatArray, BoolArray]:
    reached = np.broadcast_to(after.keys, speeds.shape)
    in_tune = np.ones(speeds.shape, dtype=np.float32)
    if not rules.key_lock:
        exact = 12 * np.log2(np.nan_to_num(speeds, nan=1.0))
        reached = shift_table()[np.round(exact).astype(np.int64) % 12, reached]
        in_tune = 1 - np.abs(exact - np.round(exact)).astype(np.float32)
    table = rule_table(tuple(rules.keys))
    values = table[before.keys[:, np.newaxis], reached] * in_tune
    known = (before.keys != UNKNOWN_KEY)[:, np.newaxis] & (after.keys != UNKNOWN_KEY)
    sure = known & before.sure_keys[:, np.newaxis] & after.sure_keys
    # A key that is not sure is half believed: it moves the value, and breaks no rule unless rules are strict.
    values = np.where(sure, values, (values + UNKNOWN_VALUE) / 2).astype(np.float32)
    values[~known] = np.nan
    clash = known & (table[before.keys[:, np.newaxis], reached] == 0)
    return values, (clash & sure) | (~sure if rules.strict_key else False)


def _near(before: FloatArray, after: FloatArray, span: float) -> FloatArray:
    return np.asarray(np.clip(1 - np.abs(after - before[:, np.newaxis]) / span, 0, 1), dtype=np.float32)


def _variety(before: Decks, after: Decks) -> FloatArray:
    same_release = (before.releases[:, np.newaxis] == after.releases) & (after.releases != "")
    values = np.where(same_release, np.float32(0.5), np.float32(1.0))
    values[shared_artists(before.artists, after.artists)] = 0.0
    return values
