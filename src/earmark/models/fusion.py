"""How the parts of an ensemble are fused: a weighted sum of their log-probabilities, normalised again.

    log p(label) = sum over parts  w_part * log p_part(label)  +  constant,      w_part >= 0

This is the logarithmic opinion pool (Genest and Zidek, "Combining probability distributions", Statistical Science
1986), stacked as Wolpert (1992) has it: the weights are chosen on predictions of songs that the parts had not learnt.
Weights that sum to more than 1 sharpen, as parts that err independently deserve. There is a set of weights for every
choice of parts, so that a song which lacks one (a demo without tags) is judged by weights that were made without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError

_LARGEST_WEIGHT = 5.0
_FLOOR = -30.0
"""A log-probability below this says no more than "never", and would let one part veto all others."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights of an ensemble's parts.

    Attributes:
        weights: By the names of the parts that are present, sorted, the weight of each in that order.
        tags_needed: Whether the part that reads tags was stacked on songs with BPM or key, so that it stays silent on
            a song that has neither.
    """

    weights: Mapping[tuple[str, ...], tuple[float, ...]]
    tags_needed: bool

    def of(self, present: Sequence[str]) -> dict[str, float]:
        """The weights where only these parts are present.

        Raises:
            InputError: There are none for them.
        """
        names = tuple(sorted(present))
        if names not in self.weights:
            known = "; ".join(" + ".join(one) for one in self.weights)
            raise InputError(f"there are no weights for the parts {' + '.join(names) or 'none'}; there are for {known}")
        return dict(zip(names, self.weights[names], strict=True))

    def combine(self, log_probs: Mapping[str, NDArray[np.floating]]) -> NDArray[np.float64]:
        """Log-probabilities of the parts that are present, fused.

        Args:
            log_probs: By part, of shape (..., labels), all of one shape.

        Returns:
            float64 of that shape; the exponentials along the last axis sum to 1.
        """
        weights = self.of(tuple(log_probs))
        total = sum(weights[name] * _floored(values) for name, values in log_probs.items())
        return _normalised(np.asarray(total, dtype=np.float64))

    def to_json(self) -> dict[str, Any]:
        """Plain values for a bundle's card."""
        sets = [{"parts": list(names), "weights": list(values)} for names, values in self.weights.items()]
        return {"sets": sets, "tags_needed": self.tags_needed}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Fusion":
        """The fusion that `to_json` wrote.

        Raises:
            InputError: It is damaged.
        """
        try:
            sets = {tuple(one["parts"]): tuple(map(float, one["weights"])) for one in plain["sets"]}
            needed = bool(plain["tags_needed"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the weights of an ensemble are damaged ({error!r}); train it again") from error
        if not sets or any(len(names) != len(values) for names, values in sets.items()):
            raise InputError("the weights of an ensemble are damaged (a part without a weight); train it again")
        if any(not 0 <= weight < float("inf") for values in sets.values() for weight in values):
            raise InputError("the weights of an ensemble are damaged (one is no number of at least 0); train it again")
        return cls(sets, needed)


def fit_fusion(
    log_probs: Mapping[str, NDArray[np.float64]],
    truth: NDArray[np.int64],
    *,
    shrinkage: float,
    tags_needed: bool,
    tagged: NDArray[np.bool_] | None = None,
) -> Fusion:
    """Choose the weights of every choice of parts by the likelihood of held-out songs.

    The loss is the sum of the songs' negative log-likelihoods plus ``shrinkage / 2 * sum((w - 1/n)^2)``, a pull towards
    the plain mean of the n parts that counts as much as some songs would: few songs leave the weights near equal.

    Args:
        log_probs: By part, log-probabilities of songs that it had not learnt, shape (songs, labels).
        truth: Label index of each song, shape (songs,).
        shrinkage: Strength of the pull, at least 0.
        tags_needed: See `Fusion`.
        tagged: Which songs have BPM or key; the weights of sets with the part ``metadata`` are chosen on those. All
            where None.

    Raises:
        InputError: There is no part, or no song.
    """
    if not log_probs or len(truth) == 0:
        raise InputError("an ensemble needs at least one part and one song to be fused")
    names = sorted(log_probs)
    weights = {}
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            use = np.ones(len(truth), dtype=bool)
            if tags_needed and tagged is not None and "metadata" in chosen and tagged.any():
                use = tagged
            stack = np.stack([_floored(log_probs[name])[use] for name in chosen])
            weights[chosen] = _weights(stack, truth[use], shrinkage)
    return Fusion(weights, tags_needed)


def _weights(stack: NDArray[np.float64], truth: NDArray[np.int64], shrinkage: float) -> tuple[float, ...]:
    """Weights of parts from log-probabilities of shape (parts, songs, labels)."""
    from scipy.optimize import minimize

    n_parts, n_songs, _ = stack.shape
    start = np.full(n_parts, 1 / n_parts)
    songs = np.arange(n_songs)
    of_truth = stack[:, songs, truth]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_p = _normalised(np.tensordot(weights, stack, axes=1))
        expected = (stack * np.exp(log_p)).sum(axis=2)
        away = weights - start
        value = -log_p[songs, truth].sum() + shrinkage / 2 * (away @ away)
        return float(value), (expected - of_truth).sum(axis=1) + shrinkage * away

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, _LARGEST_WEIGHT)] * n_parts)
    return tuple(float(weight) for weight in found.x)


def _floored(log_probs: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.maximum(np.asarray(log_probs, dtype=np.float64), _FLOOR)


def _normalised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float64)
