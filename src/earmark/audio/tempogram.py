"""How strongly onsets repeat after each lag, and what that says for each tempo.

The autocorrelation of the onset strength, in windows of 12 s, tells which periods repeat. Every multiple of a beat
does, and so do its halves and quarters: which of them is the beat is told by *evidence*, the autocorrelation at a
tempo's period and at simple ratios of it, in each register. A period is then refined by the Fourier transform of
windows of 30 s, whose peaks are thousandths of the tempo wide.

References: P. Grosche, M. Müller, "Extracting predominant local pulse information", IEEE TASLP 19 (2011), for
autocorrelation and Fourier tempograms; G. Percival, G. Tzanetakis, "Streamlined tempo estimation based on
autocorrelation and cross-correlation with pulses", IEEE/ACM TASLP 22 (2014), for scoring period multiples.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft

from earmark.audio.onsets import REGISTERS, Onsets

Floats = npt.NDArray[np.float64]

TEMPO_GRID: Final[Floats] = np.exp(np.arange(np.log(40), np.log(250), 0.0025))
"""Tempi looked at, a quarter of a per cent from one to the next, in beats per minute."""

PERIOD_RATIOS: Final = (1, 2, 4, 1 / 2, 1 / 4, 3 / 2, 3, 1 / 3, 3 / 4)
"""Multiples of a beat's period at which the autocorrelation is evidence: of 4 and 3 beats to the bar, of halves,
quarters and triplets, and of the tempi that a beat is mistaken for."""

EVIDENCE: Final = (
    *(f"{register} {ratio:.3g}" for register in REGISTERS for ratio in PERIOD_RATIOS),
    "octaves from 128 BPM",
    "octaves from 128 BPM squared",
)
"""What the columns of `evidence` are."""

_WINDOW_SECONDS: Final = 12.0
_HOP_SECONDS: Final = 4.0
_LONGEST_LAG_SECONDS: Final = 6.0
_LEAST_ENERGY: Final = 1e-3
"""Mean square of the onset strength that counts as nothing; that of music is about 1 and more."""

_COMB_WEIGHTS: Final = (1.0, 1.0, 0.7, 1.0)  # of one to four beats
_PEAK_WIDTH: Final = np.linspace(-0.01, 0.01, 5)
_REFINED_WINDOW_SECONDS: Final = 30.0
_REFINED_DETUNING: Final[Floats] = np.arange(-0.02, 0.0201, 0.0002)
_HARMONICS: Final = (1, 2, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Repetition:
    """How onsets repeat.

    Attributes:
        windows: Autocorrelation of the onset strength over its value at lag 0, shape ``(3, windows, lags)``, float64.
        weights: How much each window counts, shape ``(3, windows)``; a register's weights sum to 1, or are all 0.
        frames_per_second: Lags in a second.
    """

    windows: Floats
    weights: Floats
    frames_per_second: float

    @property
    def mean(self) -> Floats:
        """The windows' mean, shape ``(3, lags)``."""
        return np.asarray((self.windows * self.weights[:, :, None]).sum(axis=1))

    def lags(self, bpm: npt.ArrayLike) -> Floats:
        """Return the beat's period at some tempi, in frames."""
        return 60 * self.frames_per_second / np.asarray(bpm, dtype=np.float64)


def repetition(onsets: Onsets) -> Repetition:
    """Correlate onsets with themselves, window by window.

    Args:
        onsets: At least one frame; less than a window is filled up with silence.
    """
    rate = onsets.frames_per_second
    length, longest = round(_WINDOW_SECONDS * rate), round(_LONGEST_LAG_SECONDS * rate) + 2
    windows = _windows(onsets.strength, length, round(_HOP_SECONDS * rate))
    power = np.abs(fft.rfft(windows, 2 * length, axis=-1)) ** 2
    products = fft.irfft(power, axis=-1)[..., :longest].astype(np.float64)
    products *= length / (length - np.arange(longest))  # fewer products at longer lags
    energy = products[..., 0]
    # A window that is nearly silent beside the others has no rhythm to tell.
    floor = 1e-3 * energy.mean(axis=1, keepdims=True) + _LEAST_ENERGY * length
    weights = np.sqrt(np.maximum(energy, 0))
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    return Repetition(products / (energy + floor)[..., None], weights, rate)


def comb(correlation: Floats, lags: Floats) -> Floats:
    """Return the mean correlation at one to four beats, for beats of some lags.

    Args:
        correlation: Shape ``(..., n)``.
        lags: Periods of a beat in frames, shape ``(m,)``.

    Returns:
        Shape ``(..., m)``; beats beyond the longest lag count as 0.
    """
    beats = [weight * _at(correlation, beat * lags) for beat, weight in enumerate(_COMB_WEIGHTS, start=1)]
    return np.asarray(sum(beats)) / sum(_COMB_WEIGHTS)


def peaks(heights: Floats) -> npt.NDArray[np.intp]:
    """Return where a curve of shape ``(n,)`` is higher than beside it, the highest first."""
    inner = (heights[1:-1] > heights[:-2]) & (heights[1:-1] >= heights[2:])
    found = np.flatnonzero(inner) + 1
    return found[np.argsort(-heights[found], kind="stable")]


def evidence(found: Repetition, bpm: Floats) -> Floats:
    """Return what speaks for and against some tempi.

    Args:
        found: How the onsets repeat.
        bpm: Shape ``(m,)``.

    Returns:
        Shape ``(m, len(EVIDENCE))``: the highest correlation within a per cent of each ratio of the period, and the
        tempo itself.
    """
    lags = found.lags(bpm)[:, None, None] * np.array(PERIOD_RATIOS)[:, None] * (1 + _PEAK_WIDTH)
    values = _at(found.mean, lags).max(axis=-1)
    octaves = np.log2(bpm / 128)
    by_tempo = np.moveaxis(values, 0, 1).reshape(len(bpm), -1)
    return np.column_stack([by_tempo, octaves, octaves**2])


def refine(onsets: Onsets, bpm: float) -> float:
    """Return the tempo within 2 % of a rough one at which onsets are most periodic, exact to about 0.01 %."""
    rate = onsets.frames_per_second
    length = round(_REFINED_WINDOW_SECONDS * rate)
    sound = onsets.strength.sum(axis=0)
    windows = _windows(sound, min(length, len(sound)), max(length // 2, 1))
    size = fft.next_fast_len(8 * windows.shape[-1], real=True)
    spectrum = np.abs(fft.rfft(windows * np.hanning(windows.shape[-1]), size, axis=-1)).sum(axis=0)
    hertz = bpm / 60 * (1 + _REFINED_DETUNING)
    heights = np.asarray(sum(_at(spectrum, beat * hertz * size / rate) for beat in _HARMONICS))
    best = int(heights.argmax())
    return float(60 * (hertz[best] + _vertex(heights, best) * (hertz[1] - hertz[0])))


def _vertex(heights: Floats, best: int) -> float:
    """Where between its neighbours the parabola through the highest point and them is highest, from -0.5 to 0.5."""
    if not 0 < best < len(heights) - 1:
        return 0.0
    before, at, after = heights[best - 1 : best + 2]
    bend = before - 2 * at + after
    return float((before - after) / (2 * bend)) if bend < 0 else 0.0


def _windows(values: npt.NDArray[np.float32], length: int, hop: int) -> npt.NDArray[np.float32]:
    """Cut the last axis into windows, shape ``(..., windows, length)``; a shorter one is filled up with 0."""
    short = length - values.shape[-1]
    if short > 0:
        values = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, short)])
    return np.lib.stride_tricks.sliding_window_view(values, length, axis=-1)[..., ::hop, :]


def _at(values: Floats, places: Floats) -> Floats:
    """Read the last axis between its points; beyond its end it is 0."""
    left = np.floor(places).astype(int)
    inside = left < values.shape[-1] - 1
    left = np.where(inside, left, 0)
    share = places - left
    return np.where(inside, values[..., left] * (1 - share) + values[..., left + 1] * share, 0.0)
