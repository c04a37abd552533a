"""A regularised logistic regression on song embeddings: one label against the rest.

Songs of the label weigh as much together as an average label of the rest, so that a handful is not drowned. Every song
is also judged by a regression that had not learnt it, nor any song that hangs together with it; these judgements
choose the penalty and say what the label is worth. Neither torch nor scikit-learn is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.splits import deal_parts

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Values of C that are tried: the songs' loss against half the squared weights, for columns of mean square 1."""
PARTS = 10
"""Parts that are held out in turn, at most; with up to so many songs of the label each is left out by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class OneAgainstRest:
    """A fitted regression and what regressions without them said of songs.

    Attributes:
        weight: float64 of shape (size,), for embeddings as they are.
        bias: Added to the product.
        held_out: Log-odds of each song by the regression that had not learnt it, float64 of shape (songs,).
        inverse_penalty: The value of C that made held-out songs most likely.
        by_group: Whether the label's songs were held out by whole groups; else, all being of one group, one by one.
    """

    weight: NDArray[np.float64]
    bias: float
    held_out: NDArray[np.float64]
    inverse_penalty: float
    by_group: bool


def fit_one_against_rest(
    embeddings: NDArray[np.floating],
    own: NDArray[np.bool_],
    *,
    rest_labels: int,
    groups: NDArray[np.int64],
    rng: np.random.Generator,
    penalties: Sequence[float] = PENALTIES,
) -> OneAgainstRest:
    """Fit a regression for each penalty and part, choose the penalty, and fit all songs with it.

    Args:
        embeddings: Of songs, shape (songs, size), finite.
        own: Which songs are of the label, shape (songs,); at least two are, and at least two are not.
        rest_labels: Number of labels among the rest, at least 1.
        groups: Group of each song, which is held out as a whole, shape (songs,).
        rng: Deals the songs.
        penalties: Values of C that are tried.

    Raises:
        InputError: The shapes do not fit, or there are too few songs on a side.
    """
    values = np.asarray(embeddings, dtype=np.float64)
    if values.ndim != 2 or own.shape != (len(values),) or groups.shape != own.shape or not np.isfinite(values).all():
        raise InputError(f"expected finite embeddings (songs, size), got {values.shape} with {own.shape} labels")
    if own.sum() < 2 or (~own).sum() < 2:
        raise InputError(f"expected at least two songs of the label and two others, got {own.sum()} and {(~own).sum()}")
    part_of, by_group = _parts(own, groups, rng)
    columns = _Columns.of(values)
    weights = np.where(own, (~own).sum() / rest_labels / own.sum(), 1.0)
    tried = [_held_out(columns.rows, own, weights, part_of, penalty) for penalty in penalties]
    losses = [float(weights @ np.logaddexp(0.0, np.where(own, -scores, scores))) for scores in tried]
    best = int(np.argmin(losses))
    weight, bias = columns.back(*_fit(columns.rows, own, weights, penalties[best]))
    return OneAgainstRest(weight, bias, tried[best], penalties[best], by_group)


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Embeddings around 0, of mean square 1, turned into no more columns than there are songs.

    The penalty is the same in all directions, so that turning them changes no regression and saves most of the work.
    """

    rows: NDArray[np.float64]
    middle: NDArray[np.float64]
    turn: NDArray[np.float64]

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "_Columns":
        middle = values.mean(axis=0)
        centred = values - middle
        scale = float(np.sqrt((centred**2).mean())) or 1.0
        if values.shape[1] <= len(values):
            return cls(centred / scale, middle, np.eye(values.shape[1]) / scale)
        directions = np.linalg.svd(centred, full_matrices=False)[2].T
        return cls(centred @ directions / scale, middle, directions / scale)

    def back(self, weight: NDArray[np.float64], bias: float) -> tuple[NDArray[np.float64], float]:
        """Weight and bias for the embeddings as they were."""
        plain = np.asarray(self.turn @ weight, dtype=np.float64)
        return plain, bias - float(plain @ self.middle)


def _parts(
    own: NDArray[np.bool_], groups: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], bool]:
    """The part of each song, and whether the label's songs were dealt by whole groups."""
    k = min(PARTS, max(2, int(own.sum())))
    dealt = deal_parts(own.astype(np.int64), k=k, rng=rng, groups=groups)
    if len(np.unique(groups[own])) > 1 and len(np.unique(dealt[own])) > 1:
        return dealt, True
    dealt[own] = rng.permutation(int(own.sum())) % k
    return dealt, False


def _held_out(
    rows: NDArray[np.float64],
    own: NDArray[np.bool_],
    weights: NDArray[np.float64],
    part_of: NDArray[np.int64],
    penalty: float,
) -> NDArray[np.float64]:
    scores = np.zeros(len(rows))
    for part in np.unique(part_of):
        out = part_of == part
        weight, bias = _fit(rows[~out], own[~out], weights[~out], penalty)
        scores[out] = rows[out] @ weight + bias
    return scores


def _fit(
    rows: NDArray[np.float64], own: NDArray[np.bool_], weights: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], float]:
    from scipy.optimize import minimize
    from scipy.special import expit

    sign = np.where(own, 1.0, -1.0)

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight, bias = point[:-1], point[-1]
        margin = sign * (rows @ weight + bias)
        pull = -weights * sign * expit(-margin)
        value = float(weights @ np.logaddexp(0.0, -margin)) + float(weight @ weight) / (2 * penalty)
        return value, np.append(pull @ rows + weight / penalty, pull.sum())

    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x[:-1], dtype=np.float64), float(found.x[-1])
