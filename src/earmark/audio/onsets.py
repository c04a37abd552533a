"""Onset strength: how much begins at each instant, in low, middle and high frequencies.

Spectral flux: the rise of the logarithm of the power in critical bands from the frame before to the frame after,
summed over the bands of each register. Slow changes are taken out, so that what is left swings about 0 at the pace of
notes and beats. Silence has strength 0.

References: S. Dixon, "Onset detection revisited", DAFx 2006; E. Zwicker, "Subdivision of the audible frequency range
into critical bands", JASA 33 (1961).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft
from scipy.ndimage import uniform_filter1d

REGISTERS: Final = ("low", "middle", "high")
"""Kick and bass, chords and snare, hats: below 200 Hz, from there to 2 kHz, and above."""

_REGISTER_EDGES: Final = (200.0, 2000.0)

_FRAMES_PER_SECOND: Final = 100
_WINDOW_SECONDS: Final = 1024 / 44_100

_BARK_EDGES: Final = (
    30, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700, 4400, 5300, 6400,
    7700, 9500, 12000, 15500,
)  # fmt: skip

_COMPRESSION: Final = 100.0
"""Power at a hundredth of a band's mean is where its logarithm begins to count: rises in what is quieter do not."""

_LEAST_SHARE: Final = 1e-6
_LEAST_POWER: Final = 1e-6
"""Of all the power, and of full scale in a frame's spectrum: what a band lies below them is leakage or rounding."""

_SLOW_SECONDS: Final = 1.5
_LOUDEST: Final = 8.0  # a file in floating point may hold values whose power does not fit into float32
_BLOCK_FRAMES: Final = 512  # transformed at once, so that they stay in a core's cache


@dataclass(frozen=True, slots=True, eq=False)
class Onsets:
    """The onset strength of a recording.

    Attributes:
        strength: Shape ``(3, frames)``, float32, about 0 in the mean; rows as in `REGISTERS`.
        frames_per_second: About 100.
    """

    strength: npt.NDArray[np.float32]
    frames_per_second: float


def onset_strength(samples: npt.NDArray[np.float32], sample_rate: int) -> Onsets:
    """Measure the onset strength of a recording.

    Args:
        samples: Mono, shape ``(n,)``, float32, finite.
        sample_rate: Hertz.
    """
    peak = max(samples.max(), -samples.min())
    if peak > _LOUDEST:
        samples = samples / peak
    hop = max(round(sample_rate / _FRAMES_PER_SECOND), 1)
    edges = np.array([edge for edge in _BARK_EDGES if edge <= sample_rate / 2], dtype=np.float64)
    power = _band_power(samples, sample_rate, hop, edges)
    mean = power.mean(axis=0)
    level = np.log1p(power * (_COMPRESSION / np.maximum(mean, max(_LEAST_POWER, _LEAST_SHARE * mean.sum()))))
    rise = np.zeros_like(level)
    np.maximum(level[2:] - level[:-2], 0, out=rise[1:-1])
    register = np.searchsorted(_REGISTER_EDGES, edges[:-1], side="right")
    flux = np.stack([rise[:, register == one].sum(axis=1) for one in range(len(REGISTERS))])
    slow = uniform_filter1d(flux, round(_SLOW_SECONDS * _FRAMES_PER_SECOND), axis=1, mode="nearest")
    return Onsets((flux - slow).astype(np.float32), sample_rate / hop)


def _band_power(
    samples: npt.NDArray[np.float32], sample_rate: int, hop: int, edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Power in each band at each frame, shape ``(frames, bands)``."""
    n_fft = max(2 ** round(np.log2(_WINDOW_SECONDS * sample_rate)), 2)
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)
    hertz = np.arange(n_fft // 2 + 1)[:, None] * sample_rate / n_fft
    bands = ((hertz >= edges[:-1]) & (hertz < edges[1:])).astype(np.float32)
    count = len(samples) // hop + 1
    power = np.empty((count, bands.shape[1]), dtype=np.float32)
    for start in range(0, count, _BLOCK_FRAMES):
        stop = min(start + _BLOCK_FRAMES, count)
        around = _stretch(samples, start * hop - n_fft // 2, (stop - 1) * hop + n_fft - n_fft // 2)
        frames = np.lib.stride_tricks.sliding_window_view(around, n_fft)[::hop]
        spectrum = fft.rfft(frames * window, axis=1)
        power[start:stop] = (spectrum.real**2 + spectrum.imag**2) @ bands
    return power


def _stretch(samples: npt.NDArray[np.float32], start: int, stop: int) -> npt.NDArray[np.float32]:
    """Cut out a stretch, with silence where it goes beyond the ends; a long set is never copied as a whole."""
    inside = samples[max(start, 0) : stop]
    before, after = max(-start, 0), max(stop - len(samples), 0)
    return np.pad(inside, (before, after)) if before or after else inside
