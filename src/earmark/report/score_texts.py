"""Scores as the text of a table's cells, the same in every table: shares in percent, each with its interval."""

from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.differences import Difference
from earmark.evaluation.intervals import Interval

SCORE_COLUMNS = ("accuracy>", "95 %>", "macro F1>", "95 %>")

DIFFERENCE_COLUMNS = ("pair", "points>", "95 %>", "p>", "p, corrected>", "finding")
"""What `difference_cells` are the cells of."""


def score_cells(row: ComparisonRow) -> tuple[str, str, str, str]:
    """A row's scores as text, for the columns `SCORE_COLUMNS`."""
    return (
        f"{row.accuracy:.0%}",
        percent_range(row.accuracy_interval.low, row.accuracy_interval.high),
        f"{row.macro_f1:.2f}",
        f"{row.macro_f1_interval.low:.2f} to {row.macro_f1_interval.high:.2f}",
    )


def difference_cells(difference: Difference) -> list[str]:
    """A difference as text, for the columns `DIFFERENCE_COLUMNS`."""
    better = difference.better
    return [
        f"{difference.first} - {difference.second}",
        f"{100 * difference.mean:+.1f}",
        f"{100 * difference.low:+.1f} to {100 * difference.high:+.1f}",
        _p_cell(difference.p),
        _p_cell(difference.p_corrected),
        "cannot be told apart" if better is None else f"{better} is better",
    ]


def _p_cell(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def percent_range(low: float, high: float) -> str:
    """An interval of a share as text, such as ``"55 to 88%"``."""
    return f"{100 * low:.0f} to {100 * high:.0f}%"


def share_cell(value: float, n: int, interval: Interval) -> str:
    """A share of `n` songs with its interval, such as ``"60% (23 to 88%)"``; ``"none"`` of no songs."""
    return "none" if n == 0 else f"{value:.0%} ({percent_range(interval.low, interval.high)})"
