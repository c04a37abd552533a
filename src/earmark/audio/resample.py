"""Change the sample rate with soxr's high-quality setting (linear phase, 20 bits of precision)."""

import numpy as np
import numpy.typing as npt
import soxr

from earmark.errors import InputError


def resample(samples: npt.NDArray[np.float32], from_rate: int, to_rate: int) -> npt.NDArray[np.float32]:
    """Return the same sound at another rate.

    Args:
        samples: Mono, shape ``(n,)``, float32.
        from_rate: The samples' rate in hertz.
        to_rate: The wanted rate in hertz.

    Returns:
        The very same array where the rates are equal, else float32 of about ``n * to_rate / from_rate`` samples, at
        least one where one came.

    Raises:
        InputError: A rate is not above 0.
    """
    if from_rate < 1 or to_rate < 1:
        raise InputError(f"sample rates must be above 0 Hz, but {from_rate} and {to_rate} came")
    if from_rate == to_rate or len(samples) == 0:
        return samples
    resampled: npt.NDArray[np.float32] = soxr.resample(samples, from_rate, to_rate, quality="HQ")
    # Shorter than half a sample of the new rate: the sound is kept as its first value.
    return resampled if len(resampled) else samples[:1].copy()
