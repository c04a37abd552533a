"""Tables of scores and verdicts, the same wherever they are shown."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from earmark.cli.console import table

if TYPE_CHECKING:
    from rich.table import Table

    from earmark.evaluation.comparison import ComparisonRow
    from earmark.evaluation.metrics import Scores
    from earmark.models.bundle import Bundle
    from earmark.models.predict import FailedFile, FilePrediction

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


def verdict_table(prediction: "FilePrediction", *, most: int = 10) -> "Table":
    """Make the table of one file's ranked labels."""
    votes = prediction.song.vote.probabilities
    shares = {label: float(share) for label, share in zip(prediction.labels, votes, strict=True)}
    rows = [
        (rank, label, f"{100 * p:.1f} %", _bar(p), f"{100 * shares[label]:.0f} %")
        for rank, (label, p) in enumerate(prediction.ranked()[:most], start=1)
    ]
    columns = ["#>", "label", "probability>", "", "slices voting>"]
    return table(columns, rows, title=prediction.track.display)


def _bar(share: float, width: int = 24) -> str:
    return "█" * round(share * width)


def verdicts_table(predictions: "Sequence[FilePrediction]") -> "Table":
    """Make the table of many files, a line each."""
    rows = []
    for prediction in predictions:
        (first, p), *others = prediction.ranked()
        second = f"{others[0][0]} {100 * others[0][1]:.0f} %" if others else ""
        rows.append((prediction.track.path, first, f"{100 * p:.0f} %", second, _remark(prediction)))
    return table(["file", "label", "probability>", "then", ""], rows)


def _remark(prediction: "FilePrediction") -> str:
    told = ["was in training"] if prediction.in_training else []
    return ", ".join([*told, *(["shorter than a slice, padded"] if prediction.song.padded else [])])


def failed_table(failures: "Sequence[FailedFile]") -> "Table":
    """Make the table of files without a verdict."""
    rows = [(one.path, "; ".join(f"{who}: {why}" for who, why in one.reasons.items())) for one in failures]
    return table(["file", "why"], rows, title=f"{len(rows)} files could not be predicted")
