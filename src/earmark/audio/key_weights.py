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
            [1.957, -0.917, 0.337, 0.712, -0.915, -0.266, -1.050, 1.139, 0.047, -0.876, 0.475, -0.643],
            [0.912, -0.197, -0.731, 0.119, -0.303, 0.692, 0.013, 0.238, -0.346, 0.218, -0.542, -0.072],
            [1.050, -0.679, -0.168, -0.124, -0.275, -0.498, 0.003, 0.017, 0.494, 0.023, 0.390, -0.232],
        ],
        [
            [2.163, -0.959, 0.295, -0.700, 0.877, 0.005, -1.036, 1.503, -1.057, 0.006, -0.697, -0.400],
            [-0.079, 0.072, -0.117, -0.224, 0.358, 0.348, -0.131, -0.186, 0.053, 0.569, -0.359, -0.304],
            [0.742, 0.110, -0.359, -0.299, 0.080, 0.409, -0.093, 0.770, -0.089, -0.496, -0.509, -0.266],
        ],
    ]
)
"""float64 of shape (2, 3, 12)."""

BIASES: Final[npt.NDArray[np.float64]] = np.array([0.627, -0.627])
"""Added to the scores of minor and major, float64 of shape (2,)."""
