"""What decides the measures of a recording: the range of tempi that is told, and who estimates.

Light: nothing of what measures is imported here.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Final, Literal, get_args

from earmark.errors import InputError, UnknownNameError

Backend = Literal["earmark", "essentia"]
"""Who estimates tempo and key: Earmark, or Essentia where the user has installed it."""

BACKENDS: Final[tuple[Backend, ...]] = get_args(Backend)

DEFAULT_BPM_RANGE: Final = (70.0, 200.0)

MEASURE_ALGORITHM_VERSION: Final = 2
"""Raised whenever the same settings would give other values, so that a scan measures old recordings again."""

_LIMITS: Final = (40.0, 250.0)


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """How recordings are measured.

    Attributes:
        bpm_range: The slowest and the fastest tempo to tell, within 40 to 250 beats per minute. A range of less than an
            octave may leave a recording without a tempo that fits; the best other one is then told, with confidence 0.
        backend: Who estimates tempo and key.

    Raises:
        InputError: The range is none, or goes beyond the limits.
        UnknownNameError: There is no such backend.
    """

    bpm_range: tuple[float, float] = DEFAULT_BPM_RANGE
    backend: Backend = "earmark"

    def __post_init__(self) -> None:
        low, high = self.bpm_range
        if not (math.isfinite(low) and math.isfinite(high) and _LIMITS[0] <= low < high <= _LIMITS[1]):
            raise InputError(
                f"a range of tempi goes from a slower to a faster one within {_LIMITS[0]:g} to {_LIMITS[1]:g} BPM, "
                f"such as 70-200, but {low:g}-{high:g} came"
            )
        object.__setattr__(self, "bpm_range", (float(low), float(high)))
        if self.backend not in BACKENDS:
            raise UnknownNameError("backend", self.backend, BACKENDS)

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that change with any setting or with the algorithm's version."""
        content = {"version": MEASURE_ALGORITHM_VERSION, **self.to_json()}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.blake2b(canonical.encode(), digest_size=6).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads back to equal settings."""
        return {"bpm_range": list(self.bpm_range), "backend": self.backend}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "MeasureSettings":
        """Read what `to_json` made.

        Raises:
            InputError: It holds other names or values than settings do.
        """
        if set(data) != {"bpm_range", "backend"} or len(data["bpm_range"]) != len(DEFAULT_BPM_RANGE):
            raise InputError(f"measure settings hold bpm_range (two numbers) and backend, but {dict(data)!r} came")
        low, high = data["bpm_range"]
        return cls((low, high), data["backend"])


def check_measurable(settings: MeasureSettings) -> None:
    """Check that what is asked for can estimate, before any file counts as failed for it.

    Raises:
        InputError: Essentia is asked for and not installed.
    """
    if settings.backend == "essentia" and find_spec("essentia") is None:
        raise InputError(
            "Essentia should estimate tempo and key, but it is not installed; install it (pip install essentia; its "
            "licence is the AGPL) or take Earmark's own estimators"
        )


def changed_settings(
    settings: MeasureSettings, *, bpm_range: str | None = None, backend: Backend | None = None
) -> MeasureSettings | None:
    """Return settings with what is asked for on top of them.

    Args:
        settings: What holds where nothing is asked.
        bpm_range: Such as ``"70-200"``.
        backend: Who estimates tempo and key.

    Returns:
        The new settings; None where nothing is asked.

    Raises:
        InputError: The range is none, or goes beyond the limits.
    """
    if bpm_range is None and backend is None:
        return None
    if bpm_range is not None:
        settings = replace(settings, bpm_range=parse_bpm_range(bpm_range))
    return settings if backend is None else replace(settings, backend=backend)


def parse_bpm_range(text: str) -> tuple[float, float]:
    """Read a range of tempi such as ``"70-200"``.

    Raises:
        InputError: It is not two numbers with a hyphen between them.
    """
    low, hyphen, high = text.partition("-")
    try:
        return float(low), float(high if hyphen else "")
    except ValueError:
        raise InputError(f"a range of tempi is written as LOW-HIGH, such as 70-200, not as {text!r}") from None
