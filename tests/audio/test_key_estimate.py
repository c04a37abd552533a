"""Keys of chord progressions that are played here, in all keys, tunings and levels."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio.key_estimate import ALTERNATIVES, KEYS, estimate_key, key_probabilities, key_scores
from earmark.audio.key_weights import BIASES, WEIGHTS
from earmark.catalog.keys import Key, Mode
from earmark.errors import InputError

RATE = 22_050
Floats = npt.NDArray[np.float32]

# i iv VI v and I V vi IV, in semitones above the tonic.
MINOR_LOOP = ((0, 3, 7), (5, 8, 12), (8, 12, 15), (7, 10, 14))
MAJOR_LOOP = ((0, 4, 7), (7, 11, 14), (9, 12, 16), (5, 9, 12))
LOOPS: dict[Mode, tuple[tuple[int, ...], ...]] = {"minor": MINOR_LOOP, "major": MAJOR_LOOP}


def play(
    key: Key,
    *,
    tuning: float = 0.0,
    rate: int = RATE,
    chord_seconds: float = 1.0,
    rounds: int = 2,
    loop: tuple[tuple[int, ...], ...] | None = None,
) -> Floats:
    """Saw-like chords over a bass on their roots; the tonic's chord comes back at the end."""
    loop = loop or LOOPS[key.mode]
    time = np.arange(int(chord_seconds * rate)) / rate
    fade = np.minimum(1, np.minimum(time, chord_seconds - time) / 0.02)
    chords = []
    for chord in (*loop * rounds, loop[0]):
        notes = [36 + chord[0] % 12, *(60 + step for step in chord)]
        hertz = [440 * 2 ** ((key.pitch_class + note + tuning - 69) / 12) for note in notes]
        chords.append(
            fade * sum(np.sin(2 * np.pi * one * part * time) / part for one in hertz for part in (1, 2, 3, 4))
        )
    sound = np.concatenate(chords)
    return np.asarray(0.3 * sound / np.abs(sound).max(), dtype=np.float32)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.short)
def test_every_key_is_told(key: Key) -> None:
    estimate = estimate_key(play(key), RATE)
    assert estimate is not None
    assert estimate.key == key
    assert estimate.confidence > 0.5


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(KEYS), st.floats(-0.4, 0.4), st.floats(0.001, 1.0))
def test_neither_tuning_nor_gain_changes_the_key(key: Key, tuning: float, gain: float) -> None:
    estimate = estimate_key((play(key, tuning=tuning, rounds=1) * gain).astype(np.float32), RATE)
    assert estimate is not None
    assert estimate.key == key


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_any_sample_rate(rate: int) -> None:
    estimate = estimate_key(play(Key(9, "minor"), rate=rate), rate)
    assert estimate is not None
    assert estimate.key == Key(9, "minor")


def test_noise_over_the_music_lowers_the_confidence_only() -> None:
    clean = play(Key(2, "minor"))
    noise = np.random.default_rng(0).standard_normal(len(clean)).astype(np.float32)
    first, second = estimate_key(clean, RATE), estimate_key(clean + np.float32(0.05) * noise, RATE)
    assert first is not None
    assert second is not None
    assert second.key == first.key == Key(2, "minor")


def test_alternatives_are_ranked_and_hold_the_relative_key() -> None:
    for key in (Key(0, "minor"), Key(7, "major")):
        estimate = estimate_key(play(key), RATE)
        assert estimate is not None
        others = [other for other, _ in estimate.alternatives]
        saliences = [salience for _, salience in estimate.alternatives]
        assert ALTERNATIVES <= len(others) <= ALTERNATIVES + 1
        assert len(set(others) | {estimate.key}) == len(others) + 1
        assert any(other.camelot_number == key.camelot_number and other.mode != key.mode for other in others)
        assert saliences == sorted(saliences, reverse=True)
        assert estimate.confidence >= saliences[0]
        assert estimate.confidence + sum(saliences) <= 1 + 1e-9


def test_probabilities_are_of_all_keys_and_sum_to_one() -> None:
    likely = key_probabilities(play(Key(5, "major")), RATE)
    assert likely is not None
    assert likely.shape == (24,)
    assert likely.sum() == pytest.approx(1)
    assert KEYS[int(likely.argmax())] == Key(5, "major")


def test_what_two_keys_share_is_told_as_uncertain() -> None:
    # A minor, F, C, G, as long as each other: i VI III VII of A minor as well as vi IV I V of C major.
    shared = play(Key(9, "minor"), loop=((0, 3, 7), (8, 12, 15), (3, 7, 10), (10, 14, 17)))
    estimate = estimate_key(shared, RATE)
    assert estimate is not None
    first, (second, salience) = estimate.key, estimate.alternatives[0]
    assert {first, second} == {Key(9, "minor"), Key(0, "major")}
    assert estimate.confidence < 0.8
    assert salience > 0.2


def noise(colour: float, seconds: float = 20.0) -> Floats:
    """Noise whose power falls with frequency to this power: 0 is white, 1 is pink."""
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal(int(seconds * RATE)))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** (colour / 2)
    sound = np.fft.irfft(spectrum)
    return np.asarray(0.3 * sound / np.abs(sound).max(), dtype=np.float32)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(10 * RATE, np.float32),
        np.full(10 * RATE, 0.3, np.float32),
        np.zeros(0, np.float32),
        play(Key(0, "minor"))[: 2 * RATE],
        np.sin(np.arange(10 * RATE) * 0.0627).astype(np.float32),
        noise(0),
        noise(1),
    ],
    ids=["silence", "a constant", "nothing", "too short", "a single note", "white noise", "pink noise"],
)
def test_no_key_where_there_is_none(samples: Floats) -> None:
    assert estimate_key(samples, RATE) is None


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InputError, match=r"shape \(n,\).*\(2, 3\)"):
        estimate_key(np.zeros((2, 3), np.float32), RATE)
    with pytest.raises(InputError, match=r"rate above 0, got .*, 0"):
        estimate_key(np.zeros(10, np.float32), 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 11))
def test_scores_turn_with_the_features(seed: int, shift: int) -> None:
    features = np.random.default_rng(seed).standard_normal((3, 12))
    here, moved = key_scores(features).reshape(2, 12), key_scores(np.roll(features, shift, axis=1)).reshape(2, 12)
    np.testing.assert_allclose(np.roll(here, shift, axis=1), moved, atol=1e-12)


def test_the_weights_are_profiles() -> None:
    assert WEIGHTS.shape == (2, 3, 12)
    assert BIASES.shape == (2,)
    # The tonic weighs most in either mode, and each mode's own third more than the other's.
    assert list(WEIGHTS[:, 0].argmax(axis=1)) == [0, 0]
    assert WEIGHTS[0, 0, 3] > WEIGHTS[0, 0, 4]
    assert WEIGHTS[1, 0, 4] > WEIGHTS[1, 0, 3]
