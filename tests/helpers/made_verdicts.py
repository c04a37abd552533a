"""Songs whose true probabilities are known, so that calibration can be held against the truth."""

import numpy as np
from numpy.typing import NDArray


def made_songs(
    n: int, *, rng: np.random.Generator, n_labels: int = 9, sharpness: float = 5.2
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Log-probabilities ``(n, n_labels)`` that are exactly right, and labels ``(n,)`` drawn from them.

    At the default sharpness the top label is right in four songs of five. Times 2, the log-probabilities are those of
    a model that is too sure, whose temperature should be 2.
    """
    scores = rng.normal(0, sharpness, (n, n_labels))
    log_probs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    truth = (np.exp(log_probs).cumsum(axis=1) > rng.random((n, 1)) * (1 - 1e-12)).argmax(axis=1)
    return log_probs, truth
