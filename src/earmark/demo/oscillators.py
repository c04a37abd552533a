"""Tones and noises made as spectra: band-limited by construction, and filtered for the price of a product.

A tone is a handful of spectral lines, one for each partial of each detuned voice, turned into samples by one inverse
real FFT. Aliasing cannot arise, and a filter is a factor on the lines, which makes this some ten times faster
than running oscillators and filters sample by sample.

Conventions: 44.1 kHz, float32, mono signals shaped (n,), stereo (2, n). A line falls on the nearest bin, so a
partial is mistuned by at most half a bin (under 0.6 Hz on windows of 0.8 s and more).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import fft

from earmark.demo.styles import Timbre

SAMPLE_RATE = 44_100
"""Samples per second of everything rendered here."""

Samples = npt.NDArray[np.float32]
"""Float32 audio, (n,) or (2, n)."""

Spectrum = npt.NDArray[np.complex64]
"""One-sided spectrum as `scipy.fft.rfft` lays it out."""

_HIGHEST_PARTIAL_HZ = 17_000.0

PARTIALS: Mapping[Timbre, tuple[float, int, float]] = {
    "saw": (1.0, 1, 1.0),
    "square": (1.0, 2, 1.0),
    "supersaw": (0.9, 1, 1.0),
    "bell": (1.5, 1, 1.41),
    "reed": (1.3, 2, 1.0),
}
"""Per timbre: exponent of the partials' roll-off, step between partials, ratio by which upper ones are stretched."""


def window_length(samples: int) -> int:
    """The shortest length of at least ``samples`` whose real FFT is quick."""
    return int(fft.next_fast_len(samples, real=True))


def tone_spectrum(
    window: int, notes: Sequence[float], *, timbre: Timbre, detune: float, voices: int, rng: np.random.Generator
) -> Spectrum:
    """Lines of one or more notes, each played by ``voices`` detuned oscillators with random phases.

    Args:
        window: Length in samples of the signal that `shaped` will return.
        notes: Fundamental frequencies in Hz.
        timbre: Which partials, and how strong.
        detune: Widest distance of a voice from the note, in cents.
        voices: Oscillators per note.
        rng: Source of the phases.

    Returns:
        Spectrum of shape (window // 2 + 1,); a single voice's fundamental has amplitude 1 / sqrt(voices).
    """
    exponent, step, stretch = PARTIALS[timbre]
    cents = np.linspace(-detune, detune, voices) if voices > 1 else np.zeros(1)
    fundamentals = np.multiply.outer(np.asarray(notes), 2.0 ** (cents / 1200)).ravel()
    highest = _HIGHEST_PARTIAL_HZ / float(fundamentals.min())
    orders = np.arange(1, max(highest, 2), step)
    # A bell's partials lie off the harmonics: every second one is stretched.
    ratios = np.where(np.arange(orders.size) % 2 == 1, orders * stretch, orders)
    frequencies = np.multiply.outer(fundamentals, ratios).ravel()
    amplitudes = np.tile(orders**-exponent, fundamentals.size)
    audible = frequencies < _HIGHEST_PARTIAL_HZ
    bins = np.rint(frequencies[audible] * window / SAMPLE_RATE).astype(np.intp)
    phases = rng.uniform(0, 2 * np.pi, bins.size)
    lines = amplitudes[audible] * np.exp(1j * phases) * (window / 2 / np.sqrt(voices))
    size = window // 2 + 1
    real = np.bincount(bins, lines.real, size)
    imaginary = np.bincount(bins, lines.imag, size)
    return (real + 1j * imaginary).astype(np.complex64)


def lowpass(window: int, cutoff: float, *, resonance: float = 0.0) -> Samples:
    """Magnitude of a four-pole low-pass with an optional peak at its cutoff.

    Args:
        window: Length in samples of the signal it is meant for.
        cutoff: Half-power frequency in Hz.
        resonance: Height of the peak, 0 for none.

    Returns:
        Gains of shape (window // 2 + 1,).
    """
    ratio = np.linspace(0, SAMPLE_RATE / 2 / cutoff, window // 2 + 1, dtype=np.float32)
    gain = 1 / np.sqrt(1 + ratio**8)
    if resonance > 0:
        gain += resonance * np.exp(-(((ratio - 1) / 0.12) ** 2))
    return gain.astype(np.float32)


def bandpass(window: int, low: float, high: float) -> Samples:
    """Magnitude of a band-pass with slopes of 12 dB an octave below ``low`` and 24 above ``high`` (Hz)."""
    frequencies = np.linspace(0, SAMPLE_RATE / 2, window // 2 + 1, dtype=np.float32)
    rising = (frequencies / low) ** 2
    gains: Samples = rising / np.sqrt(1 + rising**2) / np.sqrt(1 + (frequencies / high) ** 8)
    return gains


def shaped(spectrum: Spectrum, gains: Samples, samples: int) -> Samples:
    """The first ``samples`` samples of a spectrum under a filter's gains; shape (samples,)."""
    window = 2 * (spectrum.size - 1)
    signal: Samples = fft.irfft(spectrum * gains, n=window)
    return signal[:samples]


def noise(samples: int, low: float, high: float, rng: np.random.Generator) -> Samples:
    """White noise between ``low`` and ``high`` Hz, scaled to a standard deviation of one; shape (samples,)."""
    window = window_length(samples + samples % 2)
    size = window // 2 + 1
    spectrum = rng.standard_normal((2, size), dtype=np.float32)
    white = (spectrum[0] + 1j * spectrum[1]).astype(np.complex64)
    band = shaped(white, bandpass(window, low, high), samples)
    return band / np.float32(band.std() + 1e-12)


def decay(samples: int, seconds: float) -> Samples:
    """Exponential envelope that falls to 1/e in ``seconds``, with 2 ms of attack and release; shape (samples,)."""
    envelope = np.exp(np.arange(samples, dtype=np.float32) * np.float32(-1 / (seconds * SAMPLE_RATE)))
    return faded(envelope, 0.002)


def faded(signal: Samples, seconds: float) -> Samples:
    """The signal with linear fades of ``seconds`` at both ends of its last axis, against clicks."""
    length = min(int(seconds * SAMPLE_RATE), signal.shape[-1] // 2)
    ramp = np.linspace(0, 1, length, dtype=np.float32)
    result = signal.copy()
    result[..., :length] *= ramp
    result[..., signal.shape[-1] - length :] *= ramp[::-1]
    return result
