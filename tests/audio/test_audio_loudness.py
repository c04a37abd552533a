"""Loudness agrees with the standard, and with another implementation of it."""

import numpy as np
import pyloudnorm
import pytest
from audio_files import WriteAudio
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.decode import decode
from earmark.audio.loudness import Loudness, LoudnessMeter

RATE = 48_000


def measured(sound: np.ndarray, rate: int = RATE, *, block: int = 4_800) -> Loudness:
    """Loudness of samples of shape (channels, n), given block by block."""
    meter = LoudnessMeter(sample_rate=rate, channels=len(sound))
    for start in range(0, sound.shape[1], block):
        meter.add(sound[:, start : start + block].astype(np.float32))
    return meter.result()


def tone(level_db: float, seconds: float, *, rate: int = RATE, hertz: float = 997.0) -> np.ndarray:
    return np.asarray(10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate))


def music(seconds: float, rate: int, seed: int = 0) -> np.ndarray:
    """Two channels that share some of their sound, with a quiet part."""
    rng = np.random.default_rng(seed)
    shared, left, right = rng.standard_normal((3, round(seconds * rate)))
    swell = 0.02 + 0.2 * (np.arange(len(shared)) > len(shared) / 3)
    return np.asarray(np.stack([shared + 0.5 * left, shared + 0.5 * right]) * swell)


def test_a_tone_of_the_standard_has_its_level() -> None:
    """EBU Tech 3341, case 1: 997 Hz on both channels at -23 dBFS is -23 LUFS; and BS.1770: on one channel 3 less."""
    both = np.stack([tone(-23, 20)] * 2)
    assert measured(both).lufs == pytest.approx(-23.0, abs=0.1)
    assert measured(both[:1]).lufs == pytest.approx(-26.0, abs=0.1)


def test_quiet_parts_are_gated() -> None:
    """EBU Tech 3341, case 3: the tone at -36, -23 and -36 dBFS for 10, 60 and 10 s is -23 LUFS."""
    sound = np.concatenate([tone(-36, 10), tone(-23, 60), tone(-36, 10)])
    assert measured(np.stack([sound] * 2)).lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [32_000, 44_100, 96_000])
def test_it_agrees_with_another_implementation(rate: int) -> None:
    sound = music(12.0, rate)
    assert measured(sound, rate).lufs == pytest.approx(pyloudnorm.Meter(rate).integrated_loudness(sound.T), abs=0.1)


@settings(max_examples=10, deadline=None)
@given(gain=st.floats(-20, 10), block=st.integers(100, 50_000))
def test_it_follows_the_gain_and_not_the_blocks(gain: float, block: int) -> None:
    sound = music(3.0, RATE)
    plain, louder = measured(sound), measured(sound * 10 ** (gain / 20), block=block)
    assert plain.lufs is not None
    assert louder.lufs == pytest.approx(plain.lufs + gain, abs=0.05)


def test_the_curve_follows_the_sound() -> None:
    curve = measured(np.stack([np.concatenate([tone(-40, 10), tone(-20, 10)])] * 2)).curve
    assert len(curve) == 20
    assert curve[3] == pytest.approx(-40, abs=0.2)
    assert curve[16] == pytest.approx(-20, abs=0.2)
    assert sorted(curve) == list(curve)


def test_silence_has_no_loudness_and_a_curve_at_the_floor() -> None:
    assert measured(np.zeros((2, RATE * 2))) == Loudness(None, (-70.0, -70.0))


def test_less_than_400_ms_has_none() -> None:
    assert measured(np.stack([tone(-20, 0.3)] * 2)) == Loudness(None, ())


@pytest.mark.parametrize("channels", [3, 4, 5, 6, 7, 8, 9, 24])
def test_any_number_of_channels_is_measured(channels: int) -> None:
    lufs = measured(np.stack([tone(-30, 2)] * channels)).lufs
    assert lufs is not None
    assert -34 < lufs < -18


@pytest.mark.parametrize("rate", [8_000, 11_025, 192_000])
def test_unusual_rates_are_measured(rate: int) -> None:
    assert measured(np.stack([tone(-20, 2, rate=rate)] * 2), rate).lufs == pytest.approx(-20, abs=0.5)


def test_absurd_levels_do_not_fail() -> None:
    result = measured(np.stack([tone(0, 2)] * 2) * 1e30)
    assert result.lufs is None or np.isfinite(result.lufs)
    assert np.isfinite(result.curve).all()


def test_decoding_measures_all_channels_when_asked(write_audio: WriteAudio) -> None:
    sound = music(4.0, 44_100)
    path = write_audio("a.wav", sound.T.astype(np.float32), 44_100)
    assert decode(path).loudness is None
    audio = decode(path, loudness=True)
    assert audio.loudness is not None
    assert audio.loudness.lufs == pytest.approx(pyloudnorm.Meter(44_100).integrated_loudness(sound.T), abs=0.1)
    side = decode(write_audio("b.wav", np.stack([sound[0], -sound[0]], 1).astype(np.float32), 44_100), loudness=True)
    assert side.loudness is not None
    assert side.loudness.lufs is not None, "what the mono mix loses is heard"


def test_absurd_samples_of_a_float_file_give_a_curve_of_numbers() -> None:
    """A burst at 1e20 times full scale, which the meter does not survive."""
    sound = np.stack([tone(-20, 20)] * 2)
    sound[:, 48_000:48_100] = 1e20
    assert np.isfinite(measured(sound).curve).all()
