from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.similarity.vectors.sources import mfcc_source
from earmark.similarity.vectors.space import fit_space
from earmark.similarity.vectors.supervised_space import fit_supervised_space, space_of, within_covariance


def noisy(n: int, *, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Two labels apart in the first number; eight more differ wildly within each and say nothing; the last is still."""
    rng = np.random.default_rng(seed)
    labels = ["Amber", "Basalt"] * (n // 2)
    told = np.where(np.array(labels) == "Amber", 1.0, -1.0)
    wild = 3 * rng.normal(size=(n, 8))
    return np.column_stack([told + 0.3 * rng.normal(size=n), wild, rng.normal(size=n)]), labels


def precision(placed: np.ndarray, labels: list[str]) -> float:
    likeness = placed @ placed.T
    np.fill_diagonal(likeness, -np.inf)
    nearest = likeness.argsort(axis=1)[:, -5:]
    truth = np.array(labels)
    return float((truth[nearest] == truth[:, None]).mean())


def test_what_differs_within_labels_counts_less() -> None:
    values, labels = noisy(200)
    ids = [str(at) for at in range(200)]
    learnt = frozenset(ids[:100])
    space = fit_supervised_space(values, audio_ids=ids, labels=labels, learnt=learnt)
    assert space.matrix is not None
    shrunk = np.linalg.norm(space.matrix, axis=0)
    assert shrunk[1:9].max() < shrunk[9] < shrunk[0]
    # Judged on songs that it did not learn from.
    before = precision(fit_space(values).place(values)[100:], labels[100:])
    assert precision(space.place(values)[100:], labels[100:]) > before + 0.05


def test_songs_that_were_not_learnt_say_nothing() -> None:
    values, labels = noisy(60)
    ids = [str(at) for at in range(60)]
    learnt = frozenset(ids[:30])
    one = fit_supervised_space(values, audio_ids=ids, labels=labels, learnt=learnt)
    other = fit_supervised_space(values, audio_ids=ids, labels=[*labels[:30], *labels[30:][::-1]], learnt=learnt)
    assert one.matrix is not None
    assert other.matrix is not None
    assert np.array_equal(one.matrix, other.matrix)
    nobody = fit_supervised_space(values, audio_ids=ids, labels=labels, learnt=frozenset())
    assert nobody.matrix is None


@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 2**32), st.floats(0.01, 1))
def test_any_few_songs_give_finite_unit_vectors(per_label: int, size: int, seed: int, shrinkage: float) -> None:
    values = np.random.default_rng(seed).normal(size=(3 * per_label, size))
    ids = [str(at) for at in range(len(values))]
    space = fit_supervised_space(
        values, audio_ids=ids, labels=["A", "B", "C"] * per_label, learnt=frozenset(ids), shrinkage=shrinkage
    )
    placed = space.place(values)
    assert np.isfinite(placed).all()
    assert np.linalg.norm(placed, axis=1) == pytest.approx(1, abs=1e-5)


def test_full_shrinkage_is_the_plain_space() -> None:
    values, labels = noisy(40)
    ids = [str(at) for at in range(40)]
    space = fit_supervised_space(values, audio_ids=ids, labels=labels, learnt=frozenset(ids), shrinkage=1.0)
    assert space.matrix == pytest.approx(np.eye(10))


def test_covariance_within_labels_by_hand() -> None:
    covariance = within_covariance([np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 5.0]])])
    assert covariance is not None
    assert covariance.tolist() == [[1.0, 0.0], [0.0, 4.0]]
    assert within_covariance([np.ones((1, 2))]) is None
    assert within_covariance([np.ones((3, 2))]) is None


def test_a_source_without_a_bundle_has_the_plain_space(tmp_path: Path) -> None:
    values, labels = noisy(10)
    assert not any(tmp_path.iterdir())
    assert space_of(mfcc_source(), [str(at) for at in range(10)], labels, values).matrix is None


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="go together"):
        fit_supervised_space(np.ones((2, 2)), audio_ids=["a"], labels=["A", "A"], learnt=frozenset())
    with pytest.raises(InputError, match="at least one embedding"):
        fit_supervised_space(np.ones((0, 2)), audio_ids=[], labels=[], learnt=frozenset())
