"""From a finished training to a model bundle."""

from collections.abc import Mapping
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
) -> Bundle:
    """Save a trained model as a bundle and open it.

    Args:
        result: What `earmark.training.fit.fit` returned.
        path: The bundle's folder; an older bundle there is replaced.
        split: The split that training kept to (mode, seed, hash), plain values for the card.
        scores: Scores with intervals, plain values for the card.

    Raises:
        InputError: Something that is no bundle stands at the path.
        EarmarkError: The exported graph differs from the network; nothing was written.
    """
    return save_bundle(
        path,
        model=result.model,
        spec=result.spec,
        labels=result.labels,
        songs=result.songs,
        slices=result.slices,
        training={
            "seed": result.seed,
            "best_epoch": result.best_epoch,
            "stopped": result.stopped,
            "seconds": result.seconds,
            "precision": result.precision,
            "curves": list(result.curves),
        },
        split=split,
        scores=scores,
    )
