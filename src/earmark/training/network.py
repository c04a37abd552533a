"""Training of the networks (``crnn`` and ``mfcc`` models) in PyTorch Lightning."""

from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping

from earmark.errors import InputError, NothingLearntError
from earmark.models.inputs import FloatArray
from earmark.models.networks import build_network
from earmark.models.spec import TrainingSettings
from earmark.models.standardise import Standardise
from earmark.training.allocator import tune_allocator
from earmark.training.batches import EpochBatches, InputPool, RowPool, SlicePool, label_weights
from earmark.training.checkpoint import SafetensorsCheckpointIO, newest_checkpoint
from earmark.training.curves import write_curves
from earmark.training.interrupts import Interrupt, TrainingInterrupted, catching_interrupts
from earmark.training.module import LabelModule, ValidationSongs
from earmark.training.precision import available_precision
from earmark.training.quiet import quiet_lightning
from earmark.training.recorder import Recorder
from earmark.training.songs import FitRequest, FitResult, Stopped

_LIGHTNING_PRECISION = {"float32": "32-true", "bfloat16": "bf16-mixed"}


def fit_network(request: FitRequest) -> FitResult:
    """Train a network, from where an earlier run in the same folder left off.

    Raises:
        InputError: The songs do not fit the model, or every checkpoint is damaged.
        NothingLearntError: Training ended before an epoch was validated, or its loss is not a finite number.
    """
    tune_allocator()
    with catching_interrupts() as interrupt, _own_random_state(), quiet_lightning():
        torch.manual_seed(request.seed)
        try:
            return _Run(request, interrupt).finish()
        except TrainingInterrupted:  # a second Ctrl-C outside of the training loop
            raise KeyboardInterrupt from None


class _Run:
    """One training, put together from a request."""

    def __init__(self, request: FitRequest, interrupt: Interrupt) -> None:
        self._request = request
        self._settings = _settings(request)
        pool = _pool(request, self._settings)
        self._batches = EpochBatches(
            pool,
            request.train.labels,
            batch_size=self._settings.batch_size,
            seed=request.seed,
            epoch=lambda: self._trainer.current_epoch,
        )
        self._recorder = Recorder(request.run_dir, progress=request.progress, interrupt=interrupt)
        network = build_network(request.spec, len(request.labels))
        if request.spec.standardise and isinstance(pool, RowPool):
            cast(Standardise, network.standardise).set_statistics(pool.rows)
        self._module = LabelModule(
            network,
            ValidationSongs(request.spec, request.validation),
            settings=self._settings,
            loss_weights=self._loss_weights(),
            seed=request.seed,
        )
        on_gpu = _on_gpu(request)
        self._precision = available_precision(self._settings.precision, on_gpu=on_gpu)
        self._trainer = self._lightning(on_gpu=on_gpu)

    def finish(self) -> FitResult:
        """Train to the end, unless an earlier run already did, and return the best weights."""
        found = newest_checkpoint(self._request.run_dir)
        if found is not None:
            self._recorder.load_state_dict(_recorder_state(found[1]))
            # A kill may have come between the checkpoint and the curves that it holds.
            write_curves(self._request.run_dir, self._recorder.curves)
        stopped = self._stopped()
        if stopped is None:
            stopped = self._train(None if found is None else str(found[0]))
        return self._result(stopped)

    def _train(self, checkpoint: str | None) -> Stopped:
        try:
            self._trainer.fit(
                self._module,
                train_dataloaders=self._batches,
                val_dataloaders=self._module.songs,
                ckpt_path=checkpoint,
            )
        except TrainingInterrupted:
            return "interrupted"
        return self._stopped() or "max_epochs"

    def _stopped(self) -> Stopped | None:
        """Why training is over, or ``None`` where it is not."""
        if self._recorder.stopped_early:
            return "early"
        return "max_epochs" if len(self._recorder.curves) >= self._settings.max_epochs else None

    def _loss_weights(self) -> FloatArray:
        n_labels = len(self._request.labels)
        if not self._settings.balanced:
            return np.ones(n_labels, dtype=np.float32)
        return label_weights(self._batches.inputs_per_label(n_labels))

    def _lightning(self, *, on_gpu: bool) -> pl.Trainer:
        settings = self._settings
        early = EarlyStopping("val_loss", patience=settings.patience, check_on_train_epoch_end=False)
        options: dict[str, Any] = {
            "accelerator": "gpu" if on_gpu else "cpu",
            "devices": 1,
            "precision": _LIGHTNING_PRECISION[self._precision],
            "plugins": [SafetensorsCheckpointIO()],
            "callbacks": [early, self._recorder],
            "max_epochs": settings.max_epochs,
            "num_sanity_val_steps": 0,
            "use_distributed_sampler": False,
            "default_root_dir": str(self._request.run_dir),
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
        }
        return pl.Trainer(**options)

    def _result(self, stopped: Stopped) -> FitResult:
        recorder, request = self._recorder, self._request
        if not recorder.best_weights:
            interrupted = stopped == "interrupted" and not recorder.curves
            raise NothingLearntError(_nothing_trained(interrupted=interrupted), interrupted=interrupted)
        network = self._module.network.cpu()
        network.load_state_dict(recorder.best_weights)
        return FitResult(
            spec=request.spec,
            labels=request.labels,
            seed=request.seed,
            model=network.eval(),
            curves=tuple(recorder.curves),
            best_epoch=recorder.best_epoch,
            stopped=stopped,
            seconds=sum(record["seconds"] for record in recorder.curves),
            precision=self._precision,
            songs=request.songs_per_label(),
            slices=self._slices_per_label(),
        )

    def _slices_per_label(self) -> dict[str, dict[str, int]]:
        labels = self._request.labels
        train = self._batches.inputs_per_label(len(labels))
        validation = self._module.songs.inputs_per_label(len(labels))
        return {
            part: {label: int(n) for label, n in zip(labels, counts, strict=True)}
            for part, counts in (("train", train), ("validation", validation))
        }


def _nothing_trained(*, interrupted: bool) -> str:
    if interrupted:
        return "training was interrupted before its first epoch was validated, so there is no model yet; run it again"
    return (
        "the validation loss was not a finite number in any epoch, so no weights could be kept; "
        "lower the learning rate, or look for NaN in the features"
    )


def _settings(request: FitRequest) -> TrainingSettings:
    if not isinstance(request.spec.training, TrainingSettings):
        raise InputError(f"model {request.spec.name} is not a network")
    return request.spec.training


def _pool(request: FitRequest, settings: TrainingSettings) -> InputPool:
    if request.spec.kind == "crnn":
        return SlicePool(request.spec, request.train, slices_per_song=settings.slices_per_song)
    return RowPool(request.spec, request.train)


def _on_gpu(request: FitRequest) -> bool:
    available = torch.cuda.is_available()
    if request.accelerator == "gpu" and not available:
        raise InputError("training on a GPU was asked for, but torch finds none here; take accelerator 'cpu'")
    return available and request.accelerator != "cpu"


def _own_random_state() -> Any:
    """A scope that puts torch's random state back at its end."""
    return torch.random.fork_rng(devices=range(torch.cuda.device_count()))


def _recorder_state(checkpoint: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = checkpoint["callbacks"][Recorder.__qualname__]
    return state
