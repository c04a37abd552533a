"""What is estimated from a recording's sound: tempo, key, loudness and energy, as values.

Tempo is in beats per minute, loudness in LUFS (ITU-R BS.1770-4), time in seconds. A confidence is from 0 to 1 and says
how likely the first answer is the right one; the alternatives are what it would be otherwise. The estimators
(`earmark.audio.tempo`, `earmark.audio.key_estimate`, `earmark.audio.loudness`) give None where there is nothing to
tell: silence, or too little sound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from statistics import fmean
from typing import Any, Final

from earmark.catalog.keys import Key, parse_key
from earmark.catalog.track import Values

DOUBTFUL_TEMPO: Final = 0.9
"""With this limit, 95 % of tempi are right or doubtful in kinds of music that the weights did not learn from
(``benchmarks/tempo_weights.py`` prints 0.86; rounded up)."""

DOUBTFUL_KEY: Final = 0.5
"""A key of less confidence is as likely wrong as right."""

FLOOR_LUFS: Final = -70.0
"""The level below which BS.1770 hears nothing; a curve never goes below it."""

_EDGE_SECONDS: Final = 16.0
"""How much of the beginning and of the end a DJ blends: eight bars at 120 BPM."""

_QUIET_LUFS: Final = -40.0
_LOUD_LUFS: Final = -6.0
"""Short-term loudness that counts as no energy, and as all of it: modern club masters end near -6 LUFS."""


@dataclass(frozen=True, slots=True)
class TempoEstimate:
    """The tempo of a recording.

    Attributes:
        bpm: Beats per minute.
        confidence: From 0 to 1: how likely `bpm` is right.
        alternatives: Other tempi in simple ratios to it (half, double, 2/3, 3/2, 3/4, 4/3) that fit too, the best
            first, as (beats per minute, salience from 0 to 1).
    """

    bpm: float
    confidence: float
    alternatives: tuple[tuple[float, float], ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether the alternatives should be looked at: the confidence is below `DOUBTFUL_TEMPO`."""
        return self.confidence < DOUBTFUL_TEMPO

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "bpm": self.bpm,
            "confidence": self.confidence,
            "alternatives": [list(one) for one in self.alternatives],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "TempoEstimate":
        """Read what `to_json` made."""
        return cls(data["bpm"], data["confidence"], tuple((bpm, salience) for bpm, salience in data["alternatives"]))


@dataclass(frozen=True, slots=True)
class KeyEstimate:
    """The key of a recording.

    Attributes:
        key: The key.
        confidence: From 0 to 1: how likely `key` is right.
        alternatives: Other keys that fit, the best first, as (key, salience from 0 to 1); the relative key of `key` is
            always among them.
    """

    key: Key
    confidence: float
    alternatives: tuple[tuple[Key, float], ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether the alternatives should be looked at: the confidence is below `DOUBTFUL_KEY`."""
        return self.confidence < DOUBTFUL_KEY

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        others = [[key.camelot, salience] for key, salience in self.alternatives]
        return {"key": self.key.camelot, "confidence": self.confidence, "alternatives": others}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "KeyEstimate":
        """Read what `to_json` made."""
        others = tuple((parse_key(key), salience) for key, salience in data["alternatives"])
        return cls(parse_key(data["key"]), data["confidence"], others)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a recording in which the energy stays about the same.

    Attributes:
        start_seconds: Where it begins.
        end_seconds: Where it ends.
        energy: From 0 to 1.
    """

    start_seconds: float
    end_seconds: float
    energy: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything that is estimated from a recording's sound.

    Attributes:
        tempo: The tempo; None where no beat was found or the sound is too short.
        key: The key; None where there are no notes or the sound is too short.
        lufs: Integrated loudness by ITU-R BS.1770-4, in LUFS; None for silence and for less than 400 ms.
        curve: Short-term loudness (3 s) in LUFS, at least -70, one value for every `curve_seconds`; the value at index
            i is of the sound around ``(i + 0.5) * curve_seconds``.
        curve_seconds: Seconds from one value of the curve to the next.
        sections: The parts between which the energy changes, in order, without gaps; at least one.
    """

    tempo: TempoEstimate | None
    key: KeyEstimate | None
    lufs: float | None
    curve: tuple[float, ...]
    curve_seconds: float
    sections: tuple[Section, ...]

    @property
    def energy(self) -> float:
        """Energy of the whole recording from 0 to 1: that of its sections, by their length."""
        lengths = [one.end_seconds - one.start_seconds for one in self.sections]
        total = sum(lengths)
        if total <= 0:
            return self.sections[0].energy
        return sum(one.energy * length for one, length in zip(self.sections, lengths, strict=True)) / total

    @property
    def intro_lufs(self) -> float:
        """Mean loudness in LUFS of the first 16 s from where the sound sets in; -70 for silence."""
        return mean_lufs(self._heard()[: self._edge])

    @property
    def outro_lufs(self) -> float:
        """Mean loudness in LUFS of the last 16 s before the sound ends; -70 for silence."""
        return mean_lufs(self._heard()[-self._edge :])

    @property
    def key_confidence(self) -> float | None:
        """How likely the key is right, 0 to 1; None where none was found."""
        return None if self.key is None else self.key.confidence

    @property
    def for_mixing(self) -> "MixMeasures":
        """What is asked of them when tracks are mixed, without the rest."""
        return MixMeasures(self.intro_lufs, self.outro_lufs, self.energy, self.key_confidence)

    @property
    def _edge(self) -> int:
        return max(round(_EDGE_SECONDS / self.curve_seconds), 1)

    @property
    def heard_seconds(self) -> tuple[float, float]:
        """Where the sound sets in and where it ends, to about `curve_seconds`; twice 0 for silence."""
        first, end = self._heard_places()
        return first * self.curve_seconds, end * self.curve_seconds

    def _heard(self) -> tuple[float, ...]:
        """The curve without silence at its two ends."""
        first, end = self._heard_places()
        return self.curve[first:end]

    def _heard_places(self) -> tuple[int, int]:
        places = range(len(self.curve))
        first = next((place for place in places if self.curve[place] > FLOOR_LUFS), 0)
        last = next((place for place in reversed(places) if self.curve[place] > FLOOR_LUFS), -1)
        return first, last + 1

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON that `from_json` reads back."""
        return {
            "tempo": None if self.tempo is None else self.tempo.to_json(),
            "key": None if self.key is None else self.key.to_json(),
            "lufs": self.lufs,
            "curve": list(self.curve),
            "curve_seconds": self.curve_seconds,
            "sections": [[one.start_seconds, one.end_seconds, one.energy] for one in self.sections],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Measures":
        """Read what `to_json` made."""
        return cls(
            tempo=None if data["tempo"] is None else TempoEstimate.from_json(data["tempo"]),
            key=None if data["key"] is None else KeyEstimate.from_json(data["key"]),
            lufs=data["lufs"],
            curve=tuple(data["curve"]),
            curve_seconds=data["curve_seconds"],
            sections=tuple(Section(*one) for one in data["sections"]),
        )


@dataclass(frozen=True, slots=True)
class MixMeasures:
    """What mixing asks of a recording's `Measures`: four numbers, which can be kept of every track at once.

    Attributes:
        intro_lufs: See `Measures.intro_lufs`.
        outro_lufs: See `Measures.outro_lufs`.
        energy: See `Measures.energy`.
        key_confidence: See `Measures.key_confidence`.
    """

    intro_lufs: float
    outro_lufs: float
    energy: float
    key_confidence: float | None


def estimated_values(bpm: float | None, key: Key | None) -> Values:
    """Return estimates as what an importer found, for tracks that nobody else says it of.

    Args:
        bpm: The tempo, which is rounded to hundredths.
        key: The key.
    """
    return Values(source="analysis", bpm=None if bpm is None else round(bpm, 2), key=key)


def energy_of(lufs: float) -> float:
    """Return the energy, from 0 to 1, that a short-term loudness stands for: linear in LUFS from -40 to -6.

    Args:
        lufs: Short-term loudness.
    """
    return min(max((lufs - _QUIET_LUFS) / (_LOUD_LUFS - _QUIET_LUFS), 0.0), 1.0)


def mean_lufs(levels: Sequence[float]) -> float:
    """Return the loudness of the mean power of some levels in LUFS; -70 where there are none."""
    if not levels:
        return FLOOR_LUFS
    return max(10 * log10(fmean(10 ** (level / 10) for level in levels)), FLOOR_LUFS)
