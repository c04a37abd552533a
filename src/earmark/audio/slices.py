"""Fixed-length slices of a time-major feature array.

Slices do not overlap and the remainder at the end is dropped, as in the CRNN paper (arXiv 1901.04555). A clip shorter
than one slice is not lost: it is padded to one slice, and the result says so.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earmark.errors import InputError


@dataclass(frozen=True, slots=True)
class Slices:
    """The slices of one track.

    Attributes:
        values: Shape ``(n, frames, bands)``, the input's dtype; a read-only view of the input unless padded.
        starts: Shape ``(n,)``, int64: the frame at which each slice starts.
        padded: True where the clip was shorter than one slice, so that the end of its only slice is padding.
    """

    values: npt.NDArray[np.floating]
    starts: npt.NDArray[np.int64]
    padded: bool


def slice_frames(
    features: npt.NDArray[np.floating],
    frames: int,
    *,
    hop: int | None = None,
    pad_value: float | None = None,
) -> Slices:
    """Cut a feature array into slices of equal length.

    Args:
        features: Shape ``(T, bands)``, time-major, ``T >= 1``.
        frames: Length of each slice in frames.
        hop: Frames from one slice's start to the next; None means `frames`, so that slices do not overlap.
        pad_value: What a clip shorter than one slice is padded with at its end; None means the clip's own minimum,
            which for log-mel is its silence.

    Raises:
        InputError: The array is empty or not two-dimensional, or `frames` or `hop` is below 1.
    """
    if features.ndim != 2 or features.size == 0:
        raise InputError(f"expected features of shape (frames, bands), at least one frame; {features.shape} came")
    hop = frames if hop is None else hop
    if frames < 1 or hop < 1:
        raise InputError(f"slices need at least one frame and one frame of hop; frames={frames}, hop={hop} came")
    length = features.shape[0]
    if length < frames:
        fill = features.min() if pad_value is None else pad_value
        values = np.full((1, frames, features.shape[1]), fill, dtype=features.dtype)
        values[0, :length] = features
        return Slices(values, np.zeros(1, dtype=np.int64), padded=True)
    windows = np.lib.stride_tricks.sliding_window_view(features, frames, axis=0)[::hop]
    starts = np.arange(len(windows), dtype=np.int64) * hop
    return Slices(windows.transpose(0, 2, 1), starts, padded=False)
