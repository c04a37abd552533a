"""The part of a run's report that is about an ensemble's parts: their weights, and what each of them says."""

import numpy as np
from numpy.typing import NDArray

from earmark.comparing.folding import fewer_parts
from earmark.comparing.parts import WITHOUT
from earmark.evaluation.metrics import score
from earmark.models.fusion import Fusion
from earmark.models.inspection import Inspection
from earmark.report.comparison_figures import recall_by_label
from earmark.report.page import Block, FigureBlock, TableBlock

COLUMNS = ("part", "weight>", "alone right>", "ensemble without it right>", "says nothing of>")


def part_blocks(inspection: Inspection) -> list[Block]:
    """Tell of an ensemble's parts on the test songs; nothing of a single model.

    Args:
        inspection: The model with all that it says of its split.
    """
    card, tested = inspection.bundle.card, inspection.part("test")
    if card.fusion is None:
        return []
    fusion, truth = Fusion.from_json(card.fusion), np.array([song.truth for song in tested], dtype=np.int64)
    predictions, names = [song.prediction for song in tested], [part.name for part in inspection.bundle.spec.parts]
    fewer, weights = fewer_parts(fusion, predictions), fusion.of(names)
    alone = {name: _alone(name, inspection) for name in names}
    rows = []
    for name in names:
        asked = alone[name] >= 0
        without = fewer.get(f"{WITHOUT}{name}")
        rows.append([
            name,
            f"{weights[name]:.2f}",
            _share(alone[name][asked], truth[asked]),
            "" if without is None else _share(without.argmax(axis=1), truth),
            f"{np.count_nonzero(~asked)} of {len(tested)}",
        ])  # fmt: skip
    return [
        TableBlock(
            COLUMNS,
            rows,
            "Parts of the ensemble",
            "The verdict is the sum of the parts' log-probabilities by these weights, which were chosen on songs that "
            "no part had learnt. A part that says nothing of a song, such as tags that are not there, is left out and "
            "the others are weighted anew. Shares are of the test songs.",
        ),
        *_by_label(inspection, alone, truth),
    ]


def _alone(name: str, inspection: Inspection) -> NDArray[np.int64]:
    """What one part by itself calls the test songs; -1 where it says nothing."""
    said = [song.prediction.parts.get(name) for song in inspection.part("test")]
    return np.array([-1 if one is None else int(one.argmax()) for one in said], dtype=np.int64)


def _share(called: NDArray[np.int64], truth: NDArray[np.int64]) -> str:
    return "" if called.size == 0 else f"{np.mean(called == truth):.0%}"


def _by_label(inspection: Inspection, alone: dict[str, NDArray[np.int64]], truth: NDArray[np.int64]) -> list[Block]:
    """Recall by label of the ensemble and of the parts that speak of every song."""
    labels = inspection.bundle.labels
    scores = {inspection.name: inspection.judgement.scores["mean"]}
    scores |= {name: score(truth, called, labels) for name, called in alone.items() if (called >= 0).all()}
    if len(scores) < 2:
        return []
    caption = "Recall of the ensemble, and of each part by itself that says something of every test song."
    key = f"{inspection.name}-parts"
    return [FigureBlock(recall_by_label(scores), "Which part hears which label", caption, key, min_width=560)]
