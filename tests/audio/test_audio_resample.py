"""Resampling keeps pitch, level and length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.resample import resample
from earmark.errors import InputError

RATES = [8_000, 16_000, 22_050, 44_100, 48_000, 96_000]


def test_equal_rates_cost_nothing() -> None:
    samples = np.ones(10, dtype=np.float32)
    assert resample(samples, 44_100, 44_100) is samples


@pytest.mark.parametrize(("before", "after"), [(44_100, 16_000), (16_000, 44_100), (48_000, 44_100), (96_000, 44_100)])
def test_a_tone_keeps_its_pitch_and_level(before: int, after: int) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(before) / before).astype(np.float32)
    expected = np.sin(2 * np.pi * 1000 * np.arange(after) / after)
    resampled = resample(tone, before, after)
    assert resampled.dtype == np.float32
    middle = slice(after // 4, 3 * after // 4)
    np.testing.assert_allclose(resampled[middle], expected[middle], atol=1e-4)


def test_what_the_new_rate_cannot_hold_is_filtered_out() -> None:
    tone = np.sin(2 * np.pi * 12_000 * np.arange(44_100) / 44_100).astype(np.float32)
    assert np.abs(resample(tone, 44_100, 16_000)[4_000:12_000]).max() < 1e-4


@given(st.integers(1, 5_000), st.sampled_from(RATES), st.sampled_from(RATES))
def test_the_length_follows_the_rates(count: int, before: int, after: int) -> None:
    resampled = resample(np.ones(count, dtype=np.float32), before, after)
    assert len(resampled) >= 1
    assert abs(len(resampled) - count * after / before) <= 1


def test_nothing_stays_nothing_and_a_rate_of_zero_is_refused() -> None:
    assert len(resample(np.zeros(0, dtype=np.float32), 44_100, 16_000)) == 0
    with pytest.raises(InputError, match="sample rates must be above 0 Hz, but 44100 and 0 came"):
        resample(np.ones(4, dtype=np.float32), 44_100, 0)
