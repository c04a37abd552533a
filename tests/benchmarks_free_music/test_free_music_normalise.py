from pathlib import Path

import numpy as np
import pytest
import soundfile
from benchmarks.free_music.normalise import SAMPLE_RATE, TARGET_LUFS, level, loudness, normalise, to_16_bits
from free_music_parts import ogg, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.catalog.from_tags import read_tags
from earmark.errors import DecodeError, InputError


def test_a_full_scale_sine_has_the_loudness_that_the_standard_says() -> None:
    # ITU-R BS.1770-4: a 997 Hz sine at full scale in one channel reads -3.01 LKFS.
    assert loudness(tone(5, 48_000, amplitude=1.0), 48_000) == pytest.approx(-3.01, abs=0.05)
    assert loudness(tone(5, SAMPLE_RATE, amplitude=0.1), SAMPLE_RATE) == pytest.approx(-23.01, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    decibels=st.floats(-40, 0),
    seconds=st.floats(0.5, 4.0),
)
def test_whatever_the_level_before_it_is_the_target_after(seed: int, decibels: float, seconds: float) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(int(seconds * SAMPLE_RATE)).astype(np.float32) * 0.1
    levelled, levels = level(noise * np.float32(10 ** (decibels / 20)), SAMPLE_RATE)
    assert loudness(levelled, SAMPLE_RATE) == pytest.approx(TARGET_LUFS, abs=0.01)
    assert levels.gain_db == pytest.approx(TARGET_LUFS - levels.loudness_before)
    assert levels.peak_after == pytest.approx(float(np.abs(levelled).max()))


def test_a_sound_that_would_clip_is_refused_with_a_target_that_fits() -> None:
    clicks = tone(3, SAMPLE_RATE, amplitude=0.01)
    clicks[::8000] = 0.9
    with pytest.raises(
        InputError, match=r"clips at -10 LUFS; all tracks need a common target of -\d+\.\d+ LUFS"
    ) as told:
        level(clicks, SAMPLE_RATE, target=-10.0)
    highest = float(str(told.value).split("target of ")[1].split(" ")[0])
    fits, levels = level(clicks, SAMPLE_RATE, target=highest - 0.01)
    assert 0.99 < levels.peak_after < 1
    assert np.abs(fits).max() < 1


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(SAMPLE_RATE, np.float32), "silent: it is nowhere louder than the gate of -70 LUFS"),
        (tone(0.3, SAMPLE_RATE), "at least 0.4 s of sound, but 0.30 s came"),
    ],
)
def test_what_has_no_loudness_is_refused(samples: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        level(samples, SAMPLE_RATE)


@given(step=st.floats(-0.5, 0.5))
@settings(max_examples=20, deadline=None)
def test_dithered_error_depends_on_nothing_in_the_sound(step: float) -> None:
    # Triangular dither of two steps' width: mean error 0 and variance 1/4 of a step squared, for any input.
    samples = np.full(40_000, (100 + step) / 32_768, dtype=np.float32)
    error = to_16_bits(samples, np.random.default_rng(3)) - (100 + step)
    assert error.mean() == pytest.approx(0, abs=0.015)
    assert error.var() == pytest.approx(0.25, abs=0.015)


def test_dither_lies_under_silence_too_and_never_wraps_round() -> None:
    rng = np.random.default_rng(0)
    assert to_16_bits(np.zeros(10_000, np.float32), rng).std() == pytest.approx(0.5, abs=0.02)
    edges = to_16_bits(np.array([1.0, -1.0] * 500, np.float32), rng)
    assert set(np.sign(edges[::2])) == {1}
    assert set(np.sign(edges[1::2])) == {-1}


def test_files_of_any_kind_come_out_alike(tmp_path: Path) -> None:
    sound = tone(3, 48_000, amplitude=0.3, hertz=440)
    (tmp_path / "a.ogg").write_bytes(ogg(3, rate=44_100, amplitude=0.02))
    soundfile.write(tmp_path / "b.wav", np.stack([sound, sound], axis=1), 48_000, subtype="PCM_24")
    soundfile.write(tmp_path / "c.flac", tone(3, 22_050, hertz=440), 22_050)
    for name in ("a.ogg", "b.wav", "c.flac"):
        target = tmp_path / "collection" / f"{name}.flac"
        levels = normalise(tmp_path / name, target, tags={}, rng=np.random.default_rng(1))
        info = soundfile.info(target)
        assert (info.format, info.subtype, info.samplerate, info.channels) == ("FLAC", "PCM_16", 16_000, 1)
        assert info.duration == levels.seconds == pytest.approx(3, abs=0.01)
        samples, rate = soundfile.read(target, dtype="float32")
        assert loudness(samples, rate) == pytest.approx(TARGET_LUFS, abs=0.1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.ogg", "b.wav", "c.flac", "collection"]


def test_tags_are_those_that_a_scan_reads_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.ogg").write_bytes(ogg(1))
    target = tmp_path / "collection" / "track-0001.flac"
    tags = {"title": "Casualties of War", "artist": "", "album": "OST", "label": "Wesnoth"}
    normalise(tmp_path / "a.ogg", target, tags=tags, rng=np.random.default_rng(1))
    read = read_tags(target)
    assert (read.title, read.label, read.release, read.genre) == ("Casualties of War", "Wesnoth", "OST", None)
    assert read.artists is None
    assert not read.problems


def test_the_same_seed_writes_the_same_sound(tmp_path: Path) -> None:
    (tmp_path / "a.ogg").write_bytes(ogg(1))
    written = []
    for seed in (1, 1, 2):
        target = tmp_path / "collection" / "t.flac"
        normalise(tmp_path / "a.ogg", target, tags={}, rng=np.random.default_rng(seed))
        written.append(soundfile.read(target, dtype="int16")[0].tobytes())
    assert written[0] == written[1] != written[2]


def test_a_file_that_is_cut_off_or_no_sound_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.flac"
    soundfile.write(whole, np.random.default_rng(0).uniform(-0.5, 0.5, 3 * 44_100), 44_100)
    cut = tmp_path / "cut.flac"
    cut.write_bytes(whole.read_bytes()[:100_000])
    target = tmp_path / "collection" / "t.flac"
    with pytest.raises(InputError, match=r"cut.flac is cut off after \d\.\d s; delete it and fetch it again"):
        normalise(cut, target, tags={}, rng=np.random.default_rng(1))
    (tmp_path / "text.ogg").write_text("no sound")
    with pytest.raises(DecodeError, match="no decoder could read"):
        normalise(tmp_path / "text.ogg", target, tags={}, rng=np.random.default_rng(1))
    assert not target.exists()
