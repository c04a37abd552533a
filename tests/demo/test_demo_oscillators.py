"""Tones, filters and noises, judged by their spectra."""

import numpy as np
import pytest

from earmark.demo.oscillators import (
    SAMPLE_RATE,
    Samples,
    bandpass,
    decay,
    faded,
    lowpass,
    noise,
    shaped,
    tone_spectrum,
    window_length,
)
from earmark.demo.styles import TIMBRES, Timbre

WINDOW = window_length(SAMPLE_RATE)


def magnitude_at(signal: Samples, hertz: float) -> float:
    """Amplitude of the strongest partial within 2 Hz."""
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(signal.size))) * 4 / signal.size
    centre = round(hertz * signal.size / SAMPLE_RATE)
    return float(spectrum[max(centre - 2, 0) : centre + 3].max())


def tone(timbre: Timbre, hertz: float, *, voices: int = 1, cutoff: float = 18_000) -> Samples:
    spectrum = tone_spectrum(WINDOW, [hertz], timbre=timbre, detune=15, voices=voices, rng=np.random.default_rng(0))
    return shaped(spectrum, lowpass(WINDOW, cutoff), WINDOW)


@pytest.mark.parametrize("timbre", TIMBRES)
def test_fundamental_has_unit_amplitude(timbre: Timbre) -> None:
    assert magnitude_at(tone(timbre, 220.0), 220.0) == pytest.approx(1, rel=0.1)


def test_partials_fall_as_their_timbre_says() -> None:
    saw, square = tone("saw", 220.0), tone("square", 220.0)
    assert magnitude_at(saw, 440) == pytest.approx(1 / 2, rel=0.1)
    assert magnitude_at(saw, 660) == pytest.approx(1 / 3, rel=0.1)
    assert magnitude_at(square, 440) < 0.01
    assert magnitude_at(square, 660) == pytest.approx(1 / 3, rel=0.1)


def test_nothing_lies_above_the_highest_partial() -> None:
    spectrum = np.abs(np.fft.rfft(tone("saw", 987.0)))
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    assert spectrum[frequencies > 17_100].max() < 1e-4 * spectrum.max()


def test_voices_keep_the_power_and_widen_the_line() -> None:
    single, seven = tone("saw", 440.0), tone("supersaw", 440.0, voices=7)
    assert np.sqrt(np.mean(seven**2)) == pytest.approx(np.sqrt(np.mean(single**2)), rel=0.2)
    # Fifteen cents from 440 Hz are 436.2 and 443.8 Hz.
    assert magnitude_at(seven, 436.2) > 20 * magnitude_at(single, 436.2)


def test_lowpass_is_half_power_at_its_cutoff() -> None:
    gains = lowpass(WINDOW, 1000)
    frequencies = np.linspace(0, SAMPLE_RATE / 2, gains.size)
    assert np.interp(1000, frequencies, gains) == pytest.approx(1 / np.sqrt(2), rel=1e-3)
    assert np.interp(4000, frequencies, gains) == pytest.approx(1 / 256, rel=0.02)
    peak = lowpass(WINDOW, 1000, resonance=0.5)
    assert np.interp(1000, frequencies, peak) == pytest.approx(1 / np.sqrt(2) + 0.5, rel=1e-3)


def test_bandpass_lets_its_middle_through() -> None:
    gains = bandpass(WINDOW, 500, 5000)
    frequencies = np.linspace(0, SAMPLE_RATE / 2, gains.size)
    assert np.interp(1600, frequencies, gains) > 0.9
    assert np.interp(100, frequencies, gains) < 0.05
    assert np.interp(15_000, frequencies, gains) < 0.02
    assert gains[0] == 0


@pytest.mark.parametrize("samples", [1000, 4321, 50_001])
def test_noise_is_unit_and_in_its_band(samples: int) -> None:
    signal = noise(samples, 2000, 4000, np.random.default_rng(1))
    assert signal.shape == (samples,)
    assert signal.dtype == np.float32
    assert signal.std() == pytest.approx(1, rel=1e-3)
    power = np.abs(np.fft.rfft(signal)) ** 2
    frequencies = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE)
    assert power[(frequencies > 1000) & (frequencies < 6000)].sum() > 0.85 * power.sum()


def test_envelopes_begin_and_end_in_silence() -> None:
    envelope = decay(SAMPLE_RATE, 0.1)
    assert envelope[0] == envelope[-1] == 0
    assert envelope[SAMPLE_RATE // 10] == pytest.approx(np.exp(-1), rel=1e-3)
    block = np.ones((2, 100), np.float32)
    assert faded(block, 1.0)[:, 0].tolist() == [0, 0]
    assert block.min() == 1
