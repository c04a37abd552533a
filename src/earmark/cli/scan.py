"""``earmark scan`` and ``earmark failures``: bring the library up to date, and see what could not be read."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.console import note, out, print_json, progress_bar, table
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.options import (
    DEFAULT_MEMORY,
    DEFAULT_TIMEOUT,
    JobsOption,
    JsonOption,
    LibraryOption,
    MemoryOption,
    TimeoutOption,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from earmark.audio.settings import FeatureSettings
    from earmark.library.ingest import ScanProgress
    from earmark.library.library import Library
    from earmark.library.rows import Failure
    from earmark.library.scan import ScanSummary


class LabelsFrom(StrEnum):
    """Where labels come from."""

    auto = "auto"
    tag = "tag"
    folder = "folder"
    csv = "csv"


class MeasuredWith(StrEnum):
    """Who estimates tempo and key."""

    earmark = "earmark"
    essentia = "essentia"


class Preset(StrEnum):
    """Feature presets."""

    paper = "paper"
    study = "study"


CSV_HELP = (
    "A CSV that describes tracks; its values, labels too, stand above tags. Columns, in any case and order: "
    "file, title, mix, artists, remixers, label, release, catalogue number, genre, released, bpm, key, length "
    "(Beatport's and rekordbox's names for them are known too). A row is matched by path, file name, then artists and "
    "title."
)
LABEL_FROM_HELP = (
    "Where labels come from: the label tag, the first folder below the scanned one, or only the CSV's label column. "
    "auto takes the CSV or the tags where at least half of the files have one there, else folders; a later scan of "
    "the same folder keeps to it."
)


def scan(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders with music, or single files; all folders scanned before where none is named."),
    ] = None,
    label_from: Annotated[LabelsFrom | None, typer.Option("--label-from", help=LABEL_FROM_HELP)] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help=CSV_HELP, show_default=False)] = None,
    features: Annotated[
        list[Preset] | None,
        typer.Option(
            "--features",
            help="Feature settings to store: paper (16 kHz, whole track; the default) or study (44.1 kHz, middle "
            "180 s); may be given twice. Training computes what is missing.",
            show_default=False,
        ),
    ] = None,
    bpm_range: Annotated[
        str | None,
        typer.Option(
            "--bpm-range",
            help="The slowest and the fastest tempo to estimate where tags tell none; 70-200 at first, and then kept "
            "for later scans. Another range has every track measured again.",
            metavar="LOW-HIGH",
            show_default=False,
        ),
    ] = None,
    measure_with: Annotated[
        MeasuredWith | None,
        typer.Option(
            "--measure-with",
            help="Who estimates tempo and key: earmark at first, or essentia where you have installed it; kept for "
            "later scans.",
            show_default=False,
        ),
    ] = None,
    retry_failures: Annotated[
        bool, typer.Option("--retry-failures", help="Try files again that failed before and have not changed.")
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Forget tracks whose files are gone.")] = False,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    file_timeout: TimeoutOption = DEFAULT_TIMEOUT,
    file_memory: MemoryOption = DEFAULT_MEMORY,
    as_json: JsonOption = False,
) -> None:
    """Read music into the library: tags, the sound's features, its tempo, key and loudness. Files are only ever read.

    Repeat it as you like: only new and changed files are worked on, and after an interruption it goes on where it was.
    A file that cannot be read is noted (earmark failures) and costs itself only; the exit code is then 3.

    Examples:

        earmark scan ~/Music/labels
        earmark scan ~/Music --label-from tag
        earmark scan ~/Music --csv beatport.csv
        earmark scan ~/Music --bpm-range 85-175
    """
    from earmark.audio.measure_settings import changed_settings
    from earmark.executors import ProcessExecutor
    from earmark.library.library import Library

    executor = ProcessExecutor(jobs, timeout_seconds=file_timeout, memory_bytes=int(file_memory * 2**30))
    opened = Library.create(library)
    summary = run_scan(
        opened,
        folders or [],
        quiet=as_json,
        executor=executor,
        label_from=None if label_from is None else label_from.value,
        csv=csv,
        presets=[preset.value for preset in features or [Preset.paper]],
        measures=changed_settings(
            opened.measure_settings(),
            bpm_range=bpm_range,
            backend=None if measure_with is None else measure_with.value,
        ),
        retry_failures=retry_failures,
        prune=prune,
    )
    if as_json:
        print_json(summary_to_json(opened, summary))
    else:
        show_summary(opened, summary)
    if summary.failures:
        raise typer.Exit(SOME_FAILED)


def run_scan(
    library: "Library", folders: "Sequence[Path]", *, quiet: bool, presets: list[str], **rules: Any
) -> "ScanSummary":
    """Scan with a progress bar."""
    from earmark.audio.settings import preset
    from earmark.library.scan import scan as scan_library

    settings: list[FeatureSettings] = [preset(name) for name in presets]
    with progress_bar("Scanning", quiet=quiet) as advance:
        return scan_library(library, folders, settings=settings, progress=scan_reporter(advance), **rules)


def scan_reporter(advance: "Callable[[int, int, str], None]") -> "Callable[[ScanProgress], None]":
    """Turn a scan's progress into a bar's, with the rate as times real time."""
    import time

    started = time.monotonic()

    def report(progress: "ScanProgress") -> None:
        rate = progress.audio_seconds / max(1e-9, time.monotonic() - started)
        failed = f", {progress.failed} failed" if progress.failed else ""
        advance(progress.done, progress.total, f"{rate:.0f} x real time{failed}")

    return report


def show_summary(library: "Library", summary: "ScanSummary") -> None:
    """Print what a scan did, for people."""
    done = summary.catalogued
    rate = f" at {summary.audio_seconds / summary.seconds:.0f} x real time" if summary.analysed else ""
    note(
        f"{summary.found} audio files: {summary.analysed} analysed{rate}, {summary.unchanged} unchanged, "
        f"{len(summary.failures)} failed."
    )
    if summary.found:
        for path, source in sorted(done.label_from.items()):
            note(f"Labels of {path} come from: {source}.")
    else:
        note("There is no audio file in these folders.")
    for count, told in (
        (done.moved, "tracks were moved"),
        (done.duplicates, "files hold the same sound as another"),
        (done.missing, "tracks have no file any more (--prune forgets them)"),
        (done.replaced, "tracks were replaced by another sound in their file"),
        (done.unlabelled, "tracks have no label"),
        (len(done.problems), "things could not be used, such as"),
    ):
        if count:
            note(f"{count} {told}.".replace(", such as.", ":"))
    for path, problem in done.problems[:5]:
        note(f"  {path}: {problem}")
    if summary.failures:
        out().print(failures_table(summary.failures))
    note(f"The library {library.address} has {done.tracks} tracks of these folders.")


def summary_to_json(library: "Library", summary: "ScanSummary") -> dict[str, Any]:
    """Return what a scan did as plain data."""
    plain = asdict(summary)
    plain["failures"] = [failure.to_json() for failure in summary.failures]
    return {"library": library.address, **plain}


def failures_table(failures: "Sequence[Failure]") -> Any:
    """Make the table of files that could not be read."""
    rows = [(f.path, f.kind, "; ".join(f"{who}: {why}" for who, why in f.reasons.items())) for f in failures]
    return table(
        ["file", "how", "why"], rows, title=f"{len(rows)} file{'' if len(rows) == 1 else 's'} could not be read"
    )


def failures(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the files that could not be read, with what each decoder said.

    A failed file is tried again when it changes, or with: earmark scan --retry-failures
    """
    from earmark.library.library import Library

    found = Library.open(library).failures()
    if as_json:
        print_json([failure.to_json() for failure in found])
    elif found:
        out().print(failures_table(found))
    else:
        note("No file has failed.")
