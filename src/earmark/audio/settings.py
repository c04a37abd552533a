"""How features are computed: one frozen value, its stable key, and the two published presets.

A stored feature is addressed by the audio id of its track and by `FeatureSettings.key`, so two arrays under the same
key can be compared, and an array under another key is never mistaken for them. The presets are those of the CRNN paper
(Nasrullah and Zhao, "Music artist classification with convolutional recurrent neural networks", IJCNN 2019,
arXiv 1901.04555) and of the trance label study that follows it.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from earmark.errors import InputError, UnknownNameError

FEATURE_ALGORITHM_VERSION: Final = 1
"""Raised whenever the same settings would give other numbers, so that old arrays are not mixed with new ones."""

_INT_FIELDS: Final = ("sample_rate", "n_fft", "hop_length", "n_mels")
_OPTIONAL_FIELDS: Final = ("fmax", "middle_seconds")

PUBLISHED_SLICE_FRAMES: Final[Mapping[tuple[int, int], Mapping[float, int]]] = {
    # The paper rounds up, with two lengths of its own: 628 (rounding gives 625) and 911 (rounding gives 938).
    (16_000, 512): {1: 32, 3: 94, 5: 157, 10: 313, 20: 628, 30: 911},
    # The study rounds down, but its 30 s are rounded up.
    (44_100, 512): {1: 86, 3: 258, 5: 430, 10: 861, 20: 1722, 30: 2584},
}
"""Published slice lengths in frames, by (sample rate in hertz, hop in samples) and then by length in seconds."""


def _checked(name: str, value: object) -> int | float | None:
    """Return a setting in its canonical type, so that 180 and 180.0 have one key."""
    if value is None and name in _OPTIONAL_FIELDS:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"feature setting {name} must be a finite number, but {value!r} came")
    if name in _INT_FIELDS:
        if not isinstance(value, int) or value < 1:
            raise InputError(f"feature setting {name} must be a whole number of at least 1, but {value!r} came")
        return value
    if name != "fmin" and value <= 0:
        raise InputError(f"feature setting {name} must be above 0, but {value!r} came")
    return float(value)


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Everything that decides the numbers of a log-mel array.

    Attributes:
        sample_rate: Rate in hertz that the sound is resampled to before analysis.
        n_fft: Window and transform length in samples; even.
        hop_length: Samples from one frame to the next.
        n_mels: Number of Slaney mel bands.
        fmin: Lower edge of the lowest band in hertz.
        fmax: Upper edge of the highest band in hertz; None means half the sample rate.
        middle_seconds: Analyse only this many seconds from the middle of a track; None means the whole track.
        ref: Power that 0 dB stands for.
        amin: Powers below this one count as this one.
        top_db: Values further than this below the track's loudest are raised to that floor, in decibels.

    Raises:
        InputError: A value is of the wrong type or out of range.
    """

    sample_rate: int = 16_000
    n_fft: int = 2048
    hop_length: int = 512
    n_mels: int = 128
    fmin: float = 0.0
    fmax: float | None = None
    middle_seconds: float | None = None
    ref: float = 1.0
    amin: float = 1e-10
    top_db: float = 80.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = _checked(field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        if self.n_fft % 2:
            raise InputError(f"n_fft must be even, but it is {self.n_fft}; take a power of two such as 2048")
        nyquist = self.sample_rate / 2
        if not 0 <= self.fmin < self.highest_frequency <= nyquist:
            raise InputError(
                f"the mel bands must satisfy 0 <= fmin < fmax <= {nyquist:g} Hz (half the sample rate), "
                f"but fmin is {self.fmin:g} and fmax {self.highest_frequency:g}"
            )

    @property
    def highest_frequency(self) -> float:
        """Upper edge of the highest mel band in hertz."""
        return self.sample_rate / 2 if self.fmax is None else self.fmax

    @property
    def frames_per_second(self) -> float:
        """Frames in one second of sound."""
        return self.sample_rate / self.hop_length

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that change with any setting or with the algorithm's version."""
        content = {"version": FEATURE_ALGORITHM_VERSION, **self.to_json()}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.blake2b(canonical.encode(), digest_size=6).hexdigest()

    def to_json(self) -> dict[str, int | float | None]:
        """Return the settings as plain values that `from_json` reads back to an equal object."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "FeatureSettings":
        """Rebuild settings from `to_json`'s mapping; absent names take their defaults.

        Raises:
            InputError: A name is unknown, or a value is of the wrong type or out of range.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(data) - set(known))
        if unknown:
            raise InputError(f"feature settings hold unknown names {unknown}; known: {', '.join(known)}")
        return cls(**data)  # type: ignore[arg-type]  # each value is checked in __post_init__

    def frames_for(self, seconds: float) -> int:
        """Return a slice's length in frames.

        The published lengths are given exactly as published (`PUBLISHED_SLICE_FRAMES`; their authors rounded in
        different ways); any other length is the nearest number of frames.

        Args:
            seconds: Slice length in seconds.

        Raises:
            InputError: The length is not a finite number or is shorter than half a frame.
        """
        published = PUBLISHED_SLICE_FRAMES.get((self.sample_rate, self.hop_length), {})
        if seconds in published:
            return published[seconds]
        exact = seconds * self.frames_per_second
        if not math.isfinite(exact) or exact < 0.5:
            raise InputError(
                f"a slice must last at least one frame ({1 / self.frames_per_second:.3f} s), but {seconds!r} s came"
            )
        return math.floor(exact + 0.5)


PRESETS: Final[Mapping[str, FeatureSettings]] = {
    "paper": FeatureSettings(sample_rate=16_000),
    "study": FeatureSettings(sample_rate=44_100, middle_seconds=180.0),
}
"""``paper``: the whole track at 16 kHz. ``study``: the middle 180 s at 44.1 kHz."""


def preset(name: str) -> FeatureSettings:
    """Return a published preset by name.

    Raises:
        UnknownNameError: There is no such preset; the message lists those there are.
    """
    if name not in PRESETS:
        raise UnknownNameError("feature preset", name, PRESETS)
    return PRESETS[name]
