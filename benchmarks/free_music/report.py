"""Comparisons as committed results: one Markdown file with every table, pictures, and the full results as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from earmark.comparing.comparison import Comparison
from earmark.evaluation.confound_sentences import audit_sentences
from earmark.evaluation.split_file import DISJOINT
from earmark.report.comparison_figures import difference_matrix, recall_by_label
from earmark.report.images import write_images
from earmark.report.score_figures import confusion_matrix, model_scores

FILE = "free-music.md"
FOLDER = "free-music"


@dataclass(frozen=True, slots=True)
class Finished:
    """A comparison with its name and heading.

    Attributes:
        name: Name of its files.
        title: Its heading.
        comparison: What came of it.
    """

    name: str
    title: str
    comparison: Comparison


def write_results(finished: Sequence[Finished], folder: Path) -> None:
    """Write the Markdown file, the pictures and the JSON files.

    Args:
        finished: The comparisons.
        folder: Where to; made where it is not there.
    """
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for one in finished:
        values = one.comparison.to_json()
        # One line each: these files are kept for recomputing, not for reading.
        (folder / FOLDER / f"{one.name}.json").write_text(json.dumps(values, allow_nan=False) + "\n", "utf-8")
        _write_pictures(one, folder / FOLDER)
    parts = [_HEAD, *(part for one in finished for part in _study(one))]
    (folder / FILE).write_text("\n".join(parts) + "\n", "utf-8")


_HEAD = """# Free music: models and baselines on 206 real tracks

Nine collections of freely licensed game music stand for nine labels; `benchmarks/free_music/README.md` says what they
are and how codecs and levels are kept from being the answer. Made by

    python benchmarks/free_music/fetch.py
    python benchmarks/free_music/run.py

on two cores without a GPU. Times are the sum of training and judging of all folds on a machine that did other work
meanwhile. Every song is judged by models that never saw it; accuracy and macro F1 are over songs, with 95 % intervals.
"""


def _write_pictures(one: Finished, folder: Path) -> None:
    comparison = one.comparison
    best = _best_model(comparison)
    figures = {
        f"{one.name}-accuracy": model_scores(comparison.song_rows(), baselines=frozenset(comparison.baselines)),
        f"{one.name}-differences": difference_matrix(comparison.differences, comparison.ran),
        f"{one.name}-recall": recall_by_label({name: comparison.scores(name) for name in comparison.ran}),
        f"{one.name}-confusion": confusion_matrix(comparison.scores(best), unit="songs"),
    }
    write_images(figures, folder, formats=("png",))


def _best_model(comparison: Comparison) -> str:
    models = [row for row in comparison.song_rows() if row.name not in comparison.baselines]
    return max(models or comparison.song_rows(), key=lambda row: row.accuracy).name


def _study(one: Finished) -> list[str]:
    comparison = one.comparison
    best = _best_model(comparison)
    parts = [
        f"## {one.title}",
        "",
        f"{comparison.n_tested} songs, {len(comparison.labels)} labels, {comparison.folds} folds, "
        f"{DISJOINT[comparison.mode]}, seed {comparison.seed}.",
        *(f"{note[:1].upper()}{note[1:]}." for note in comparison.notes if "held apart" in note),
        "",
        *_table(
            ["", "judged", "accuracy", "95 %", "macro F1", "95 %", "time"],
            [
                [
                    row.name,
                    f"{row.level}s{', ' + row.note if row.note else ''}",
                    f"{row.accuracy:.3f}",
                    str(row.accuracy_interval),
                    f"{row.macro_f1:.3f}",
                    str(row.macro_f1_interval),
                    "" if row.seconds is None else f"{row.seconds:.0f} s",
                ]
                for row in comparison.rows
            ],
        ),
        "",
        f"![Accuracy with intervals]({FOLDER}/{one.name}-accuracy.png)",
        "",
        "What can be concluded:",
        "",
        *(f"- {told}" for told in comparison.conclusions),
        *(f"- {name} could not take part: {why}" for name, why in comparison.not_run.items()),
        "",
    ]
    if comparison.audit is not None:
        parts += ["Shortcuts in the files: " + " ".join(audit_sentences(comparison.audit)), ""]
    return [
        *parts,
        "Every pair, song by song (difference in accuracy in points, permutation test, Holm's correction):",
        "",
        *_table(
            ["pair", "points", "95 %", "p", "p, all pairs", ""],
            [
                [
                    f"{pair.first} - {pair.second}",
                    f"{100 * pair.mean:+.1f}",
                    f"{100 * pair.low:+.1f} to {100 * pair.high:+.1f}",
                    f"{pair.p:.4f}",
                    f"{pair.p_corrected:.4f}",
                    "" if pair.better is None else f"{pair.better} is better",
                ]
                for pair in comparison.differences
            ],
        ),
        "",
        f"![Difference in accuracy]({FOLDER}/{one.name}-differences.png)",
        "",
        f"![Share of each label's songs that are called rightly]({FOLDER}/{one.name}-recall.png)",
        "",
        f"What {best} takes for what:",
        "",
        f"![Confusion of {best}]({FOLDER}/{one.name}-confusion.png)",
        "",
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(columns)} |", f"|{'|'.join('---' for _ in columns)}|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]
