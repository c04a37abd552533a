"""Jobs that make models: training one, and adding a label to one that is ready."""

from collections.abc import Mapping, Sequence
from typing import Any

from earmark.errors import InputError
from earmark.executors import ProcessExecutor
from earmark.library.library import Library
from earmark.models.bundle import load_bundle
from earmark.models.predict import FailedFile, FilePrediction, predict_files
from earmark.models.shelf import named_bundle
from earmark.similarity.vectors.indexing import load_facts
from earmark.similarity.vectors.sources import find_source
from earmark.training.songs import Progress
from earmark.training.train import TrainedModel, TrainingReports
from earmark.web.bundles.requests import AddLabelIn, TrainIn
from earmark.web.jobs.kinds import JobReporter
from earmark.web.jobs.telling import count_teller, features_teller

_SHOWN = (("train_loss", "loss"), ("val_loss", "validation loss"), ("val_song_accuracy", "validation accuracy"))


class EpochTeller:
    """Tells a training's progress, and each finished epoch once as a point of its curves.

    Args:
        report: Who is told.
        name: The model, for people.
    """

    def __init__(self, report: JobReporter, name: str) -> None:
        self._report, self._name, self._told = report, name, 0

    def resumed(self, records: Sequence[Mapping[str, float | None]]) -> None:
        """Tell the epochs that an earlier run has finished.

        Args:
            records: Their records.
        """
        for record in records:
            self._point(record)

    def progress(self, progress: Progress) -> None:
        """Tell where the training stands.

        Args:
            progress: Where it stands.
        """
        done = (progress.epoch - 1) * progress.steps + progress.step
        words = f"epoch {progress.epoch} of at most {progress.max_epochs}" if progress.max_epochs > 1 else ""
        shown = [f"{told} {progress.metrics[name]:.2f}" for name, told in _SHOWN if name in progress.metrics]
        self._report.progress(
            f"Training {self._name}", done, progress.max_epochs * progress.steps, ", ".join([words, *shown]).strip(", ")
        )
        self._point(progress.metrics)

    def _point(self, record: Mapping[str, float | None]) -> None:
        epoch = int(record.get("epoch") or 0)
        if epoch > self._told:
            self._told = epoch
            self._report.metrics(record)


def run_train(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Train a model; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: A `TrainIn`.
        report: Told of songs, epochs and curves.
    """
    from earmark.training.train import train

    wanted = TrainIn(**request)
    teller = EpochTeller(report, wanted.name or wanted.model)
    report.progress("Getting ready", 0, 0)
    reports = TrainingReports(features_teller(report), teller.progress, teller.resumed)
    opened = Library.open(library)
    trained = train(opened, wanted.request(), executor=ProcessExecutor(), reports=reports)
    return _trained(trained) | vectors_then(opened)


def _trained(trained: TrainedModel) -> dict[str, Any]:
    row, fit = trained.test.rows["mean"], trained.fit
    return {
        "bundle": trained.bundle.path.name,
        "accuracy": row.accuracy,
        "accuracy_interval": row.accuracy_interval.to_json(),
        "n_songs": row.n_songs,
        "stopped": fit.stopped,
        "best_epoch": fit.best_epoch,
        "epochs": len(fit.curves),
        "seconds": fit.seconds,
        "notes": list(trained.notes),
    }


def vectors_then(library: Library) -> dict[str, Any]:
    """Return, as ``then``, the job that makes the vectors of a library's newest model; nothing where they are there.

    Args:
        library: The library.
    """
    source = find_source(library)
    if load_facts(library.storage, source.key) is not None:
        return {}
    return {"then": {"kind": "embed", "title": f"Make the tracks comparable by {source.name}", "request": {}}}


def run_add_label(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Add a label to a ready bundle; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: An `AddLabelIn`.
        report: Told of tracks heard.
    """
    from earmark.training.add_label import add_label, check_name, target_of

    wanted, opened = AddLabelIn(**request), Library.open(library)
    bundle = load_bundle(named_bundle(opened, wanted.bundle))
    check_name(bundle, wanted.label)
    target = target_of(bundle.path, wanted.label, wanted.name)
    ids = set(wanted.audio_ids)
    paths = [track.path for track in opened.tracks() if track.audio_id in ids]

    listening = count_teller(report, "Listening")
    said = list(predict_files(bundle, paths, executor=ProcessExecutor(), progress=listening))
    heard = [one for one in said if isinstance(one, FilePrediction)]
    failures = [{"path": one.path, "reasons": one.reasons} for one in said if isinstance(one, FailedFile)]
    if not heard:
        raise InputError("none of these tracks could be heard; see Library for what is wrong with their files")
    made = add_label(bundle, wanted.label, sorted(heard, key=lambda one: one.track.path), target, library=opened)
    told = {"bundle": made.bundle.path.name, "label": made.newcomer.to_json(), "failures": failures}
    return told | vectors_then(opened)
