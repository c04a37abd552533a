"""Everything that is measured of a recording, and by which settings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from audio_files import WriteAudio
from beats import beat

from earmark.audio import with_essentia
from earmark.audio.decode import decode
from earmark.audio.estimates import KeyEstimate, TempoEstimate
from earmark.audio.measure_settings import MeasureSettings, check_measurable, parse_bpm_range
from earmark.audio.measures import measure
from earmark.catalog.keys import Key
from earmark.errors import InputError, UnknownNameError


def test_a_beat_is_measured(write_audio: WriteAudio) -> None:
    path = write_audio("a.wav", np.stack([beat(128, 24.0)] * 2, axis=1), 22_050)
    measures = measure(decode(path, loudness=True))
    assert measures.tempo is not None
    assert measures.tempo.bpm == pytest.approx(128, rel=1e-3)
    assert measures.lufs is not None
    assert -40 < measures.lufs < 0
    assert len(measures.curve) == 24
    assert measures.sections[-1].end_seconds == pytest.approx(24.0)


def test_the_range_is_kept(write_audio: WriteAudio) -> None:
    path = write_audio("a.wav", beat(128, 16.0)[:, None], 22_050)
    measures = measure(decode(path), MeasureSettings(bpm_range=(60, 100)))
    assert measures.tempo is not None
    assert measures.tempo.bpm == pytest.approx(64, rel=2e-3)


def test_the_range_holds_for_essentia_too(write_audio: WriteAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(with_essentia, "tempo_with_essentia", lambda *_: TempoEstimate(64.0, 0.8))
    monkeypatch.setattr(with_essentia, "key_with_essentia", lambda *_: KeyEstimate(Key(9, "minor"), 0.5))
    path = write_audio("a.wav", beat(128, 6.0)[:, None], 22_050)
    measures = measure(decode(path), MeasureSettings(bpm_range=(100, 200), backend="essentia"))
    assert measures.tempo is not None
    assert measures.tempo.bpm == 128.0
    assert measures.key == KeyEstimate(Key(9, "minor"), 0.5)


def test_loudness_of_the_mono_mix_where_the_file_was_decoded_without_it(write_audio: WriteAudio) -> None:
    path = write_audio("a.wav", beat(128, 6.0)[:, None], 22_050)
    with_it, without = measure(decode(path, loudness=True)), measure(decode(path))
    assert with_it == without


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(1),
        np.zeros(22_050 * 6),
        np.ones(300),
        np.full(22_050 * 6, 0.25),
        np.random.default_rng(0).normal(size=99),
    ],
    ids=["a sample", "silence", "a click", "direct current", "a blip"],
)
@pytest.mark.parametrize("rate", [8_000, 22_050])
def test_what_is_no_music_is_measured_all_the_same(sound: np.ndarray, rate: int, write_audio: WriteAudio) -> None:
    measures = measure(decode(write_audio("a.wav", sound[:, None].astype(np.float32), rate), loudness=True))
    assert measures.tempo is None
    assert len(measures.sections) == 1


def test_settings_have_a_key_that_follows_them() -> None:
    settings = MeasureSettings(bpm_range=(85, 175), backend="essentia")
    assert MeasureSettings.from_json(settings.to_json()) == settings
    keys = {one.key for one in (settings, MeasureSettings(), MeasureSettings(bpm_range=(85, 175)))}
    assert len(keys) == 3
    assert MeasureSettings(bpm_range=(70.0, 200.0)).key == MeasureSettings().key


@pytest.mark.parametrize("limits", [(100, 100), (150, 80), (0, 100), (70, 1000), (float("nan"), 100)])
def test_a_range_that_is_none_is_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="within 40 to 250 BPM, such as 70-200"):
        MeasureSettings(bpm_range=limits)


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="earmark, essentia"):
        MeasureSettings(backend="madmom")  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [{}, {"bpm_range": [70], "backend": "earmark"}, {"bpm_range": [70, 200], "more": 1}])
def test_other_data_are_no_settings(data: dict[str, object]) -> None:
    with pytest.raises(InputError, match="bpm_range"):
        MeasureSettings.from_json(data)


@pytest.mark.parametrize(("text", "limits"), [("70-200", (70.0, 200.0)), (" 87.5 - 175 ", (87.5, 175.0))])
def test_a_range_is_read(text: str, limits: tuple[float, float]) -> None:
    assert parse_bpm_range(text) == limits


@pytest.mark.parametrize("text", ["", "120", "70:200", "-70-200", "fast-slow", "70-"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="LOW-HIGH"):
        parse_bpm_range(text)


def test_essentia_is_asked_for_only_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Callable[[str], None] = lambda _: None  # noqa: E731 - a stand-in for find_spec
    monkeypatch.setattr("earmark.audio.measure_settings.find_spec", missing)
    check_measurable(MeasureSettings())
    with pytest.raises(InputError, match="pip install essentia"):
        check_measurable(MeasureSettings(backend="essentia"))


def test_the_settings_do_not_load_what_measures() -> None:
    source = Path(__file__).parents[2] / "src/earmark/audio/measure_settings.py"
    assert "numpy" not in source.read_text()
