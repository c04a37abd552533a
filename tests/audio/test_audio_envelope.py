import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.envelope import ENVELOPE_POINTS, envelope, level_outline
from earmark.errors import InputError


def test_every_extreme_is_in_the_outline() -> None:
    samples = np.zeros(100_000, dtype=np.float32)
    samples[12_345], samples[77_777] = 0.9, -0.7
    outline = envelope(samples, 10_000)
    assert (len(outline.low), outline.seconds) == (ENVELOPE_POINTS, 10)
    assert outline.high.max() == np.float32(0.9)
    assert outline.low.min() == np.float32(-0.7)
    assert outline.middles_seconds[outline.high.argmax()] == pytest.approx(1.2345, abs=0.01)
    assert outline.middles_seconds[outline.low.argmin()] == pytest.approx(7.7777, abs=0.01)


@given(count=st.integers(1, 5000), points=st.integers(1, 3000), seed=st.integers(0, 9))
def test_low_is_never_above_high(count: int, points: int, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(0, 0.1, count).astype(np.float32)
    outline = envelope(samples, 1000, points=points)
    assert len(outline.low) == len(outline.high) == min(points, count)
    assert (outline.low <= outline.high).all()
    assert outline.low.min() == samples.min()
    assert outline.high.max() == samples.max()
    assert 0 < outline.middles_seconds[0] <= outline.middles_seconds[-1] < outline.seconds


def test_nothing_has_no_outline() -> None:
    with pytest.raises(InputError, match="at least one sample"):
        envelope(np.zeros(0, dtype=np.float32), 1000)


@given(frames=st.integers(1, 500), points=st.integers(1, 900), gain=st.floats(-40, 40))
def test_the_outline_of_a_log_mel_follows_its_level(frames: int, points: int, gain: float) -> None:
    decibels = np.full((frames, 8), -60.0) + gain
    decibels[frames // 2] += 20.0
    outline = level_outline(decibels.astype(np.float16), points=points)
    assert len(outline) == min(points, frames)
    assert outline.max() == 1.0
    assert outline.min() >= 0.0
    quiet = np.delete(outline, outline.argmax())
    assert quiet == pytest.approx(np.full(len(quiet), 0.1), abs=0.01)  # 20 dB of power are a tenth of the level


def test_what_has_no_outline() -> None:
    for shape, points in (((0, 8), 5), ((8, 0), 5), ((8,), 5), ((8, 8), 0)):
        with pytest.raises(InputError):
            level_outline(np.zeros(shape, dtype=np.float16), points=points)
