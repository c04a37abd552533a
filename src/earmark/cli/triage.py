"""``earmark triage``: a folder of demos, ranked for one label."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, progress_bar, table
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.options import (
    DEFAULT_MEMORY,
    DEFAULT_TIMEOUT,
    BundleOption,
    JobsOption,
    LibraryOption,
    MemoryOption,
    TimeoutOption,
)
from earmark.cli.pages import drawing
from earmark.cli.predict import CoverageOption
from earmark.cli.verdicts import failed_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from earmark.models.bundle import Bundle
    from earmark.models.triage import Triage, TriageRow

ENDINGS = (".html", ".csv", ".json")
"""What a triage is written as."""
SHOWN = 15
"""Demos that are listed in the terminal; all are in the files."""


def triage(
    demos: Annotated[list[Path], typer.Argument(help="Folders with demos, or audio files.", metavar="DEMOS_FOLDER...")],
    label: Annotated[str, typer.Option("--label", help="The label to rank them for.", metavar="NAME")],
    outputs: Annotated[
        list[Path],
        typer.Option(
            "--out", "-o", help="Where it goes: FILE.html, FILE.csv or FILE.json; may be given several times."
        ),
    ],
    bundle: BundleOption = None,
    coverage: CoverageOption = 0.9,
    fresh: Annotated[bool, typer.Option("--fresh", help="Hear all files again, also those heard before.")] = False,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    file_timeout: TimeoutOption = DEFAULT_TIMEOUT,
    file_memory: MemoryOption = DEFAULT_MEMORY,
) -> None:
    """Rank a folder of demos by how much they sound like one label, each with the reasons.

    The page is one file that opens anywhere; each row opens the evidence along the track. What was heard is kept in a
    hidden folder beside the first output, so that the same command goes on after Ctrl-C, and hears new demos only.

    Examples:

        earmark triage inbox/ --label "Night Bloom" --out demos.html --out demos.csv
        earmark triage inbox/ --label Afterglow --out demos.json --bundle ~/models/trance --coverage 0.95
    """
    from earmark.executors import ProcessExecutor, default_jobs
    from earmark.library.discovery import find_audio
    from earmark.models.bundle import load_bundle
    from earmark.models.heard_shelf import HeardShelf, bundle_digest
    from earmark.models.triage import label_place
    from earmark.models.triage import triage as sort_out

    check_outputs(outputs)
    found = find_audio(demos)
    opened = load_bundle(_bundle_path(bundle, library), threads=1)
    label_place(opened.labels, label)  # before anything is heard
    folder = outputs[0].absolute()
    shelf = HeardShelf(folder.parent / f".{folder.stem}.heard", bundle_digest(opened))
    # While the workers listen this process waits, so that no core is kept free for it.
    workers = default_jobs() + 1 if jobs is None else jobs
    executor = ProcessExecutor(workers, timeout_seconds=file_timeout, memory_bytes=int(file_memory * 2**30))
    if fresh:
        shelf.clear()
    with progress_bar("Listening") as advance:
        made = sort_out(
            opened,
            found.files,
            label,
            coverage=coverage,
            shelf=shelf,
            executor=executor,
            progress=lambda done, total: advance(done, total, ""),
        )
    made = made.with_unreadable(found.unreadable)
    for path in outputs:
        _write(made, path, opened)
    show_triage(made)
    if made.failures:
        raise typer.Exit(SOME_FAILED)


def check_outputs(outputs: "Sequence[Path]") -> None:
    """Refuse a file that could not be written, before any long work.

    Raises:
        InputError: A file's ending says nothing of a known form.
        MissingExtraError: A page is asked for and Plotly is not installed.
    """
    from importlib.util import find_spec

    from earmark.errors import InputError, MissingExtraError

    for path in outputs:
        if path.suffix.lower() not in ENDINGS or path.is_dir():
            raise InputError(f"a triage is written as {', '.join(ENDINGS)}; {path} says none of them by its ending")
        if path.suffix.lower() == ".html" and find_spec("plotly") is None:
            raise MissingExtraError("report", "a page of demos")


def _bundle_path(bundle: Path | None, library: str | None) -> Path:
    from earmark.models.bundle import CARD_FILE
    from earmark.models.shelf import find_bundle

    if bundle is not None and (bundle / CARD_FILE).is_file():
        return bundle  # opening the library would take a second and is not needed
    from earmark.library.library import Library

    return find_bundle(bundle, Library.open(library))


def _write(made: "Triage", path: Path, bundle: "Bundle") -> None:
    from earmark.models.files import write_file, write_json
    from earmark.models.triage_table import triage_csv, triage_json

    kind = path.suffix.lower()
    if kind == ".csv":
        write_file(path, triage_csv(made).encode())
    elif kind == ".json":
        write_json(path, {"bundle": str(bundle.path), "model": bundle.spec.name, **triage_json(made)})
    else:
        with drawing("a page of demos"):
            from earmark.report.triage_page import TriagePage

            TriagePage(made, bundle.spec.name).write(path)
    path.chmod(0o644)  # as any file that is passed on
    note(f"Wrote {path} ({path.stat().st_size / 1e6:.1f} MB).")


def show_triage(made: "Triage") -> None:
    """Print the first demos of a triage, what holds for all, and what failed."""
    if made.rows:
        out().print(triage_table(made))
        if len(made.rows) > SHOWN:
            note(f"{len(made.rows) - SHOWN} more are in the files.")
    else:
        note("There is no demo that could be heard.")
    if made.remembered:
        note(f"{made.remembered} of them had been heard before (--fresh hears them again).")
    if any(row.tied for row in made.rows):
        note("Demos with = before their place are tied: their probabilities are alike to a tenth of a percent.")
    for text in made.notes:
        note(f"Note: {text}")
    if made.failures:
        out().print(failed_table(made.failures))


def triage_table(made: "Triage") -> "Table":
    """Make the table of the first demos."""
    sets = ["in the set"] if made.calibrated else []
    columns = ["#>", "demo", f"{made.label}>", *sets, "most like", "margin>", "speaks for it", "nearest", ""]
    return table(columns, [_row(row, calibrated=made.calibrated) for row in made.rows[:SHOWN]])


def _row(row: "TriageRow", *, calibrated: bool) -> list[object]:
    from earmark.models.evidence import clock

    nearest = None if row.nearest is None else f"{row.nearest.song.name} ({row.nearest.song.label})"
    span = None
    if row.loudest is not None:
        span = f"{clock(row.loudest.start_seconds)}–{clock(row.loudest.end_seconds)}"
    flags = [("in training", row.in_training), ("duplicate", bool(row.duplicate_of))]
    inside = "none of these" if row.is_none else "yes" if row.in_set else "no"
    return [
        f"{'=' if row.tied else ''}{row.rank}",
        row.track.display,
        f"{100 * row.probability:.1f} %",
        *([inside] if calibrated else []),
        row.verdict,
        f"{row.margin:+.1f}",
        span,
        nearest,
        ", ".join(words for words, here in flags if here),
    ]
