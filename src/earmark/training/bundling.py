"""From a finished training to a model bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from earmark.evaluation.confidence import Confidence
from earmark.models.bundle import Bundle
from earmark.models.references import References
from earmark.models.saving import Told, save_bundle, save_ensemble
from earmark.training.songs import FitResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of a trained model beside its training.

    Attributes:
        split: The split that training kept to (mode, seed, hash), plain values for the card.
        scores: Scores with intervals, plain values for the card.
        test_songs: Test songs of each label, where it was tested.
        notes: What was decided or left out on the way, in sentences.
        confidence: How sure the model is, or None.
        references: What it remembers of its catalogue, or None.
    """

    split: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    test_songs: Mapping[str, int] | None = None
    notes: Sequence[str] = ()
    confidence: Confidence | None = None
    references: References | None = None


def bundle_result(result: FitResult, path: Path, context: Context | None = None) -> Bundle:
    """Save a trained model as a bundle and open it.

    Args:
        result: What `earmark.training.fit.fit` returned.
        path: The bundle's folder; an older bundle there is replaced.
        context: What else the card says.

    Raises:
        InputError: Something that is no bundle stands at the path.
        EarmarkError: The exported graph differs from the network; nothing was written.
    """
    context = context or Context()
    told = _told(result, context)
    if result.fusion is None:
        return save_bundle(path, model=result.network, spec=result.spec, labels=result.labels, told=told)
    own = replace(context, scores={}, confidence=None, references=None)
    parts = {name: (part.network, _told(part, own)) for name, part in result.parts.items()}
    return save_ensemble(path, spec=result.spec, labels=result.labels, parts=parts, fusion=result.fusion, told=told)


def _told(result: FitResult, context: Context) -> Told:
    return Told(
        songs={**result.songs, **({} if context.test_songs is None else {"test": context.test_songs})},
        slices=result.slices,
        training={
            "seed": result.seed,
            "best_epoch": result.best_epoch,
            "stopped": result.stopped,
            "seconds": result.seconds,
            "precision": result.precision,
            "curves": list(result.curves),
            "notes": list(context.notes),
        },
        split=context.split,
        scores=context.scores,
        confidence=context.confidence,
        references=context.references,
    )
