"""Every importer, by the kind of source it reads; what the command line lists and a contract test runs over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from earmark.catalog.from_csv import CsvCatalogue
from earmark.catalog.from_file_name import read_file_name
from earmark.catalog.from_folder import read_folder
from earmark.catalog.from_tags import read_tags
from earmark.catalog.track import Source, Values


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What importers need beside the file.

    Attributes:
        root: The folder being scanned; None for a single file, whose folder then says nothing.
        csv: The user's CSV; None without one.
        tags: The file's tags where they were read before; the file itself is then not opened.
    """

    root: Path | None = None
    csv: CsvCatalogue | None = None
    tags: Values | None = None


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of source.

    Attributes:
        summary: What it reads, in one line.
        read: Reads it for a file.
    """

    summary: str
    read: Callable[[Path, ImportContext], Values]


def _read_csv_row(path: Path, context: ImportContext) -> Values:
    if context.csv is None:
        return Values(source="csv")

    def known() -> Iterator[Values]:
        yield _read_tags(path, context)
        yield read_file_name(path)

    return context.csv.match(path, known())


def _read_tags(path: Path, context: ImportContext) -> Values:
    return read_tags(path) if context.tags is None else context.tags


def _read_file_name(path: Path, _: ImportContext) -> Values:
    return read_file_name(path)


def _read_folder(path: Path, context: ImportContext) -> Values:
    return Values(source="folder") if context.root is None else read_folder(path, context.root)


IMPORTERS: dict[Source, Importer] = {
    "csv": Importer("a CSV of yours, such as a shop's export (--csv FILE)", _read_csv_row),
    "tag": Importer("the file's tags: ID3, Vorbis comments, MP4", _read_tags),
    "file-name": Importer("the file's name: 8A - 132 - Artists - Title", _read_file_name),
    "folder": Importer("the first folder below the scanned one, as the label", _read_folder),
}
"""The importers in order of precedence: a CSV is given on purpose, so it stands above tags."""


def import_file(path: Path, context: ImportContext | None = None) -> tuple[Values, ...]:
    """Ask every importer about a file.

    Args:
        path: An audio file.
        context: The scanned folder, the user's CSV, and what is known already.

    Returns:
        What each importer found, in order of precedence, for `earmark.catalog.track.merge`.

    Raises:
        InputError: If there is no such file, and its tags are not known.
    """
    context = context or ImportContext()
    return tuple(importer.read(path, context) for importer in IMPORTERS.values())
