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


def level_outline(log_mel: NDArray[np.float16], *, points: int = ENVELOPE_POINTS) -> NDArray[np.float32]:
    """Take the outline of a recording from its stored log-mel spectrogram, without decoding it again.

    The level of a frame is the square root of its power over all bands, and a point has the loudest frame of its part.
    It shows where a track is loud and where it breaks down, not single samples.

    Args:
        log_mel: Decibels of shape (frames, bands), at least one of each.
        points: Points at most; a recording of fewer frames has as many as it has frames.

    Returns:
        float32 of shape (points,), from 0 to 1, where 1 is the loudest frame.

    Raises:
        InputError: There is no frame, or no point is asked for.
    """
    if log_mel.ndim != 2 or 0 in log_mel.shape or points < 1:
        raise InputError(f"an outline needs at least one frame and one point, got {log_mel.shape} and {points}")
    frames = len(log_mel)
    starts = np.unique(np.linspace(0, frames, min(points, frames), endpoint=False).astype(np.int64))
    # Part by part: the whole of a long set as float32 would take a hundred megabytes.
    power = np.array(
        [_most_power(log_mel[begin:end]) for begin, end in zip(starts, [*starts[1:], frames], strict=True)]
    )
    return np.asarray(np.sqrt(power / max(float(power.max()), 1e-12)), dtype=np.float32)


def _most_power(part: NDArray[np.float16]) -> float:
    return float(np.exp(part.astype(np.float32) * np.float32(np.log(10) / 10)).sum(axis=1).max())
