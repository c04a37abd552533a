"""The forest learns what attributes tell, puts up with gaps, and knows nothing of labels it never saw."""

import numpy as np
import pytest
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.attributes import AttributeTable
from earmark.training.tabular import fit_tabular


def attributes(n: int, seed: int, *, gaps: float = 0.0) -> tuple[AttributeTable, NDArray[np.int64]]:
    """The codec tells label 0 from the others; above -8 dB it is label 1, below label 2."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    loudness = np.where(labels == 1, -5, -11) + rng.uniform(-2, 2, n)
    numbers = np.stack([loudness, rng.normal(size=n)], axis=1)
    numbers[rng.random((n, 2)) < gaps] = np.nan
    codec = tuple(None if rng.random() < gaps else "flac" if label == 0 else "mp3" for label in labels)
    return AttributeTable(("loudness", "noise"), numbers, ("codec",), (codec,)), labels


def accuracy(model_train: tuple[AttributeTable, NDArray[np.int64]], test_gaps: float = 0.0) -> float:
    table, truth = attributes(200, 9, gaps=test_gaps)
    model = fit_tabular(*model_train, n_labels=3, seed=0)
    return float((model.predict_proba(table).argmax(axis=1) == truth).mean())


def test_numbers_and_categories_are_learnt_together() -> None:
    assert accuracy(attributes(60, 0)) > 0.97


def test_gaps_cost_no_more_than_what_is_missing() -> None:
    assert accuracy(attributes(120, 0, gaps=0.3), test_gaps=0.0) > 0.85
    assert 0.6 < accuracy(attributes(120, 0, gaps=0.3), test_gaps=0.3) < 0.95
    assert accuracy(attributes(60, 0), test_gaps=1.0) < 0.6, "training had no gaps, and the test nothing else"


def test_a_gap_can_tell_a_label() -> None:
    numbers = np.where(np.arange(40) % 2, np.nan, np.random.default_rng(0).normal(size=40))[:, None]
    table = AttributeTable(("bit rate",), numbers)
    model = fit_tabular(table, np.arange(40) % 2, n_labels=2, seed=0)
    assert (model.predict_proba(table).argmax(axis=1) == np.arange(40) % 2).all()


def test_probabilities_are_some_and_labels_without_songs_have_none() -> None:
    table, labels = attributes(50, 0)
    probabilities = fit_tabular(table, 2 * labels, n_labels=7, seed=0).predict_proba(table)
    assert probabilities.shape == (50, 7)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert (probabilities[:, [1, 3, 5, 6]] == 0).all()


def test_the_seed_decides() -> None:
    table, labels = attributes(40, 0)

    def probabilities(seed: int) -> NDArray[np.float64]:
        return fit_tabular(table, labels, n_labels=3, seed=seed).predict_proba(table)

    assert np.array_equal(probabilities(1), probabilities(1))
    assert not np.array_equal(probabilities(1), probabilities(2))


def test_a_category_that_training_never_saw_is_none_of_its_own() -> None:
    table, labels = attributes(60, 0)
    strange = AttributeTable(("loudness", "noise"), np.array([[-4.0, 0.0]]), ("codec",), (("opus",),))
    [probabilities] = fit_tabular(table, labels, n_labels=3, seed=0).predict_proba(strange)
    assert probabilities.argmax() == 1


def test_without_anything_known_it_says_what_is_most_frequent() -> None:
    empty = AttributeTable(("x",), np.full((30, 1), np.nan), ("codec",), ((None,) * 30,))
    model = fit_tabular(empty, [0] * 6 + [1] * 20 + [2] * 4, n_labels=3, seed=0)
    assert (model.predict_proba(empty).argmax(axis=1) == 1).all()
    assert model.predict_proba(empty.take([])).shape == (0, 3)


def test_what_does_not_fit_is_refused() -> None:
    table, labels = attributes(10, 0)
    with pytest.raises(InputError, match="one label for each of the songs, at least one; got 9 for 10"):
        fit_tabular(table, labels[:9], n_labels=3, seed=0)
    with pytest.raises(InputError, match="got 0 for 0"):
        fit_tabular(table.take([]), [], n_labels=3, seed=0)
    with pytest.raises(InputError, match=r"expected labels in 0\.\.1"):
        fit_tabular(table, labels, n_labels=2, seed=0)
    other = AttributeTable(("loudness",), np.zeros((1, 1)))
    with pytest.raises(InputError, match="expected the columns loudness, noise, codec; got loudness"):
        fit_tabular(table, labels, n_labels=3, seed=0).predict_proba(other)
