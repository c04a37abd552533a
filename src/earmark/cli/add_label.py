"""``earmark add-label``: teach a ready model one more label, from a handful of tracks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, table
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
from earmark.cli.predict import run_predictions
from earmark.cli.verdicts import failed_table

if TYPE_CHECKING:
    from rich.table import Table

    from earmark.library.library import Library
    from earmark.models.predict import FailedFile
    from earmark.training.add_label import AddedToBundle
    from earmark.training.newcomer import Newcomer

MOST_TAKEN = 4
"""Labels that are named among those whose songs would be taken for the new one."""


def add_label(
    name: Annotated[str, typer.Argument(help="The new label's name.", metavar="NAME")],
    folder: Annotated[list[Path], typer.Argument(help="Folders with its tracks, or audio files.", metavar="FOLDER...")],
    bundle: BundleOption = None,
    as_name: Annotated[
        str | None,
        typer.Option("--name", help="Name of the new bundle; BUNDLE+NAME where not given.", show_default=False),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Replace the bundle instead of writing a new one beside it.")
    ] = False,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    file_timeout: TimeoutOption = DEFAULT_TIMEOUT,
    file_memory: MemoryOption = DEFAULT_MEMORY,
    as_json: JsonOption = False,
) -> None:
    """Add a label to a ready model from a handful of its tracks, and say how well it can be told from the others.

    5 to 30 tracks are enough, by several artists. No network is trained, and torch is not needed: the tracks are set
    against the songs that the bundle remembers. With the library at hand, the new bundle's probabilities and sets are
    calibrated again on its test songs.

    Examples:

        earmark add-label "Night Bloom" ~/music/night-bloom
        earmark add-label Afterglow afterglow/*.flac --bundle ~/models/trance --name trance-2
    """
    from earmark.errors import InputError
    from earmark.library.discovery import find_audio
    from earmark.models.bundle import load_bundle
    from earmark.training import add_label as adding

    if in_place and as_name is not None:
        raise InputError("--in-place replaces the bundle, so it takes no --name; leave one of them out")
    opened = _library(library)
    loaded = load_bundle(_bundle_path(bundle, opened))
    adding.check_name(loaded, name)
    target = loaded.path if in_place else adding.target_of(loaded.path, name, as_name)
    found = find_audio(folder)
    if not found.files:
        raise InputError(f"there is no audio file in {', '.join(map(str, folder))}")
    paths = [file.path for file in found.files]
    heard, failures = run_predictions(loaded, paths, (jobs, file_timeout, file_memory), quiet=as_json)
    made = adding.add_label(loaded, name, heard, target, library=opened)
    if as_json:
        failed = [{"path": one.path, "reasons": one.reasons} for one in failures]
        print_json({"bundle": str(made.bundle.path), "label": made.newcomer.to_json(), "failures": failed})
    else:
        show_newcomer(made, failures)
    if failures:
        raise typer.Exit(SOME_FAILED)


def _library(address: str | None) -> "Library | None":
    """Open the library that is named, or the usual one where it is there."""
    from earmark.errors import LibraryError
    from earmark.library.library import Library

    try:
        return Library.open(address)
    except LibraryError:
        if address is not None:
            raise
        return None  # a bundle may have been copied to where there is no library


def _bundle_path(bundle: Path | None, library: "Library | None") -> Path:
    from earmark.models.shelf import find_bundle

    return find_bundle(bundle, library)


def show_newcomer(made: "AddedToBundle", failures: "list[FailedFile]") -> None:
    """Print how well an added label can be told."""
    newcomer, bundle = made.newcomer, made.bundle
    out().print(_facts(newcomer))
    for text in newcomer.notes:
        note(f"Note: {text}")
    if failures:
        out().print(failed_table(failures))
    out().print(
        f"Saved as {bundle.path}, which now knows {len(bundle.labels)} labels. Next: earmark predict FILE --bundle "
        f"{bundle.path}",
        markup=False,
        soft_wrap=True,
    )


def _facts(newcomer: "Newcomer") -> "Table":
    told = newcomer.auroc
    share, interval = newcomer.recall, newcomer.recall_interval
    taken = sum(count for _, count in newcomer.taken)
    named = ", ".join(f"{label} {count}" for label, count in newcomer.taken[:MOST_TAKEN])
    rows = [
        ("learnt from", f"{newcomer.songs} tracks, {newcomer.artists} groups of artists"),
        ("told from the others", f"AUROC {told.value:.2f} (95 %: {told.low:.2f}-{told.high:.2f})"),
        ("its tracks found", f"{share:.0%} (95 %: {interval.low:.0%}-{interval.high:.0%})"),
        ("nearest other label", f"{newcomer.rival}, {newcomer.rival_share:.0%} of the probability on average"),
        ("songs of others taken for it", f"{taken} of {newcomer.taken_of}{f' ({named})' if named else ''}"),
    ]
    if newcomer.before is not None:
        words = f"{newcomer.before} of {newcomer.tested} test songs right before, {newcomer.after} now"
        rows.append(("the other labels", words))
    return table(["", "by judgements that had not learnt the track"], rows, title=newcomer.name)
