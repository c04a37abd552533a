"""The bandwidth is where a filter or a codec cut the sound off, whatever its level and wherever the silence lies."""

from pathlib import Path

import numpy as np
import pytest
from audio_files import Samples, WriteAudio
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.bandwidth import bandwidth_hz
from earmark.audio.decode import decode
from earmark.demo.encode import write_audio as encode
from earmark.errors import InputError

RATE = 44_100


def noise_up_to(hertz: float, *, seconds: float = 2.0, rate: int = RATE, level: float = 0.1, seed: int = 0) -> Samples:
    """Noise with nothing at all above a frequency."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(round(seconds * rate)))
    spectrum[np.fft.rfftfreq(round(seconds * rate), 1 / rate) > hertz] = 0
    sound = np.fft.irfft(spectrum, round(seconds * rate))
    # A sound that starts at once is a click, which has every frequency.
    fade = np.minimum(1.0, np.arange(len(sound)) / (0.02 * rate))
    ends = np.sin(np.pi / 2 * np.minimum(fade, fade[::-1])) ** 2
    faded: Samples = (level * sound / sound.std() * ends).astype(np.float32)
    return faded


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("share", [0.1, 0.35, 0.72])
def test_filtered_noise_ends_where_the_filter_is(share: float, rate: int) -> None:
    cut = share * rate / 2
    assert bandwidth_hz(noise_up_to(cut, rate=rate), rate) == pytest.approx(cut, abs=200)


def test_unfiltered_noise_reaches_half_the_sample_rate() -> None:
    assert bandwidth_hz(noise_up_to(RATE), RATE) == RATE / 2


@settings(max_examples=30, deadline=None)
@given(level_db=st.floats(-55, 20), cut=st.floats(2_000, 20_000), silence=st.floats(0, 3))
def test_neither_level_nor_silence_moves_it(level_db: float, cut: float, silence: float) -> None:
    sound = noise_up_to(cut, seconds=1.5, level=10 ** (level_db / 20))
    silent = np.zeros(round(silence * RATE), dtype=np.float32)
    assert bandwidth_hz(np.concatenate([silent, sound, silent]), RATE) == pytest.approx(cut, abs=250)


def test_what_sounds_only_for_a_moment_counts() -> None:
    sound = np.concatenate([noise_up_to(5_000, seconds=4), noise_up_to(15_000, seconds=1), noise_up_to(5_000)])
    assert bandwidth_hz(sound, RATE) == pytest.approx(15_000, abs=150)


def test_the_noise_of_16_bits_is_no_sound() -> None:
    rng = np.random.default_rng(1)
    sound = noise_up_to(8_000, level=0.01)
    dithered = np.round(sound * 32_767 + rng.triangular(-1, 0, 1, len(sound))) / 32_768
    assert bandwidth_hz(dithered.astype(np.float32), RATE) == pytest.approx(8_000, abs=100)
    only_noise = rng.integers(-1, 2, RATE) / 32_768
    assert bandwidth_hz(only_noise.astype(np.float32), RATE) == 0.0


def test_silence_has_none() -> None:
    assert bandwidth_hz(np.zeros(RATE, dtype=np.float32), RATE) == 0.0
    assert bandwidth_hz(np.zeros(1, dtype=np.float32), RATE) == 0.0


def test_short_and_overloud_sounds_are_measured() -> None:
    assert bandwidth_hz(noise_up_to(9_000, seconds=0.1), RATE) == pytest.approx(9_000, abs=400)
    assert bandwidth_hz(noise_up_to(9_000, level=1e30), RATE) == pytest.approx(9_000, abs=100)
    assert bandwidth_hz(np.ones(1, dtype=np.float32), RATE) >= 0.0


@pytest.mark.parametrize(("samples", "rate"), [(np.zeros(0), RATE), (np.zeros((2, 9)), RATE), (np.zeros(9), 0)])
def test_what_is_no_sound_is_refused(samples: Samples, rate: int) -> None:
    with pytest.raises(InputError, match="expected mono samples"):
        bandwidth_hz(samples.astype(np.float32), rate)


def test_a_codec_gives_itself_away(tmp_path: Path) -> None:
    sound = noise_up_to(RATE, seconds=6, level=0.1)
    pcm = (np.clip(np.stack([sound, sound], axis=1), -1, 1) * 32_767).astype(np.int16)
    found = {}
    for name, audio_format, bitrate in (("a.wav", "wav", 0), ("b.mp3", "mp3", 128), ("c.mp3", "mp3", 320)):
        encode(tmp_path / name, pcm, audio_format=audio_format, bitrate=bitrate)  # type: ignore[arg-type]
        found[name] = decode(tmp_path / name).facts.bandwidth_hz
    assert found["a.wav"] == RATE / 2
    assert found["b.mp3"] == pytest.approx(16_500, abs=700), "LAME's low-pass at 128 kbit/s"
    assert found["c.mp3"] == pytest.approx(20_200, abs=300), "and at 320"


def test_the_cut_stays_when_a_lossy_file_becomes_lossless(tmp_path: Path, write_audio: WriteAudio) -> None:
    sound = noise_up_to(RATE, seconds=3)
    pcm = (np.clip(np.stack([sound, sound], axis=1), -1, 1) * 32_767).astype(np.int16)
    encode(tmp_path / "lossy.mp3", pcm, audio_format="mp3", bitrate=128)
    lossy = decode(tmp_path / "lossy.mp3")
    facts = decode(write_audio("lossless.flac", lossy.samples)).facts
    assert facts.codec == "flac"
    assert facts.bandwidth_hz == pytest.approx(lossy.facts.bandwidth_hz, abs=60)
