"""Mixing in blocks of any sizes and layouts gives what mixing at once gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.mixdown import Mixdown
from earmark.audio.streams import UnusableSoundError


@given(
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=8),
    channels=st.integers(1, 7),
    expected=st.none() | st.integers(0, 3_000),
    interleaved=st.booleans(),
    seed=st.integers(0, 99),
)
def test_blocks_add_up(sizes: list[int], channels: int, expected: int | None, interleaved: bool, seed: int) -> None:
    sound = np.random.default_rng(seed).uniform(-1, 1, (channels, sum(sizes))).astype(np.float32)
    mixdown = Mixdown(sample_rate=8_000, expected_frames=expected)
    for block in np.split(sound, np.cumsum(sizes)[:-1], axis=1):
        mixdown.add(np.ascontiguousarray(block.T).T if interleaved else block)
    mono = sound.mean(axis=0, dtype=np.float64)
    side = (sound.astype(np.float64) ** 2).mean(axis=0).sum() - (mono**2).sum()
    np.testing.assert_allclose(mixdown.samples, mono, atol=1e-6)
    assert mixdown.peak == pytest.approx(np.abs(sound).max())
    assert mixdown.rms_db == pytest.approx(10 * np.log10((mono**2).mean()), abs=1e-3)
    assert mixdown.side_ratio == pytest.approx(side / (mono**2).sum(), rel=1e-3, abs=1e-5)


def test_the_side_of_stereo_is_half_the_difference() -> None:
    left, right = np.random.default_rng(0).standard_normal((2, 5_000)).astype(np.float32)
    mixdown = Mixdown(sample_rate=8_000, expected_frames=None)
    mixdown.add(np.stack([left, right]))
    expected = np.square((left - right) / 2).sum() / np.square((left + right) / 2).sum()
    assert mixdown.side_ratio == pytest.approx(expected, rel=1e-4)


def test_more_comes_than_was_expected_and_a_lying_header_costs_nothing() -> None:
    mixdown = Mixdown(sample_rate=8_000, expected_frames=10**15)
    block = np.full((1, 100_000), 0.25, dtype=np.float32)
    for _ in range(3):
        mixdown.add(block)
    assert mixdown.samples.shape == (300_000,)
    small = Mixdown(sample_rate=8_000, expected_frames=1)
    for _ in range(5):
        small.add(block)
    assert np.array_equal(small.samples, np.full(500_000, 0.25, dtype=np.float32))


def test_silence_has_a_floor() -> None:
    mixdown = Mixdown(sample_rate=8_000, expected_frames=None)
    assert mixdown.rms_db == -120.0
    mixdown.add(np.zeros((2, 100), dtype=np.float32))
    assert (mixdown.rms_db, mixdown.peak, mixdown.side_ratio) == (-120.0, 0.0, 0.0)


def test_a_value_that_is_not_finite_tells_its_place() -> None:
    mixdown = Mixdown(sample_rate=100, expected_frames=None)
    mixdown.add(np.zeros((2, 250), dtype=np.float32))
    with pytest.raises(UnusableSoundError, match=r"not finite numbers \(NaN or infinity\) after 2.5 s"):
        mixdown.add(np.array([[0, np.nan], [0, 0]], dtype=np.float32))
