"""Options that several commands share, each explained once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from earmark.catalog.select import Selection

LibraryOption = Annotated[
    str | None,
    typer.Option(
        "--library",
        "-L",
        envvar="EARMARK_LIBRARY",
        help="Folder (or object-store address) of the library; a folder in your user data where none is named.",
        show_envvar=True,
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]
LabelsOption = Annotated[
    str | None,
    typer.Option("--labels", help="Only these labels, separated by commas.", metavar="A,B,C", show_default=False),
]
GenreOption = Annotated[
    list[str] | None,
    typer.Option("--genre", help="Only this genre; may be given several times.", show_default=False),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="Only tracks released on or after this day.", metavar="DATE", show_default=False),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", help="Only tracks released on or before this day.", metavar="DATE", show_default=False),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="Worker processes; all cores but one where not given.", show_default=False
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option("--file-timeout", min=1.0, help="Seconds that one file may take before it counts as failed."),
]
MemoryOption = Annotated[
    float,
    typer.Option("--file-memory", min=0.1, help="GiB of memory that one file may take before it counts as failed."),
]
BundleOption = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        "-b",
        help="Folder of a model bundle; the library's newest one where none is named.",
        show_default=False,
    ),
]

DEFAULT_TIMEOUT = 300.0
DEFAULT_MEMORY = 4.0


def split_names(text: str | None) -> tuple[str, ...]:
    """Split a list of names at its commas; none where there is no list."""
    return tuple(name for part in (text or "").split(",") if (name := part.strip()))


def make_selection(labels: str | None, genres: list[str] | None, since: str | None, until: str | None) -> "Selection":
    """Make the selection that the four options ask for.

    Raises:
        MetadataError: A date cannot be read.
        InputError: The dates exclude each other.
    """
    from earmark.catalog.select import Selection, parse_date

    return Selection(
        labels=split_names(labels),
        genres=tuple(genres or ()),
        since=None if since is None else parse_date(since),
        until=None if until is None else parse_date(until, end=True),
    )
