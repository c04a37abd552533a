"""What evidence for a tempo weighs; written by ``benchmarks/tempo_weights.py``, which says how."""

from typing import Final

import numpy as np
import numpy.typing as npt

# fmt: off
EVIDENCE_WEIGHTS: Final[npt.NDArray[np.float64]] = np.array([
    2.91, 0.80, 1.25, 0.40, -0.34, -0.13, 1.84, -1.50, -0.90,  # low
    1.87, 0.18, 0.14, 0.28, 0.34, -0.37, 2.39, -0.42, 0.76,  # middle
    1.79, 0.75, 1.75, 1.92, -1.45, 0.42, 1.12, -0.49, -0.67,  # high
    2.19, -2.92,  # tempo
])
# fmt: on
"""One weight for each of `earmark.audio.tempogram.EVIDENCE`; temperature included."""
