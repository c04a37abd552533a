import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.similarity.labels.label_map import map_labels, tree_of


def distances_of(places: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.linalg.norm(places[:, None] - places[None], axis=2)
    return found


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), labels=st.integers(2, 9))
def test_a_plane_is_found_again(seed: int, labels: int) -> None:
    true = distances_of(np.random.default_rng(seed).normal(size=(labels, 2)))
    made = map_labels(np.stack([true] * 4))
    np.testing.assert_allclose(distances_of(made.places), true, atol=2e-2)
    assert made.stress < 0.02
    assert made.neighbours_kept == 1
    np.testing.assert_allclose(made.places.mean(axis=0), 0, atol=1e-9)
    assert all(ellipse.radii[0] < 0.05 for ellipse in made.ellipses)


def test_what_no_plane_can_hold_has_stress() -> None:
    corners = distances_of(np.eye(6))
    made = map_labels(corners[None])
    assert 0.1 < made.stress < 0.5
    assert all(ellipse.radii == (0.0, 0.0) for ellipse in made.ellipses)


def test_an_unsure_label_has_the_larger_ellipse() -> None:
    rng = np.random.default_rng(0)
    places = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 2.0], [3.0, 2.0], [1.5, 1.0]])
    draws = []
    for turn in range(150):
        moved = places.copy()
        moved[4] += rng.normal(scale=0.4, size=2) * (turn > 0)
        draws.append(distances_of(moved))
    made = map_labels(np.stack(draws))
    assert made.nearest(4) in {0, 1, 2, 3}
    assert made.ellipses[4].radii[0] > 2 * max(ellipse.radii[0] for ellipse in made.ellipses[:4])
    # A normal cloud of this scale has a 95 % radius of 0.4 * 2.45.
    assert made.ellipses[4].radii[0] == pytest.approx(0.98, rel=0.4)


def test_labels_at_one_place_make_a_map_too() -> None:
    made = map_labels(np.zeros((3, 4, 4)))
    assert made.stress == 0
    assert np.isfinite(made.places).all()


def test_the_tree_joins_what_is_near_and_knows_how_sure_it_is() -> None:
    line = np.array([[0.0], [1.0], [5.0], [6.5], [20.0]])
    other = np.array([[0.0], [3.0], [5.0], [5.2], [20.0]])
    made = tree_of(np.stack([distances_of(line)] + [distances_of(line)] * 3 + [distances_of(other)]))
    assert [branch.members for branch in made.branches] == [(0, 1), (2, 3), (0, 1, 2, 3), (0, 1, 2, 3, 4)]
    assert [branch.support for branch in made.branches] == [0.75, 1.0, 1.0, 1.0]
    assert [branch.height for branch in made.branches] == pytest.approx([1.0, 1.5, 5.25, 16.875])
    assert "".join("abcde"[at] for at in made.order) in {"abcde", "edcba", "eabcd", "dcbae"}


def test_two_labels_are_a_tree_and_a_map() -> None:
    draws = np.array([[[0.0, 2.0], [2.0, 0.0]]] * 5)
    assert tree_of(draws).branches[0].height == 2
    assert distances_of(map_labels(draws).places)[0, 1] == pytest.approx(2)
