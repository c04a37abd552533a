"""The tempo of a recording, its confidence, and what else it could be.

Onsets that repeat (`earmark.audio.tempogram`) give some candidates, of which all but one are mistakes by a simple
ratio. A conditional logit over their evidence says how probable each is; its weights were learnt by
``benchmarks/tempo_weights.py`` on music whose tempo is known, none of which is in the test of ``benchmarks/tempo.py``.
The most probable one within the asked range is refined, under the assumption that a recording keeps one tempo; the
confidence falls with the share of the recording that does not.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.estimates import TempoEstimate
from earmark.audio.measure_settings import DEFAULT_BPM_RANGE
from earmark.audio.onsets import Onsets, onset_strength
from earmark.audio.tempo_weights import EVIDENCE_WEIGHTS
from earmark.audio.tempogram import TEMPO_GRID, Floats, Repetition, comb, evidence, peaks, refine, repetition

RATIOS: Final = (1 / 2, 2, 2 / 3, 3 / 2, 3 / 4, 4 / 3)
"""In which the alternatives stand to the tempo."""

_SHORTEST_SECONDS: Final = 4.0
_LEAST_REPETITION: Final = 0.06
"""Correlation at a beat and its multiples below which there is no beat: white noise stays below it."""

_MOST_CANDIDATES: Final = 12
_SAME: Final = 0.025
"""Tempi nearer than this to each other are one candidate."""

_OCTAVES: Final = (0.5, 2, 0.25, 4)
_EDGE: Final = 0.005
"""How far beyond the range a rough tempo may lie, which the grid knows to a quarter of a per cent: 200 is in 70-200."""

_LEAST_SALIENCE: Final = 0.01
_STEADY: Final = 0.02
_DETUNING: Final[Floats] = np.arange(-0.08, 0.0801, 0.005)


def estimate_tempo(
    samples: npt.NDArray[np.float32], sample_rate: int, *, bpm_range: tuple[float, float] = DEFAULT_BPM_RANGE
) -> TempoEstimate | None:
    """Estimate the tempo of a recording.

    Args:
        samples: Mono, shape ``(n,)``, float32, finite.
        sample_rate: Hertz.
        bpm_range: The slowest and the fastest tempo to tell. Where nothing within it fits, the best one outside is
            told with confidence 0.

    Returns:
        The estimate; None for less than 4 s of sound, and where nothing repeats.
    """
    if len(samples) < _SHORTEST_SECONDS * sample_rate:
        return None
    return tempo_of(onset_strength(samples, sample_rate), bpm_range=bpm_range)


def tempo_of(onsets: Onsets, *, bpm_range: tuple[float, float] = DEFAULT_BPM_RANGE) -> TempoEstimate | None:
    """Estimate the tempo from onset strength; as `estimate_tempo`."""
    found = repetition(onsets)
    rough = candidates(found)
    if len(rough) == 0:
        return None
    scores = evidence(found, rough) @ EVIDENCE_WEIGHTS
    within = (rough >= bpm_range[0] * (1 - _EDGE)) & (rough <= bpm_range[1] * (1 + _EDGE))
    best = int(np.where(within if within.any() else True, scores, -np.inf).argmax())
    bpm = refine(onsets, rough[best])
    rivals = scores[within | ~_has_octave(rough, rough[within])]
    confidence = float(1 / np.exp(rivals - scores[best]).sum()) * steadiness(found, bpm) if within.any() else 0.0
    return TempoEstimate(
        bpm=round(bpm, 3),
        confidence=round(confidence, 3),
        alternatives=_alternatives(bpm, rough[best], rough, np.exp(scores - scores.max())),
    )


def folded(estimate: TempoEstimate, bpm_range: tuple[float, float]) -> TempoEstimate:
    """Return another estimator's tempo halved or doubled into a range; what it told becomes the first alternative.

    Args:
        estimate: The tempo, in any range.
        bpm_range: The slowest and the fastest tempo to tell. Where no octave of the tempo lies in it, the tempo stays,
            with confidence 0.
    """
    low, high = bpm_range
    if low <= estimate.bpm <= high:
        return estimate
    fitting = [bpm for octave in _OCTAVES if low <= (bpm := round(estimate.bpm * octave, 3)) <= high]
    if not fitting:
        return replace(estimate, confidence=0.0)
    others = tuple(one for one in estimate.alternatives if abs(one[0] / fitting[0] - 1) > _SAME)
    return TempoEstimate(fitting[0], estimate.confidence, ((estimate.bpm, 1.0), *others))


def candidates(found: Repetition) -> Floats:
    """Return the tempi in beats per minute that a recording may have; none where nothing repeats."""
    heights = comb(found.mean.mean(axis=0), found.lags(TEMPO_GRID))
    high = peaks(heights)[:_MOST_CANDIDATES]
    if len(high) == 0 or heights[high[0]] < _LEAST_REPETITION:
        return np.empty(0)
    relatives = TEMPO_GRID[high[0]] * np.array((4, *RATIOS))
    kept: list[float] = []
    for bpm in (*TEMPO_GRID[high], *relatives):
        if TEMPO_GRID[0] <= bpm <= TEMPO_GRID[-1] and all(abs(bpm / other - 1) > _SAME for other in kept):
            kept.append(float(bpm))
    return np.array(kept)


def _has_octave(tempi: Floats, others: Floats) -> npt.NDArray[np.bool_]:
    """Tell which tempi have their half or double among others: outside of the range, those are told in their place."""
    octaves = tempi[:, None] * np.array(_OCTAVES)
    near = np.abs(octaves[:, :, None] / others - 1) <= _SAME
    return np.asarray(near.any(axis=(1, 2)))


def steadiness(found: Repetition, bpm: float) -> float:
    """Return the share of a recording, by its onsets, in which a tempo is kept within 2 %, from 0 to 1."""
    heights = comb(found.windows.mean(axis=0), found.lags(bpm * (1 + _DETUNING)))
    kept = np.abs(_DETUNING[heights.argmax(axis=-1)]) <= _STEADY
    return float((kept * found.weights.mean(axis=0)).sum() / found.weights.mean(axis=0).sum())


def _alternatives(bpm: float, rough: float, others: Floats, salience: Floats) -> tuple[tuple[float, float], ...]:
    """Return the candidates in a simple ratio to the tempo, with exact ratios, the most probable first."""
    told: dict[float, float] = {}
    for other, weight in zip(others, salience, strict=True):
        ratio = min(RATIOS, key=lambda one: abs(other / rough / one - 1))
        if abs(other / rough / ratio - 1) <= _SAME and weight >= _LEAST_SALIENCE:
            told[round(bpm * ratio, 3)] = round(float(weight), 3)
    return tuple(sorted(told.items(), key=lambda one: -one[1]))
