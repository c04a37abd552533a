"""Tracks out of a CSV alone, without any sound: for looking at metadata, not for learning."""

from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from earmark.catalog.from_csv import CsvCatalogue, read_csv
from earmark.catalog.spellings import unify_labels
from earmark.catalog.track import Track, merge


def tracks_of_csv(path: Path) -> tuple[list[Track], CsvCatalogue]:
    """Read a CSV's rows as tracks.

    Args:
        path: A CSV as `earmark.catalog.from_csv.read_csv` reads it.

    Returns:
        A track for each row, with a length of 0 where the row has none and an audio id made of the row's place; and the
        CSV itself, which says what could not be read.

    Raises:
        InputError: If there is no such file.
        MetadataError: If it is no CSV, or no column says which track a row is about.
    """
    catalogue = read_csv(path)
    tracks = []
    for row, (values, file) in enumerate(zip(catalogue.rows, catalogue.files, strict=True), start=1):
        place = file or f"{path.name}, row {row}"
        audio_id = blake2b(f"{row} {place}".encode(), digest_size=16).hexdigest()
        tracks.append(merge([replace(values, seconds=values.seconds or 0.0)], audio_id=audio_id, path=place))
    return unify_labels(tracks), catalogue
