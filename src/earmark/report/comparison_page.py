"""The page of a comparison: what can be concluded first, then the numbers it rests on."""

from collections.abc import Sequence

from earmark.comparing.comparison import Comparison
from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.split_file import DISJOINT
from earmark.report.comparison_figures import (
    MOST_RELIABILITIES,
    difference_matrix,
    part_gains_figure,
    recall_by_label,
    reliabilities,
    slice_length_curves,
)
from earmark.report.page import Block, FigureBlock, NoteBlock, Page, Section, TableBlock, TextBlock
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
from earmark.report.run_confounds import audit_blocks
from earmark.report.score_figures import confusion_matrix, model_scores
from earmark.report.score_texts import DIFFERENCE_COLUMNS, difference_cells

ROW_COLUMNS = ("model", "judged", "accuracy>", "95 % interval>", "macro F1>", "95 % interval>", "n>", "time>", "by")


def comparison_page(comparison: Comparison, *, title: str = "Comparison of models") -> Page:
    """Lay out a comparison as one page.

    Args:
        comparison: A finished comparison.
        title: The page's title.
    """
    if not comparison.ran:
        sections = [Section("Nobody could take part", _absent(comparison))]
        return Page(title, _subtitle(comparison), sections)
    sections = [_conclusions(comparison), _scores(comparison), _pairs(comparison)]
    sections += [*_parts(comparison), *_honesty(comparison), *_slice_lengths(comparison)]
    sections += [_by_label(comparison), *_shortcuts(comparison), _folds(comparison)]
    return Page(title, _subtitle(comparison), sections, facts=_facts(comparison))


def _subtitle(comparison: Comparison) -> str:
    how = "a random split" if comparison.folds == 1 else f"{comparison.folds} folds"
    times = f", dealt {comparison.repeats} times" if comparison.repeats > 1 else ""
    return f"Models and baselines on the same songs under the same folds: {how}, {DISJOINT[comparison.mode]}{times}."


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    rows = comparison.song_rows()
    best = max(rows, key=lambda row: row.accuracy)
    return [
        ("songs tested", str(comparison.n_tested)),
        ("labels", str(len(comparison.labels))),
        ("split", DISJOINT[comparison.mode]),
        ("best accuracy", f"{best.accuracy:.0%} ({best.name})"),
    ]


def _conclusions(comparison: Comparison) -> Section:
    blocks: list[Block] = [NoteBlock("plain", told) for told in comparison.conclusions]
    return Section("What can be concluded", [*blocks, *_absent(comparison)])


def _absent(comparison: Comparison) -> list[Block]:
    return [NoteBlock("warning", f"{name} could not take part: {why}") for name, why in comparison.not_run.items()]


def _scores(comparison: Comparison) -> Section:
    rows = comparison.song_rows()
    best = max((row for row in rows if row.name not in comparison.baselines), key=lambda r: r.accuracy, default=rows[0])
    return Section(
        "Scores",
        [
            FigureBlock(
                model_scores(rows, baselines=frozenset(comparison.baselines)),
                "Accuracy on songs that training never saw",
                "Points with 95 % intervals. Hollow: baselines without a model, which any claim has to beat.",
            ),
            TableBlock(
                ROW_COLUMNS,
                [_cells(row) for row in comparison.rows],
                "All scores",
                "Songs are judged by the mean over their slices, and by the slices' majority vote.",
            ),
            FigureBlock(
                confusion_matrix(comparison.scores(best.name), unit="songs"),
                f"What {best.name} takes for what",
                "Rows are the truth, all repeats together.",
                min_width=520,
            ),
        ],
        "Every song is judged by models that never saw it.",
    )


def _cells(row: ComparisonRow) -> list[object]:
    return [
        row.name,
        f"{row.level}s",
        f"{row.accuracy:.3f}",
        row.accuracy_interval,
        f"{row.macro_f1:.3f}",
        row.macro_f1_interval,
        row.n_songs,
        "" if row.seconds is None else f"{row.seconds:.0f} s",
        row.note,
    ]


def _pairs(comparison: Comparison) -> Section:
    rows = [difference_cells(one) for one in comparison.differences]
    return Section(
        "Who beats whom",
        [
            FigureBlock(
                difference_matrix(comparison.differences, comparison.ran),
                "Difference in song accuracy, row minus column, in points",
                "A star marks pairs that can be told apart at the 5 % level after correction for all pairs.",
                min_width=520,
            ),
            TableBlock(DIFFERENCE_COLUMNS, rows, "All pairs"),
        ],
        "A permutation test over songs (over whole groups of songs where the folds keep these together), with Holm's "
        "correction for the number of pairs.",
    )


def _parts(comparison: Comparison) -> list[Section]:
    gains = comparison.gains
    if not gains:
        return []
    variants = [
        [name, row.note, f"{row.accuracy:.3f}", row.accuracy_interval, f"{row.macro_f1:.3f}", row.macro_f1_interval]
        for name in comparison.ran
        for row in comparison.variant_rows(name)
    ]
    blocks: list[Block] = [
        FigureBlock(
            part_gains_figure(gains),
            "Points that each part adds",
            "The ensemble minus itself without the part, with 95 % intervals. Green: can be told from nothing.",
        ),
        TableBlock(GAIN_COLUMNS, [gain_cells(gain) for gain in gains], "The ensemble against itself without a part"),
        TableBlock(
            ("ensemble", "parts", "accuracy>", "95 % interval>", "macro F1>", "95 % interval>"),
            variants,
            "The ensemble with fewer parts",
        ),
    ]
    intro = (
        "Nothing is trained again: the parts that are left are weighted as the ensemble weights a song of which the "
        "others can say nothing. Each is tested song by song; Holm's correction is over these pairs alone, apart from "
        "those of the section before."
    )
    return [Section("What each part adds", blocks, intro)]


def _honesty(comparison: Comparison) -> list[Section]:
    """What models promised of test songs, and what they kept."""
    kept = comparison.promises
    if not kept:
        return []
    most = f" The first {MOST_RELIABILITIES} models." if len(kept) > MOST_RELIABILITIES else ""
    blocks: list[Block] = [
        FigureBlock(
            reliabilities(kept),
            "What was promised, and what was kept",
            "Points below the line promise too much. Bins hold about equally many tests; lines are 95 % intervals."
            f"{most}",
            min_width=640,
        ),
        TableBlock(
            CALIBRATION_COLUMNS,
            [row for one in kept for row in calibration_rows(one)],
            "Calibration of the top label's probability",
            "Before and after scaling by a temperature that songs held out of training chose. ECE: mean distance of "
            "confidence from the share of right songs. By chance: what a perfectly calibrated model of these "
            "confidences would show on so many songs. Debiased: without it, with its interval.",
        ),
        TableBlock(
            SET_COLUMNS,
            [set_cells(one) for one in kept],
            "Sets of labels, and none of these",
            "Kept: how often a set held the right label. Let pass: share of the test songs that were not called like "
            "none of the labels. AUROC: how well songs of labels that were held back in training are told from others.",
        ),
    ]
    if comparison.promises_unknown:
        names = ", ".join(comparison.promises_unknown)
        told = f"How sure {names} was is not known: a fold was kept by an earlier version, or had too few songs."
        blocks.append(NoteBlock("plain", told))
    intro = "Test songs had no say in temperatures and sets, so that this is what a new song can expect."
    return [Section("How far to believe a probability", blocks, intro)]


def _slice_lengths(comparison: Comparison) -> list[Section]:
    models: dict[str, dict[float, Sequence[Sequence[ComparisonRow]]]] = {}
    for name, (model, seconds) in comparison.sliced.items():
        if name in comparison.results:
            models.setdefault(model, {})[seconds] = comparison.trials(name)
    blocks: list[Block] = [
        FigureBlock(
            slice_length_curves(trials),
            f"{model}: macro F1 by slice length",
            f"Lines join the means of {comparison.repeats} trials; hollow marks are single trials.",
        )
        for model, trials in models.items()
        if len(trials) > 1
    ]
    intro = "Long slices know more of a song each, but there are fewer of them to learn from and to vote."
    return [Section("Length of a slice", blocks, intro)] if blocks else []


def _by_label(comparison: Comparison) -> Section:
    scores = {name: comparison.scores(name) for name in comparison.ran}
    figure = recall_by_label(scores)
    return Section(
        "Label by label", [FigureBlock(figure, "Share of each label's songs that are called rightly", min_width=560)]
    )


def _shortcuts(comparison: Comparison) -> list[Section]:
    audit = comparison.audit
    if audit is None:
        return []
    intro = "Whether the files rather than the music tell the labels."
    if comparison.repeats > 1:
        intro += " Of the first dealing, in which each song is called once."
    return [Section("Shortcuts in the files", audit_blocks(audit), intro)]


def _folds(comparison: Comparison) -> Section:
    rows = [
        [fold.repeat + 1, at % max(1, comparison.folds) + 1, fold.train, fold.validation, fold.test, fold.digest]
        for at, fold in enumerate(comparison.tested)
    ]
    blocks: list[Block] = [
        TableBlock(COST_COLUMNS, [cost_cells(one) for one in comparison.costs], "Training and judging"),
        TableBlock(("repeat>", "fold>", "to learn from>", "to choose by>", "test>", "digest"), rows, "Folds"),
    ]
    if comparison.notes:
        blocks.append(TextBlock("\n\n".join(f"{told[:1].upper()}{told[1:]}." for told in comparison.notes)))
    every = len({comparison.repeats_of(name) for name in comparison.ran}) == 1
    told = "Every contestant saw the same folds." if every else "Some contestants saw the first dealings only."
    return Section("How it was done", blocks, f"Seed {comparison.seed}. {told}")
