"""Scores as the text of a table's cells, the same in every table: shares in percent, each with its interval."""

from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.intervals import wilson_interval

SCORE_COLUMNS = ("accuracy>", "95 %>", "macro F1>", "95 %>")


def score_cells(row: ComparisonRow) -> tuple[str, str, str, str]:
    """A row's scores as text, for the columns `SCORE_COLUMNS`."""
    return (
        f"{row.accuracy:.0%}",
        percent_range(row.accuracy_interval.low, row.accuracy_interval.high),
        f"{row.macro_f1:.2f}",
        f"{row.macro_f1_interval.low:.2f} to {row.macro_f1_interval.high:.2f}",
    )


def percent_range(low: float, high: float) -> str:
    """An interval of a share as text, such as ``"55 to 88%"``."""
    return f"{100 * low:.0f} to {100 * high:.0f}%"


def share_cell(value: float, n: int) -> str:
    """A share of `n` songs with Wilson's 95 % interval, such as ``"60% (23 to 88%)"``; ``"none"`` of no songs."""
    if n == 0:
        return "none"
    interval = wilson_interval(round(value * n), n)
    return f"{value:.0%} ({percent_range(interval.low, interval.high)})"
