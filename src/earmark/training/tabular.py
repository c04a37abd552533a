"""A learner for tables of attributes that needs no tuning: what the baselines without sound are made of.

A random forest (L. Breiman, "Random Forests", Machine Learning 45, 2001). It takes numbers of any scale, finds
thresholds and combinations by itself, and is hard to overfit, so that a weak score speaks against the attributes, not
their model. Numbers that are unknown go the way that training found best for them; categories are columns of
zeros and ones, "unknown" one of them, and a category that training never saw is none of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.metrics import label_indices

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

N_TREES = 300
"""More trees change less than the seed does on a few hundred songs."""
MIN_LEAF_SONGS = 2
"""A leaf of one song would be that song by heart."""


@dataclass(frozen=True, slots=True, eq=False)
class TabularModel:
    """A fitted forest over a table's columns; made by `fit_tabular`.

    Attributes:
        columns: The columns that it reads.
        n_labels: The number of labels.
    """

    columns: tuple[str, ...]
    n_labels: int
    _categories: tuple[tuple[str | None, ...], ...]
    _forest: "RandomForestClassifier"

    def predict_proba(self, table: AttributeTable) -> NDArray[np.float64]:
        """Probabilities of the labels, float64 ``(n, n_labels)``, rows summing to 1; 0 for labels never trained on.

        Args:
            table: The songs' attributes, in the columns that the model was trained with.

        Raises:
            InputError: The columns are others.
        """
        if table.columns != self.columns:
            raise InputError(f"expected the columns {', '.join(self.columns)}; got {', '.join(table.columns)}")
        probabilities = np.zeros((len(table), self.n_labels))
        if len(table):
            probabilities[:, self._forest.classes_] = self._forest.predict_proba(_matrix(table, self._categories))
        return probabilities


def fit_tabular(train: AttributeTable, labels: ArrayLike, *, n_labels: int, seed: int) -> TabularModel:
    """Fit a forest to songs with known labels.

    Labels are not weighted: a baseline that fell below the majority's accuracy for the sake of rare labels would
    flatter the models beside it.

    Args:
        train: The songs' attributes, at least one song.
        labels: Label index of each, integers ``(n,)`` in ``[0, n_labels)``.
        n_labels: The number of labels.
        seed: Seed of the trees; the same one gives the same model.

    Raises:
        InputError: There is no song, or the labels are not one index for each.
    """
    from sklearn.ensemble import RandomForestClassifier

    own = label_indices(labels, n_labels=n_labels, what="labels")
    if own.size != len(train) or own.size == 0:
        raise InputError(f"expected one label for each of the songs, at least one; got {own.size} for {len(train)}")
    categories = tuple(
        tuple(sorted(set(values), key=lambda value: (value is not None, value or ""))) for values in train.categorical
    )
    forest = RandomForestClassifier(N_TREES, min_samples_leaf=MIN_LEAF_SONGS, n_jobs=1, random_state=seed)
    forest.fit(_matrix(train, categories), own)
    return TabularModel(train.columns, n_labels, categories, forest)


def _matrix(table: AttributeTable, categories: tuple[tuple[str | None, ...], ...]) -> NDArray[np.float64]:
    """Numbers as they are, then a column of zeros and ones for each category; never without any column."""
    indicators = [
        np.array([value == category for value in values], dtype=np.float64)
        for values, known in zip(table.categorical, categories, strict=True)
        for category in known
    ]
    return np.column_stack([table.numeric, *indicators, np.zeros(len(table))])
