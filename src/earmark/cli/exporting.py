"""``earmark export``, and the options by which other commands write what they found for DJ software."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.options import (
    GenreOption,
    LabelsOption,
    LibraryOption,
    SinceOption,
    UntilOption,
    make_selection,
)

if TYPE_CHECKING:
    from earmark.interop.exporting import ExportOptions
    from earmark.interop.items import ExportItem

ExportOption = Annotated[
    Path | None,
    typer.Option(
        "--export",
        help="Write the tracks to a file: .m3u8, .xml (rekordbox), .nml (Traktor), .csv or .json.",
        dir_okay=False,
        show_default=False,
        metavar="FILE",
    ),
]
PathMapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--path-map",
        help="A folder here and the same on the computer that is exported for; may be given several times.",
        show_default=False,
        metavar="FROM=TO",
    ),
]
OverwriteOption = Annotated[
    bool,
    typer.Option(
        "--overwrite", help="Replace a file that is no export of Earmark's; never one that other DJ software wrote."
    ),
]


def export_options(
    name: str,
    *,
    path_map: list[str] | None,
    overwrite: bool,
    relative: bool = False,
    file_format: str | None = None,
) -> "ExportOptions":
    """Make the options of an export from what was typed.

    Args:
        name: The playlist's name in the other program.
        path_map: Path maps as typed.
        overwrite: Whether a file that is no export of ours may be replaced.
        relative: Whether paths are written from the file's own folder.
        file_format: The format as typed; None takes it from the file's ending.

    Raises:
        InputError: A path map is not FROM=TO.
        UnknownNameError: There is no such format.
    """
    from earmark.interop.exporting import ExportOptions, export_format
    from earmark.interop.locations import parse_path_map

    maps = tuple(map(parse_path_map, path_map or ()))
    kind = None if file_format is None else export_format(Path(), file_format)
    return ExportOptions(name=name, format=kind, path_maps=maps, relative=relative, overwrite=overwrite)


def export_items(path: Path, items: "Sequence[ExportItem]", options: "ExportOptions") -> bool:
    """Write tracks to a file and say so on standard error.

    Args:
        path: The file; its ending says the format.
        items: The tracks, in order.
        options: How they are written.

    Returns:
        Whether every track is in it; where not, a command ends with the exit code 3.

    Raises:
        InputError: It cannot be written; nothing is then.
    """
    from earmark.interop.exporting import write_export

    summary = write_export(path, items, options)
    note(f"Wrote {summary.tracks} {'track' if summary.tracks == 1 else 'tracks'} to {summary.path} ({summary.format}).")
    if summary.unmapped:
        note(f"{summary.unmapped} of them lie in no folder of --path-map and keep their paths.")
    for place, why in summary.left_out:
        note(f"Left out: {place}: {why}")
    return not summary.left_out


def export(
    selection: Annotated[
        list[str] | None,
        typer.Argument(
            help="Playlists by name, tracks by audio id or its beginning, in order.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The file: .m3u8, .xml (rekordbox), .nml (Traktor), .csv or .json.", show_default=False
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="The playlist's name; its own, or the file's, where none is given.", show_default=False
        ),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", help="m3u8, rekordbox, traktor, csv or json, where the ending does not say.", show_default=False
        ),
    ] = None,
    path_map: PathMapOption = None,
    relative: Annotated[
        bool, typer.Option("--relative", help="Write paths from the file's own folder; M3U8 only.")
    ] = False,
    overwrite: OverwriteOption = False,
    labels: LabelsOption = None,
    genre: GenreOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
) -> None:
    """Write playlists or a choice of tracks for DJ software: rekordbox, Traktor, M3U8, CSV, JSON.

    Chosen are playlists that were imported, tracks by audio id, or all tracks of a label, genre or time. Neither tags
    nor any program's database are written, and a collection that rekordbox or Traktor wrote is never replaced.

    Examples:

        earmark export "Sets/Friday" --out friday.xml --path-map /mnt/music=D:/Music
        earmark export --labels Anjunabeats --since 2024 --out anjuna.m3u8 --relative
    """
    from earmark.errors import InputError
    from earmark.interop.choosing import choose_items
    from earmark.library.library import Library

    if output is None:
        raise InputError("an export needs a file; add --out FILE, such as --out set.m3u8")
    options = export_options(
        name or "", path_map=path_map, overwrite=overwrite, relative=relative, file_format=file_format
    )
    chosen = choose_items(Library.open(library), selection or (), make_selection(labels, genre, since, until))
    options = replace(options, name=name or chosen.name or output.stem)
    complete = export_items(output, chosen.items, options)
    for location in chosen.missing:
        note(f"Left out: {location} is not in the library.")
    if chosen.missing or not complete:
        raise typer.Exit(SOME_FAILED)
