"""``earmark predict``: which label does a file sound like, how sure is that, and why?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from earmark.cli.pages import FormatOption, ImagesOption, check_pictures, drawing, picture_formats, write_page
from earmark.cli.verdicts import failed_table, verdict_panel, verdicts_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.models.bundle import Bundle
    from earmark.models.predict import FailedFile, FilePrediction
    from earmark.models.why import Explanation
    from earmark.report.page import Page

IN_PROCESS = 1
"""So many files are decoded in this process: starting a worker takes longer than decoding one file."""

CoverageOption = Annotated[
    float,
    typer.Option("--coverage", help="How often the set of labels is to hold the right one.", min=0.01, max=0.999),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", help="Write a page of the verdicts with pictures: one HTML file.", dir_okay=False,
        show_default=False,
    ),
]  # fmt: skip


def predict(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Audio files, and folders with audio files.")],
    bundle: BundleOption = None,
    coverage: CoverageOption = 0.9,
    output: OutOption = None,
    images: ImagesOption = None,
    formats: FormatOption = "png",
    library: LibraryOption = None,
    jobs: JobsOption = None,
    file_timeout: TimeoutOption = DEFAULT_TIMEOUT,
    file_memory: MemoryOption = DEFAULT_MEMORY,
    as_json: JsonOption = False,
) -> None:
    """Say which label each file sounds like, how sure that is, and why.

    One file is told in full: the labels with their probabilities, the set that holds the right one with the coverage
    asked for, what speaks for it along the track, the nearest songs by other artists, and what would change the
    verdict. A file that cannot be read is listed at the end, costs itself only, and makes the exit code 3. The model
    needs no library and no torch: a bundle's folder can be copied anywhere.

    Examples:

        earmark predict demo.mp3
        earmark predict demo.mp3 --out demo.html --coverage 0.95
        earmark predict demos/ *.flac --json
        earmark predict demo.mp3 --bundle ~/models/trance
    """
    from earmark.library.discovery import find_audio
    from earmark.models.bundle import load_bundle
    from earmark.models.explaining import explain_song

    kinds = picture_formats(formats)
    check_pictures(context)
    found = find_audio(files)
    loaded = load_bundle(_bundle_path(bundle, library))
    knowledge = loaded.knowledge
    _check_coverage(context, calibrated=knowledge.confidence is not None)
    paths = [file.path for file in found.files]
    predictions, failures = run_predictions(loaded, paths, (jobs, file_timeout, file_memory), quiet=as_json)
    failures += _unreadable(found.unreadable)
    told = [(one, explain_song(one.song, one.track, knowledge, coverage=coverage)) for one in predictions]
    if as_json:
        print_json(_json(loaded, told, failures))
    else:
        show_predictions(loaded, told, failures)
    if told and (output is not None or images is not None):
        with drawing("a page of verdicts"):
            write_page(_page(loaded, told), output, images=images, formats=kinds)
    if failures:
        raise typer.Exit(SOME_FAILED)


def _check_coverage(context: typer.Context, *, calibrated: bool) -> None:
    """Refuse a coverage that was asked for where no set can be made.

    Raises:
        InputError: ``--coverage`` was typed, and the bundle is not calibrated.
    """
    from earmark.errors import InputError

    typed = context.get_parameter_source("coverage")
    if typed is not None and typed.name == "COMMANDLINE" and not calibrated:
        raise InputError("this bundle is not calibrated, so it gives no sets; train it again, or drop --coverage")


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


def _json(
    bundle: "Bundle", told: "Sequence[tuple[FilePrediction, Explanation]]", failures: "Sequence[FailedFile]"
) -> dict[str, Any]:
    from earmark.models.predict import told_json

    return {
        "bundle": str(bundle.path),
        "model": bundle.spec.name,
        "predictions": [told_json(one, why) for one, why in told],
        "failures": [{"path": failure.path, "reasons": failure.reasons} for failure in failures],
    }


def show_predictions(
    bundle: "Bundle", told: "Sequence[tuple[FilePrediction, Explanation]]", failures: "Sequence[FailedFile]"
) -> None:
    """Print predictions for people: one file in full, many in a line each."""
    if not told and not failures:
        note("There is no audio file there.")
    if len(told) == 1:
        [(prediction, why)] = told
        out().print(verdict_panel(prediction, why))
        out().print(verdict_words(bundle, prediction, why), markup=False)
    elif told:
        out().print(verdicts_table(told))
    for text in dict.fromkeys(text for _, why in told for text in why.notes):
        note(f"Note: {text}")
    if failures:
        out().print(failed_table(failures))


def verdict_words(bundle: "Bundle", prediction: "FilePrediction", why: "Explanation") -> str:
    """Say the verdict in sentences, with what a reader must know beside it."""
    told = f"\n{why.sentence()} So says {bundle.spec.name} of the {len(bundle.labels)} labels it knows."
    if prediction.in_training:
        told += " This recording was in its training, so this proves nothing."
    if prediction.song.padded:
        told += " It is shorter than one slice and was padded."
    return " ".join(filter(None, [told, bundle.card.known_score]))


def _page(bundle: "Bundle", told: "Sequence[tuple[FilePrediction, Explanation]]") -> "Page":
    """Make the page of verdicts; each file that it tells in full is decoded once more for its waveform."""
    from earmark.audio.envelope import envelope
    from earmark.library.analysis import decode_quietly
    from earmark.report.verdict_page import MOST_FILES, ToldFile, verdict_page

    files = []
    for place, (prediction, why) in enumerate(told):
        outline = None
        if place < MOST_FILES:
            audio = decode_quietly(prediction.track.path)
            outline = envelope(audio.samples, audio.sample_rate)
        files.append(ToldFile(prediction.track, why, outline, prediction.in_training, prediction.song.padded))
    return verdict_page(files, model=bundle.spec.name, known_score=bundle.card.known_score)
