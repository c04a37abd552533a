"""Notes of tones whose pitch is known, their tuning, and what is no note."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.chroma import FRAME, HOP, LOWEST_PITCH, PITCHES, RATE, note_frames

Floats = npt.NDArray[np.float32]


def tone(pitch: float, *, seconds: float = 2.0, level: float = 0.3) -> Floats:
    """A sine of a MIDI pitch at `RATE`."""
    time = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time)).astype(np.float32)


@pytest.mark.parametrize("pitch", [36, 45, 57, 69, 80, 95])
def test_a_tone_is_the_note_that_it_is(pitch: int) -> None:
    notes = note_frames(tone(pitch))
    assert notes is not None
    assert set(notes.magnitudes.argmax(axis=1)) == {pitch - LOWEST_PITCH}
    assert notes.magnitudes.max(axis=1).sum() > 0.99 * notes.magnitudes.sum()


def test_shape_and_type() -> None:
    sound = tone(60)
    notes = note_frames(sound)
    assert notes is not None
    assert notes.magnitudes.shape == ((len(sound) - FRAME) // HOP + 1, PITCHES)
    assert notes.magnitudes.dtype == np.float32
    assert notes.levels.shape == (len(notes.magnitudes),)


@settings(max_examples=25, deadline=None)
@given(st.integers(50, 90), st.floats(-0.4, 0.4))
def test_tuning_is_found_and_the_note_stays(pitch: int, detuned: float) -> None:
    notes = note_frames(tone(pitch + detuned))
    assert notes is not None
    assert notes.tuning == pytest.approx(detuned, abs=0.03)
    assert set(notes.magnitudes.argmax(axis=1)) == {pitch - LOWEST_PITCH}


def test_a_chord_is_its_notes() -> None:
    notes = note_frames(tone(57) + tone(60) + tone(64))
    assert notes is not None
    loudest = np.argsort(notes.magnitudes.sum(axis=0))[-3:] + LOWEST_PITCH
    assert sorted(loudest) == [57, 60, 64]


def test_gain_scales_the_magnitudes_only() -> None:
    quiet, loud = note_frames(tone(60, level=0.01)), note_frames(tone(60, level=0.5))
    assert quiet is not None
    assert loud is not None
    np.testing.assert_allclose(50 * quiet.magnitudes, loud.magnitudes, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("samples", [np.zeros(RATE), np.full(RATE, 1e-6), np.zeros(0), tone(60)[: FRAME - 1]])
def test_nothing_where_there_is_silence_or_less_than_a_window(samples: Floats) -> None:
    assert note_frames(np.asarray(samples, dtype=np.float32)) is None


def test_a_click_makes_less_of_notes_than_a_tone_of_its_energy() -> None:
    click = np.zeros(2 * RATE, dtype=np.float32)
    click[RATE] = np.sqrt(np.square(tone(60)).sum())
    of_click, of_tone = note_frames(click), note_frames(tone(60))
    assert of_tone is not None
    assert of_click is None or of_click.magnitudes.sum() < 0.05 * of_tone.magnitudes.sum()
