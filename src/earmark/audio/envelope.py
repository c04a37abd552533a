"""The outline of a recording, as a picture of its waveform shows it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError

ENVELOPE_POINTS = 1500
"""Points of an outline: as many as a screen is wide."""


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """The least and the greatest sample in each of many equal parts of a recording.

    Attributes:
        low: float32 of shape (points,).
        high: float32 of shape (points,).
        seconds: Length of the recording.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    seconds: float

    @property
    def middles_seconds(self) -> NDArray[np.float64]:
        """The middle of each part, float64 of shape (points,)."""
        return np.asarray((np.arange(len(self.low)) + 0.5) * self.seconds / len(self.low), dtype=np.float64)


def envelope(samples: NDArray[np.float32], sample_rate: int, *, points: int = ENVELOPE_POINTS) -> Envelope:
    """Take the outline of a recording.

    Args:
        samples: Mono, shape (n,), at least one.
        sample_rate: Hertz.
        points: Points at most; a recording of fewer samples has as many as it has samples.

    Raises:
        InputError: There is no sample, or no point is asked for.
    """
    if samples.ndim != 1 or len(samples) == 0 or points < 1:
        raise InputError(f"an outline needs at least one sample and one point, got {samples.shape} and {points}")
    starts = np.unique(np.linspace(0, len(samples), min(points, len(samples)), endpoint=False).astype(np.int64))
    low, high = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
    return Envelope(low.astype(np.float32), high.astype(np.float32), len(samples) / sample_rate)
