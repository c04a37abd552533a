import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.evaluation.hubness import hubness, k_occurrences


def test_one_track_that_is_everybodys_neighbour() -> None:
    # Five tracks, one neighbour each: all find track 0, and track 0 finds track 1.
    found = hubness([[1], [0], [0], [0], [0]], 5)
    assert k_occurrences([[1], [0], [0], [0], [0]], 5).tolist() == [4, 1, 0, 0, 0]
    assert found.orphans == pytest.approx(3 / 5)
    assert found.largest == pytest.approx(4)
    assert found.over == pytest.approx(1 / 5)
    # Mean 1, deviations 3, 0, -1, -1, -1: third moment 24/5 over (12/5) ** 1.5.
    assert found.skewness == pytest.approx((24 / 5) / (12 / 5) ** 1.5)
    assert found.to_json()["k"] == 1


def test_all_equally_often_is_no_hubness() -> None:
    found = hubness([[1, 2], [2, 0], [0, 1]], 3)
    assert (found.skewness, found.orphans, found.largest, found.over) == (0, 0, 1, 0)


@given(st.integers(2, 30), st.integers(1, 5), st.integers(0, 2**32))
def test_every_neighbour_is_counted_once(n: int, k: int, seed: int) -> None:
    places = np.random.default_rng(seed).integers(0, n, (n, k))
    assert k_occurrences(places, n).sum() == n * k
    found = hubness(places, n)
    assert 0 <= found.orphans < 1
    assert found.largest >= 1


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(InputError, match="places from 0 to 2"):
        k_occurrences([[3]], 3)
    with pytest.raises(InputError, match="at least one query"):
        hubness(np.zeros((0, 3), dtype=int), 3)
