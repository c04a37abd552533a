"""``earmark predict``: which label does a file sound like?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, progress_bar
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.options import (
    DEFAULT_MEMORY,
    DEFAULT_TIMEOUT,
    BundleOption,
    JobsOption,
    JsonOption,
    LibraryOption,
    MemoryOption,
    TimeoutOption,
)
from earmark.cli.tables import failed_table, verdict_table, verdicts_table

if TYPE_CHECKING:
    from earmark.models.bundle import Bundle
    from earmark.models.predict import FailedFile, FilePrediction

IN_PROCESS = 1
"""So many files are decoded in this process: starting a worker takes longer than decoding one file."""


def predict(
    files: Annotated[list[Path], typer.Argument(help="Audio files, and folders with audio files.")],
    bundle: BundleOption = None,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    file_timeout: TimeoutOption = DEFAULT_TIMEOUT,
    file_memory: MemoryOption = DEFAULT_MEMORY,
    as_json: JsonOption = False,
) -> None:
    """Say which label each file sounds like, with the probability of each label that the model knows.

    A file that cannot be read is listed at the end, costs itself only, and makes the exit code 3. The model needs no
    library and no torch: a bundle's folder can be copied anywhere.

    Examples:

        earmark predict demo.mp3
        earmark predict demos/ *.flac --json
        earmark predict demo.mp3 --bundle ~/models/trance
    """
    from earmark.library.discovery import find_audio
    from earmark.models.bundle import load_bundle

    found = find_audio(files)
    loaded = load_bundle(_bundle_path(bundle, library))
    paths = [file.path for file in found.files]
    predictions, failures = run_predictions(loaded, paths, (jobs, file_timeout, file_memory), quiet=as_json)
    failures += _unreadable(found.unreadable)
    if as_json:
        print_json(
            {
                "bundle": str(loaded.path),
                "model": loaded.spec.name,
                "predictions": [prediction.to_json() for prediction in predictions],
                "failures": [{"path": failure.path, "reasons": failure.reasons} for failure in failures],
            }
        )
    else:
        show_predictions(loaded, predictions, failures)
    if failures:
        raise typer.Exit(SOME_FAILED)


def _bundle_path(bundle: Path | None, library: str | None) -> Path:
    from earmark.models.bundle import CARD_FILE
    from earmark.models.shelf import find_bundle

    if bundle is not None and (bundle / CARD_FILE).is_file():
        return bundle  # opening the library would take a second and is not needed
    from earmark.library.library import Library

    return find_bundle(bundle, Library.open(library))


def _unreadable(unreadable: dict[str, str]) -> "list[FailedFile]":
    from earmark.models.predict import FailedFile

    return [FailedFile(path, {"system": reason}) for path, reason in sorted(unreadable.items())]


def run_predictions(
    bundle: "Bundle", paths: list[str], limits: tuple[int | None, float, float], *, quiet: bool
) -> "tuple[list[FilePrediction], list[FailedFile]]":
    """Predict files with a progress bar; `limits` are jobs, seconds and GiB for one file."""
    from earmark.executors import ProcessExecutor
    from earmark.models.predict import FilePrediction, predict_files

    jobs, seconds, gib = limits
    # Limits that were asked for hold for one file too.
    many = len(paths) > IN_PROCESS or (seconds, gib) != (DEFAULT_TIMEOUT, DEFAULT_MEMORY)
    executor = ProcessExecutor(jobs, timeout_seconds=seconds, memory_bytes=int(gib * 2**30)) if many else None
    predictions: list[FilePrediction] = []
    failures: list[FailedFile] = []
    with progress_bar("Listening", quiet=quiet or not many) as advance:
        for result in predict_files(bundle, paths, executor=executor, progress=lambda n, of: advance(n, of, "")):
            if isinstance(result, FilePrediction):
                predictions.append(result)
            else:
                failures.append(result)
    return sorted(predictions, key=lambda one: one.track.path), sorted(failures, key=lambda one: one.path)


def show_predictions(bundle: "Bundle", predictions: "list[FilePrediction]", failures: "list[FailedFile]") -> None:
    """Print predictions for people: one file in full, many in a line each."""
    if not predictions and not failures:
        note("There is no audio file there.")
    if len(predictions) == 1:
        prediction = predictions[0]
        out().print(verdict_table(prediction))
        out().print(verdict_sentence(bundle, prediction), markup=False)
    elif predictions:
        out().print(verdicts_table(predictions))
    if failures:
        out().print(failed_table(failures))


def verdict_sentence(bundle: "Bundle", prediction: "FilePrediction") -> str:
    """Say the verdict in a sentence, with what a reader must know beside it."""
    (label, p), *_ = prediction.ranked()
    known = f"says {bundle.spec.name} of the {len(bundle.labels)} labels it knows"
    told = f"It sounds most like {label} ({100 * p:.0f} %), {known}."
    if prediction.in_training:
        told += " This recording was in its training, so this proves nothing."
    if prediction.song.padded:
        told += " It is shorter than one slice and was padded."
    accuracy = bundle.card.scores.get("test", {}).get("mean", {}).get("row", {})
    if accuracy.get("accuracy") is not None:
        interval = accuracy["accuracy_interval"]
        share, low, high = (f"{100 * one:.0f}" for one in (accuracy["accuracy"], interval["low"], interval["high"]))
        told += f" On {accuracy['n_songs']} songs it had never heard it was right {share} % of the time"
        told += f" (95 %: {low}-{high} %)."
    return told
