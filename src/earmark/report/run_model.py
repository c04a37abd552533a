"""The part of a run's report that is about one model: training, scores, confidence, maps and mistakes."""

from collections.abc import Mapping, Sequence

import numpy as np

from earmark.evaluation.metrics import Scores
from earmark.models.bundle import coefficients
from earmark.models.ensemble import METADATA_PART
from earmark.models.inspection import Inspection
from earmark.models.judging import Reading
from earmark.models.spec import RegressionSettings
from earmark.report.label_spread import LabelSpread, label_spreads
from earmark.report.page import Block, FigureBlock, NoteBlock, Section, TableBlock, TextBlock
from earmark.report.run_confidence import confidence_blocks
from earmark.report.run_facts import Run, mistakes
from earmark.report.run_maps import MapSettings, map_blocks
from earmark.report.run_parts import part_blocks
from earmark.report.score_figures import MOST_LABELS_WITH_NUMBERS, coefficient_bars, confusion_matrix, label_scores
from earmark.report.score_texts import SCORE_COLUMNS, score_cells, share_cell
from earmark.report.theme import LabelStyle
from earmark.report.training_figures import accuracy_curves, loss_curves

MOST_MISTAKES = 40
MOST_COEFFICIENTS = 12
"""Labels whose coefficients are drawn."""

_STOPPED = {
    "early": "training ended because it got no better",
    "max_epochs": "all were tried",
    "interrupted": "training was interrupted",
}
_READINGS: dict[Reading, str] = {
    "mean": "songs, by the mean of the slices' log-probabilities",
    "vote": "songs, by the slices' vote",
    "slice": "slices by themselves",
}
_FUSED: dict[Reading, str] = {
    "mean": "songs, by all parts fused",
    "vote": "songs, by the vote of the slices of the part that cuts them",
    "slice": "slices of that part by themselves",
}


def model_section(run: Run, inspection: Inspection, *, styles: Mapping[str, LabelStyle], maps: MapSettings) -> Section:
    """Tell of one model.

    Args:
        run: The run that it is of.
        inspection: The model with all that it says of its split.
        styles: The labels' looks.
        maps: How its maps are made.
    """
    blocks = [
        *_absent(inspection),
        *_training(inspection),
        *_scores(run, inspection, styles, seed=maps.seed),
        *part_blocks(inspection),
        *confidence_blocks(run, inspection, seed=maps.seed),
        *_coefficients(inspection),
        *map_blocks(inspection, styles=styles, settings=maps),
        *_mistakes(inspection),
    ]
    return Section(f"Model {inspection.name}", blocks, _intro(inspection))


def _intro(inspection: Inspection) -> str:
    spec, training = inspection.bundle.spec, inspection.bundle.card.training
    curves, best = training.get("curves", ()), training.get("best_epoch")
    tried = "penalty" if curves and "inverse_penalty" in curves[0] else "epoch"
    told = f"{spec.summary[:1].upper()}{spec.summary[1:]} ({spec.source})."
    if curves and best:
        stopped = _STOPPED.get(str(training.get("stopped")), "")
        told += f" Kept {tried} {best} of {len(curves)}{f' ({stopped})' if stopped else ''}."
    if (seconds := training.get("seconds")) is not None:
        told += f" Training took {_duration(seconds)}."
    return told


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _absent(inspection: Inspection) -> list[Block]:
    """Say which songs of the split could not be heard."""
    blocks: list[Block] = []
    gone = {part: n for part, n in inspection.gone.items() if n}
    if gone:
        told = ", ".join(f"{n} of {part}" for part, n in gone.items())
        blocks.append(NoteBlock("warning", f"Songs of its split that are not in this library any more: {told}."))
    if inspection.unheard:
        name, reason = next(iter(inspection.unheard.items()))
        n = len(inspection.unheard)
        blocks.append(NoteBlock("warning", f"{n} songs could not be heard, such as {name}: {reason}."))
    return blocks


def _training(inspection: Inspection) -> list[Block]:
    training = inspection.bundle.card.training
    curves, best = training.get("curves", ()), int(training.get("best_epoch", 0))
    if inspection.bundle.spec.parts:
        return [NoteBlock("plain", "An ensemble has no learning curves of its own; its parts were trained one by one.")]
    if not curves:
        return [NoteBlock("plain", "The bundle carries no learning curves.")]
    sliced = inspection.bundle.spec.kind == "crnn"
    by_penalty = "inverse_penalty" in curves[0]
    tried = "penalty" if by_penalty else "epoch"
    chosen = "validation loss"
    if by_penalty:
        chosen = "loss on songs that were held out" if _out_of_fold(inspection) else "validation accuracy"
    caption = f"The weights with the best {chosen} were kept (dotted line). Test songs play no part in it."
    wide = "A gap between training and validation is what was learnt by heart."
    return [
        FigureBlock(loss_curves(curves, best=best), f"Loss by {tried}", caption, f"{inspection.name}-loss", half=True),
        FigureBlock(
            accuracy_curves(curves, best=best, slices=sliced),
            f"Accuracy by {tried}",
            wide,
            f"{inspection.name}-accuracy",
            half=True,
        ),
    ]


def _out_of_fold(inspection: Inspection) -> bool:
    """Whether each song of training and validation was once held out to choose the penalty."""
    settings = inspection.bundle.spec.training
    return not (isinstance(settings, RegressionSettings) and settings.parts is None)


def _scores(run: Run, inspection: Inspection, styles: Mapping[str, LabelStyle], *, seed: int) -> list[Block]:
    judgement, name = inspection.judgement, inspection.name
    spreads = label_spreads(
        judgement.truth,
        judgement.estimate,
        n_labels=len(judgement.labels),
        rng=np.random.default_rng(seed),
        groups=run.grouped([song.track for song in inspection.part("test")]),
    )
    songs = judgement.scores["mean"]
    shown: list[Block] = [_readings(inspection)] if len(judgement.rows) > 1 else []
    n, narrow = len(judgement.truth), len(judgement.labels) <= MOST_LABELS_WITH_NUMBERS
    least = 150 + 22 * len(judgement.labels) if narrow else 700  # a phone scrolls sideways before cells get too small
    shown.append(
        FigureBlock(
            confusion_matrix(songs, unit="songs"),
            "Confusions of songs",
            f"{n} test songs. Rows: truth; columns: what they were called; the diagonal, green, is right. The "
            "fuller a cell, the larger its share of the row.",
            f"{name}-confusion-songs",
            half=narrow,
            min_width=least,
        )
    )
    if "slice" in judgement.scores:
        slices = judgement.scores["slice"]
        shown.append(
            FigureBlock(
                confusion_matrix(slices, unit="slices"),
                "Confusions of slices",
                f"The {slices.n_songs:,} slices of the same songs, each judged by itself.",
                f"{name}-confusion-slices",
                half=narrow,
                min_width=least,
            )
        )
    by_label = FigureBlock(
        label_scores(songs, styles=styles, spreads=spreads),
        "Recall and precision of each label",
        "Recall: how many of its songs were found. Precision: how many of the songs called it are its own. "
        "Lines are 95 % intervals.",
        f"{name}-labels",
        half=narrow and "slice" not in judgement.scores,
    )
    return [*shown, by_label, _label_table(songs, spreads)]


def _readings(inspection: Inspection) -> Block:
    words = _READINGS | (_FUSED if inspection.bundle.spec.parts else {})
    rows = [[words[reading], row.n_songs, *score_cells(row)] for reading, row in inspection.judgement.rows.items()]
    return TableBlock(
        ["what is judged", "number>", *SCORE_COLUMNS],
        rows,
        "Three readings of the same test songs",
        "Everything else in this report goes by the first. Intervals of slices go by whole songs at least.",
    )


def _label_table(scores: Scores, spreads: Sequence[LabelSpread]) -> Block:
    rows = [
        [
            one.label,
            one.n_songs,
            share_cell(one.recall, one.n_songs, spread.recall),
            one.n_estimated,
            share_cell(one.precision, one.n_estimated, spread.precision),
            f"{one.f1:.2f}",
            "not known" if spread.f1 is None else f"{spread.f1[0]:.2f} to {spread.f1[1]:.2f}",
        ]
        for one, spread in zip(scores.per_label, spreads, strict=True)
    ]
    return TableBlock(
        ["label", "test songs>", "recall, 95 %>", "called it>", "precision, 95 %>", "F1>", "95 %>"],
        rows,
        "Each label's scores",
        "Recall and precision have Wilson's interval, F1 the bootstrap's; both go by whole groups where songs hang "
        "together.",
    )


def _coefficients(inspection: Inspection) -> list[Block]:
    bundle = inspection.bundle.parts.get(METADATA_PART, inspection.bundle)
    if bundle.spec.kind != "metadata":
        return []
    ranked, counts = coefficients(bundle), bundle.card.songs["train"]
    largest = sorted(ranked, key=lambda label: -counts.get(label, 0))[:MOST_COEFFICIENTS]
    shown = {label: pairs for label, pairs in ranked.items() if label in largest}
    reach = 1.05 * max(abs(value) for pairs in shown.values() for _, value in pairs) or 1.0
    scaled = bundle.spec.standardise
    how = (
        "A coefficient is the change of the label's log-odds for one standard deviation of a column, or for an "
        "indicator being set."
        if scaled
        else "Columns are not scaled, so that coefficients of one column can be compared, and not those of two."
    )
    which = f"the {MOST_COEFFICIENTS} labels with most songs" if len(ranked) > len(shown) else "each label"
    which_one = "regression" if bundle is inspection.bundle else "part that reads tags"
    told = f"What the {which_one} goes by: the largest coefficients of {which}; green speaks for it, red against. {how}"
    name = inspection.name
    return [
        TextBlock(told),
        *(
            FigureBlock(coefficient_bars(pairs, reach=reach), label, "", f"{name}-coefficients-{label}", half=True)
            for label, pairs in shown.items()
        ),
    ]


def _mistakes(inspection: Inspection) -> list[Block]:
    found, n = mistakes(inspection), len(inspection.judgement.truth)
    if not found:
        return [NoteBlock("good", f"All {n} test songs were called rightly, so there is no mistake to list.")]
    rows = [
        [
            f"{one.probability:.0%}",
            one.song.track.display,
            inspection.bundle.labels[one.song.truth],
            one.called,
            "the truth" if one.rank == 2 else one.second,
            f"{one.truth_probability:.0%} (place {one.rank})",
        ]
        for one in found[:MOST_MISTAKES]
    ]
    second = sum(one.rank == 2 for one in found)
    more = f" The {MOST_MISTAKES} surest of them are listed." if len(found) > MOST_MISTAKES else ""
    return [
        TableBlock(
            ["how sure>", "song", "is from", "was called", "second choice", "the truth got>"],
            rows,
            "Mistakes, the surest first",
            f"{len(found)} of {n} test songs were called wrong; for {second} of them the truth was the second choice."
            f"{more}",
        )
    ]
