"""Energy over a set: where it is to be calm, and where it is to peak.

A curve goes from 0, the calmest tracks of the collection, to 1, its most energetic ones, over a set from its beginning
(0) to its end (1). It is named, or drawn by points in minutes such as ``0:0.3,30:0.9,60:0.6``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError, UnknownNameError

CurveName = Literal["rise", "fall", "flat", "peak", "wave", "plateau"]

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class EnergyCurve:
    """An energy curve.

    Attributes:
        name: What it is called; ``"own"`` for one drawn by points.
        points: (place in the set from 0 to 1, energy from 0 to 1), places rising; straight lines lie between them.
    """

    name: str
    points: Points

    def at(self, places: NDArray[np.floating]) -> NDArray[np.float64]:
        """The energy at places of the set.

        Args:
            places: From 0 (beginning) to 1 (end), any shape.

        Returns:
            float64 of the same shape, 0 to 1.
        """
        where, energy = zip(*self.points, strict=True)
        return np.asarray(np.interp(places, where, energy), dtype=np.float64)


CURVES: Final[Mapping[CurveName, Points]] = {
    "rise": ((0.0, 0.2), (1.0, 0.95)),
    "fall": ((0.0, 0.95), (1.0, 0.2)),
    "flat": ((0.0, 0.6), (1.0, 0.6)),
    "peak": ((0.0, 0.25), (0.65, 0.95), (1.0, 0.5)),
    "wave": ((0.0, 0.35), (0.25, 0.75), (0.5, 0.45), (0.75, 0.95), (1.0, 0.6)),
    "plateau": ((0.0, 0.25), (0.3, 0.8), (0.8, 0.8), (1.0, 0.4)),
}
"""Every named curve."""


def parse_curve(text: str, *, minutes: float) -> EnergyCurve:
    """Read a curve as typed.

    Args:
        text: A name in `CURVES`, or points ``MINUTE:ENERGY`` separated by commas.
        minutes: Length of the set.

    Raises:
        UnknownNameError: It is no name of a curve.
        InputError: The points cannot be read, do not rise in time, or leave 0 to 1.
    """
    wanted = text.strip().lower()
    if ":" not in wanted:
        name = next((one for one in CURVES if one == wanted), None)
        if name is None:
            raise UnknownNameError("energy curve", text, [*CURVES, "points such as 0:0.3,30:0.9,60:0.6"])
        return EnergyCurve(name, CURVES[name])
    points = tuple(_point(part, minutes) for part in wanted.split(",") if part.strip())
    places = [place for place, _ in points]
    if any(after <= before for before, after in pairwise(places)):
        raise InputError(f"the points of a curve follow each other in time, unlike those of {text!r}")
    return EnergyCurve("own", points)


def _point(text: str, minutes: float) -> tuple[float, float]:
    try:
        minute, energy = (float(part) for part in text.split(":"))
    except ValueError as error:
        raise InputError(f"a point of a curve is MINUTE:ENERGY such as 30:0.9, not {text.strip()!r}") from error
    if not 0 <= minute <= minutes or not 0 <= energy <= 1:
        raise InputError(
            f"a point of a curve is a minute from 0 to {minutes:g} and an energy from 0 to 1, not {text.strip()!r}"
        )
    return minute / minutes, energy
