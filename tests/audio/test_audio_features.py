"""The contract of every feature kind, and the way from a recording to the stored array."""

import dataclasses

import numpy as np
import pytest
from audio_files import WriteAudio, chord, stereo_chord

from earmark.audio.decode import DecodedAudio, decode
from earmark.audio.features import FEATURES, extract
from earmark.audio.mel import log_mel
from earmark.audio.mfcc import mfcc_mean
from earmark.audio.resample import resample
from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.errors import UnknownNameError

SETTINGS = {**PRESETS, "few bands": FeatureSettings(n_mels=20, n_fft=512, hop_length=160, middle_seconds=0.5)}


@pytest.fixture
def recording(write_audio: WriteAudio) -> DecodedAudio:
    return decode(write_audio("a.flac", stereo_chord(2.0)))


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("kind", FEATURES)
class TestContract:
    def test_shape_and_type(self, kind: str, settings: FeatureSettings) -> None:
        feature = FEATURES[kind]
        assert feature.summary
        for count in (1, 700, settings.hop_length * 10):
            values = feature.compute(chord(1.0, settings.sample_rate)[:count], settings)
            assert values.shape == (1 + count // settings.hop_length, feature.bands(settings))
            assert values.dtype == np.float32
            assert np.isfinite(values).all()

    def test_the_same_twice_and_without_touching_the_input(self, kind: str, settings: FeatureSettings) -> None:
        samples = chord(0.5, settings.sample_rate)
        before = samples.copy()
        first, second = (FEATURES[kind].compute(samples, settings) for _ in range(2))
        assert np.array_equal(first, second)
        assert np.array_equal(samples, before)

    def test_stored_as_float16_without_overflow(
        self, kind: str, settings: FeatureSettings, recording: DecodedAudio
    ) -> None:
        stored = extract(recording, settings, kind=kind)
        assert stored.dtype == np.float16
        assert stored.flags.c_contiguous
        assert np.isfinite(stored).all()
        assert stored.shape[1] == FEATURES[kind].bands(settings)


def test_the_stored_array_is_the_log_mel_of_the_resampled_recording(recording: DecodedAudio) -> None:
    paper = PRESETS["paper"]
    expected = log_mel(resample(recording.samples, 44_100, 16_000), paper)
    stored = extract(recording, paper)
    assert stored.shape == (1 + 32_000 // 512, 128)
    assert np.abs(stored - expected).max() <= 0.04


def test_the_excerpt_is_taken_from_the_middle() -> None:
    loud_middle = np.r_[np.zeros(88_200), chord(1.0), np.zeros(88_200)].astype(np.float32)
    recording = decode_like(loud_middle)
    middle = dataclasses.replace(PRESETS["study"], middle_seconds=1.0)
    np.testing.assert_allclose(extract(recording, middle), log_mel(chord(1.0), middle), atol=0.04)
    assert len(extract(recording, PRESETS["study"])) == 1 + 5 * 44_100 // 512


@pytest.mark.parametrize("preset", PRESETS)
def test_a_single_sample_gives_one_frame(preset: str) -> None:
    assert extract(decode_like(np.ones(1, dtype=np.float32)), PRESETS[preset]).shape == (1, 128)


def test_the_mean_mfcc_comes_from_the_stored_log_mel(recording: DecodedAudio) -> None:
    study = PRESETS["study"]
    direct = FEATURES["mfcc"].compute(recording.samples, study).mean(axis=0)
    np.testing.assert_allclose(mfcc_mean(extract(recording, study)), direct, atol=0.2)


def test_an_unknown_kind_lists_those_there_are(recording: DecodedAudio) -> None:
    with pytest.raises(UnknownNameError, match="no kind of feature called 'chroma'; known: log-mel, mfcc"):
        extract(recording, PRESETS["paper"], kind="chroma")


def decode_like(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> DecodedAudio:
    """Return samples at 44.1 kHz as if a decoder had read them."""
    from earmark.audio.decode import AudioFacts

    facts = AudioFacts("soundfile", "wav", "pcm_f32", 1, 44_100, len(samples) / 44_100, None, 1.0, 0.0, 0.0, False)
    return DecodedAudio(samples, 44_100, facts)
