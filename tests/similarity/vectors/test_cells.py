import numpy as np
import pytest
from made_vectors import made_units

from earmark.similarity.vectors.cells import learn_centres, nearest_cells


def test_centres_come_to_stand_in_the_clumps() -> None:
    rng = np.random.default_rng(0)
    corners = np.eye(4, dtype=np.float32)
    units = np.repeat(corners, 50, axis=0) + 0.05 * rng.normal(size=(200, 4)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    centres = learn_centres(units, 8, seed=0)
    homes = nearest_cells(units, centres)
    # No cell holds vectors of two clumps.
    assert all(len(set(np.flatnonzero(homes == cell) // 50)) <= 1 for cell in range(8))


def test_every_vector_has_the_nearest_centre() -> None:
    units = made_units(500)
    centres = learn_centres(units, 20, seed=1)
    assert np.linalg.norm(centres, axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    assert (nearest_cells(units, centres) == (units @ centres.T).argmax(axis=1)).all()


def test_a_seed_decides() -> None:
    units = made_units(300)
    assert (learn_centres(units, 10, seed=3) == learn_centres(units, 10, seed=3)).all()
    assert not (learn_centres(units, 10, seed=3) == learn_centres(units, 10, seed=4)).all()


def test_there_are_no_more_centres_than_vectors() -> None:
    units = np.repeat(made_units(1), 3, axis=0)
    assert learn_centres(units, 9, seed=0) == pytest.approx(units, abs=1e-6)
