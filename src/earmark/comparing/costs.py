"""What training and judging models took, beside a reference model on the same folds.

Folds may have been kept from runs at other times: a share is of the same machine only where both were run on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from earmark.comparing.results import FoldResult

COST_REFERENCE = "crnn"
"""Model whose time others are compared with."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What training and judging a model takes.

    Attributes:
        name: The contestant.
        seconds: Mean seconds of a fold.
        share: Its time as a share of the reference model's on the folds that both have; None where it is not there, or
            it took none.
        reference: Name of the model that it is compared with, or None.
    """

    name: str
    seconds: float
    share: float | None
    reference: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"name": self.name, "seconds": self.seconds, "share": self.share, "reference": self.reference}


def costs(results: Mapping[str, Sequence[FoldResult]], *, reference: str = COST_REFERENCE) -> tuple[Cost, ...]:
    """What each model took.

    Args:
        results: Each model's folds.
        reference: Name of the model whose time the others' are a share of.
    """
    theirs = {one.split: one.seconds for one in results.get(reference, ())}
    return tuple(_cost(name, folds, theirs, reference) for name, folds in results.items())


def _cost(name: str, folds: Sequence[FoldResult], theirs: Mapping[str, float], reference: str) -> Cost:
    own = {one.split: one.seconds for one in folds}
    mean = sum(own.values()) / len(own)
    shared = [split for split in own if split in theirs]
    total = sum(theirs[split] for split in shared)
    if total == 0:
        return Cost(name, mean, None, None)
    return Cost(name, mean, sum(own[split] for split in shared) / total, reference)
