"""Comparisons as committed results: one Markdown file with every table, pictures, and the full results as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from earmark.comparing.comparison import Comparison
from earmark.evaluation.confound_sentences import audit_sentences
from earmark.evaluation.split_file import DISJOINT
from earmark.report.comparison_figures import difference_matrix, recall_by_label, reliabilities
from earmark.report.images import write_images
from earmark.report.promise_texts import (
    CALIBRATION_COLUMNS,
    COST_COLUMNS,
    GAIN_COLUMNS,
    SET_COLUMNS,
    calibration_rows,
    cost_cells,
    gain_cells,
    set_cells,
)
from earmark.report.score_figures import confusion_matrix, model_scores
from earmark.report.score_texts import DIFFERENCE_COLUMNS, difference_cells

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


def write_results(finished: Sequence[Finished], folder: Path, *, command: str) -> None:
    """Write what is finished, and the Markdown file about everything that the folder holds.

    Args:
        finished: The comparisons.
        folder: Where to; made where it is not there. Results of other studies in it stay.
        command: The command that made them, which is kept with them.
    """
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for one in finished:
        values = {"title": one.title, "command": command, **one.comparison.to_json()}
        # One line each: these files are kept for recomputing, not for reading.
        (folder / FOLDER / f"{one.name}.json").write_text(json.dumps(values, allow_nan=False) + "\n", "utf-8")
        _write_pictures(one, folder / FOLDER)
    (folder / FILE).write_text("\n".join([_HEAD, *_studies(folder / FOLDER)]) + "\n", "utf-8")


_HEAD = """# Free music: models and baselines on real tracks

Nine collections of freely licensed game music stand for nine labels;
[benchmarks/free_music](../../benchmarks/free_music/README.md) says what they are, and how codecs and levels are kept
from being the answer. Every song is judged by models that never saw it. Intervals are at 95 %, over songs, or over
whole groups of songs where the folds keep these together. Times are those of training and judging all folds, on two
cores without a GPU that did other work meanwhile.
"""


def _studies(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.json")):
        values = json.loads(path.read_text("utf-8"))
        one = Finished(path.stem, values["title"], Comparison.load(path))
        yield from _study(one, values["command"])


def _write_pictures(one: Finished, folder: Path) -> None:
    comparison = one.comparison
    if not comparison.ran:
        return
    best = _best_model(comparison)
    figures = {
        f"{one.name}-accuracy": model_scores(comparison.song_rows(), baselines=frozenset(comparison.baselines)),
        f"{one.name}-differences": difference_matrix(comparison.differences, comparison.ran),
        f"{one.name}-recall": recall_by_label({name: comparison.scores(name) for name in comparison.ran}),
        f"{one.name}-confusion": confusion_matrix(comparison.scores(best), unit="songs"),
    }
    if comparison.promises:
        figures[f"{one.name}-reliability"] = reliabilities(comparison.promises)
    write_images(figures, folder, formats=("png",))


def _best_model(comparison: Comparison) -> str:
    models = [row for row in comparison.song_rows() if row.name not in comparison.baselines]
    return max(models or comparison.song_rows(), key=lambda row: row.accuracy).name


def _study(one: Finished, command: str) -> list[str]:
    comparison = one.comparison
    absent = [f"- {name} could not take part: {why}" for name, why in comparison.not_run.items()]
    if not comparison.ran:
        return [f"## {one.title}", "", *absent]
    return [
        *_heading(one, command),
        *_scores(one),
        "What can be concluded:",
        "",
        *(f"- {told}" for told in comparison.conclusions),
        *absent,
        "",
        *_shortcuts(comparison),
        *_parts(comparison),
        *_honesty(one),
        *_costs(comparison),
        *_pairs(one),
    ]


def _heading(one: Finished, command: str) -> list[str]:
    comparison = one.comparison
    times = f" dealt {comparison.repeats} times," if comparison.repeats > 1 else ""
    notes = " ".join(_sentence(note) for note in comparison.notes)
    told = (
        f"{comparison.n_tested} songs, {len(comparison.labels)} labels, {comparison.folds} folds,{times} "
        f"{DISJOINT[comparison.mode]}, seed {comparison.seed}. {notes}"
    )
    return [f"## {one.title}", "", told.rstrip(), "", f"    {command}", ""]


def _scores(one: Finished) -> list[str]:
    rows = [
        [
            row.name,
            f"{row.level}s{', ' + row.note if row.note else ''}",
            f"{row.accuracy:.3f}",
            str(row.accuracy_interval),
            f"{row.macro_f1:.3f}",
            str(row.macro_f1_interval),
            "" if row.seconds is None else f"{row.seconds:.0f} s",
        ]
        for row in one.comparison.rows
    ]
    columns = ["", "judged", "accuracy", "95 %", "macro F1", "95 %", "time"]
    return [*_table(columns, rows), "", f"![Accuracy with intervals]({FOLDER}/{one.name}-accuracy.png)", ""]


def _shortcuts(comparison: Comparison) -> list[str]:
    if comparison.audit is None:
        return []
    return ["Shortcuts in the files: " + " ".join(audit_sentences(comparison.audit)), ""]


def _parts(comparison: Comparison) -> list[str]:
    """What each part adds to an ensemble, and how its parts do with others left out."""
    if not comparison.gains:
        return []
    variants = [
        [name, row.note, f"{row.accuracy:.3f}", str(row.accuracy_interval), f"{row.macro_f1:.3f}",
         str(row.macro_f1_interval)]
        for name in comparison.ran
        for row in comparison.variant_rows(name)
    ]  # fmt: skip
    return [
        "What each part adds to an ensemble (the ensemble minus itself without the part, in points of accuracy; Holm's "
        "correction over the parts alone):",
        "",
        *_table(_plain(GAIN_COLUMNS), [gain_cells(gain) for gain in comparison.gains]),
        "",
        *_table(["", "parts", "accuracy", "95 %", "macro F1", "95 %"], variants),
        "",
    ]


def _honesty(one: Finished) -> list[str]:
    """What models promised of the test songs, and what they kept."""
    kept, unknown = one.comparison.promises, one.comparison.promises_unknown
    if not kept:
        return []
    told = "Calibration of the top label's probability on test songs, before and after scaling by a temperature that "
    told += "the training songs alone chose. ECE has ten bins of equally many songs; *by chance* is what a perfectly "
    told += "calibrated model of these confidences would show, and *debiased* is without it:"
    lost = f"Not known of {', '.join(unknown)}: these folds were kept by a version that did not ask." if unknown else ""
    return [
        told,
        "",
        *_table(_plain(CALIBRATION_COLUMNS), [row for promise in kept for row in calibration_rows(promise)]),
        "",
        f"![Reliability]({FOLDER}/{one.name}-reliability.png)",
        "",
        "Sets of labels made to hold the right one as often as promised; *let pass* is the share of test songs not "
        "called like none of the labels, of the share promised; *AUROC* is how well songs of labels that were held "
        "back are told from others, in training:",
        "",
        *_table(_plain(SET_COLUMNS), [set_cells(promise) for promise in kept]),
        "",
        *([lost, ""] if lost else []),
    ]


def _costs(comparison: Comparison) -> list[str]:
    told = "Training and judging, seconds of a fold (stored embeddings and spectrograms are not in it), and as a share "
    told += "of the CRNN's on the same folds. Kept folds were timed when they were made:"
    return [told, "", *_table(_plain(COST_COLUMNS), [cost_cells(cost) for cost in comparison.costs]), ""]


def _pairs(one: Finished) -> list[str]:
    best = _best_model(one.comparison)
    return [
        "Every pair, song by song (difference in accuracy in points, permutation test, Holm's correction):",
        "",
        *_table(_plain(DIFFERENCE_COLUMNS), [difference_cells(pair) for pair in one.comparison.differences]),
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


def _plain(columns: Sequence[str]) -> list[str]:
    return [column.removesuffix(">") for column in columns]


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(columns)} |", f"|{'|'.join('---' for _ in columns)}|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]
