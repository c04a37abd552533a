"""From a finished training to a model bundle."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from earmark.models.bundle import Bundle
from earmark.models.saving import save_bundle
from earmark.training.songs import FitResult


def bundle_result(
    result: FitResult,
    path: Path,
    *,
    split: Mapping[str, Any] | None = None,
    scores: Mapping[str, Any] | None = None,
    test_songs: Mapping[str, int] | None = None,
    notes: Sequence[str] = (),
) -> Bundle:
    """Save a trained model as a bundle and open it.

    Args:
        result: What `earmark.training.fit.fit` returned.
        path: The bundle's folder; an older bundle there is replaced.
        split: The split that training kept to (mode, seed, hash), plain values for the card.
        scores: Scores with intervals, plain values for the card.
        test_songs: Test songs of each label, where it was tested.
        notes: What was decided or left out on the way, in sentences.

    Raises:
        InputError: Something that is no bundle stands at the path.
        EarmarkError: The exported graph differs from the network; nothing was written.
    """
    return save_bundle(
        path,
        model=result.model,
        spec=result.spec,
        labels=result.labels,
        songs={**result.songs, **({} if test_songs is None else {"test": test_songs})},
        slices=result.slices,
        training={
            "seed": result.seed,
            "best_epoch": result.best_epoch,
            "stopped": result.stopped,
            "seconds": result.seconds,
            "precision": result.precision,
            "curves": list(result.curves),
            "notes": list(notes),
        },
        split=split,
        scores=scores,
    )
