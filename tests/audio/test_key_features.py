"""The three summaries: what they hold, and that they turn with the music."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.chroma import PITCHES, NoteFrames
from earmark.audio.key_features import SUMMARIES, contrast, key_features


def frames(pitches: list[int], *, count: int = 40, level: float = 1.0) -> npt.NDArray[np.float32]:
    """Frames in which notes sound, given as semitones above the lowest pitch (a C)."""
    magnitudes = np.zeros((count, PITCHES), dtype=np.float32)
    magnitudes[:, pitches] = level
    return magnitudes


A_MINOR, F_MAJOR = [21, 33, 36, 40], [17, 29, 33, 36]  # each with its root in the bass


def test_a_chord_shows_in_each_summary() -> None:
    features = key_features(NoteFrames(frames(A_MINOR), 0.0))
    assert features.shape == (len(SUMMARIES), 12)
    assert set(np.argsort(features[0])[-3:]) == {9, 0, 4}
    assert features[1].argmax() == 9
    assert features[1].max() > 2  # A minor stands out of the minor triads


def test_two_chords_share_the_time() -> None:
    features = key_features(NoteFrames(np.vstack([frames(A_MINOR), frames(F_MAJOR)]), 0.0))
    assert features[1].argmax() == 9
    assert features[2].argmax() == 5


def test_a_quiet_part_counts_for_less() -> None:
    loud, quiet = frames(A_MINOR), frames(F_MAJOR, level=0.01)
    both = key_features(NoteFrames(np.vstack([quiet, loud, quiet]), 0.0))
    alone = key_features(NoteFrames(loud, 0.0))
    assert both[0, 9] > both[0, 5]
    assert np.corrcoef(both[0], alone[0])[0, 1] > 0.9


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(36, 66), min_size=1, max_size=6, unique=True), st.integers(24, 30), st.integers(0, 5))
def test_summaries_turn_with_the_notes(pitches: list[int], bass: int, shift: int) -> None:
    # No note crosses the edge of a band (24, 36 and 72): there it would count differently.
    here = key_features(NoteFrames(frames([bass, *pitches]), 0.0))
    moved = key_features(NoteFrames(frames([bass + shift, *(pitch + shift for pitch in pitches)]), 0.0))
    np.testing.assert_allclose(np.roll(here, shift, axis=1), moved, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.001, 1000))
def test_gain_changes_nothing(seed: int, gain: float) -> None:
    magnitudes = np.random.default_rng(seed).random((20, PITCHES), dtype=np.float32)
    louder = (magnitudes * np.float32(gain)).astype(np.float32)
    first, second = (key_features(NoteFrames(one, 0.0)) for one in (magnitudes, louder))
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_each_summary_is_standardised() -> None:
    features = key_features(NoteFrames(np.random.default_rng(1).random((50, PITCHES), dtype=np.float32), 0.0))
    np.testing.assert_allclose(features.mean(axis=1), 0, atol=1e-9)
    assert np.all(np.square(features).mean(axis=1) < 1)


def test_contrast_from_even_to_one_alone() -> None:
    even = np.ones((10, PITCHES), dtype=np.float32)
    assert contrast(NoteFrames(even, 0.0)) == pytest.approx(0, abs=1e-6)
    assert contrast(NoteFrames(frames([45]), 0.0)) == pytest.approx(np.sqrt(11))


def test_frames_of_silence_are_no_trouble() -> None:
    quiet_between = np.vstack([frames(A_MINOR), np.zeros((5, PITCHES), np.float32), frames(A_MINOR)])
    features = key_features(NoteFrames(quiet_between, 0.0))
    assert np.all(np.isfinite(features))
    assert features[1].argmax() == 9
