"""What training is given, what it tells on the way, and what it returns. Nothing here imports torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.inputs import SongSource
from earmark.models.spec import ModelSpec, Precision

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class SongSet:
    """Songs with their labels.

    Attributes:
        songs: Where the songs are read from.
        labels: Label index of each song, integers of shape (songs,).
    """

    songs: SongSource
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.labels.shape != (len(self.songs),) or not np.issubdtype(self.labels.dtype, np.integer):
            raise InputError(
                f"expected one whole-number label for each of {len(self.songs)} songs, "
                f"got {self.labels.dtype} of shape {self.labels.shape}"
            )

    def check(self, labels: Sequence[str], *, part: str) -> None:
        """Refuse an empty set and label indices that have no name.

        Args:
            labels: The labels' names.
            part: What the set is for, as the message calls it.

        Raises:
            InputError: The set is empty or has a label index outside the names.
        """
        if len(self.labels) == 0:
            raise InputError(f"there is no song for {part}; take more songs or another split")
        if self.labels.min() < 0 or self.labels.max() >= len(labels):
            raise InputError(
                f"label indices for {part} must be from 0 to {len(labels) - 1} for the {len(labels)} labels, "
                f"got {self.labels.min()} to {self.labels.max()}"
            )

    def songs_per_label(self, labels: Sequence[str]) -> dict[str, int]:
        """Number of songs of each label, in the labels' order."""
        counts = np.bincount(self.labels, minlength=len(labels))
        return {label: int(count) for label, count in zip(labels, counts, strict=True)}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training stands.

    Attributes:
        epoch: Current epoch, from 1.
        max_epochs: Epochs at most.
        step: Steps done in this epoch.
        steps: Steps in an epoch.
        metrics: Newest numbers: ``train_loss`` of this epoch so far, and the last epoch's record once there is one.
    """

    epoch: int
    max_epochs: int
    step: int
    steps: int
    metrics: Mapping[str, float]


ProgressCallback = Callable[[Progress], None]
"""Called after each step and each epoch."""

Stopped = Literal["early", "max_epochs", "interrupted"]
"""Why training ended: patience ran out, all epochs were done, or Ctrl-C."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """A trained model and how it came about.

    Attributes:
        spec: What was trained.
        labels: Names of the labels, in the order of the outputs.
        seed: Seed of the training.
        model: The network with the best validation weights, in evaluation mode on the CPU.
        curves: One record per epoch (per penalty for a regression), in order; see `earmark.training.recorder`.
        best_epoch: Number of the kept epoch, from 1 (for a regression: of the kept penalty).
        stopped: Why training ended.
        seconds: Time spent training and validating, over all runs where it was resumed.
        precision: Arithmetic that was used, after any fall-back.
        songs: Songs of each label, by part: ``train`` and ``validation``.
        slices: Inputs of each label, by part; for training those of one epoch.
    """

    spec: ModelSpec
    labels: tuple[str, ...]
    seed: int
    model: "nn.Module"
    curves: tuple[Mapping[str, float], ...]
    best_epoch: int
    stopped: Stopped
    seconds: float
    precision: Precision
    songs: Mapping[str, Mapping[str, int]]
    slices: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class FitRequest:
    """Everything one training needs, as `earmark.training.fit.fit` was given it.

    Attributes:
        spec: What to train.
        train: Songs to learn from.
        validation: Songs that choose the best weights.
        labels: Names of the labels.
        seed: Seed of weights, order, places and dropout.
        run_dir: Folder for checkpoints and curves.
        progress: Told of each step.
        accelerator: ``"cpu"``, ``"gpu"`` or ``"auto"``, as Lightning takes it.
    """

    spec: ModelSpec
    train: SongSet
    validation: SongSet
    labels: tuple[str, ...]
    seed: int
    run_dir: Path
    progress: ProgressCallback | None
    accelerator: Literal["auto", "cpu", "gpu"]

    def songs_per_label(self) -> dict[str, dict[str, int]]:
        """Songs of each label, by part."""
        return {
            "train": self.train.songs_per_label(self.labels),
            "validation": self.validation.songs_per_label(self.labels),
        }
