import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.similarity.vectors.space import Space, fit_space


def test_the_common_part_is_taken_off() -> None:
    space = fit_space(np.array([[11.0, 10.0], [9.0, 10.0], [10.0, 12.0], [10.0, 8.0]]))
    placed = space.place(np.array([[11.0, 10.0], [9.0, 10.0], [10.0, 11.0], [10.0, 10.0]]))
    assert placed @ placed.T == pytest.approx(
        np.array([[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]), abs=1e-6
    )


def test_scaled_numbers_count_in_their_own_deviations() -> None:
    embeddings = np.array([[1.0, 1000.0, 7.0], [-1.0, -1000.0, 7.0], [1.0, -1000.0, 7.0], [-1.0, 1000.0, 7.0]])
    placed = fit_space(embeddings, scaled=True).place(embeddings)
    assert np.abs(placed) == pytest.approx(np.tile([np.sqrt(0.5), np.sqrt(0.5), 0.0], (4, 1)), abs=1e-6)


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(1, 6))
def test_placed_vectors_have_length_one(seed: int, dimensions: int) -> None:
    rng = np.random.default_rng(seed)
    space = Space(rng.normal(size=5), rng.normal(size=(5, dimensions)))
    placed = space.place(rng.normal(size=(7, 5)))
    assert placed.shape == (7, space.dimensions) == (7, dimensions)
    assert np.linalg.norm(placed, axis=1) == pytest.approx(np.ones(7), abs=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    space = fit_space(np.ones((3, 4)))
    assert (space.size, space.dimensions) == (4, 4)
    for wrong in (np.ones((2, 5)), np.ones(4), np.full((1, 4), np.nan)):
        with pytest.raises(InputError, match=r"shape \(n, 4\)"):
            space.place(wrong)
    with pytest.raises(InputError, match="at least one embedding"):
        fit_space(np.ones((0, 4)))
