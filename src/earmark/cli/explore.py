"""``earmark explore``: the metadata of a collection in pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, print_json
from earmark.cli.options import (
    GenreOption,
    JsonOption,
    LabelsOption,
    LibraryOption,
    SinceOption,
    UntilOption,
    make_selection,
)
from earmark.cli.pages import FormatOption, ImagesOption, drawing, picture_formats, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.catalog.track import Track


OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="The page to write: one HTML file that needs no network.", dir_okay=False)
]
CsvOption = Annotated[
    Path | None,
    typer.Option(
        "--csv", help="Explore the rows of this CSV instead of a library; no sound is needed.", show_default=False
    ),
]


def explore(
    context: typer.Context,
    labels: LabelsOption = None,
    genre: GenreOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    csv: CsvOption = None,
    output: OutOption = Path("explore.html"),
    images: ImagesOption = None,
    formats: FormatOption = "png",
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """See the metadata of the library in pictures, on one page.

    Labels, tempo, length, keys, releases over time, artists that labels share, gaps and duplicates. With --json the
    numbers are printed and no page is written.

    Examples:
        earmark explore --out explore.html
        earmark explore --labels Anjunabeats,FSOE --images pictures --format png,svg
        earmark explore --csv releases.csv
    """
    from earmark.catalog.survey import survey

    kinds = picture_formats(formats)
    _check_together(context)
    everything, source = _of_library(library) if csv is None else _of_csv(csv)
    chosen = _select(everything, labels=labels, genre=genre, since=since, until=until)
    found = survey(chosen)
    if as_json:
        print_json(found.to_json())
        return
    told = f"{len(chosen):,} of {len(everything):,}" if len(chosen) < len(everything) else f"All {len(chosen):,}"
    with drawing("earmark explore"):
        from earmark.report.explore_page import explore_page

        page = explore_page(found, subtitle=f"{told} tracks of {source}.")
        write_page(page, output, images=images, formats=kinds)


def _check_together(context: typer.Context) -> None:
    """Refuse options that would be ignored beside others; what only the environment says was not asked for here.

    Raises:
        InputError: Two options exclude each other, or one needs another.
    """
    from earmark.errors import InputError

    typed = {
        name
        for name in ("library", "csv", "output", "images", "formats", "as_json")
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    }
    if {"library", "csv"} <= typed:
        raise InputError("a page shows a library or a CSV; drop --library or --csv")
    if "as_json" in typed and typed & {"output", "images", "formats"}:
        raise InputError("--json prints the numbers and writes no page; drop it, or --out, --images and --format")
    if "formats" in typed and "images" not in typed:
        raise InputError("--format is about pictures; name their folder with --images FOLDER")


def _of_library(library: str | None) -> "tuple[list[Track], str]":
    """The tracks of a library, and what to call it."""
    from earmark.errors import InputError
    from earmark.library.library import Library

    opened = Library.open(library)
    tracks = opened.tracks()
    if not tracks:
        raise InputError(f"the library {opened.address} has no tracks yet; fill it with `earmark scan FOLDER`")
    # Pages are passed on, so that the library's address, often below a home folder, is left out.
    return tracks, "the library"


def _of_csv(path: Path) -> "tuple[list[Track], str]":
    """The tracks of a CSV, and what to call it; what cannot be read in it is said."""
    from earmark.catalog.csv_tracks import tracks_of_csv
    from earmark.errors import InputError

    tracks, catalogue = tracks_of_csv(path)
    unread = [*catalogue.problems, *(problem for row in catalogue.rows for problem in row.problems)]
    if catalogue.unknown_columns:
        unread.append(f"these columns of {path.name} are not read: {', '.join(catalogue.unknown_columns)}")
    for told in unread[:_MOST_NOTES]:
        note(f"Note: {told}.")
    if len(unread) > _MOST_NOTES:
        note(f"Note: {len(unread) - _MOST_NOTES} more like these.")
    if not tracks:
        raise InputError(f"{path} has a header but no rows, so there is nothing to explore")
    return tracks, path.name


_MOST_NOTES = 10


def _select(
    tracks: "Sequence[Track]",
    *,
    labels: str | None,
    genre: list[str] | None,
    since: str | None,
    until: str | None,
) -> "list[Track]":
    from earmark.catalog.select import select
    from earmark.errors import InputError

    result = select(tracks, make_selection(labels, genre, since, until))
    left_out = "".join(f"; {count} left out: {reason}" for reason, count in result.left_out.items())
    if not result.tracks:
        raise InputError(f"none of {len(tracks)} tracks is chosen{left_out}; ask for less")
    if left_out:
        note(f"{len(result.tracks)} of {len(tracks)} tracks{left_out}")
    return result.tracks
