"""Turns the records of files into tracks: one for each recording, its metadata merged by the rules of its folder.

Nothing is decoded here; a change of rules (``--label-from``, ``--csv``) costs only this step. It writes the tracks that
changed and no others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from earmark.catalog.from_csv import CsvCatalogue, read_csv
from earmark.catalog.from_file_name import read_file_name
from earmark.catalog.importers import ImportContext, import_file
from earmark.catalog.track import Track, merge
from earmark.errors import InputError
from earmark.library.discovery import FoundFile
from earmark.library.library import Library
from earmark.library.plan import is_below
from earmark.library.playlists import in_order
from earmark.library.rows import LABEL_FROM, FileRecord, LabelFrom, Root, track_from_row, track_to_row

MOSTLY = 0.5
"""With labels from ``auto``, the tags tell them where at least this share of a folder's files carries a label tag."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file to scan, and the rules by which it is read.

    Attributes:
        path: Absolute path of what is searched.
        root: The rules. Its path lies above where only a part of a known folder is scanned again.
    """

    path: str
    root: Root


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What became of the records.

    Attributes:
        tracks: Tracks below the scanned places.
        changed: Tracks that are new or whose metadata changed.
        unlabelled: Tracks without a label.
        duplicates: Further files that hold the sound of another.
        moved: Tracks whose file is now elsewhere.
        missing: Tracks whose file is gone; forgotten if the scan prunes.
        replaced: Tracks in whose file there is another sound now; forgotten.
        label_from: Where each place's labels came from, by its path.
        problems: What could not be used, as (path, sentence).
    """

    tracks: int
    changed: int
    unlabelled: int
    duplicates: int
    moved: int
    missing: int
    replaced: int
    label_from: Mapping[str, LabelFrom]
    problems: tuple[tuple[str, str], ...]


def settle_places(
    known: Iterable[Root],
    places: Sequence[str | Path],
    *,
    label_from: LabelFrom | None,
    csv: str | Path | None,
) -> list[Place]:
    """Say by which rules each place is read: as asked now, else as at its last scan.

    Where nothing is asked, a part of a known folder is read by that folder's rules. Known folders within a place come
    along, so that they keep rules of their own.

    Args:
        known: The places that were scanned before.
        places: The places to scan; all known ones when empty.
        label_from: Where labels come from, if asked.
        csv: The CSV, if asked.

    Raises:
        InputError: Labels should come from a CSV and none is named, or `label_from` is no such way.
    """
    by_path = {root.path: root for root in known}
    asked = [str(Path(place).expanduser().absolute()) for place in places]
    within = [path for path in sorted(by_path) if not asked or (is_below(path, asked) and Path(path).exists())]
    if label_from is not None and label_from not in LABEL_FROM:
        raise InputError(f"labels come from one of {', '.join(LABEL_FROM)}, not from {label_from!r}")
    csv_path = None if csv is None else str(Path(csv).expanduser().absolute())
    settled = []
    for path in dict.fromkeys([*asked, *within]):
        if path in within and path not in asked:
            root = by_path[path]
        elif label_from is None and csv_path is None:
            root = _known_root(by_path, path) or Root(path, "auto", None)
        else:
            before = by_path.get(path, Root(path, "auto", None))
            # A CSV that is new may tell the labels, so that where they come from is settled anew.
            settled_before = before.label_from if csv_path is None else "auto"
            root = Root(path, label_from or settled_before, csv_path or before.csv)
        if root.label_from == "csv" and root.csv is None:
            raise InputError("labels should come from a CSV, but none is named; add --csv FILE")
        settled.append(Place(path, root))
    return settled


def _known_root(known: Mapping[str, Root], path: str) -> Root | None:
    """The deepest known folder that is or holds a path."""
    above = [one for one in known if is_below(path, [one])]
    return known[max(above, key=len)] if above else None


def catalogue(
    library: Library,
    found: Sequence[FoundFile],
    places: Sequence[Place],
    *,
    csvs: Mapping[str, CsvCatalogue],
    gone: Sequence[str],
    prune: bool,
    complete: bool = True,
) -> Catalogued:
    """Bring the tracks up to date with the records of the files that were found.

    Args:
        library: The library.
        found: The files on disk.
        places: The scanned places and their rules.
        csvs: The places' CSVs, by path.
        gone: Paths that the library knows and that are not there any more.
        prune: Forget tracks whose files are gone.
        complete: Whether all files found were worked on. After an interruption, where labels come from is not settled
            for good yet, since the files that are known may be no fair sample.
    """
    files = library.files()
    here = {file.path: file for file in found if file.path in files}
    settled = [
        _settle_auto(one, [files[path] for path, file in here.items() if _is_of(file, one)], csvs) for one in places
    ]
    reader = _Reader(library, {one.path: one.root for one in settled}, csvs)
    before = {row["audio_id"]: track_from_row(row) for row in library.tracks_table.rows()}
    tracks, duplicates = _tracks(files, here, before, reader)
    lost = {files[path].audio_id for path in gone if path in files}
    elsewhere = {files[path].audio_id for path in files.keys() - here.keys() - set(gone)}
    homeless = before.keys() - tracks.keys() - elsewhere
    replaced = {audio_id for audio_id in homeless if before[audio_id].path in here}
    missing = (lost & homeless) - replaced
    changed = [track for track in tracks.values() if before.get(track.audio_id) != track]
    known = library.roots()
    roots = [one.root for one in (settled if complete else places)]
    news = {root for root in roots if root not in known and Path(root.path).is_dir()}
    library.roots_table.merge(root.to_row() for root in news)
    library.tracks_table.merge(track_to_row(track) for track in changed)
    # Tracks before files: after a kill in between, the files are still known and still gone.
    library.tracks_table.delete(replaced | missing if prune else replaced)
    forgotten = [path for path in gone if path in files and (prune or files[path].audio_id in tracks)]
    library.files_table.delete(forgotten)
    library.failures_table.delete(gone)
    moved = sum(t.audio_id in before and before[t.audio_id].path != t.path for t in changed)
    return Catalogued(
        tracks=len(tracks),
        changed=len(changed),
        unlabelled=sum(track.label is None for track in tracks.values()),
        duplicates=duplicates,
        moved=moved,
        missing=len(missing),
        replaced=len(replaced),
        label_from={one.root.path: one.root.label_from for one in settled},
        problems=tuple(reader.problems),
    )


def recatalogue(library: Library, audio_ids: Iterable[str]) -> int:
    """Merge what is known of tracks anew, without looking at any file but the CSVs; returns how many tracks changed.

    Raises:
        InputError: A CSV that tells of them is gone.
    """
    files = library.files()
    known = {root.path: root for root in library.roots()}
    before = {row["audio_id"]: track_from_row(row) for row in library.tracks_table.rows()}
    rooted = [(track, _known_root(known, track.path)) for key in audio_ids if (track := before.get(key)) is not None]
    places = [Place(track.path, root) for track, root in rooted if root is not None and track.path in files]
    reader = _Reader(library, {one.path: one.root for one in places}, read_csvs(places))
    changed = []
    for place in places:
        record = files[place.path]
        track = reader.track(record, FoundFile(record.path, place.root.path, record.size, record.mtime_ns))
        if track != before[track.audio_id]:
            changed.append(track)
    library.tracks_table.merge(map(track_to_row, changed))
    return len(changed)


def _is_of(file: FoundFile, place: Place) -> bool:
    return place.path in (file.root, file.path)


def read_csvs(places: Sequence[Place]) -> dict[str, CsvCatalogue]:
    """Read the CSVs of all places, by path; before a scan, so that a wrong one is told before hours of work.

    Raises:
        InputError: There is no such file.
        MetadataError: It is no CSV with a column that says which track a row is about.
    """
    return {path: read_csv(Path(path)) for path in sorted({p.root.csv for p in places if p.root.csv is not None})}


def _settle_auto(place: Place, records: Sequence[FileRecord], csvs: Mapping[str, CsvCatalogue]) -> Place:
    """Settle ``"auto"``: the CSV or the tags, whichever tells the labels of most files; else folders."""
    root = place.root
    if root.label_from != "auto" or not records:
        return place
    label_from: LabelFrom = "folder"
    if MOSTLY * len(records) <= sum(record.values.label is not None for record in records):
        label_from = "tag"
    if root.csv is not None:
        rows = (csvs[root.csv].match(Path(one.path), (one.values, read_file_name(Path(one.path)))) for one in records)
        label_from = "csv" if sum(row.label is not None for row in rows) >= MOSTLY * len(records) else label_from
    return replace(place, root=replace(root, label_from=label_from))


class _Reader:
    """Merges what each importer says of a file, by the rules of the place that it was found in."""

    def __init__(self, library: Library, roots: Mapping[str, Root], csvs: Mapping[str, CsvCatalogue]) -> None:
        self.problems: list[tuple[str, str]] = []
        self._estimated = library.estimated()
        self._imported = {key: [one.values for one in told] for key, told in library.imported().items()}
        self._roots, self._csvs = roots, csvs  # roots by the place that was searched
        for path, csv in csvs.items():
            unread = [f"column {column!r} is not known and was not read" for column in csv.unknown_columns]
            self.problems += [(path, problem) for problem in (*csv.problems, *unread)]

    def track(self, record: FileRecord, file: FoundFile) -> Track:
        """Return the track of a file."""
        root = self._roots.get(file.path) or self._roots[file.root]
        path = Path(file.path)
        context = ImportContext(
            root=path.parent if root.path == file.path else Path(root.path),
            csv=None if root.csv is None else self._csvs[root.csv],
            tags=record.values,
        )
        told = in_order(import_file(path, context), self._imported.get(record.audio_id, ()))
        if (estimated := self._estimated.get(record.audio_id)) is not None:
            told.append(estimated)  # last: it fills what nobody says
        self.problems += [(file.path, problem) for values in told for problem in values.problems]
        label_from = None if root.label_from == "auto" else root.label_from
        seconds = record.facts.seconds
        return merge(told, audio_id=record.audio_id, path=file.path, seconds=seconds, label_from=label_from)

    def compare(self, chosen: Track, other: Track) -> None:
        """Note it where two files with the same sound stand under two labels: one of them must be wrong."""
        if other.label is not None and other.label != chosen.label:
            told = (
                f"holds the same sound as {chosen.path}, whose label {chosen.label!r} counts, but says {other.label!r}"
            )
            self.problems.append((other.path, told))


def _tracks(
    files: Mapping[str, FileRecord],
    here: Mapping[str, FoundFile],
    before: Mapping[str, Track],
    reader: _Reader,
) -> tuple[dict[str, Track], int]:
    """The tracks of the files that are here, by audio id, and the number of further files with the same sound."""
    paths_of: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(here):
        paths_of[files[path].audio_id].append(path)
    tracks: dict[str, Track] = {}
    duplicates = 0
    for audio_id, paths in paths_of.items():
        known = before.get(audio_id)
        if known is not None and known.path not in here and _still_holds(files.get(known.path), audio_id):
            tracks[audio_id] = known  # another place, not scanned now, holds the file that counts
            duplicates += len(paths)
            continue
        chosen = known.path if known is not None and known.path in paths else paths[0]
        tracks[audio_id] = reader.track(files[chosen], here[chosen])
        duplicates += len(paths) - 1
        for path in paths:
            if path != chosen:
                reader.compare(tracks[audio_id], reader.track(files[path], here[path]))
    return tracks, duplicates


def _still_holds(record: FileRecord | None, audio_id: str) -> bool:
    return record is not None and record.audio_id == audio_id and Path(record.path).exists()
