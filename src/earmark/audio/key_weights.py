"""Weights of the key estimator: made by `benchmarks/key_weights.py`, not to be edited by hand.

Fitted on 128 tracks of 96 songs. For minor, then for major: one row for each of
`earmark.audio.key_features.SUMMARIES`, over the semitones above the tonic.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

WEIGHTS: Final[npt.NDArray[np.float64]] = np.array(
    [
        [
            [1.814, -0.992, 0.350, 1.105, -1.042, -0.474, -1.147, 1.002, 0.241, -0.893, 0.554, -0.520],
            [0.911, -0.182, -0.748, 0.038, -0.232, 0.730, 0.021, 0.283, -0.405, 0.223, -0.567, -0.070],
            [1.128, -0.632, -0.182, -0.237, -0.259, -0.460, 0.039, 0.034, 0.393, 0.037, 0.376, -0.236],
        ],
        [
            [2.188, -1.015, 0.243, -0.982, 1.042, 0.039, -0.960, 1.356, -0.976, 0.236, -1.016, -0.153],
            [-0.046, 0.084, -0.160, -0.190, 0.315, 0.349, -0.124, -0.139, 0.050, 0.510, -0.305, -0.343],
            [0.729, 0.131, -0.354, -0.254, 0.039, 0.391, -0.083, 0.704, -0.080, -0.503, -0.441, -0.278],
        ],
    ]
)
"""float64 of shape (2, 3, 12)."""

BIASES: Final[npt.NDArray[np.float64]] = np.array([0.732, -0.732])
"""Added to the scores of minor and major, float64 of shape (2,)."""
