"""Temperature scaling: the one number that brings a model's probabilities closer to what they promise.

Guo, Pleiss, Sun and Weinberger (ICML 2017): log-probabilities are divided by one number T and normalised again. The
order of the labels stays. T is where the songs' own labels are most probable, held towards 1 by a normal distribution
of log T with standard deviation `PRIOR_SD`: without it T is worse than none with fewer than 20 songs, and has no finite
value where every song is right. Simulated with nine labels, T of 10 songs costs 0.18 nats too much without the prior
and 0.02 with it where no scaling is needed; with 150 songs both are alike. So T needs no least number of songs.

``log_probs`` are natural log-probabilities of songs ``(n, L)``, a row for a song and a column for a label; rows need
not be normalised. ``truth`` are label indices ``(n,)`` in ``[0, L)``.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from earmark.errors import InputError
from earmark.evaluation.label_counts import FloatArray
from earmark.evaluation.metrics import IntArray, label_indices

PRIOR_SD = 0.5
"""Standard deviation of log T before any song is seen: T is between 0.37 and 2.7 with a probability of 95 %."""

TEMPERATURE_BOUNDS = (0.05, 20.0)
"""No temperature outside of these is looked at."""

LEAST_LOG_PROB = -60.0
"""Log-probabilities further below a song's largest than this count as this, so that a forest's 0 stays finite."""

_GRID, _GOLDEN_STEPS = 49, 40
_GOLDEN = (math.sqrt(5) - 1) / 2


def fit_temperature(log_probs: ArrayLike, truth: ArrayLike, *, prior_sd: float = PRIOR_SD) -> float:
    """Find the temperature at which songs' own labels are most probable; see the module for how it is held towards 1.

    The least sum of the negative log-probabilities and ``(log T)^2 / (2 prior_sd^2)`` is looked for on a grid of log T,
    then by golden section around its best point.

    Args:
        log_probs: Natural log-probabilities ``(n, L)`` of songs that the model did not learn from.
        truth: Their labels ``(n,)``.
        prior_sd: How far log T may well be from 0; ``math.inf`` for the plain maximum of the likelihood, which
            ends at `TEMPERATURE_BOUNDS` where every song is right.

    Returns:
        T; 1 without songs. Above 1 the model was too sure, below 1 too modest.

    Raises:
        InputError: The arrays do not fit, hold NaN or positive infinity, or ``prior_sd`` is not positive.
    """
    table = checked_log_probs(log_probs)
    own = _truth_of(truth, table)
    if not prior_sd > 0:
        raise InputError(f"expected a positive standard deviation of log T, such as {PRIOR_SD}, got {prior_sd}")
    if own.size == 0:
        return 1.0

    def cost(log_t: float) -> float:
        scaled = table * math.exp(-log_t)
        fits = float(np.log(np.exp(scaled).sum(axis=1)).sum() - scaled[np.arange(own.size), own].sum())
        return fits + log_t**2 / (2 * prior_sd**2)

    grid = np.linspace(math.log(TEMPERATURE_BOUNDS[0]), math.log(TEMPERATURE_BOUNDS[1]), _GRID)
    best = int(np.argmin([cost(at) for at in grid]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, _GRID - 1)])
    for _ in range(_GOLDEN_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if cost(left) <= cost(right) else (left, high)
    return math.exp((low + high) / 2)


def apply_temperature(log_probs: ArrayLike, temperature: float) -> FloatArray:
    """Divide log-probabilities by a temperature and normalise them.

    Args:
        log_probs: Natural log-probabilities ``(n, L)``; minus infinity counts as `LEAST_LOG_PROB` below the largest.
        temperature: T > 0; 1 only normalises.

    Returns:
        Probabilities, float64 ``(n, L)``, rows summing to 1.

    Raises:
        InputError: The array holds NaN or positive infinity or has no labels, or T is not positive and finite.
    """
    if not 0 < temperature < math.inf:
        raise InputError(f"expected a temperature above 0, got {temperature}")
    relative = np.exp(checked_log_probs(log_probs) / temperature)
    return np.asarray(relative / relative.sum(axis=1, keepdims=True), dtype=np.float64)


def checked_log_probs(log_probs: ArrayLike) -> FloatArray:
    """Validate log-probabilities and set them relative to each song's largest, down to `LEAST_LOG_PROB`.

    Args:
        log_probs: ``(n, L)``, L >= 1; finite or minus infinity, and not all of a row minus infinity.

    Returns:
        float64 ``(n, L)`` in ``[LEAST_LOG_PROB, 0]``, with a 0 in each row.

    Raises:
        InputError: They are none.
    """
    table = np.asarray(log_probs, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 1:
        raise InputError(f"expected log-probabilities of shape (songs, labels), got shape {table.shape}")
    highest = table.max(axis=1, keepdims=True)
    if not np.isfinite(highest).all() or np.isnan(table).any():
        raise InputError("expected log-probabilities that are finite, or minus infinity for some of a song's labels")
    return np.asarray(np.maximum(table - highest, LEAST_LOG_PROB), dtype=np.float64)


def _truth_of(truth: ArrayLike, table: FloatArray) -> IntArray:
    own = label_indices(truth, n_labels=table.shape[1], what="truth")
    if own.size != table.shape[0]:
        raise InputError(f"expected one label for each of {table.shape[0]} songs, got {own.size}")
    return own
