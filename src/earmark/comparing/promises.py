"""What models promise of a song that they have not heard, and what was kept on the test songs.

Each fold's model comes with a `earmark.evaluation.confidence.Confidence`, learnt from songs that were held out of its
training. The test songs had no say in it, so that what is counted here is what a user can expect: whether calibrated
probabilities come true, how often sets of labels hold the right one, and how many songs of known labels are taken for
something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.calibration import CalibrationScore, ReliabilityTable, reliability, score_calibration
from earmark.evaluation.confidence import Confidence
from earmark.evaluation.conformal import DEFAULT_COVERAGE, CoverageCheck, coverage_check
from earmark.evaluation.open_scores import OPEN_SCORES, open_scores

_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class Promises:
    """What one model promised of its test songs, and kept.

    Attributes:
        name: The model.
        before: Calibration of its own probabilities.
        after: The same after each fold's temperature.
        reliability_before: Confidence beside the share of right songs, of its own probabilities.
        reliability_after: The same after scaling.
        promised: How often sets of labels were to hold the right one, in (0, 1).
        sets: How often they did, and how many labels they hold.
        auroc: How well songs of labels that a model had never learnt are told from others, on the songs that were held
            out of training: mean over folds; None where no label was held back.
        let_pass: Share of the test songs that are not called like none of the labels, in [0, 1], over the folds that
            can tell; None where none can.
        to_let_pass: The share that was promised, in (0, 1); None likewise.
    """

    name: str
    before: CalibrationScore
    after: CalibrationScore
    reliability_before: ReliabilityTable
    reliability_after: ReliabilityTable
    promised: float
    sets: CoverageCheck
    auroc: float | None
    let_pass: float | None
    to_let_pass: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "reliability_before": self.reliability_before.to_json(),
            "reliability_after": self.reliability_after.to_json(),
            "promised": self.promised,
            "sets": self.sets.to_json(),
            "auroc": self.auroc,
            "let_pass": self.let_pass,
            "to_let_pass": self.to_let_pass,
        }


def promises(
    name: str,
    said: Sequence[tuple[Confidence, NDArray[np.float64]]],
    truth: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    *,
    seed: int,
    coverage: float = DEFAULT_COVERAGE,
) -> Promises:
    """Count what a model kept.

    Args:
        name: The model.
        said: For each fold how far its model can be believed, and its own probabilities of the test songs, float64
            ``(n, L)``, rows summing to 1.
        truth: Label index of each test of all folds, int64 ``(n,)``.
        groups: Group of each test, int64 ``(n,)``; None where tests stand alone.
        seed: Seed of the bootstrap.
        coverage: How often sets of labels are to hold the right one, in (0, 1).

    Raises:
        InputError: There is no fold, or its probabilities are not of the labels that its confidence knows.
    """
    if not said:
        raise InputError(f"expected at least one fold of {name} to count promises on, got none")
    sure = [(confidence, _log(probabilities)) for confidence, probabilities in said]
    scaled = [np.stack([confidence.probabilities(row) for row in table]) for confidence, table in sure]
    sets = [
        one
        for (confidence, _), table in zip(sure, scaled, strict=True)
        for one in confidence.conformal.label_sets(table, coverage)
    ]
    before = np.concatenate([probabilities for _, probabilities in said])
    after = np.concatenate(scaled)
    rng = np.random.default_rng(seed)
    passed = [one for confidence, table in sure for one in _let_pass(confidence, table)]
    rounds = [confidence.open_set for confidence, _ in sure if confidence.open_set is not None]
    return Promises(
        name=name,
        before=score_calibration(before, truth, rng=rng, groups=groups),
        after=score_calibration(after, truth, rng=rng, groups=groups),
        reliability_before=reliability(before, truth, groups=groups),
        reliability_after=reliability(after, truth, groups=groups),
        promised=coverage,
        sets=coverage_check(sets, truth, groups=groups),
        auroc=float(np.mean([one.auroc.value for one in rounds])) if len(rounds) == len(said) else None,
        let_pass=float(np.mean(passed)) if passed else None,
        to_let_pass=rounds[0].pass_share if passed else None,
    )


def _log(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(probabilities, _LEAST)), dtype=np.float64)


def _let_pass(confidence: Confidence, log_probs: NDArray[np.float64]) -> list[bool]:
    """Whether each song sounds like one of the labels; empty where that cannot be told."""
    open_set = confidence.open_set
    if open_set is None or not open_set.tells or open_set.score not in OPEN_SCORES:
        return []
    return [not open_set.is_none(float(score)) for score in open_scores(log_probs, open_set.score)]
