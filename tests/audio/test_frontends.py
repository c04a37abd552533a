import dataclasses
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.frontend_spectra import ClapMel, KaldiMel, kaldi_filterbank
from earmark.audio.frontends import (
    FRONT_ENDS,
    FrontEnd,
    MusicnnMel,
    Waveform,
    front_end_from_json,
    front_end_to_json,
)
from earmark.errors import InputError, UnknownNameError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import librosa

KINDS = pytest.mark.parametrize("kind", FRONT_ENDS)


def sound(rate: int, seconds: float = 1.3, *, level: float = 0.3, seed: int = 0) -> npt.NDArray[np.float32]:
    time = np.arange(round(rate * seconds)) / rate
    tones = sum(np.sin(2 * np.pi * hertz * time) for hertz in (55.0, 440.0, 3000.0, 7000.0))
    noise = np.random.default_rng(seed).standard_normal(len(time))
    return (level * (0.2 * tones + 0.1 * noise)).astype(np.float32)


@KINDS
def test_rows_are_finite_float32_and_as_many_as_promised(kind: str) -> None:
    front_end = FRONT_ENDS[kind]()
    for length in (1, 2, 100, 1023, 5000, 48_001):
        for samples in (np.zeros(length, np.float32), sound(length, 1.0), sound(length, 1.0, level=30.0)):
            rows = front_end.rows(samples)
            assert rows.dtype == np.float32
            assert rows.shape == (front_end.n_rows(length), front_end.bands)
            assert np.isfinite(rows).all()
            patches = front_end.prepare(rows[np.newaxis])
            assert patches.shape == (1, *rows.shape)
            assert np.isfinite(patches).all()


@KINDS
def test_what_is_no_mono_sound_is_refused(kind: str) -> None:
    for wrong in (np.zeros(0, np.float32), np.zeros((2, 8000), np.float32)):
        with pytest.raises(InputError, match="expected mono samples"):
            FRONT_ENDS[kind]().rows(wrong)


@KINDS
def test_json_leads_back_and_absent_numbers_take_their_defaults(kind: str) -> None:
    front_end = FRONT_ENDS[kind]()
    data = front_end_to_json(front_end)
    assert data["kind"] == kind
    assert front_end_from_json(data) == front_end
    assert front_end_from_json({"kind": kind}) == front_end
    assert front_end_from_json({"kind": kind, "sample_rate": 44_100}).sample_rate == 44_100


@KINDS
def test_each_number_changes_the_rows(kind: str) -> None:
    changed: dict[str, float] = {
        "sample_rate": 30_000,
        "n_fft": 2048,
        "window_length": 700,
        "hop_length": 200,
        "bands": 40,
    }
    changed |= {"fmin": 300.0, "fmax": 7500.0, "pre_emphasis": 0.5, "normalise": True}
    front_end = FRONT_ENDS[kind]()
    samples = sound(16_000)
    plain = front_end.prepare(front_end.rows(samples)[np.newaxis])
    numbers = {name: value for name, value in front_end_to_json(front_end).items() if name != "kind"}
    for name in numbers:
        other = front_end_from_json({"kind": kind, **numbers, name: changed[name]})
        assert other != front_end
        if (kind, name) == ("waveform", "sample_rate"):
            continue  # it says at what rate the samples have to come
        rows = other.prepare(other.rows(samples)[np.newaxis])
        assert rows.shape != plain.shape or not np.allclose(rows, plain, atol=1e-4), name


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kind": "musicnn-mel", "n_mels": 96}, "has no n_mels; it has sample_rate, n_fft, hop_length, bands"),
        ({"kind": "musicnn-mel", "bands": 96.5}, "bands of the front-end musicnn-mel is a int, but 96.5 came"),
        ({"kind": "musicnn-mel", "bands": True}, "is a int, but True came"),
        ({"kind": "clap-mel", "fmin": "low"}, "fmin of the front-end clap-mel is a float, but 'low' came"),
        ({"kind": "clap-mel", "fmax": float("inf")}, "is a float, but inf came"),
        ({"kind": "clap-mel", "fmax": 30_000}, "fmin < fmax <= 24000 Hz"),
        ({"kind": "kaldi-mel", "window_length": 2000}, "a window of 2 to n_fft=1024 samples"),
        ({"kind": "kaldi-mel", "hop_length": 0}, "a hop of at least 1"),
        ({"kind": "waveform", "normalise": 1}, "is a bool, but 1 came"),
        ({"kind": "waveform", "sample_rate": 0}, "above 0 Hz"),
    ],
)
def test_wrong_numbers_are_refused(data: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        front_end_from_json(data)


def test_an_unknown_kind_lists_those_there_are() -> None:
    for data in ({"kind": "cqt"}, {}):
        with pytest.raises(UnknownNameError, match="known: musicnn-mel, clap-mel, kaldi-mel, waveform"):
            front_end_from_json(data)


def test_musicnn_mel_is_librosas() -> None:
    samples = sound(16_000)
    power = librosa.feature.melspectrogram(
        y=samples, sr=16_000, n_fft=512, hop_length=256, n_mels=96, pad_mode="constant", fmin=0.0, fmax=8000.0
    )
    np.testing.assert_allclose(MusicnnMel().rows(samples), np.log10(1 + 10_000 * power.T), atol=3e-5)


def test_musicnn_mel_of_sound_beyond_full_scale_does_not_overflow() -> None:
    loud = MusicnnMel().rows(sound(16_000, level=1000.0))
    assert loud.max() > np.log10(65_504)  # what its authors' float16 could not hold before the logarithm
    assert np.isfinite(loud).all()


def test_clap_mel_is_librosas() -> None:
    samples = sound(48_000)
    power = librosa.feature.melspectrogram(
        y=samples, sr=48_000, n_fft=1024, hop_length=480, n_mels=64, fmin=50.0, fmax=14_000.0, pad_mode="reflect"
    )
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None)
    np.testing.assert_allclose(ClapMel().rows(samples), expected.T, atol=0.02)


def test_kaldi_filters_are_triangles_on_its_mel_scale() -> None:
    """Written out from ``torchaudio.compliance.kaldi.get_mel_banks``, one bin at a time."""
    front_end = KaldiMel(bands=20, fmax=7000.0, sample_rate=16_000, n_fft=512, window_length=400)
    low, high = 0.0, 1127 * np.log(1 + 7000 / 700)
    step = (high - low) / 21
    filters = kaldi_filterbank(front_end)
    assert filters.shape == (20, 257)
    for band in range(20):
        left = low + band * step
        for number in range(256):
            mel = 1127 * np.log(1 + number * 16_000 / 512 / 700)
            expected = max(0.0, min((mel - left) / step, (left + 2 * step - mel) / step))
            assert filters[band, number] == pytest.approx(expected, abs=1e-6)
    assert not filters[:, 256].any()


def test_kaldi_mel_is_that_of_its_definition() -> None:
    samples, front_end = sound(32_000), KaldiMel()
    differences = samples[1:] - np.float32(0.97) * samples[:-1]
    spectrum = librosa.stft(
        differences, n_fft=1024, hop_length=320, win_length=800, window=np.hanning(800), pad_mode="reflect"
    )
    power = kaldi_filterbank(front_end) @ np.abs(spectrum) ** 2
    np.testing.assert_allclose(front_end.rows(samples), ((np.log(power + 1e-5) + 4.5) / 5).T, atol=2e-4)


def test_ten_seconds_give_the_frames_that_the_networks_were_trained_on() -> None:
    assert ClapMel().n_rows(480_000) == 1001
    assert KaldiMel().n_rows(320_000) == 1000
    assert MusicnnMel().n_rows(187 * 256 - 1) == 187


def test_a_normalised_waveform_has_mean_0_and_deviation_1_in_each_patch() -> None:
    patches = np.stack([sound(24_000, seed=seed) + seed for seed in range(3)])[:, :, np.newaxis].astype(np.float32)
    np.testing.assert_array_equal(Waveform().prepare(patches), patches)
    normalised = Waveform(normalise=True).prepare(patches)
    np.testing.assert_allclose(normalised.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.std(axis=1), 1, atol=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(FRONT_ENDS)), st.integers(1, 20_000))
def test_the_number_of_rows_is_known_before(kind: str, length: int) -> None:
    front_end: FrontEnd = FRONT_ENDS[kind]()
    assert len(front_end.rows(np.zeros(length, np.float32))) == front_end.n_rows(length)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1.1, 8.0))
def test_louder_sound_never_has_lower_rows(seed: int, gain: float) -> None:
    samples = sound(16_000, 0.3, seed=seed)
    for front_end in (MusicnnMel(), ClapMel(), KaldiMel()):
        assert (front_end.rows(np.float32(gain) * samples) >= front_end.rows(samples) - 1e-4).all()


def test_front_ends_are_values() -> None:
    assert len({MusicnnMel(), MusicnnMel(), MusicnnMel(bands=64)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        MusicnnMel().bands = 64  # type: ignore[misc]  # what the test is about
