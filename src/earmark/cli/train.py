"""``earmark train``: learn labels from the library and save a judged model bundle."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.console import note, out, print_json, progress_bar
from earmark.cli.options import (
    GenreOption,
    JobsOption,
    JsonOption,
    LabelsOption,
    LibraryOption,
    SinceOption,
    UntilOption,
    make_selection,
)
from earmark.cli.tables import label_table, scores_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from earmark.cli.console import Advance
    from earmark.evaluation.splits import Split
    from earmark.library.library import Library
    from earmark.training.songs import FitResult, Progress
    from earmark.training.train import TrainedModel, TrainRequest


class SplitBy(StrEnum):
    """What training and test must not share."""

    artist = "artist"
    release = "release"
    song = "song"
    by_label = "by-label"


DEFAULT_MODEL_NAME = "earmark"
"""`earmark.models.registry.DEFAULT_MODEL`, spelt out: importing it would slow every command's start."""

ModelOption = Annotated[
    str,
    typer.Option("--model", "-m", help="Model to train: earmark, ensemble, crnn ...; `earmark models` lists all."),
]
SplitOption = Annotated[
    SplitBy | None,
    typer.Option(
        "--split",
        help="What training and test must not share. Artist-disjoint where artists are known, and that is the honest "
        "one: a look-up of artists' names, no sound at all, does well on the others. by-label takes for each label the "
        "strictest that its songs allow.",
        show_default=False,
    ),
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Seed of the split, the weights and all else left to chance.")
]
TestOption = Annotated[
    float, typer.Option("--test-fraction", min=0.01, max=0.9, help="Share of the songs for the test (study: 0.1).")
]
ValidationOption = Annotated[
    float,
    typer.Option(
        "--validation-fraction", min=0.01, max=0.9, help="Share of the other songs for validation (study: 0.1)."
    ),
]
SplitFileOption = Annotated[
    Path | None,
    typer.Option(
        "--split-file",
        help="A JSON file with a split: where it is there, its songs are used (and refused if they leak); where it is "
        "not, the new split is saved in it, with its seed.",
        show_default=False,
    ),
]


def train(
    model: ModelOption = DEFAULT_MODEL_NAME,
    labels: LabelsOption = None,
    split: SplitOption = None,
    seed: SeedOption = 0,
    genre: GenreOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    test_fraction: TestOption = 0.2,
    validation_fraction: ValidationOption = 0.15,
    split_file: SplitFileOption = None,
    slice_seconds: Annotated[
        float | None,
        typer.Option(
            "--slice-seconds",
            help="Length of the slices that a network hears (published for the CRNN: 1, 3, 5, 10, 20, 30).",
        ),
    ] = None,
    max_epochs: Annotated[int | None, typer.Option("--max-epochs", min=1, help="Epochs at most.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the bundle in the library; the model's where not given.")
    ] = None,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a model, judge it on songs that training never saw, and save it as a bundle.

    Scores come with 95 % intervals and with the baselines that any claim needs beside it. Ctrl-C keeps the best so
    far; after a kill, the same command goes on from the last finished epoch.

    Examples:

        earmark train
        earmark train --model ensemble
        earmark train --model metadata --labels Anjunabeats,FSOE,WAO138,Coldharbour --seed 1
        earmark train --model crnn-study --genre Trance --since 2018-01-01 --until 2019-03-31
    """
    from earmark.errors import InputError
    from earmark.executors import ProcessExecutor
    from earmark.library.library import Library
    from earmark.models.registry import adjusted_spec
    from earmark.training.train import TrainRequest

    ready_split = _load_split(split_file, split)
    if ready_split is not None and (labels or genre or since or until):
        raise InputError(f"{split_file} already says which songs are used; drop --labels, --genre, --since and --until")
    request = TrainRequest(
        spec=adjusted_spec(model, slice_seconds=slice_seconds, max_epochs=max_epochs),
        selection=make_selection(labels, genre, since, until),
        mode=None if split is None else split.value,
        split=ready_split,
        seed=seed,
        test_fraction=test_fraction,
        validation_fraction=validation_fraction,
        name=name,
    )
    trained = run_training(Library.open(library), request, quiet=as_json, executor=ProcessExecutor(jobs))
    if split_file is not None and request.split is None:
        trained.split.save(split_file)
    if as_json:
        print_json({"bundle": str(trained.bundle.path), **trained.bundle.card.to_json()})
    else:
        show_trained(trained)


def _load_split(path: Path | None, asked: SplitBy | None) -> "Split | None":
    """Read a split file, where there is one.

    Raises:
        SplitError: It is no split.
        InputError: It is of another kind than the one that was asked for.
    """
    from earmark.errors import InputError
    from earmark.evaluation.split_file import DISJOINT
    from earmark.evaluation.splits import Split

    if path is None or not path.exists():
        return None
    split = Split.load(path)
    if asked is not None and asked.value != split.mode:
        raise InputError(f"{path} is a {DISJOINT[split.mode]} split, but --split {asked.value} was asked for; drop one")
    return split


def run_training(library: "Library", request: "TrainRequest", *, quiet: bool, executor: Any) -> "TrainedModel":
    """Train with progress bars."""
    from earmark.cli.scan import scan_reporter
    from earmark.training.train import TrainingReports
    from earmark.training.train import train as train_model

    with (
        progress_bar("Computing missing features", quiet=quiet) as features,
        progress_bar(f"Training {request.spec.name}", quiet=quiet) as epochs,
    ):
        reports = TrainingReports(scan_reporter(features), epoch_reporter(epochs))
        return train_model(library, request, executor=executor, reports=reports)


def epoch_reporter(advance: "Advance") -> "Callable[[Progress], None]":
    """Turn a training's progress into a bar's: steps of all epochs, with the newest scores."""

    def report(progress: "Progress") -> None:
        told = f"epoch {progress.epoch}" if progress.max_epochs > 1 else f"step {progress.step}"
        for name, shown in (("train_loss", "loss"), ("val_loss", "val. loss"), ("val_song_accuracy", "val. accuracy")):
            if name in progress.metrics:
                told += f", {shown} {progress.metrics[name]:.2f}"
        done = (progress.epoch - 1) * progress.steps + progress.step
        advance(done, progress.max_epochs * progress.steps, told)

    return report


def _tried(fit: "FitResult") -> str:
    """What a training chose among: penalties of a regression, or epochs."""
    return "penalty" if any("inverse_penalty" in record for record in fit.curves) else "epoch"


def show_trained(trained: "TrainedModel") -> None:
    """Print what came of a training, for people."""
    from earmark.evaluation.split_file import DISJOINT

    for told in trained.notes:
        note(f"Note: {told}.")
    split, fit = trained.split, trained.fit
    learnt = f"{DISJOINT[split.mode].capitalize()} split, seed {split.seed}: {len(split.train)} songs to learn from, "
    learnt += f"{len(split.validation)} to choose the best {_tried(fit)}, {len(split.test)} for the test."
    if fit.held_out is not None and fit.held_out.out_of_fold:
        learnt = (
            f"{DISJOINT[split.mode].capitalize()} split, seed {split.seed}: {len(fit.held_out.truth)} songs to learn "
        )
        learnt += f"from, each of them once held out to make choices by, {len(split.test)} for the test."
    note(learnt)
    how = {"early": "no better for a while", "max_epochs": "all done", "interrupted": "interrupted"}
    kept = f"Kept {_tried(fit)} {fit.best_epoch} of {len(fit.curves)} ({how[fit.stopped]}), " if fit.curves else "Took "
    note(f"{kept}{fit.seconds:.0f} s.")
    rows = [*trained.test.rows.values(), *trained.baselines]
    out().print(scores_table(rows, title=f"Test on {len(split.test)} songs that training never saw"))
    out().print(label_table(trained.test.scores["mean"]))
    note(f"Saved as {trained.bundle.path}. Next: earmark predict FILE")
