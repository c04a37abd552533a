"""Feature settings: the published slice lengths, the key, and what is refused."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio import settings as settings_module
from earmark.audio.settings import PRESETS, FeatureSettings, preset
from earmark.errors import InputError, UnknownNameError

PAPER, STUDY = PRESETS["paper"], PRESETS["study"]


@pytest.mark.parametrize(
    ("settings", "frames"),
    [(PAPER, (32, 94, 157, 313, 628, 911)), (STUDY, (86, 258, 430, 861, 1722, 2584))],
    ids=["paper", "study"],
)
def test_slice_lengths_are_the_published_ones(settings: FeatureSettings, frames: tuple[int, ...]) -> None:
    assert tuple(settings.frames_for(seconds) for seconds in (1, 3, 5, 10, 20, 30)) == frames
    assert settings.frames_for(3.0) == settings.frames_for(3)


@pytest.mark.parametrize(("seconds", "frames"), [(2, 63), (0.05, 2), (0.016, 1), (7.2, 225)])
def test_other_lengths_are_the_nearest_frame(seconds: int, frames: int) -> None:
    assert PAPER.frames_for(seconds) == frames


@given(st.floats(0.02, 3600), st.sampled_from([8_000, 16_000, 22_050, 44_100]))
def test_no_unpublished_length_is_off_by_more_than_half_a_frame(seconds: float, rate: int) -> None:
    settings = FeatureSettings(sample_rate=rate, hop_length=256)
    assert abs(settings.frames_for(seconds) - seconds * settings.frames_per_second) <= 0.5 + 1e-6


@pytest.mark.parametrize("seconds", [0, -1, 0.001, float("nan"), float("inf")])
def test_a_slice_of_no_frames_is_refused(seconds: float) -> None:
    with pytest.raises(InputError, match="at least one frame"):
        PAPER.frames_for(seconds)


def test_presets_are_those_of_the_reference() -> None:
    assert FeatureSettings() == PAPER
    assert PAPER.middle_seconds is None
    assert (STUDY.sample_rate, STUDY.middle_seconds) == (44_100, 180.0)
    for settings in PRESETS.values():
        assert (settings.n_fft, settings.hop_length, settings.n_mels) == (2048, 512, 128)
        assert (settings.ref, settings.amin, settings.top_db) == (1.0, 1e-10, 80.0)
    assert preset("study") is STUDY


def test_an_unknown_preset_lists_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"no feature preset called 'cd'; known: paper, study"):
        preset("cd")


CHANGES: dict[str, Any] = {
    "sample_rate": 22_050,
    "n_fft": 1024,
    "hop_length": 256,
    "n_mels": 96,
    "fmin": 20.0,
    "fmax": 7_000.0,
    "middle_seconds": 60.0,
    "ref": 2.0,
    "amin": 1e-9,
    "top_db": 90.0,
}


def test_each_field_changes_the_key() -> None:
    assert set(CHANGES) == {field.name for field in dataclasses.fields(FeatureSettings)}
    keys = {dataclasses.replace(PAPER, **{name: value}).key for name, value in CHANGES.items()}
    assert len(keys | {PAPER.key}) == len(CHANGES) + 1


def test_the_key_is_short_stable_and_blind_to_number_types() -> None:
    assert (PAPER.key, STUDY.key) == ("cf1793fdc79c", "b7fbb081529d")  # stored libraries are addressed by these
    assert FeatureSettings(middle_seconds=180).key == FeatureSettings(middle_seconds=180.0).key


def test_the_algorithm_version_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = PAPER.key
    monkeypatch.setattr(settings_module, "FEATURE_ALGORITHM_VERSION", 2)
    assert PAPER.key != before


@given(
    st.builds(
        FeatureSettings,
        sample_rate=st.integers(2_000, 96_000),
        n_fft=st.integers(1, 4096).map(lambda half: 2 * half),
        n_mels=st.integers(1, 256),
        fmin=st.floats(0, 900),
        middle_seconds=st.none() | st.floats(0.1, 1e4),
        top_db=st.floats(1, 200),
    )
)
def test_settings_survive_json(settings: FeatureSettings) -> None:
    again = FeatureSettings.from_json(json.loads(json.dumps(settings.to_json())))
    assert again == settings
    assert again.key == settings.key


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match=r"unknown names \['n_mel'\].*n_mels"):
        FeatureSettings.from_json({"n_mel": 128})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sample_rate", 0, "sample_rate must be a whole number of at least 1"),
        ("sample_rate", 44_100.0, "sample_rate must be a whole number"),
        ("n_mels", True, "n_mels must be a finite number"),
        ("n_fft", 2047, "n_fft must be even"),
        ("n_fft", None, "n_fft must be a finite number"),
        ("hop_length", "512", "hop_length must be a finite number"),
        ("fmin", -1.0, "0 <= fmin"),
        ("fmin", 8_000.0, "0 <= fmin < fmax"),
        ("fmax", 8_000.5, "fmax 8000.5"),
        ("middle_seconds", 0, "middle_seconds must be above 0"),
        ("amin", 0.0, "amin must be above 0"),
        ("top_db", float("nan"), "top_db must be a finite number"),
    ],
)
def test_bad_values_are_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        FeatureSettings.from_json({name: value})
