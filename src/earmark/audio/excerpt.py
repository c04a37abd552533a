"""Take the middle of a track, where trance has its theme rather than its beat-only ends."""

import numpy as np
import numpy.typing as npt


def middle_excerpt(
    samples: npt.NDArray[np.float32], sample_rate: int, seconds: float | None
) -> npt.NDArray[np.float32]:
    """Return a view of the middle of a recording.

    Args:
        samples: Mono, shape ``(n,)``, float32.
        sample_rate: Hertz.
        seconds: How much to keep; None, or more than there is, keeps all.

    Returns:
        ``round(seconds * sample_rate)`` samples, at least one; one more is left out at the end than at the start where
        the rest is odd.
    """
    if seconds is None:
        return samples
    length = max(1, round(seconds * sample_rate))
    start = max(0, (len(samples) - length) // 2)
    return samples[start : start + length]
