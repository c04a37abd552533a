import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation.open_scores import OPEN_SCORES, neighbour_distance, open_scores

SURE, TORN = np.log([0.98, 0.01, 0.01]), np.log([0.34, 0.33, 0.33])
TABLES = arrays(np.float64, (7, 4), elements=st.floats(-25, 0))


def test_worked_examples() -> None:
    table = np.log([[0.7, 0.2, 0.1]])
    assert open_scores(table, "max-probability") == pytest.approx([0.3])
    assert open_scores(table, "margin") == pytest.approx([0.5])
    assert open_scores(table, "entropy") == pytest.approx([-sum(p * math.log(p) for p in (0.7, 0.2, 0.1))])
    assert open_scores(table, "energy") == pytest.approx([0.0], abs=1e-12)
    assert open_scores(table - 2, "energy") == pytest.approx([2.0])


@pytest.mark.parametrize("score", [name for name in OPEN_SCORES if name != "energy"])
def test_a_torn_song_is_stranger_than_a_sure_one(score: str) -> None:
    sure, torn = open_scores([SURE, TORN], score)
    assert torn > sure


def test_energy_sees_slices_that_contradict_each_other() -> None:
    """Both songs are torn in the end; one since all its slices are, the other since each is sure of something else."""
    agreeing = np.mean([np.log([0.5, 0.5])] * 2, axis=0)
    quarrelling = np.mean([np.log([0.99, 0.01]), np.log([0.01, 0.99])], axis=0)
    assert open_scores([agreeing], "entropy") == pytest.approx(open_scores([quarrelling], "entropy"))
    calm, loud = open_scores([agreeing, quarrelling], "energy")
    assert calm == pytest.approx(0)
    assert loud > 1


@pytest.mark.parametrize("score", OPEN_SCORES)
@given(table=TABLES, seed=st.integers(0, 1000))
def test_scores_do_not_mind_the_order_of_labels(score: str, table: np.ndarray, seed: int) -> None:
    shuffled = table[:, np.random.default_rng(seed).permutation(4)]
    assert open_scores(shuffled, score) == pytest.approx(open_scores(table, score), abs=1e-9)


def test_distance_to_neighbours() -> None:
    catalogue = np.array([[1.0, 0], [0, 1], [-1, 0]])
    assert neighbour_distance([[2.0, 0]], catalogue, k=1) == pytest.approx([0])
    assert neighbour_distance([[2.0, 0]], catalogue, k=2) == pytest.approx([0.5])
    assert neighbour_distance([[2.0, 0]], catalogue, k=9) == pytest.approx([1])
    assert neighbour_distance([[0.0, 0]], catalogue, k=1) == pytest.approx([1])
    assert neighbour_distance(np.zeros((0, 2)), catalogue).shape == (0,)


def test_many_songs_are_the_same_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    songs, catalogue = rng.normal(size=(25, 6)), rng.normal(size=(40, 6))
    whole = neighbour_distance(songs, catalogue)
    monkeypatch.setattr("earmark.evaluation.open_scores._ROWS_AT_ONCE", 4)
    assert neighbour_distance(songs, catalogue) == pytest.approx(whole)
    assert [neighbour_distance(song[None], catalogue)[0] for song in songs] == pytest.approx(whole.tolist())


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no open-set score called 'odin'; known: max-probability, entropy"):
        open_scores([SURE], "odin")
    with pytest.raises(InputError, match=r"shape \(songs, labels\), got shape \(3,\)"):
        open_scores(SURE, "entropy")
    with pytest.raises(InputError, match="finite log-probabilities"):
        open_scores([[0.0, -math.inf]], "entropy")
    with pytest.raises(InputError, match=r"got shapes \(1, 2\), \(1, 3\)"):
        neighbour_distance(np.ones((1, 2)), np.ones((1, 3)))
    with pytest.raises(InputError, match="at least one neighbour, got k=0"):
        neighbour_distance(np.ones((1, 2)), np.ones((1, 2)), k=0)
