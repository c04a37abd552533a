"""The log-mel spectrograms of CLAP and of the networks that follow Kaldi, each as its authors compute it.

Both reflect the sound at its ends, where Earmark's own log-mel puts zeros. Everything is float32, frames first.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft

from earmark.audio.mel import mel_filterbank
from earmark.audio.settings import FeatureSettings
from earmark.errors import InputError

FloatArray = npt.NDArray[np.float32]

_BATCH_FRAMES: Final = 128


@dataclass(frozen=True, slots=True)
class ClapMel:
    """The log-mel of LAION's CLAP, in decibels over full scale.

    Y. Wu et al., "Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption
    augmentation", ICASSP 2023; the numbers are those of its music networks and of ``ClapFeatureExtractor`` in
    Transformers: Slaney's filters of area 1, a periodic Hann window, ``10 log10(max(x, 1e-10))``.

    Attributes:
        sample_rate: Hertz.
        n_fft: Window and transform length in samples; even.
        hop_length: Samples from one frame to the next.
        bands: Mel bands.
        fmin: Lower edge of the lowest band in hertz.
        fmax: Upper edge of the highest band in hertz.
    """

    sample_rate: int = 48_000
    n_fft: int = 1024
    hop_length: int = 480
    bands: int = 64
    fmin: float = 50.0
    fmax: float = 14_000.0

    def __post_init__(self) -> None:
        self._mel_settings()

    def _mel_settings(self) -> FeatureSettings:
        return FeatureSettings(
            sample_rate=self.sample_rate,
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            n_mels=self.bands,
            fmin=self.fmin,
            fmax=self.fmax,
        )

    def n_rows(self, n_samples: int) -> int:
        """Return how many frames come of so many samples."""
        return 1 + n_samples // self.hop_length

    def rows(self, samples: FloatArray) -> FloatArray:
        """Return decibels, at least -100; see `earmark.audio.frontends.FrontEnd.rows`."""
        filters = mel_filterbank(self._mel_settings())
        window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.n_fft) / self.n_fft)).astype(np.float32)
        power = _filtered_power(samples, window, self.hop_length, filters)
        np.maximum(power, np.float32(1e-10), out=power)
        np.log10(power, out=power)
        power *= np.float32(10)
        return power

    def prepare(self, patches: FloatArray) -> FloatArray:
        """Return the patches as they are."""
        return patches


@dataclass(frozen=True, slots=True)
class KaldiMel:
    """The log-mel of EfficientAT, PaSST and others who follow Kaldi: ``(ln(x + 1e-5) + 4.5) / 5``.

    F. Schmid, K. Koutini and G. Widmer, "Efficient large-scale audio tagging via transformer-to-CNN knowledge
    distillation", ICASSP 2023 (its ``AugmentMelSTFT`` in evaluation): a first difference ``x[n] - 0.97 x[n-1]``, a
    symmetric Hann window shorter than the transform, and Kaldi's filters: triangles of height 1 that are straight on
    the scale ``1127 ln(1 + f / 700)``.

    Attributes:
        sample_rate: Hertz.
        n_fft: Transform length in samples; even.
        window_length: Window length in samples, at most `n_fft`.
        hop_length: Samples from one frame to the next.
        bands: Mel bands.
        fmin: Lower edge of the lowest band in hertz.
        fmax: Upper edge of the highest band in hertz.
        pre_emphasis: How much of the sample before is taken away.
    """

    sample_rate: int = 32_000
    n_fft: int = 1024
    window_length: int = 800
    hop_length: int = 320
    bands: int = 128
    fmin: float = 0.0
    fmax: float = 15_000.0
    pre_emphasis: float = 0.97

    def __post_init__(self) -> None:
        FeatureSettings(
            sample_rate=self.sample_rate, n_fft=self.n_fft, n_mels=self.bands, fmin=self.fmin, fmax=self.fmax
        )
        if self.hop_length < 1 or not 2 <= self.window_length <= self.n_fft:
            raise InputError(
                f"a front-end needs a hop of at least 1 and a window of 2 to n_fft={self.n_fft} samples; "
                f"hop {self.hop_length} and window {self.window_length} came"
            )

    def n_rows(self, n_samples: int) -> int:
        """Return how many frames come of so many samples, of which the first difference has one less."""
        return 1 + max(n_samples - 1, 1) // self.hop_length

    def rows(self, samples: FloatArray) -> FloatArray:
        """Return scaled logarithms, at least -1.41; see `earmark.audio.frontends.FrontEnd.rows`."""
        held = samples if len(samples) > 1 else np.repeat(samples, 2)
        differences = held[1:] - np.float32(self.pre_emphasis) * held[:-1]
        power = _filtered_power(differences, self._window(), self.hop_length, kaldi_filterbank(self))
        power += np.float32(1e-5)
        np.log(power, out=power)
        power += np.float32(4.5)
        power /= np.float32(5)
        return power

    def _window(self) -> FloatArray:
        """Return the window in the middle of the transform's length."""
        window = np.zeros(self.n_fft, dtype=np.float32)
        start = (self.n_fft - self.window_length) // 2
        window[start : start + self.window_length] = np.hanning(self.window_length)
        return window

    def prepare(self, patches: FloatArray) -> FloatArray:
        """Return the patches as they are."""
        return patches


@lru_cache(maxsize=8)
def kaldi_filterbank(front_end: KaldiMel) -> FloatArray:
    """Return Kaldi's triangular filters, as ``torchaudio.compliance.kaldi.get_mel_banks`` makes them.

    Returns:
        Shape ``(bands, 1 + n_fft // 2)``, float32, in [0, 1]; Kaldi leaves half the sample rate itself out.
    """
    edges = np.linspace(_kaldi_mel(front_end.fmin), _kaldi_mel(front_end.fmax), front_end.bands + 2)
    left, centre, right = edges[:-2, np.newaxis], edges[1:-1, np.newaxis], edges[2:, np.newaxis]
    bins = _kaldi_mel(np.arange(front_end.n_fft // 2) * (front_end.sample_rate / front_end.n_fft))
    triangles = np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
    filters: FloatArray = np.pad(np.maximum(triangles, 0.0), ((0, 0), (0, 1))).astype(np.float32)
    filters.setflags(write=False)
    return filters


def _kaldi_mel(hertz: float | npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return 1127.0 * np.log1p(np.asarray(hertz, dtype=np.float64) / 700.0)


def _filtered_power(samples: FloatArray, window: FloatArray, hop: int, filters: FloatArray) -> FloatArray:
    """Return the filters' power, frames first, of frames centred on multiples of the hop, the ends reflected.

    Args:
        samples: Shape ``(n,)``, ``n >= 1``.
        window: As long as the transform.
        hop: Samples from one frame to the next.
        filters: Shape ``(bands, 1 + len(window) // 2)``.
    """
    if samples.ndim != 1 or len(samples) == 0:
        raise InputError(f"expected mono samples of shape (n,), at least one; {samples.shape} came")
    padded = np.pad(np.asarray(samples, dtype=np.float32), len(window) // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(window))[::hop]
    weights = np.ascontiguousarray(filters.T)
    power = np.empty((len(frames), len(filters)), dtype=np.float32)
    for first in range(0, len(frames), _BATCH_FRAMES):
        spectrum = scipy.fft.rfft(frames[first : first + _BATCH_FRAMES] * window, axis=1)
        squares = spectrum.real**2 + spectrum.imag**2
        np.matmul(squares, weights, out=power[first : first + _BATCH_FRAMES])
    return power
