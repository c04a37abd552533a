"""How maps are made: frames, places among neighbours, and the share of neighbours that is kept."""

import numpy as np
import pytest
from made_vectors import made_units

from earmark.errors import InputError
from earmark.report.maps import map_vectors
from earmark.web.maps.making import framed, neighbours_kept
from earmark.web.maps.placing import place_among, place_new


def distances(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(points[:, None] - points[None], axis=-1))


def test_a_frame_only_turns_shifts_and_scales() -> None:
    points = np.random.default_rng(1).normal(size=(40, 2)) * [1, 7] + 30
    made = framed(points)
    assert np.abs(made).max() == pytest.approx(1)
    assert made[:, 0].std() > made[:, 1].std()
    off = ~np.eye(40, dtype=bool)
    ratios = distances(made)[off] / distances(points)[off]
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-4)


def test_a_place_stays_with_the_greater_part() -> None:
    places = np.array([[0, 0], [0.1, 0], [0, 0.1], [5, 5], [5, 5.1]])
    x, y = place_among(places, [0.8] * 5)
    assert max(x, y) <= 0.1


def test_the_nearest_say_most() -> None:
    places = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    assert place_among(places, [0.9, 0.2, 0.2]) == (0.0, 0.0)
    assert place_among(places, [0.2, 0.2, 0.2]) == (1.0, 1.0)
    assert place_among(places[:1], [-1.0]) == (0.0, 0.0)


def test_a_place_needs_neighbours() -> None:
    with pytest.raises(InputError, match="at least one neighbour"):
        place_among(np.zeros((0, 2)), [])
    with pytest.raises(InputError, match="for each"):
        place_among(np.zeros((2, 2)), [0.5])


def test_new_tracks_come_to_their_clump() -> None:
    known = np.repeat(np.eye(4, dtype=np.float32), 12, axis=0)
    places = np.repeat(np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32), 12, axis=0)
    np.testing.assert_array_equal(place_new(np.eye(4, dtype=np.float32), known, places), places[::12])


def test_kept_neighbours_of_a_true_map_and_a_blind_one() -> None:
    rng = np.random.default_rng(3)
    angles = rng.uniform(0, np.pi / 2, size=300)
    plane = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert neighbours_kept(plane, plane, nearest=10, rng=rng) == 1.0
    blind = rng.normal(size=(300, 2))
    assert neighbours_kept(plane, blind, nearest=10, rng=rng) == pytest.approx(10 / 299, abs=0.02)


def test_steps_are_told_and_change_nothing() -> None:
    units = made_units(40, seed=2)
    told: list[tuple[int, int]] = []
    with_steps = map_vectors(units, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 750) for done in range(10, 751, 10)]
    np.testing.assert_array_equal(with_steps.points, map_vectors(units, seed=1).points)
