"""How strange a song is to a model, as one number; **higher is stranger** for every score here.

Scores of log-probabilities are in `OPEN_SCORES`; `neighbour_distance` makes one from embeddings. Which is worth
something on a catalogue, `earmark.evaluation.open_set` finds out. Of these, ``energy`` needs a song's mean
log-probabilities over slices as they are: those that are normalised give 0 for each song.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation.label_counts import FloatArray
from earmark.evaluation.temperature import LEAST_LOG_PROB, apply_temperature

_ROWS_AT_ONCE = 1024


def _max_probability(log_probs: FloatArray) -> FloatArray:
    return np.asarray(1 - apply_temperature(log_probs, 1).max(axis=1))


def _entropy(log_probs: FloatArray) -> FloatArray:
    probabilities = apply_temperature(log_probs, 1)
    return np.asarray(-(probabilities * np.log(np.maximum(probabilities, math.exp(LEAST_LOG_PROB)))).sum(axis=1))


def _margin(log_probs: FloatArray) -> FloatArray:
    ordered = np.sort(apply_temperature(log_probs, 1), axis=1)
    second = ordered[:, -2] if ordered.shape[1] > 1 else 0.0
    return np.asarray(1 - (ordered[:, -1] - second))


def _energy(log_probs: FloatArray) -> FloatArray:
    highest = log_probs.max(axis=1)
    return np.asarray(-(highest + np.log(np.exp(log_probs - highest[:, None]).sum(axis=1))))


OPEN_SCORES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "max-probability": _max_probability,
    "entropy": _entropy,
    "margin": _margin,
    "energy": _energy,
}
"""Scores of log-probabilities ``(n, L)`` as ``(n,)``: one minus the largest probability (Hendrycks and Gimpel 2017);
entropy in nats; one minus the lead over the second label; minus the logarithm of the sum of what was not normalised
(Liu and others 2020), which is 0 where all slices agree and grows as they contradict each other."""


def open_scores(log_probs: ArrayLike, score: str) -> FloatArray:
    """Score how strange songs are by their log-probabilities.

    Args:
        log_probs: ``(n, L)``, finite; scaled by a temperature before where that is wanted.
        score: A name of `OPEN_SCORES`.

    Returns:
        float64 ``(n,)``, higher for stranger songs.

    Raises:
        InputError: The array has another shape, or numbers that are not finite.
        UnknownNameError: There is no such score.
    """
    if score not in OPEN_SCORES:
        raise UnknownNameError("open-set score", score, OPEN_SCORES)
    table = np.asarray(log_probs, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 1 or not np.isfinite(table).all():
        raise InputError(f"expected finite log-probabilities of shape (songs, labels), got shape {table.shape}")
    return OPEN_SCORES[score](table)


def neighbour_distance(embeddings: ArrayLike, catalogue: ArrayLike, *, k: int = 5) -> FloatArray:
    """Mean cosine distance to the nearest songs of the catalogue (Sun, Ming, Zhu and Li, ICML 2022, who take the k-th).

    Args:
        embeddings: ``(n, d)`` of the songs to score; none of them in the catalogue.
        catalogue: ``(m, d)`` of the songs that the model learnt from, m >= 1.
        k: How many neighbours; all where the catalogue has fewer.

    Returns:
        float64 ``(n,)`` in [0, 2], higher for stranger songs. An embedding of zeros is at distance 1 from all.

    Raises:
        InputError: The arrays do not fit, hold numbers that are not finite, or there is no neighbour to ask for.
    """
    songs, known = np.asarray(embeddings, dtype=np.float64), np.asarray(catalogue, dtype=np.float64)
    if songs.ndim != 2 or known.ndim != 2 or songs.shape[1] != known.shape[1] or len(known) == 0:
        raise InputError(f"expected embeddings (n, d) and a catalogue (m, d), got shapes {songs.shape}, {known.shape}")
    if k < 1 or not (np.isfinite(songs).all() and np.isfinite(known).all()):
        raise InputError(f"expected finite embeddings and at least one neighbour, got k={k}")
    nearest, directions = min(k, len(known)), _directions(known).T
    distances = np.empty(len(songs))
    for start in range(0, len(songs), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        away = 1 - _directions(songs[rows]) @ directions
        distances[rows] = np.partition(away, nearest - 1, axis=1)[:, :nearest].mean(axis=1)
    return np.clip(distances, 0, 2)


def _directions(vectors: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))
