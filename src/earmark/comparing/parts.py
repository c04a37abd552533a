"""What each part adds to an ensemble: the ensemble beside itself without that part, on the same songs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.comparing.calls import Calls
from earmark.comparing.pairs import differences
from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.differences import Difference

WITHOUT = "without "
"""How the name of a variant without one part begins."""


@dataclass(frozen=True, slots=True)
class PartGain:
    """What one part adds to an ensemble.

    Attributes:
        ensemble: Name of the ensemble.
        part: Name of the part.
        without: How the ensemble does without it.
        difference: The ensemble minus itself without the part, tested song by song. Holm's correction is over the parts
            of all ensembles of a comparison, and not over its other pairs.
    """

    ensemble: str
    part: str
    without: ComparisonRow
    difference: Difference

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "ensemble": self.ensemble,
            "part": self.part,
            "without": self.without.to_json(),
            "difference": self.difference.to_json(),
        }


class RowMaker(Protocol):
    """Makes the row of a contestant's calls."""

    def __call__(self, name: str, calls: Calls) -> ComparisonRow:
        """The row of these calls."""
        ...


def part_gains(
    calls: Mapping[str, tuple[Calls, Mapping[str, Calls]]], groups: NDArray[np.int64], *, seed: int, row: RowMaker
) -> tuple[PartGain, ...]:
    """Set ensembles beside themselves without each part.

    Args:
        calls: What each contestant called its test songs, with what it would have called them with fewer parts.
        groups: Group of each song of the comparison, int64 ``(songs,)``.
        seed: Seed of the permutations.
        row: Makes the row of a variant.
    """
    found = [
        (name, variant.removeprefix(WITHOUT), one)
        for name, (_, variants) in calls.items()
        for variant, one in variants.items()
        if variant.startswith(WITHOUT)
    ]
    both = {name: own for name, (own, _) in calls.items()}
    both |= {f"{name} {WITHOUT}{part}": one for name, part, one in found}
    pairs = [(name, f"{name} {WITHOUT}{part}") for name, part, _ in found]
    tested = differences(pairs, both, groups, seed=seed)
    return tuple(
        PartGain(name, part, replace(row(name, one), name=difference.second, seconds=None), difference)
        for (name, part, one), difference in zip(found, tested, strict=True)
    )
