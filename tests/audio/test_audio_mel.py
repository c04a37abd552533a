"""Log-mel equals librosa's within 0.02 dB on music and on the signals that break such code."""

import dataclasses
from collections.abc import Callable
from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.mel import log_mel, mel_filterbank
from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.errors import InputError

# librosa warns of clips shorter than a window, which are just what is compared here.
pytestmark = pytest.mark.filterwarnings("ignore:n_fft=.* is too large for input signal:UserWarning")

TOLERANCE_DB = 0.02
LOUDER = FeatureSettings(
    ref=4.0, amin=1e-6, top_db=60.0, fmin=30.0, fmax=7_600.0, n_mels=40, n_fft=1024, hop_length=160
)


def by_librosa(samples: npt.NDArray[np.float32], s: FeatureSettings) -> npt.NDArray[np.float32]:
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=s.sample_rate,
        n_fft=s.n_fft,
        hop_length=s.hop_length,
        n_mels=s.n_mels,
        fmin=s.fmin,
        fmax=s.fmax,
        center=True,
        pad_mode="constant",
    )
    decibels: npt.NDArray[np.float32] = librosa.power_to_db(power, ref=s.ref, amin=s.amin, top_db=s.top_db)
    return decibels.T


def music(seconds: float, rate: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    time = np.arange(int(seconds * rate)) / rate
    tones = sum(np.sin(2 * np.pi * f * time) / k for k, f in enumerate((55.0, 110.0, 440.0, 1760.0, 5274.0), 1))
    hats = rng.standard_normal(len(time)) * np.exp(-30 * (time * 4 % 1))
    return ((tones / 4 + hats / 8) * (0.2 + 0.8 * np.abs(np.sin(time)))).astype(np.float32)


def assert_equal_to_librosa(samples: npt.NDArray[np.float32], s: FeatureSettings) -> None:
    ours, theirs = log_mel(samples, s), by_librosa(samples, s)
    assert ours.shape == theirs.shape == (1 + len(samples) // s.hop_length, s.n_mels)
    assert ours.dtype == np.float32
    assert np.abs(ours - theirs).max() < TOLERANCE_DB


@pytest.mark.parametrize("s", [*PRESETS.values(), LOUDER], ids=[*PRESETS, "other"])
@pytest.mark.parametrize(
    "make",
    [
        lambda rate, rng: music(7.3, rate, rng),
        lambda rate, rng: music(2.0, rate, rng) * np.float32(1e-4),
        lambda rate, rng: np.zeros(rate, dtype=np.float32),
        lambda rate, rng: np.eye(1, rate, rate // 3, dtype=np.float32)[0],
        lambda rate, rng: np.r_[music(0.5, rate, rng), np.zeros(rate // 2, dtype=np.float32)],
        lambda rate, rng: music(0.01, rate, rng),
        lambda rate, rng: np.ones(1, dtype=np.float32),
        lambda rate, rng: rng.uniform(-4, 4, 9_000).astype(np.float32),
    ],
    ids=["music", "quiet", "silence", "impulse", "half silence", "short", "one sample", "clipping noise"],
)
def test_equal_to_librosa(
    s: FeatureSettings, make: Callable[[int, np.random.Generator], npt.NDArray[np.float32]]
) -> None:
    assert_equal_to_librosa(make(s.sample_rate, np.random.default_rng(1)), s)


@settings(max_examples=60, deadline=None)
@given(
    length=st.one_of(st.integers(1, 6_000), st.sampled_from([511, 512, 1023, 1024, 1025, 2047, 2048, 2049, 70_000])),
    level=st.floats(1e-6, 2),
    sparse=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    s=st.sampled_from([*PRESETS.values(), LOUDER]),
)
def test_equal_to_librosa_at_any_length_and_level(
    length: int, level: float, sparse: bool, seed: int, s: FeatureSettings
) -> None:
    rng = np.random.default_rng(seed)
    samples = (level * rng.standard_normal(length)).astype(np.float32)
    if sparse:
        samples[rng.random(length) < 0.99] = 0
    assert_equal_to_librosa(samples, s)


@pytest.mark.parametrize("s", [*PRESETS.values(), LOUDER], ids=[*PRESETS, "other"])
def test_the_filters_are_slaneys(s: FeatureSettings) -> None:
    ours = mel_filterbank(s)
    theirs = librosa.filters.mel(sr=s.sample_rate, n_fft=s.n_fft, n_mels=s.n_mels, fmin=s.fmin, fmax=s.fmax)
    assert ours.shape == (s.n_mels, 1 + s.n_fft // 2)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=1e-7)


@given(st.integers(1, 200), st.sampled_from([256, 512, 2048]), st.sampled_from([8_000, 16_000, 44_100]))
def test_each_bin_feeds_at_most_two_neighbouring_filters(n_mels: int, n_fft: int, rate: int) -> None:
    filters = mel_filterbank(FeatureSettings(sample_rate=rate, n_fft=n_fft, n_mels=n_mels))
    assert (filters >= 0).all()
    assert (np.count_nonzero(filters, axis=0) <= 2).all()


def test_filters_narrower_than_a_bin_are_silent_not_wrong() -> None:
    many = FeatureSettings(n_fft=256, n_mels=200, hop_length=128)
    with pytest.warns(UserWarning, match="Empty filters"):
        theirs = by_librosa(music(0.3, 16_000, np.random.default_rng(0)), many)
    assert np.abs(log_mel(music(0.3, 16_000, np.random.default_rng(0)), many) - theirs).max() < TOLERANCE_DB


def test_a_tone_is_loudest_in_its_band_and_twice_the_amplitude_is_six_decibels() -> None:
    s = PRESETS["paper"]
    time = np.arange(16_000) / 16_000
    tone = (0.25 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)
    once, twice = log_mel(tone, s)[10], log_mel(2 * tone, s)[10]
    centre = np.average(np.fft.rfftfreq(2048, 1 / 16_000), weights=mel_filterbank(s)[once.argmax()])
    assert centre == pytest.approx(1000, rel=0.03)
    assert twice.max() - once.max() == pytest.approx(20 * np.log10(2), abs=1e-3)


@pytest.mark.parametrize("change", [{"ref": 2.0}, {"amin": 1e-3}, {"top_db": 20.0}, {"fmin": 300.0}, {"fmax": 4_000.0}])
def test_each_option_changes_the_output(change: dict[str, Any]) -> None:
    samples = music(0.5, 16_000, np.random.default_rng(0))
    changed = dataclasses.replace(PRESETS["paper"], **change)
    assert not np.allclose(log_mel(samples, changed), log_mel(samples, PRESETS["paper"]))


def test_the_input_is_left_as_it_is() -> None:
    samples = music(0.5, 16_000, np.random.default_rng(0))
    before = samples.copy()
    log_mel(samples, PRESETS["paper"])
    assert np.array_equal(samples, before)


@pytest.mark.parametrize("shape", [(0,), (2, 100)])
def test_no_samples_or_channels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="mono samples of shape"):
        log_mel(np.zeros(shape, dtype=np.float32), PRESETS["paper"])
