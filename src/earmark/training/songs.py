"""What training is given, what it tells on the way, and what it returns. Nothing here imports torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.split_file import PartName
from earmark.library.rows import StoredFeature
from earmark.models.fusion import Fusion
from earmark.models.inputs import SongMetadata, SongSource
from earmark.models.spec import ModelSpec, Precision

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class SongSet:
    """Songs with their labels.

    Attributes:
        songs: Where the songs are read from.
        labels: Label index of each song, integers of shape (songs,).
        groups: Number of the group of songs that each hangs together with, as the split kept them, int64 of shape
            (songs,); None where songs stand alone.
    """

    songs: SongSource
    labels: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.groups is not None and self.groups.shape != self.labels.shape:
            raise InputError(f"expected a group for each of {len(self.labels)} songs, got {self.groups.shape}")
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
class SomeSongs:
    """Songs chosen out of several sources, as one `earmark.models.inputs.SongSource`.

    Attributes:
        sources: Where the songs are read from.
        places: For each song its source's place and its index there, in order.
    """

    sources: tuple[SongSource, ...]
    places: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.places)

    def features(self, index: int, settings: StoredFeature) -> NDArray[np.float16]:
        """What is stored of one song."""
        source, at = self.places[index]
        return self.sources[source].features(at, settings)

    def metadata(self, index: int) -> SongMetadata:
        """Tempo, key and length of one song."""
        source, at = self.places[index]
        return self.sources[source].metadata(at)


def joined(*sets: SongSet) -> SongSet:
    """All songs of several sets, one set after another; groups with one number are one group."""
    places = tuple((at, index) for at, one in enumerate(sets) for index in range(len(one.songs)))
    groups = None
    if all(one.groups is not None for one in sets):
        groups = np.concatenate([one.groups for one in sets if one.groups is not None])
    labels = np.concatenate([one.labels for one in sets])
    return SongSet(SomeSongs(tuple(one.songs for one in sets), places), labels, groups)


def chosen(songs: SongSet, where: NDArray[np.int64]) -> SongSet:
    """The songs of a set at some places, in their order.

    Args:
        songs: The set.
        where: Places in it, int64 of shape (n,).
    """
    places = tuple((0, int(index)) for index in where)
    groups = None if songs.groups is None else songs.groups[where]
    return SongSet(SomeSongs((songs.songs,), places), songs.labels[where], groups)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What a training said of songs that it had not learnt, by which its probabilities are made honest.

    Attributes:
        log_probs: Natural log-probabilities of songs, float64 of shape (songs, labels).
        truth: Label index of each, int64 of shape (songs,).
        groups: Group of each, or None where songs stand alone.
        out_of_fold: Whether every song of training and validation is there, each said by a model that had not learnt
            it; else they are the validation songs, by which the best epoch was chosen as well.
    """

    log_probs: NDArray[np.float64]
    truth: NDArray[np.int64]
    groups: NDArray[np.int64] | None
    out_of_fold: bool


@dataclass(frozen=True, slots=True, eq=False)
class WithoutLabel:
    """What a model that had never learnt a label said of songs that it had not learnt.

    Attributes:
        label: Index of the label that was left out.
        log_probs: Natural log-probabilities of all songs, float64 of shape (songs, labels), -inf for the label.
        truth: Label index of each, int64 of shape (songs,).
        asked: Which songs it had not learnt, bool of shape (songs,): the label's, and some others; the rest of
            ``log_probs`` says nothing.
    """

    label: int
    log_probs: NDArray[np.float64]
    truth: NDArray[np.int64]
    asked: NDArray[np.bool_]


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
        model: The network with the best validation weights, in evaluation mode on the CPU; None for an ensemble.
        curves: One record per epoch (per penalty for a regression), in order; see `earmark.training.recorder`.
        best_epoch: Number of the kept epoch, from 1 (for a regression: of the kept penalty).
        stopped: Why training ended.
        seconds: Time spent training and validating, over all runs where it was resumed.
        precision: Arithmetic that was used, after any fall-back.
        songs: Songs of each label, by part: ``train`` and ``validation``.
        slices: Inputs of each label, by part; for training those of one epoch.
        held_out: What it said of songs it had not learnt; None where it was not asked.
        without_label: For each label what a model that had never learnt it said of songs; empty where it was not asked.
        parts: By name the parts of an ensemble, each trained; empty for a single model.
        fusion: How the parts are fused; None for a single model.
    """

    spec: ModelSpec
    labels: tuple[str, ...]
    seed: int
    model: "nn.Module | None"
    curves: tuple[Mapping[str, float], ...]
    best_epoch: int
    stopped: Stopped
    seconds: float
    precision: Precision
    songs: Mapping[str, Mapping[str, int]]
    slices: Mapping[str, Mapping[str, int]]
    held_out: HeldOut | None = None
    without_label: "tuple[WithoutLabel, ...]" = ()
    parts: "Mapping[str, FitResult]" = field(default_factory=dict)
    fusion: Fusion | None = None

    @property
    def network(self) -> "nn.Module":
        """The trained network of a single model.

        Raises:
            InputError: It is an ensemble, which has one in each part.
        """
        if self.model is None:
            raise InputError(f"{self.spec.name} is an ensemble: its networks are in its parts")
        return self.model


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

    def parts(self) -> dict[PartName, SongSet]:
        """The songs to learn from and those for validation, by name."""
        return {"train": self.train, "validation": self.validation}

    def all_songs(self) -> SongSet:
        """Training songs, then validation songs."""
        return joined(self.train, self.validation)

    def songs_per_label(self) -> dict[str, dict[str, int]]:
        """Songs of each label, by part."""
        return {
            "train": self.train.songs_per_label(self.labels),
            "validation": self.validation.songs_per_label(self.labels),
        }
