import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.audio.decode import decode
from earmark.audio.features import extract
from earmark.audio.fingerprint import (
    FINGERPRINT_SETTINGS,
    FRAMES_PER_SECOND,
    SAME_SHARE,
    Fingerprint,
    fingerprint,
    match_fingerprints,
)
from earmark.audio.mel import log_mel
from earmark.audio.resample import resample
from earmark.demo.encode import write_audio
from earmark.errors import InputError

RATE = FINGERPRINT_SETTINGS.sample_rate
FRAMES = FINGERPRINT_SETTINGS.frames_per_second


def tune(seed: int, *, seconds: float = 60.0) -> NDArray[np.float32]:
    """Chords and noise that change every quarter of a second, drawn by a seed."""
    rng = np.random.default_rng(seed)
    steps = int(seconds * 4)
    time = np.arange(RATE // 4) / RATE
    parts = []
    for _ in range(steps):
        tones = rng.uniform(150, 4000, size=(4, 1))
        sound = np.sin(2 * np.pi * tones * time + rng.uniform(0, 6, (4, 1))).sum(axis=0) * np.exp(-3 * time)
        parts.append(sound + rng.normal(0, rng.uniform(0, 0.5), len(time)))
    return (np.concatenate(parts) * 0.1).astype(np.float32)


def heard(samples: NDArray[np.float32]) -> Fingerprint:
    return fingerprint(log_mel(samples, FINGERPRINT_SETTINGS))


TUNE = tune(1)
ORIGINAL = heard(TUNE)


def test_the_same_sound_matches_itself_whole() -> None:
    match = match_fingerprints(ORIGINAL, ORIGINAL)
    assert match.same_recording
    assert match.share == 1.0
    assert match.agreement == pytest.approx(1.0)
    assert match.offset_seconds == 0
    assert match.offsets == 1


def test_a_copy_that_is_quieter_and_cut_at_both_ends_matches_at_its_offset() -> None:
    cut = TUNE[7 * RATE + 321 : -9 * RATE] * np.float32(0.2)
    match = match_fingerprints(heard(cut), ORIGINAL)
    assert match.same_recording
    assert match.share > 0.9
    assert match.offset_seconds == pytest.approx(7.0, abs=0.2)


def test_an_edit_matches_at_two_offsets() -> None:
    edit = np.concatenate([TUNE[: 22 * RATE], TUNE[40 * RATE :]])
    match = match_fingerprints(heard(edit), ORIGINAL)
    assert match.same_recording
    assert match.offsets == 2
    assert match.share > 0.9


@pytest.mark.parametrize(("speed", "recognised"), [(0.995, True), (1.005, True), (1.05, False)])
def test_a_slight_change_of_speed_is_followed(speed: float, recognised: bool) -> None:
    faster = np.interp(np.arange(0, len(TUNE) - 1, speed), np.arange(len(TUNE)), TUNE).astype(np.float32)
    assert match_fingerprints(heard(faster), ORIGINAL).same_recording is recognised


def test_other_tunes_do_not_match() -> None:
    for seed in range(2, 8):
        match = match_fingerprints(heard(tune(seed)), ORIGINAL)
        assert not match.same_recording
        assert match.share < SAME_SHARE / 2


def test_a_shared_jingle_is_no_version() -> None:
    other = tune(9)
    other[: 11 * RATE] = TUNE[: 11 * RATE]
    match = match_fingerprints(heard(other), ORIGINAL)
    assert match.seconds > 5
    assert not match.same_recording


def test_silence_matches_nothing() -> None:
    silence = heard(np.zeros(30 * RATE, dtype=np.float32))
    quiet_ends = np.concatenate([np.zeros(20 * RATE, np.float32), tune(5, seconds=20), np.zeros(20 * RATE, np.float32)])
    also = np.concatenate([np.zeros(20 * RATE, np.float32), tune(6, seconds=20), np.zeros(20 * RATE, np.float32)])
    assert match_fingerprints(silence, silence).share == 0
    assert match_fingerprints(heard(quiet_ends), heard(also)).share == 0
    assert heard(quiet_ends).seconds == pytest.approx(20, abs=1.5)


def test_a_file_of_a_few_frames_has_a_fingerprint_that_matches_nothing() -> None:
    tiny = heard(np.ones(3, dtype=np.float32))
    assert tiny.signs.shape == (1, 32)
    assert match_fingerprints(tiny, ORIGINAL).share == 0


def test_mp3_of_low_bit_rate_is_recognised(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("fingerprint") / "tune.mp3"
    samples = resample(TUNE[: 30 * RATE], RATE, 44_100)
    pcm = np.repeat((samples * 32767).clip(-32768, 32767).astype(np.int16)[:, np.newaxis], 2, axis=1)
    write_audio(path, pcm, audio_format="mp3", bitrate=96)
    match = match_fingerprints(fingerprint(extract(decode(path), FINGERPRINT_SETTINGS)), ORIGINAL)
    assert match.same_recording
    assert match.agreement > 0.7


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_packing_keeps_every_sign(frames: int, seed: int) -> None:
    signs = np.random.default_rng(seed).integers(-1, 2, size=(frames, 32)).astype(np.int8)
    packed = Fingerprint(signs).to_array()
    assert packed.shape == (frames, 2)
    assert packed.dtype == np.uint32
    np.testing.assert_array_equal(Fingerprint.from_array(packed).signs, signs)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(-300, 300))
def test_matching_is_symmetric_but_for_the_sign_of_the_offset(seed: int, shift: int) -> None:
    signs = (2 * np.random.default_rng(seed).integers(0, 2, size=(600, 32)) - 1).astype(np.int8)
    first, second = Fingerprint(signs[max(-shift, 0) :]), Fingerprint(signs[max(shift, 0) :])
    one, other = match_fingerprints(first, second), match_fingerprints(second, first)
    assert one.seconds == other.seconds
    assert one.offset_seconds == -other.offset_seconds == pytest.approx(-shift / FRAMES_PER_SECOND)


def test_what_is_no_log_mel_is_refused() -> None:
    with pytest.raises(InputError, match=r"shape \(frames, 128\), at least one frame; \(5, 40\) came"):
        fingerprint(np.zeros((5, 40)))
    with pytest.raises(InputError, match=r"shape \(frames, 2\)"):
        Fingerprint.from_array(np.zeros((5, 3), dtype=np.uint32))
