"""One network under Lightning: the loss of slices while training, the shared song path while validating."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import nn
from typing_extensions import override

from earmark.errors import InputError
from earmark.models.inputs import FloatArray, SongInputs, song_inputs
from earmark.models.networks import TorchClassifier
from earmark.models.song import SongPrediction, predict_song
from earmark.models.spec import ModelSpec, TrainingSettings
from earmark.training.batches import Batch, dropout_seed
from earmark.training.songs import SongSet


class ValidationSongs:
    """The validation songs in order, each as its index; songs of one input are read once and kept.

    Args:
        spec: The model.
        songs: The songs with their labels.
    """

    def __init__(self, spec: ModelSpec, songs: SongSet) -> None:
        self.spec, self.songs = spec, songs
        self._kept: dict[int, SongInputs] = {}

    def __len__(self) -> int:
        return len(self.songs.labels)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def inputs(self, index: int) -> SongInputs:
        """What the model reads of one song."""
        if self.spec.kind == "crnn":
            return song_inputs(self.spec, self.songs.songs, index)
        if index not in self._kept:
            self._kept[index] = song_inputs(self.spec, self.songs.songs, index)
        return self._kept[index]

    def inputs_per_label(self, n_labels: int) -> NDArray[np.int64]:
        """Slices of each label, shape (labels,)."""
        frames, source, settings = self.spec.slice_frames, self.songs.songs, self.spec.features
        counts = np.ones(len(self), dtype=np.int64)
        if frames is not None and settings is not None:
            counts = np.asarray([max(1, len(source.features(i, settings)) // frames) for i in self], dtype=np.int64)
        return np.bincount(self.songs.labels, weights=counts, minlength=n_labels).astype(np.int64)


@dataclass(slots=True)
class Tally:
    """Sums over an epoch, from which its means come.

    Attributes:
        loss: Weighted sum of negative log-probabilities.
        weight: Sum of weights.
        correct: Slices classified rightly.
        slices: Slices seen.
        songs: Songs seen.
        mean_correct: Songs whose mean log-probability is right.
        vote_correct: Songs whose vote is right.
    """

    loss: float = 0.0
    weight: float = 0.0
    correct: int = 0
    slices: int = 0
    songs: int = 0
    mean_correct: int = 0
    vote_correct: int = 0

    def add_song(self, prediction: SongPrediction, label: int, *, weight: float) -> None:
        """Count one validation song and its slices."""
        log_probs = prediction.slice_log_probs.astype(np.float64)
        n = len(log_probs)
        self.loss -= weight * float(log_probs[:, label].sum())
        self.weight += weight * n
        self.correct += int((log_probs.argmax(axis=1) == label).sum())
        self.slices += n
        self.songs += 1
        self.mean_correct += prediction.mean.label == label
        self.vote_correct += prediction.vote.label == label

    @property
    def mean_loss(self) -> float:
        """Weighted mean of the loss over slices; NaN before the first."""
        return self.loss / self.weight if self.weight else float("nan")

    @property
    def accuracy(self) -> float:
        """Share of slices classified rightly; NaN before the first."""
        return self.correct / self.slices if self.slices else float("nan")


class LabelModule(pl.LightningModule):
    """Lightning's view of a network that tells labels apart.

    Args:
        network: The network that learns.
        validation: The validation songs.
        settings: How it is trained.
        loss_weights: Weight of each label's loss, float32 of shape (labels,).
        seed: Seed of the whole training; dropout in an epoch depends on it and on the epoch only.
    """

    def __init__(
        self,
        network: nn.Module,
        validation: ValidationSongs,
        *,
        settings: TrainingSettings,
        loss_weights: FloatArray,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.songs, self._settings, self._seed = validation, settings, seed
        self._loss_weights = torch.from_numpy(loss_weights)
        self._classifier = TorchClassifier(network)
        self.trained, self.validated = Tally(), Tally()

    @property
    def learning_rate(self) -> float:
        """Adam's step size in the current epoch."""
        return self._settings.learning_rate * self._settings.learning_rate_decay**self.current_epoch

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam as Keras sets it up, whose epsilon is 1e-7."""
        return torch.optim.Adam(self.parameters(), lr=self._settings.learning_rate, eps=1e-7)

    @override
    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """At an epoch's first step, bring everything random or scheduled to where (seed, epoch) puts it."""
        if batch_idx != 0:
            return
        torch.manual_seed(dropout_seed(self._seed, self.current_epoch))
        self.trained = Tally()
        for optimizer in self.trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.learning_rate

    @override
    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        """Mean over the batch of the weighted cross-entropy."""
        inputs, labels = batch
        logits = self.network(inputs).float()
        losses = nn.functional.cross_entropy(logits, labels, reduction="none")
        loss = (losses * self._loss_weights.to(logits.device)[labels]).mean()
        self._count_step(loss, logits, labels)
        return loss

    def _count_step(self, loss: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor) -> None:
        n = len(labels)
        self.trained.loss += float(loss.detach()) * n
        self.trained.weight += n
        self.trained.correct += int((logits.detach().argmax(dim=1) == labels).sum())
        self.trained.slices += n

    @override
    def on_validation_epoch_start(self) -> None:
        """Begin to count anew."""
        self.validated = Tally()

    @override
    def validation_step(self, song: int, batch_idx: int) -> None:
        """Classify one validation song by the path that prediction takes."""
        label = int(self.songs.songs.labels[song])
        prediction = predict_song(self._classifier, self.songs.inputs(song))
        self.validated.add_song(prediction, label, weight=float(self._loss_weights[label]))

    @override
    def on_validation_epoch_end(self) -> None:
        """Hand the validation loss to early stopping.

        Raises:
            InputError: No validation song has a label that training has, so there is no loss to go by.
        """
        if self.validated.weight == 0:
            raise InputError("no validation song has a label that is in training; take another split")
        self.log("val_loss", self.validated.mean_loss, prog_bar=False, logger=False, batch_size=1)
