"""What is kept of a training: curves, the best weights, and a checkpoint after each epoch.

All of it is one Lightning callback, whose state is part of the checkpoint. A resumed training therefore goes on with
the curves and best weights that belong to the epoch it resumes from, never with more or less.

A record of the curves holds, for one epoch: ``epoch`` (from 1), ``train_loss`` and ``train_accuracy`` (slices, with
dropout), ``val_loss`` and ``val_slice_accuracy``, ``val_song_accuracy`` (mean log-probability) and
``val_song_vote_accuracy`` (the paper's vote), ``learning_rate`` and ``seconds``.
"""

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from typing_extensions import override

from earmark.training.checkpoint import checkpoint_path, prune_checkpoints
from earmark.training.curves import write_curves
from earmark.training.interrupts import Interrupt, TrainingInterrupted
from earmark.training.module import LabelModule
from earmark.training.songs import Progress, ProgressCallback


class Recorder(pl.Callback):
    """Keeps curves and best weights, writes checkpoints, tells progress, and ends training when asked.

    It must come after early stopping in Lightning's list, because it records whether that has decided to stop.

    Args:
        run_dir: Folder for checkpoints and curves.
        progress: Told of each step, or ``None``.
        interrupt: Looked at between steps.
    """

    def __init__(self, run_dir: Path, *, progress: ProgressCallback | None, interrupt: Interrupt) -> None:
        self._run_dir, self._progress, self._interrupt = run_dir, progress, interrupt
        self._began = 0.0
        self.curves: list[dict[str, float]] = []
        self.best_epoch = 0
        self.best_loss = math.inf
        self.best_weights: dict[str, torch.Tensor] = {}
        self.stopped_early = False

    @override
    def state_dict(self) -> dict[str, Any]:
        """What the checkpoint keeps."""
        return {
            "curves": self.curves,
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
            "best_weights": self.best_weights,
            "stopped_early": self.stopped_early,
        }

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what a checkpoint kept."""
        for name in self.state_dict():
            setattr(self, name, state_dict[name])

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Start an epoch's clock, and end where Ctrl-C was pressed."""
        self._interrupt.check()
        if batch_idx == 0:
            self._began = time.perf_counter()

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell how far the epoch is."""
        self._tell(trainer, pl_module, step=batch_idx + 1)

    @override
    def on_validation_batch_start(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """End where Ctrl-C was pressed."""
        self._interrupt.check()

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Record the epoch, and keep its weights where its validation loss is the best so far."""
        module = _label_module(pl_module)
        record = self._record(module, epoch=trainer.current_epoch + 1)
        self.curves.append(record)
        self.stopped_early = trainer.should_stop
        if record["val_loss"] < self.best_loss:
            self.best_loss, self.best_epoch = record["val_loss"], trainer.current_epoch + 1
            weights = module.network.state_dict()
            self.best_weights = {name: value.detach().cpu().clone() for name, value in weights.items()}

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the checkpoint, then the curves that it holds."""
        trainer.save_checkpoint(checkpoint_path(self._run_dir, len(self.curves)))
        prune_checkpoints(self._run_dir)
        write_curves(self._run_dir, self.curves)
        self._tell(trainer, pl_module, step=int(trainer.num_training_batches))

    def _record(self, module: LabelModule, *, epoch: int) -> dict[str, float]:
        trained, validated = module.trained, module.validated
        return {
            "epoch": epoch,
            "train_loss": trained.mean_loss,
            "train_accuracy": trained.accuracy,
            "val_loss": validated.mean_loss,
            "val_slice_accuracy": validated.accuracy,
            "val_song_accuracy": validated.mean_correct / validated.songs,
            "val_song_vote_accuracy": validated.vote_correct / validated.songs,
            "learning_rate": module.learning_rate,
            "seconds": time.perf_counter() - self._began,
        }

    def _tell(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *, step: int) -> None:
        if self._progress is None:
            return
        last: Mapping[str, float] = self.curves[-1] if self.curves else {}
        metrics = {**last, "train_loss": _label_module(pl_module).trained.mean_loss}
        steps, epochs = int(trainer.num_training_batches), int(trainer.max_epochs or 0)
        try:
            self._progress(Progress(trainer.current_epoch + 1, epochs, step, steps, metrics))
        except KeyboardInterrupt:
            raise TrainingInterrupted from None


def _label_module(module: pl.LightningModule) -> LabelModule:
    if not isinstance(module, LabelModule):
        raise TypeError(f"the recorder works with a LabelModule, got a {type(module).__name__}")
    return module
