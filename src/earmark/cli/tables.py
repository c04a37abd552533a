"""Tables of scores, the same wherever they are shown."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from earmark.cli.console import table

if TYPE_CHECKING:
    from rich.table import Table

    from earmark.evaluation.comparison import ComparisonRow
    from earmark.evaluation.metrics import Scores
    from earmark.models.bundle import Bundle

SCORE_COLUMNS = ["model", "level", "accuracy>", "95 %", "macro F1>", "95 %", "n>", "trained in>", "note"]
"""Columns of scores; of a model that hears slices, songs are judged by the slices' mean and by their vote."""


def scores_table(rows: "Iterable[ComparisonRow]", *, title: str) -> "Table":
    """Make the table that puts models and baselines beside each other."""
    return table(SCORE_COLUMNS, [_score_row(row) for row in rows], title=title)


def _score_row(row: "ComparisonRow") -> list[object]:
    return [
        row.name,
        row.level,
        f"{row.accuracy:.2f}",
        row.accuracy_interval,
        f"{row.macro_f1:.2f}",
        row.macro_f1_interval,
        row.n_songs,
        None if row.seconds is None else f"{row.seconds:.0f} s",
        row.note,
    ]


def label_table(scores: "Scores") -> "Table":
    """Make the table of each label's precision and recall."""
    rows = [
        (one.label, f"{one.precision:.2f}", f"{one.recall:.2f}", f"{one.f1:.2f}", one.n_songs)
        for one in scores.per_label
    ]
    return table(["label", "precision>", "recall>", "F1>", "songs>"], rows, title="By label (song level)")


def confusion_table(scores: "Scores") -> "Table":
    """Make the table of confusion counts, rows the truth."""
    labels = [one.label for one in scores.per_label]
    rows = [
        [label, *("·" if count == 0 else count for count in counts)]
        for label, counts in zip(labels, scores.confusion.tolist(), strict=True)
    ]
    return table(["truth \\ verdict", *(f"{label}>" for label in labels)], rows, title="Confusion (songs)")


def coefficient_table(bundle: "Bundle", *, most: int = 5) -> "Table":
    """Make the table of what a regression goes by: each label's largest coefficients, largest first."""
    from earmark.models.bundle import coefficients

    rows = [
        (label, ", ".join(f"{name} {value:+.2f}" for name, value in ranked[:most]))
        for label, ranked in coefficients(bundle).items()
    ]
    return table(["label", "speaks for it"], rows, title="Coefficients")
