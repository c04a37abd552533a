"""Ways to place embeddings that `placements.py` judges beside each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from earmark.similarity.vectors.supervised_space import within_covariance

Values = NDArray[np.float64]
Learnt = NDArray[np.bool_]
Labels = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Placement:
    """A way to place embeddings.

    Attributes:
        told: What it is, in words.
        place: From centred embeddings (songs, size), which songs may be learnt from, and their labels, to values
            (songs, dimensions) whose cosines are compared.
        embed: From the ensemble's parts, by name, to embeddings.
    """

    told: str
    place: Callable[[Values, Learnt, Labels], Values]
    embed: Callable[[Mapping[str, Values]], Values]


def units(values: Values) -> Values:
    """Rows at length 1."""
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12))


def _both(parts: Mapping[str, Values], *, probe: float = 1.0) -> Values:
    return np.hstack([units(parts["earmark"]), probe * units(parts["probe"])])


def _one(parts: Mapping[str, Values], *, name: str) -> Values:
    return parts[name]


def _plain(values: Values, learnt: Learnt, labels: Labels) -> Values:  # noqa: ARG001 - one form for all ways
    return values


def _whitened(values: Values, learnt: Learnt, labels: Labels, *, kept: int) -> Values:  # noqa: ARG001
    left, sizes, _ = np.linalg.svd(values, full_matrices=False)
    return np.asarray(left[:, : min(kept, int((sizes > 1e-8).sum()))])


def _within(values: Values, learnt: Learnt, labels: Labels, *, shrinkage: float) -> Values:
    """Within-class covariance normalisation."""
    known = values[learnt]
    covariance = within_covariance([known[labels == label] for label in np.unique(labels)])
    if covariance is None:
        return values
    size = len(covariance)
    drawn = (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / size * np.eye(size)
    variances, directions = np.linalg.eigh(drawn)
    return np.asarray(values @ (directions / np.sqrt(variances)))


def _discriminant(values: Values, learnt: Learnt, labels: Labels, *, shrinkage: float) -> Values:
    """Linear discriminant analysis: the directions in which labels' means differ, after `_within`."""
    inside = _within(values, learnt, labels, shrinkage=shrinkage)
    means = np.stack([inside[learnt][labels == label].mean(axis=0) for label in np.unique(labels)])
    _, _, directions = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    return np.asarray(inside @ directions[: len(means) - 1].T)


def _logits(values: Values, learnt: Learnt, labels: Labels) -> Values:
    """What a classifier makes of it: a logit for each label, their mean taken off."""
    from sklearn.linear_model import LogisticRegression

    scale = values[learnt].std()
    model = LogisticRegression(C=0.1, class_weight="balanced", max_iter=500).fit(values[learnt] / scale, labels)
    weights = model.coef_ - model.coef_.mean(axis=0)
    return np.asarray(values @ weights.T)


def _beside(
    values: Values,
    learnt: Learnt,
    labels: Labels,
    *,
    first: Callable[[Values, Learnt, Labels], Values],
    second: Callable[[Values, Learnt, Labels], Values],
    weight: float,
) -> Values:
    """Two placements side by side, at equal mean squares times a weight."""
    one, other = first(values, learnt, labels), second(values, learnt, labels)
    sizes = [float(np.sqrt(np.square(rows).sum(axis=1).mean())) for rows in (one, other)]
    return np.hstack([one / sizes[0], weight * other / sizes[1]])


CHOSEN = "within-50"

_WITHIN = partial(_within, shrinkage=0.5)
_DISCRIMINANT = partial(_discriminant, shrinkage=0.5)

PLACEMENTS: dict[str, Placement] = {
    "plain": Placement("mean taken off, both parts", _plain, _both),
    "plain-own": Placement("the same, own network alone", _plain, partial(_one, name="earmark")),
    "plain-probe": Placement("the same, musicnn alone", _plain, partial(_one, name="probe")),
    "plain-probe-2": Placement("the same, musicnn counted double", _plain, partial(_both, probe=2.0)),
    "whitened-20": Placement("20 principal components, whitened", partial(_whitened, kept=20), _both),
    "whitened-80": Placement("80 principal components, whitened", partial(_whitened, kept=80), _both),
    "within-20": Placement("WCCN, shrinkage 0.2", partial(_within, shrinkage=0.2), _both),
    CHOSEN: Placement("WCCN, shrinkage 0.5", _WITHIN, _both),
    "within-80": Placement("WCCN, shrinkage 0.8", partial(_within, shrinkage=0.8), _both),
    "within-probe-15": Placement("WCCN, 0.5, musicnn counted 1.5 times", _WITHIN, partial(_both, probe=1.5)),
    "within-own": Placement("WCCN, 0.5, own network alone", _WITHIN, partial(_one, name="earmark")),
    "within-probe": Placement("WCCN, 0.5, musicnn alone", _WITHIN, partial(_one, name="probe")),
    "discriminant": Placement("LDA, shrinkage 0.5", _DISCRIMINANT, _both),
    "plain+discriminant": Placement(
        "mean taken off, and LDA beside it", partial(_beside, first=_plain, second=_DISCRIMINANT, weight=1.0), _both
    ),
    "within+discriminant": Placement(
        "WCCN, 0.5, and LDA at half weight beside it",
        partial(_beside, first=_WITHIN, second=_DISCRIMINANT, weight=0.5),
        _both,
    ),
    "logits": Placement("logits of a regression", _logits, _both),
    "plain+logits": Placement(
        "mean taken off, and logits beside it", partial(_beside, first=_plain, second=_logits, weight=1.0), _both
    ),
}
"""By name; the first is what no label taught."""
