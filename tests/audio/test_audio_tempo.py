"""Tempo of sounds whose tempo is known, and an honest confidence where there is none or several."""

import numpy as np
import pytest
from beats import beat, clicks
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.estimates import TempoEstimate
from earmark.audio.onsets import REGISTERS, onset_strength
from earmark.audio.tempo import RATIOS, estimate_tempo, folded
from earmark.audio.tempo_weights import EVIDENCE_WEIGHTS
from earmark.audio.tempogram import EVIDENCE, TEMPO_GRID, comb, peaks, refine, repetition

RATE = 22_050


@pytest.mark.parametrize("bpm", [88.0, 120.0, 127.5, 140.25, 174.0])
def test_a_plain_beat_is_found_to_a_thousandth_and_confidently(bpm: float) -> None:
    estimate = estimate_tempo(beat(bpm, 30.0), RATE)
    assert estimate is not None
    assert estimate.bpm == pytest.approx(bpm, rel=1e-3)
    assert estimate.confidence > 0.5


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000])
def test_the_sample_rate_does_not_matter(rate: int) -> None:
    estimate = estimate_tempo(clicks(np.arange(0, 20, 60 / 123.4).tolist(), 20.0, rate=rate), rate)
    assert estimate is not None
    assert estimate.bpm == pytest.approx(123.4, rel=1e-3)


@settings(max_examples=12, deadline=None)
@given(speed=st.floats(0.8, 1.25))
def test_a_faster_recording_is_faster_by_as_much(speed: float) -> None:
    estimate = estimate_tempo(beat(120 * speed, 16.0), RATE)
    assert estimate is not None
    ratio = estimate.bpm / (120 * speed)
    assert min(abs(ratio / one - 1) for one in (1.0, *RATIOS)) < 2e-3


def test_loudness_does_not_matter() -> None:
    sound = beat(128, 20.0)
    quiet, loud, absurd = (estimate_tempo(sound * np.float32(gain), RATE) for gain in (0.05, 1.0, 1e25))
    assert quiet is not None
    assert loud is not None
    assert absurd is not None
    assert quiet.bpm == pytest.approx(loud.bpm, rel=1e-4)
    assert absurd.bpm == pytest.approx(loud.bpm, rel=1e-4)


def test_the_range_folds_the_tempo() -> None:
    sound = beat(87, 30.0)
    slow, fast = (estimate_tempo(sound, RATE, bpm_range=limits) for limits in ((60.0, 110.0), (120.0, 200.0)))
    assert slow is not None
    assert fast is not None
    assert slow.bpm == pytest.approx(87, rel=2e-3)
    assert fast.bpm == pytest.approx(174, rel=2e-3)
    assert any(bpm == pytest.approx(87, rel=2e-3) for bpm, _ in fast.alternatives), "it is told all the same"


def test_the_ends_of_the_range_belong_to_it() -> None:
    estimate = estimate_tempo(beat(140, 30.0), RATE, bpm_range=(100.0, 140.0))
    assert estimate is not None
    assert estimate.bpm == pytest.approx(140, rel=2e-3)


def test_a_range_that_nothing_fits_gives_no_confidence() -> None:
    estimate = estimate_tempo(clicks(np.arange(0, 30, 60 / 87).tolist(), 30.0), RATE, bpm_range=(118.0, 128.0))
    assert estimate is not None
    assert estimate.confidence < 0.1


def test_alternatives_stand_in_simple_ratios_and_the_best_comes_first() -> None:
    estimate = estimate_tempo(clicks(np.arange(0, 30, 60 / 126).tolist(), 30.0), RATE)
    assert estimate is not None
    assert estimate.alternatives
    saliences = [salience for _, salience in estimate.alternatives]
    assert saliences == sorted(saliences, reverse=True)
    for bpm, salience in estimate.alternatives:
        assert 0 <= salience <= 1
        assert min(abs(bpm / estimate.bpm / ratio - 1) for ratio in RATIOS) < 1e-4


def test_a_tempo_that_changes_has_less_confidence() -> None:
    times, time = [], 0.0
    while time < 60:
        times.append(time)
        time += 60 / (120 if time < 30 else 133)
    steady = estimate_tempo(clicks(np.arange(0, 60, 0.5).tolist(), 60.0), RATE)
    changed = estimate_tempo(clicks(times, 60.0), RATE)
    assert steady is not None
    assert changed is not None
    assert changed.confidence < 0.7 * steady.confidence


def test_what_has_no_beat_has_no_tempo() -> None:
    rng = np.random.default_rng(0)
    assert estimate_tempo(0.1 * rng.standard_normal(RATE * 30).astype(np.float32), RATE) is None
    assert estimate_tempo(np.zeros(RATE * 30, dtype=np.float32), RATE) is None
    assert estimate_tempo(np.full(RATE * 30, 0.5, dtype=np.float32), RATE) is None


def test_too_short_a_sound_has_no_tempo() -> None:
    assert estimate_tempo(beat(128, 3.9), RATE) is None
    assert estimate_tempo(np.zeros(1, dtype=np.float32), RATE) is None


def test_another_estimators_tempo_is_folded_into_the_range() -> None:
    told = TempoEstimate(64.0, 0.8, ((128.0, 0.4), (96.0, 0.1)))
    assert folded(told, (60, 100)) == told
    assert folded(told, (100, 200)) == TempoEstimate(128.0, 0.8, ((64.0, 1.0), (96.0, 0.1)))
    assert folded(told, (70, 100)) == TempoEstimate(64.0, 0.0, told.alternatives)


def test_onsets_are_where_sounds_begin() -> None:
    onsets = onset_strength(clicks([1.0, 2.5], 4.0), RATE)
    assert onsets.strength.shape[0] == len(REGISTERS)
    assert onsets.strength.dtype == np.float32
    total = onsets.strength.sum(axis=0)
    found = np.sort(np.argsort(-total)[:2]) / onsets.frames_per_second
    assert found == pytest.approx([1.0, 2.5], abs=0.03)


def test_a_hiss_over_a_drone_is_heard_in_the_high_register() -> None:
    time = np.arange(RATE * 8) / RATE
    hiss = np.diff(np.random.default_rng(0).standard_normal(len(time)), prepend=0.0) * (time % 0.5 < 0.05)
    sound = (0.5 * np.sin(2 * np.pi * 60 * time) + 0.1 * hiss).astype(np.float32)
    low, _, high = (onset_strength(sound, RATE).strength[:, 50:-50] ** 2).mean(axis=1)
    assert high > 10 * low


def test_repetition_peaks_at_the_period() -> None:
    onsets = onset_strength(clicks(np.arange(0, 24, 0.5).tolist(), 24.0), RATE)
    found = repetition(onsets)
    assert found.weights.sum(axis=1) == pytest.approx(1.0)
    heights = comb(found.mean.mean(axis=0), found.lags(TEMPO_GRID))
    rough = TEMPO_GRID[peaks(heights)]
    assert np.abs(rough / 120 - 1).min() < 0.005
    assert refine(onsets, 119.0) == pytest.approx(120, rel=5e-4)


def test_there_is_a_weight_for_each_evidence() -> None:
    assert EVIDENCE_WEIGHTS.shape == (len(EVIDENCE),)
    assert np.isfinite(EVIDENCE_WEIGHTS).all()
