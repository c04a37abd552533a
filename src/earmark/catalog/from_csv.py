"""Metadata from a CSV of the user's, such as a shop's export.

Columns are known by their names, whatever their case and order; `COLUMNS` lists them. A row is matched to a file by
its path, then by its file name, then by artists and title.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal
from unicodedata import normalize

from earmark.catalog.from_file_name import stem_of
from earmark.catalog.names import normalise
from earmark.catalog.texts import Field, read_texts
from earmark.catalog.track import Values
from earmark.errors import InputError, MetadataError

FILE_COLUMNS: tuple[str, ...] = ("file", "path", "song file", "file name", "location")
"""Names of the column that says which file a row is about."""

COLUMNS: dict[Field, tuple[str, ...]] = {
    "title": ("title", "song name", "track title", "track", "song", "name"),
    "mix": ("mix", "mix name", "version"),
    "artists": ("artists", "artist", "artist name", "artist s"),
    "remixers": ("remixers", "remixer"),
    "label": ("label", "record label", "label name"),
    "release": ("release", "release name", "album", "ep"),
    "catalogue_number": ("catalogue number", "catalog number", "catalogue", "catalog", "cat no"),
    "genre": ("genre", "genres"),
    "released": ("released", "release date", "date", "publish date", "year"),
    "bpm": ("bpm", "tempo"),
    "key": ("key", "key name", "initial key", "camelot"),
    "seconds": ("length", "seconds", "duration", "time"),
}
"""Each field's column names, written without case, underscores and signs; the first is the one we would write."""

_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class CsvCatalogue:
    """A CSV's rows, ready to be matched to files.

    Attributes:
        path: Where the CSV is.
        rows: Each row's values, in order.
        files: Each row's file as the CSV names it, empty where it does not.
        columns: The CSV's columns that are read, with the field of each (``"file"`` for the file).
        unknown_columns: The CSV's columns that are not.
        problems: What was wrong with the CSV as a whole.
    """

    path: Path
    rows: tuple[Values, ...]
    files: tuple[str, ...]
    columns: Mapping[str, str]
    unknown_columns: tuple[str, ...]
    problems: tuple[str, ...]
    _by_name: Mapping[str, list[int]] = field(init=False, repr=False, compare=False, hash=False)
    _by_song: Mapping[str, list[int]] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        by_name = _index((_path_parts(file)[-1] if file else "" for file in self.files), self.files)
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_by_song", _index(map(_song_key, self.rows), self.rows))

    def match(self, path: Path, known: Iterable[Values] = ()) -> Values:
        """The row about a file.

        Args:
            path: The file.
            known: What other importers know of it, for matching by artists and title where no row has the file's
                name; looked at only then.

        Returns:
            The row's values; empty where no row matches, with a problem where several do and differ.
        """
        candidates, how = self._closest(path), f"the file name {path.name!r}"
        for values in () if candidates else known:
            if candidates := self._by_song.get(_song_key(values), []):
                how = f"artists and title of {path.name!r}"
                break
        different = {self.rows[row] for row in candidates}
        if len(different) > 1:
            places = ", ".join(str(row + 1) for row in candidates[:5])
            problem = (
                f"{len(different)} different rows of {self.path.name} match {how} "
                f"(rows {places} below the header); none is used"
            )
            return Values(source="csv", problems=(problem,))
        return different.pop() if different else Values(source="csv")

    def _closest(self, path: Path) -> list[int]:
        """Rows with the file's name whose folders agree with the file's best."""
        parts = _path_parts(path.as_posix())
        rows = self._by_name.get(parts[-1], []) if parts else []
        agreed = [_common_ends(parts, _path_parts(self.files[row])) for row in rows]
        return [row for row, length in zip(rows, agreed, strict=True) if length == max(agreed)]


def read_csv(path: Path) -> CsvCatalogue:
    """Read a CSV.

    Args:
        path: A file with a header row, separated by commas, semicolons or tabs; UTF-8, or Latin-1 with a problem.

    Returns:
        Its rows. Columns that are not known are listed, and what a cell has wrong is a problem of its row.

    Raises:
        InputError: If there is no such file.
        MetadataError: If no column says which track a row is about, or it is no CSV.
    """
    text, problems = _decode(path)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise MetadataError(f"{path} is not a CSV ({error}); look for a quotation mark that is not closed") from error
    header, *rest = lines or [[]]
    places = _places(header, path)
    rows = [line for line in rest if any(cell.strip() for cell in line)]
    if too_long := sum(any(cell.strip() for cell in row[len(header) :]) for row in rows):
        problems.append(f"{too_long} rows of {path.name} have more cells than the header; the rest is not read")
    return CsvCatalogue(
        path=path,
        rows=tuple(_read_row(row, places) for row in rows),
        files=tuple(_cell(row, places.get("file")).strip() for row in rows),
        columns={header[place]: known for known, place in places.items()},
        unknown_columns=tuple(
            name for place, name in enumerate(header) if place not in places.values() and name.strip()
        ),
        problems=tuple(problems),
    )


def _decode(path: Path) -> tuple[str, list[str]]:
    """The CSV's text, and a problem where it is not UTF-8."""
    if not path.is_file():
        raise InputError(f"there is no CSV {path}")
    raw = path.read_bytes()
    if b"\0" in raw[:1000]:
        raise MetadataError(f"{path} is not a CSV in UTF-8 (it holds zero bytes); save it as CSV UTF-8")
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return raw.decode("latin-1"), [f"{path.name} is not UTF-8 and was read as Latin-1; check names with accents"]


def _delimiter(text: str) -> str:
    """The separator that the header has most of; csv.Sniffer guesses letters in short files."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _places(header: Sequence[str], path: Path) -> dict[Field | Literal["file"], int]:
    """The place of each known field's column.

    Of two columns for one field, the one whose name stands first in `COLUMNS` is read and the other is unknown.
    """
    named = {normalise(name): place for place, name in reversed(list(enumerate(header)))}
    wanted: list[tuple[Field | Literal["file"], tuple[str, ...]]] = [("file", FILE_COLUMNS), *COLUMNS.items()]
    found = {known: next((named[name] for name in names if name in named), None) for known, names in wanted}
    places = {known: place for known, place in found.items() if place is not None}
    if "file" not in places and "title" not in places:
        came = ", ".join(name.strip() or "(no name)" for name in header) or "none"
        raise MetadataError(
            f"{path} has neither a column for the file ({', '.join(FILE_COLUMNS)}) nor one for the title "
            f"({', '.join(COLUMNS['title'])}), so no row can be matched to a track; its columns are: {came[:500]}"
        )
    return places


def _read_row(row: Sequence[str], places: Mapping[Field | Literal["file"], int]) -> Values:
    texts: dict[Field, list[str]] = {known: [_cell(row, places.get(known))] for known in COLUMNS}
    # The reference study's titles end in ".mp3".
    texts["title"] = [stem_of(text.strip()) for text in texts["title"]]
    return read_texts("csv", texts)


def _cell(row: Sequence[str], place: int | None) -> str:
    """A row's cell; empty where the row is too short or there is no such column."""
    return row[place] if place is not None and place < len(row) else ""


def _path_parts(text: str) -> tuple[str, ...]:
    """A path's parts as they are compared: forward slashes, one Unicode form (macOS decomposes), no case."""
    return PurePosixPath(normalize("NFC", text).casefold().replace("\\", "/")).parts


def _common_ends(one: Sequence[str], other: Sequence[str]) -> int:
    """How many last parts two paths share."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _song_key(values: Values) -> str:
    """Artists, title and mix as they are compared; empty without both artists and a title."""
    if not values.title or values.artists is None or not values.artists.performers:
        return ""
    names = "|".join(sorted({normalise(name) for name in values.artists.performers}))
    return f"{names}||{normalise(values.title)}||{normalise(values.mix or '')}"


def _index(keys: Iterable[str], of: Sequence[object]) -> dict[str, list[int]]:
    """Rows by key, without the empty key."""
    rows: dict[str, list[int]] = {}
    for row, (key, _) in enumerate(zip(keys, of, strict=True)):
        if key:
            rows.setdefault(key, []).append(row)
    return rows
