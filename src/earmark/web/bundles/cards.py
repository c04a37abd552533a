"""Trained models as the page is told them: from their cards, and from what was kept of their test songs.

Nothing here opens a model: a card is read in no time, and the numbers that take hearing come from a job.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence
from earmark.evaluation.conformal import DEFAULT_COVERAGE
from earmark.evaluation.split_file import DISJOINT
from earmark.models.card import BundleCard
from earmark.web.bundles.kept import KeptJudgement
from earmark.web.bundles.values import (
    BundleDetail,
    BundleOut,
    CalibrationOut,
    Curves,
    Judged,
    LabelScore,
    Reading,
    ScoreRow,
    SplitOut,
)

FEW_SONGS = 5
"""A label's scores on fewer test songs say next to nothing."""
OUT_OF_FOLD = "out-of-fold songs"
READINGS: tuple[tuple[Literal["mean", "vote", "slice"], str, str], ...] = (
    ("mean", "songs, by the mean of their slices", "songs, by all parts fused"),
    ("vote", "songs, by the vote of their slices", "songs, by the vote of the part that cuts slices"),
    ("slice", "slices by themselves", "slices of that part by themselves"),
)


@dataclass(frozen=True, slots=True)
class OpenedCard:
    """A bundle as far as it is known without opening its model.

    Attributes:
        path: Its folder.
        card: Its card.
        judgement: What it said of its test songs; None where they were not gone through.
        newest: Whether it is the library's newest.
    """

    path: Path
    card: BundleCard
    judgement: KeptJudgement | None
    newest: bool

    @property
    def added(self) -> tuple[str, ...]:
        """Labels that were added when it was ready, of which the scores on its card know nothing."""
        return self.card.labels[len(self.card.network_labels) :]

    @property
    def tested(self) -> dict[str, dict[str, Any]]:
        """Its scores on test songs by reading, as plain values; none where a label was added since.

        Those on the card are of the model without the label, and the label was set against the test songs as well.
        """
        return {} if self.added else dict(self.card.scores.get("test", {}))

    @property
    def confidence(self) -> Confidence | None:
        """How sure it is, where that is about all of its labels."""
        plain = self.card.confidence
        if plain is None or plain["n_labels"] != len(self.card.labels):
            return None
        return Confidence.from_json(plain)


def require_judgeable(card: BundleCard, name: str) -> None:
    """Refuse to judge a model on test songs that had a part in making it.

    Args:
        card: Its card.
        name: What it is called.

    Raises:
        InputError: A label was added to it, or it carries no split.
    """
    if "added" in card.training:
        raise InputError(
            f"a label was added to {name}, and was set against its test songs: they cannot judge it any more. How well "
            "the label can be told stands on its card; to judge all labels alike, train a model on all of them"
        )
    if not card.split:
        raise InputError(f"{name} carries no split, so its test songs are not known; train it again")


def score_row(plain: dict[str, Any]) -> ScoreRow:
    """A row of scores, from the plain values that `ComparisonRow.to_json` makes.

    Args:
        plain: The values.
    """
    return ScoreRow(**{name: plain[name] for name in ScoreRow.model_fields if name in plain})


def bundle_out(opened: OpenedCard) -> BundleOut:
    """A bundle as a line of the table of models.

    Args:
        opened: The bundle.
    """
    return BundleOut(**_shared_fields(opened))


def bundle_detail(opened: OpenedCard, *, report: bool) -> BundleDetail:
    """Everything that is known of a bundle.

    Args:
        opened: The bundle.
        report: Whether its full report is there.
    """
    card, judgement, confidence = opened.card, opened.judgement, opened.confidence
    return BundleDetail(
        **_shared_fields(opened),
        source=card.spec.source,
        readings=_readings(opened),
        per_label=_label_scores(opened),
        newcomers=[_newcomer(one) for one in card.training.get("added", ())],
        songs={part: dict(counts) for part, counts in card.songs.items()},
        curves=_curves(card),
        notes=[str(note) for note in card.training.get("notes", ())],
        temperature=None if confidence is None else confidence.temperature,
        held_back=None if confidence is None or confidence.open_set is None else confidence.open_set.sentence(),
        cannot=_cannot(card, confidence),
        parts=[part.name for part in card.spec.parts],
        versions=dict(card.versions),
        verdicts=None if judgement is None else Judged(**judgement.told),
        report=report,
    )


def _shared_fields(opened: OpenedCard) -> dict[str, Any]:
    card, spec = opened.card, opened.card.spec
    test = opened.tested.get("mean")
    return {
        "name": opened.path.name,
        "model": spec.name,
        "kind": spec.kind,
        "summary": spec.summary,
        "created": card.created,
        "newest": opened.newest,
        "labels": list(card.labels),
        "added": list(opened.added),
        "split": _split(card),
        "test": None if test is None else score_row(test["row"] | {"name": opened.path.name}),
        "baselines": [score_row(one) for one in card.scores.get("baselines", ())],
        "calibration": _calibration(opened.confidence),
        "told_apart": _told_apart(opened.judgement),
        "seconds": card.training.get("seconds"),
        "bytes": sum(file.stat().st_size for file in opened.path.rglob("*") if file.is_file()),
        "judged": opened.judgement is not None,
    }


def _split(card: BundleCard) -> SplitOut | None:
    split = card.split
    if not split:
        return None
    # Models that cross-fit learn from the validation songs too, once these were held out in turn.
    crossed = card.confidence is not None and card.confidence["source"] == OUT_OF_FOLD
    train, validation = len(split["train"]), len(split["validation"])
    return SplitOut(
        mode=split["mode"],
        words=DISJOINT[split["mode"]],
        seed=split["seed"],
        digest=str(split.get("digest", "")),
        learnt=train + (validation if crossed else 0),
        chosen_by=0 if crossed else validation,
        tested=len(split["test"]),
        notes=list(split["notes"]),
    )


def _calibration(confidence: Confidence | None) -> CalibrationOut | None:
    if confidence is None:
        return None
    plain = confidence.after.to_json()
    return CalibrationOut(**{name: plain[name] for name in CalibrationOut.model_fields})


def _told_apart(judgement: KeptJudgement | None) -> bool | None:
    """Whether the model is better for sure than every baseline."""
    if judgement is None:
        return None
    return all(one["better"] == one["first"] for one in judgement.told["differences"])


def _newcomer(told: dict[str, Any]) -> str:
    """How well an added label can be told, in a sentence."""
    auroc, found = told["auroc"], told["recall_interval"]
    sentence = (
        f"{told['name']} was added from {told['songs']} tracks by {told['artists']} groups of artists. It is told from "
        f"the others with an AUROC of {auroc['value']:.2f} (95 %: {auroc['low']:.2f} to {auroc['high']:.2f}), and "
        f"{told['recall']:.0%} of its tracks are found ({found['low']:.0%} to {found['high']:.0%})."
    )
    if told["before"] is None:
        return sentence
    others = f"Of {told['tested']} test songs of the other labels, {told['after']} are right now"
    return f"{sentence} {others}, {told['before']} were before."


def _readings(opened: OpenedCard) -> list[Reading]:
    card, judged = opened.card, opened.tested
    return [
        Reading(
            name=name,
            words=fused if card.spec.parts else words,
            row=score_row(judged[name]["row"]),
            labels=list(judged[name]["labels"]),
            confusion=judged[name]["confusion"],
        )
        for name, words, fused in READINGS
        if name in judged
    ]


def _label_scores(opened: OpenedCard) -> list[LabelScore]:
    scores, judgement = opened.tested.get("mean", {}).get("per_label", {}), opened.judgement
    spreads = {} if judgement is None else dict(zip(judgement.labels, judgement.spreads, strict=True))
    return [
        LabelScore(
            label=label,
            **told,
            recall_interval=spreads.get(label, {}).get("recall"),
            precision_interval=spreads.get(label, {}).get("precision"),
        )
        for label, told in scores.items()
    ]


def _curves(card: BundleCard) -> Curves | None:
    points = card.training.get("curves", ())
    if not points:
        return None
    return Curves(
        tried="penalty" if "inverse_penalty" in points[0] else "epoch",
        best=int(card.training.get("best_epoch", 0)),
        stopped=str(card.training.get("stopped", "")),
        points=[dict(point) for point in points],
    )


def _cannot(card: BundleCard, confidence: Confidence | None) -> list[str]:
    """What the model cannot tell, in sentences."""
    told = [f"It knows {len(card.labels)} labels. A song of any other label is called one of these, or none of them."]
    few = [label for label, count in card.songs.get("test", {}).items() if count < FEW_SONGS]
    if few:
        told.append(f"Fewer than {FEW_SONGS} test songs are by {_listed(few)}: how well it tells them is hardly known.")
    if confidence is None:
        told.append("How sure it is of a song is not known: too few songs were held out of its training to tell.")
    else:
        told += [note for note in [confidence.conformal.note(DEFAULT_COVERAGE)] if note]
    if confidence is None or confidence.open_set is None or not confidence.open_set.tells:
        told.append("Whether a song is like none of its labels: it has not shown that it can tell.")
    if not card.spec.stored and card.spec.kind == "metadata":
        told.append("It hears nothing: it goes by tempo, key and length alone.")
    return told


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
