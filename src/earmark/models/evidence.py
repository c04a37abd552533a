"""What a track's slices say along it, and how that becomes the verdict.

The verdict's log-probabilities are a sum, up to the constant that makes probabilities of them::

    verdict = weight * (mean over slices of the slices' log-probabilities) + rest

``weight`` is 1 for a single network that is not calibrated, 1/T behind temperature scaling, and the own network's share
in an ensemble. ``rest`` is what does not come along the track, such as an ensemble's metadata part. So the log-odds of
the winning label against the runner-up are a sum over slices, exactly: nothing is approximated, and what the verdict
would be without some of the slices is the same sum over the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError

_LOWEST = -1000.0
"""Log-probabilities below this count as this; sums over slices stay finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the slices of a song say along it, and how that becomes the verdict.

    Attributes:
        log_probs: Natural log-probabilities, float64 of shape (slices, labels), finite.
        starts_seconds: float64 of shape (slices,): from where in the track each slice speaks.
        ends_seconds: float64 of shape (slices,): up to where. Slices that overlap are parted midway, so that each
            moment belongs to one slice at most.
        weight: Share with which the slices' mean enters the verdict, at least 0.
        rest: float64 of shape (labels,): what else enters it.
    """

    log_probs: NDArray[np.float64]
    starts_seconds: NDArray[np.float64]
    ends_seconds: NDArray[np.float64]
    weight: float
    rest: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.log_probs)

    def verdict(self, kept: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """The verdict's log-probabilities, from all slices or some.

        Args:
            kept: Which slices count, shape (slices,), at least one; all where None.

        Returns:
            float64 of shape (labels,), normalised.

        Raises:
            InputError: No slice is left.
        """
        slices = self.log_probs if kept is None else self.log_probs[kept]
        if len(slices) == 0:
            raise InputError("a verdict needs at least one slice, and none is left")
        return normalised(self.weight * slices.mean(axis=0) + self.rest)

    def log_odds(self, winner: int, runner_up: int) -> NDArray[np.float64]:
        """What each slice adds to the verdict's log-odds of one label against another, float64 of shape (slices,).

        Their sum is what the whole sound says; the rest of the verdict is in `rest`.
        """
        difference = self.log_probs[:, winner] - self.log_probs[:, runner_up]
        return np.asarray(self.weight * difference / len(self), dtype=np.float64)


def make_evidence(
    log_probs: NDArray[np.floating],
    starts_seconds: NDArray[np.floating],
    *,
    slice_seconds: float | None,
    verdict: NDArray[np.floating] | None = None,
    weight: float = 1.0,
    offset_seconds: float = 0.0,
    track_seconds: float | None = None,
) -> Evidence:
    """Bring slices into the order and the shape of evidence.

    Args:
        log_probs: Natural log-probabilities of shape (slices, labels), at least one slice and two labels.
        starts_seconds: Where each slice starts within the analysed sound, shape (slices,).
        slice_seconds: Length of a slice; None takes the distance of two slices, or the whole track of a single one.
        verdict: The song's final log-probabilities, shape (labels,); None where the slices alone decide.
        weight: Share of the slices' mean in the verdict, at least 0.
        offset_seconds: Where in the track the analysed sound starts.
        track_seconds: Length of the track, which the last slice does not pass; None where unknown.

    Raises:
        InputError: The shapes do not fit, or the weight is below 0.
    """
    values = np.maximum(np.asarray(log_probs, dtype=np.float64), _LOWEST)
    starts = np.asarray(starts_seconds, dtype=np.float64)
    if values.ndim != 2 or len(values) == 0 or values.shape[1] < 2 or starts.shape != values.shape[:1]:
        raise InputError(
            "expected log-probabilities of shape (slices, labels) for two labels or more, and each slice's start, "
            f"got {values.shape} and {starts.shape}"
        )
    if not 0 <= weight < float("inf") or np.isnan(values).any():
        raise InputError(f"expected log-probabilities that are numbers and a weight of at least 0, got weight {weight}")
    order = np.argsort(starts, kind="stable")
    values, starts = values[order], starts[order]
    rest = np.zeros(values.shape[1])
    if verdict is not None:
        rest = np.maximum(np.asarray(verdict, dtype=np.float64), _LOWEST) - normalised(weight * values.mean(axis=0))
    begins, ends = _spans(starts, slice_seconds, offset_seconds, track_seconds)
    return Evidence(values, begins, ends, float(weight), rest)


def _spans(
    starts: NDArray[np.float64], length: float | None, offset: float, track: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From where and up to where each slice speaks, in the track."""
    if length is None:
        length = float(np.median(np.diff(starts))) if len(starts) > 1 else (track or 0.0)
    ends = starts + length
    middles = (ends[:-1] + starts[1:]) / 2
    overlap = ends[:-1] > starts[1:]
    begins = starts.copy()
    begins[1:] = np.where(overlap, middles, starts[1:])
    ends[:-1] = np.where(overlap, middles, ends[:-1])
    # A length that some slices lie beyond is not the sound's.
    last = np.inf if track is None or track <= offset + begins[-1] else track
    return begins + offset, np.minimum(ends + offset, last)


def normalised(log_probs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities of the same ratios whose probabilities sum to 1, float64 of shape (labels,)."""
    shifted = log_probs - log_probs.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float64)


def clock(seconds: float) -> str:
    """A time in a track as ``"m:ss"``, or ``"h:mm:ss"`` from an hour on."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"
