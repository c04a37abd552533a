"""What models promise, what parts add and what training takes, as text of cells, the same in every table."""

from earmark.comparing.costs import Cost
from earmark.comparing.parts import PartGain
from earmark.comparing.promises import Promises
from earmark.evaluation.calibration import CalibrationScore
from earmark.evaluation.intervals import Interval
from earmark.report.score_texts import difference_cells

CALIBRATION_COLUMNS = ("model", "scaled", "ECE>", "by chance>", "debiased>", "95 %>", "Brier>", "log-loss>", "tests>")
"""What `calibration_rows` are rows of."""

SET_COLUMNS = ("model", "promised>", "kept>", "95 %>", "labels in a set>", "single label>", "let pass>", "AUROC>")
"""What `set_cells` are the cells of."""

GAIN_COLUMNS = ("ensemble", "part", "points>", "95 %>", "p>", "p, corrected>", "accuracy without>", "macro F1 without>")
"""What `gain_cells` are the cells of."""

COST_COLUMNS = ("model", "a fold>", "against>")
"""What `cost_cells` are the cells of."""


def calibration_rows(promises: Promises) -> list[list[str]]:
    """Two rows for the columns `CALIBRATION_COLUMNS`: before scaling, and after it."""
    return [
        [promises.name, "before", *_calibration_cells(promises.before)],
        [promises.name, "after", *_calibration_cells(promises.after)],
    ]


def _calibration_cells(score: CalibrationScore) -> list[str]:
    interval = f"{score.interval.low:.3f} to {score.interval.high:.3f}"
    numbers = (score.ece, score.expected_by_chance, score.debiased)
    return [*(f"{one:.3f}" for one in numbers), interval, f"{score.brier:.3f}", f"{score.nll:.3f}", str(score.n)]


def set_cells(promises: Promises) -> list[str]:
    """What sets of labels and "none of these" kept, for the columns `SET_COLUMNS`."""
    sets = promises.sets
    return [
        promises.name,
        f"{promises.promised:.0%}",
        f"{sets.coverage:.1%}",
        _range(sets.interval),
        f"{sets.mean_size:.2f}",
        f"{sets.singletons:.0%}",
        "" if promises.let_pass is None else f"{promises.let_pass:.0%} of {promises.to_let_pass:.0%}",
        "" if promises.auroc is None else f"{promises.auroc:.2f}",
    ]


def _range(interval: Interval) -> str:
    return f"{100 * interval.low:.0f} to {100 * interval.high:.0f}%"


def gain_cells(gain: PartGain) -> list[str]:
    """What a part adds, for the columns `GAIN_COLUMNS`."""
    points, interval, p, corrected = difference_cells(gain.difference)[1:5]
    return [
        gain.ensemble,
        gain.part,
        points,
        interval,
        p,
        corrected,
        f"{gain.without.accuracy:.3f}",
        f"{gain.without.macro_f1:.3f}",
    ]


def cost_cells(cost: Cost) -> list[str]:
    """What a model took, for the columns `COST_COLUMNS`."""
    share = ""
    if cost.share is not None and cost.name != cost.reference:
        share = f"{cost.share:.3g} of {cost.reference}'s time"
        if 0 < cost.share < 1:
            share += f" (1/{1 / cost.share:.0f})"
    return [cost.name, f"{cost.seconds:.1f} s", share]
