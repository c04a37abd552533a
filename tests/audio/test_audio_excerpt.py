"""The middle of a track."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.excerpt import middle_excerpt


def test_worked_examples() -> None:
    samples = np.arange(10, dtype=np.float32)
    assert middle_excerpt(samples, 1, 4).tolist() == [3, 4, 5, 6]
    assert middle_excerpt(samples, 1, 5).tolist() == [2, 3, 4, 5, 6]
    assert middle_excerpt(samples, 2, 1.5).tolist() == [3, 4, 5]
    assert middle_excerpt(samples, 1, None) is samples


@given(st.integers(1, 5_000), st.integers(1, 50), st.floats(0.001, 200))
def test_as_long_as_asked_for_and_in_the_middle(count: int, rate: int, seconds: float) -> None:
    samples = np.arange(count, dtype=np.float32)
    excerpt = middle_excerpt(samples, rate, seconds)
    assert len(excerpt) == min(count, max(1, round(seconds * rate)))
    before, after = int(excerpt[0]), count - 1 - int(excerpt[-1])
    assert 0 <= after - before <= 1
    assert np.shares_memory(excerpt, samples)
