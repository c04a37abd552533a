"""Any result as a file that other programs open: one call, a format for each program.

Files are written whole or not at all. What is there already is kept: an export of Earmark's own may be replaced, any
other file only where that was asked for, and a collection that rekordbox or Traktor wrote, or a file that is no text,
never. Neither tags nor any program's database are written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from earmark.errors import InputError, UnknownNameError
from earmark.interop.items import ENDS_BYTES, ExportItem, PlacedItem, Written
from earmark.interop.locations import PathMap, map_path
from earmark.interop.to_m3u import M3U_MARK, write_m3u
from earmark.interop.to_rekordbox import REKORDBOX_MARK, write_rekordbox
from earmark.interop.to_tables import CSV_MARK, JSON_MARK, write_csv, write_json_export
from earmark.interop.to_traktor import TRAKTOR_MARK, write_traktor

ExportFormat = Literal["m3u8", "rekordbox", "traktor", "csv", "json"]
"""A format: a playlist for players, rekordbox's XML, Traktor's NML, a table for people or for programs."""

# What rekordbox and Traktor begin their own files with; ours carry a mark besides.
_OF_OTHERS = (b"<DJ_PLAYLISTS", b"<NML")


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format.

    Attributes:
        summary: What it is, in one line.
        suffixes: Endings of its files' names; the first is the usual one.
        mark: What stands near the beginning or the end of an export of ours and of no other file.
        write: Makes the file's content from the playlist's name and its items; the folder is the one that paths are
            written relative to, None for absolute ones.
    """

    summary: str
    suffixes: tuple[str, ...]
    mark: bytes
    write: Callable[[str, Sequence[PlacedItem], Path | None], Written]


EXPORTERS: dict[ExportFormat, Exporter] = {
    "m3u8": Exporter("a playlist for any player and most DJ software", (".m3u8", ".m3u"), M3U_MARK, write_m3u),
    "rekordbox": Exporter("rekordbox's XML, for its Imported Library", (".xml",), REKORDBOX_MARK, write_rekordbox),
    "traktor": Exporter("Traktor's NML, for Import Playlist", (".nml",), TRAKTOR_MARK, write_traktor),
    "csv": Exporter("a table for spreadsheets", (".csv",), CSV_MARK, write_csv),
    "json": Exporter("every value, for programs", (".json",), JSON_MARK, write_json_export),
}
"""The formats that results are written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """How a result is written.

    Attributes:
        name: The playlist's name in the other program.
        format: The format; None takes it from the file's ending.
        path_maps: Where folders lie on the computer that is exported for.
        relative: Write paths from the file's own folder; for M3U8 only.
        overwrite: Replace a text file that is no export of Earmark's.
    """

    name: str
    format: ExportFormat | None = None
    path_maps: tuple[PathMap, ...] = ()
    relative: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written.

    Attributes:
        path: The file.
        format: Its format.
        tracks: How many entries it has.
        left_out: Tracks that the format cannot hold, as (path, why).
        unmapped: How many paths lie in none of the folders that were mapped, and are written as they are here.
    """

    path: Path
    format: ExportFormat
    tracks: int
    left_out: tuple[tuple[str, str], ...]
    unmapped: int


def write_export(path: Path, items: Sequence[ExportItem], options: ExportOptions) -> ExportSummary:
    """Write a result.

    Args:
        path: The file; its folder is made where there is none.
        items: The tracks, in order.
        options: How they are written.

    Returns:
        What was written.

    Raises:
        InputError: There is nothing to write, the format cannot be told or is given paths that it has no place for, no
            path lies in a folder that was mapped, a file stands there that is not to be replaced, or the system does
            not let it be written.
        UnknownNameError: There is no such format.
    """
    if not items:
        raise InputError(f"there is no track to export, so {path} is not written")
    kind = export_format(path, options.format)
    check_target(path, kind, overwrite=options.overwrite)
    made = make_export(items, kind, options, folder=path.absolute().parent if options.relative else None)
    _write(path, made.content)
    return ExportSummary(path, kind, len(items) - len(made.left_out), made.left_out, made.unmapped)


@dataclass(frozen=True, slots=True)
class MadeExport:
    """A result as a file's content, which is written nowhere yet.

    Attributes:
        content: The bytes.
        left_out: Tracks that the format cannot hold, as (path, why).
        unmapped: How many paths lie in none of the folders that were mapped, and are written as they are here.
    """

    content: bytes
    left_out: tuple[tuple[str, str], ...]
    unmapped: int


def make_export(
    items: Sequence[ExportItem], kind: ExportFormat, options: ExportOptions, *, folder: Path | None = None
) -> MadeExport:
    """Make a file's content of a result.

    Args:
        items: The tracks, in order, at least one.
        kind: The format.
        options: How they are written; its format and whether files are replaced do not matter here.
        folder: What paths are written relative to, where they are to be relative.

    Raises:
        InputError: There is nothing to write, the format has no place for such paths or tracks, or no path lies in a
            folder that was mapped.
    """
    if not items:
        raise InputError("there is no track to export")
    if options.relative and (kind != "m3u8" or options.path_maps):
        raise InputError("only an M3U8 can hold relative paths, and those are not mapped; drop --relative")
    placed, unmapped = _place(items, options.path_maps)
    written = EXPORTERS[kind].write(options.name, placed, folder)
    if len(written.left_out) == len(items):
        raise InputError(f"no track can be written as {kind}: {written.left_out[0][1]}")
    return MadeExport(written.content, written.left_out, unmapped)


def export_format(path: Path, asked: str | None = None) -> ExportFormat:
    """The format of a file: the one asked for, else by its ending.

    Raises:
        InputError: No format has that ending.
        UnknownNameError: There is no such format.
    """
    if asked is not None:
        known = next((one for one in EXPORTERS if one == asked), None)
        if known is None:
            raise UnknownNameError("export format", asked, EXPORTERS)
        return known
    suffix = path.suffix.casefold()
    found = next((kind for kind, one in EXPORTERS.items() if suffix in one.suffixes), None)
    if found is None:
        endings = ", ".join(f"{one.suffixes[0]} ({kind})" for kind, one in EXPORTERS.items())
        raise InputError(f"{path} does not say its format; end its name in one of {endings}")
    return found


def check_target(path: Path, kind: ExportFormat, *, overwrite: bool) -> None:
    """Look whether a file may be written, before work is done for it.

    Raises:
        InputError: It may not; the message says why and what to do.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file, such as {path / ('set' + EXPORTERS[kind].suffixes[0])}")
    if not path.exists():
        return
    if not path.is_file():  # a terminal or a pipe, from which reading would wait
        raise InputError(f"{path} is no file that can be written whole; name a file")
    with path.open("rb") as file:
        head = file.read(ENDS_BYTES)
        file.seek(max(0, path.stat().st_size - ENDS_BYTES))
        tail = file.read()
    if any(one.mark in head + tail for one in EXPORTERS.values()):
        return
    if any(begin in head for begin in _OF_OTHERS):
        raise InputError(f"{path} is a collection of other DJ software, which is never replaced; name another file")
    if b"\0" in head + tail:
        raise InputError(f"{path} is no text file, so it is never replaced; name another file")
    if not overwrite:
        raise InputError(f"{path} is there and is no export of Earmark's; name another file, or add --overwrite")


def _place(items: Sequence[ExportItem], maps: Sequence[PathMap]) -> tuple[list[PlacedItem], int]:
    """Each item with its path on the other computer, and how many lie in no folder that is mapped."""
    mapped = [map_path(item.track.path, maps) for item in items]
    unmapped = sum(path is None for path in mapped) if maps else 0
    if unmapped == len(items):
        here = ", ".join(one.here for one in maps)
        raise InputError(f"no track lies in {here}; the first is {items[0].track.path}, so mend the path map")
    placed = [PlacedItem(item, path or item.track.path) for item, path in zip(items, mapped, strict=True)]
    return placed, unmapped


def _write(path: Path, content: bytes) -> None:
    from earmark.models.files import write_file

    try:
        write_file(path, content)
    except OSError as error:  # its words name the half-written file beside it, which nobody asked for
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {path} ({reason}); name a file where you may write") from error
    path.chmod(0o644)  # a temporary file is for its owner only; an export is there to be opened by others
