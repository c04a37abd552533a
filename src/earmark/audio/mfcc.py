"""Mel-frequency cepstral coefficients from a log-mel array.

The coefficients are the orthonormal DCT-II of each frame's decibels (Davis and Mermelstein, IEEE TASSP 28(4), 1980),
the same numbers as ``librosa.feature.mfcc`` with its default settings.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from earmark.errors import InputError


def mfcc(log_mel: npt.NDArray[np.floating], n_mfcc: int = 40) -> npt.NDArray[np.float32]:
    """Return the first coefficients of each frame.

    Args:
        log_mel: Decibels, shape ``(T, n_mels)``.
        n_mfcc: How many coefficients to keep, at most `n_mels`.

    Returns:
        Shape ``(T, n_mfcc)``, float32.

    Raises:
        InputError: The array is not two-dimensional or has fewer bands than `n_mfcc`.
    """
    if log_mel.ndim != 2 or not 1 <= n_mfcc <= log_mel.shape[1]:
        raise InputError(
            f"expected log-mel of shape (frames, bands) with at least {max(n_mfcc, 1)} bands; {log_mel.shape} came"
        )
    # float16 holds stored features well, but the transform would first widen it and then narrow it again.
    values = np.asarray(log_mel, dtype=np.float32)
    coefficients: npt.NDArray[np.float32] = scipy.fft.dct(values, type=2, norm="ortho", axis=1)
    return np.ascontiguousarray(coefficients[:, :n_mfcc])


def mfcc_mean(log_mel: npt.NDArray[np.floating], n_mfcc: int = 40) -> npt.NDArray[np.float32]:
    """Return the mean over time of a track's coefficients.

    The transform is linear, so the mean of the coefficients is the transform of the mean frame: one DCT instead of one
    per frame.

    Args:
        log_mel: Decibels, shape ``(T, n_mels)``, ``T >= 1``.
        n_mfcc: How many coefficients to keep, at most `n_mels`.

    Returns:
        Shape ``(n_mfcc,)``, float32.

    Raises:
        InputError: The array is empty, not two-dimensional, or has fewer bands than `n_mfcc`.
    """
    if log_mel.ndim != 2 or len(log_mel) == 0:
        raise InputError(f"expected log-mel of shape (frames, bands), at least one frame; {log_mel.shape} came")
    mean_frame = np.asarray(log_mel.mean(axis=0, dtype=np.float64), dtype=np.float64)
    means: npt.NDArray[np.float32] = mfcc(mean_frame[np.newaxis], n_mfcc)[0]
    return means
