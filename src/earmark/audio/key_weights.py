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
            [3.439, -1.385, -0.276, 1.252, -1.343, -0.164, -1.536, 1.894, -0.058, -1.338, 0.471, -0.957],
            [0.176, -0.054, -0.069, -0.074, -0.030, 0.089, -0.025, 0.074, -0.040, 0.044, -0.084, -0.008],
            [0.199, -0.131, -0.028, -0.098, -0.042, -0.045, -0.053, 0.032, 0.113, -0.002, 0.100, -0.045],
        ],
        [
            [3.460, -1.642, -0.025, -1.086, 0.986, 0.466, -1.267, 2.042, -1.334, -0.068, -1.078, -0.452],
            [-0.055, 0.022, -0.052, -0.004, 0.064, 0.019, -0.002, -0.046, 0.012, 0.098, -0.036, -0.020],
            [0.009, 0.021, -0.049, -0.023, 0.008, 0.040, 0.006, 0.124, -0.008, -0.020, -0.098, -0.011],
        ],
    ]
)
"""float64 of shape (2, 3, 12)."""

BIASES: Final[npt.NDArray[np.float64]] = np.array([0.261, -0.261])
"""Added to the scores of minor and major, float64 of shape (2,)."""
