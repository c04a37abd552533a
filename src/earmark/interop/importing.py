"""A file of DJ software into a library: its tracks matched, its playlists and metadata kept.

Nothing of the program's is written, and nothing is guessed: what matches no track, or several, is listed. Importing a
file again changes nothing; importing a newer export of it replaces what changed, and playlists that are gone from it
stay.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.catalog.track import Values
from earmark.errors import InputError
from earmark.interop.collection import DjCollection, Playlist
from earmark.interop.matching import How, Match, Matcher
from earmark.interop.reading import read_collection
from earmark.library.cataloguing import recatalogue
from earmark.library.library import Library
from earmark.library.playlists import ImportedTrack, PlaylistEntry, Program, StoredPlaylist, make_playlist_id
from earmark.library.tables import Row, Table


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A location that fits several tracks; none of them was taken.

    Attributes:
        location: The path as the program has it.
        paths: The files of the tracks that fit.
    """

    location: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of a file of DJ software.

    Attributes:
        path: The file.
        source: What wrote it.
        locations: How many tracks it names.
        matched: How many were matched, by what.
        ambiguous: Those that fit several tracks.
        unmatched: The locations of those that are not in the library.
        playlists: How many playlists it holds that are not empty.
        new_playlists: How many of them are new, or changed.
        told: Of how many tracks what the program says is new, or changed.
        filled: How many tracks of the library got metadata by it that they lacked.
        problems: What could not be used, as (location or file, sentence).
        dry_run: Whether nothing was written; ``filled`` is then 0.
    """

    path: Path
    source: Program
    locations: int
    matched: Mapping[How, int]
    ambiguous: tuple[Ambiguous, ...]
    unmatched: tuple[str, ...]
    playlists: int
    new_playlists: int
    told: int
    filled: int
    problems: tuple[tuple[str, str], ...]
    dry_run: bool

    @property
    def is_complete(self) -> bool:
        """Whether every track was matched."""
        return not self.ambiguous and not self.unmatched

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "path": str(self.path),
            "source": self.source,
            "locations": self.locations,
            "matched": dict(self.matched),
            "ambiguous": [{"location": one.location, "paths": list(one.paths)} for one in self.ambiguous],
            "unmatched": list(self.unmatched),
            "playlists": self.playlists,
            "new_playlists": self.new_playlists,
            "told": self.told,
            "filled": self.filled,
            "problems": [{"at": place, "problem": problem} for place, problem in self.problems],
            "dry_run": self.dry_run,
        }


def library_matcher(library: Library) -> Matcher:
    """Make what matches locations to a library's tracks; one serves any number of files.

    Raises:
        InputError: The library has no tracks.
    """
    tracks = library.tracks()
    if not tracks:
        raise InputError(f"the library {library.address} has no tracks to match; run `earmark scan FOLDER` first")
    return Matcher(tracks, {row["path"]: row["audio_id"] for row in library.files_table.rows()})


def import_collection(
    library: Library, path: Path, *, matcher: Matcher | None = None, dry_run: bool = False
) -> ImportSummary:
    """Import a file of DJ software.

    Args:
        library: The library, with tracks.
        path: A rekordbox XML, a Traktor NML, an M3U or M3U8.
        matcher: The library's (`library_matcher`); made where none is given.
        dry_run: Match and tell, and write nothing.

    Returns:
        What became of it.

    Raises:
        InputError: The library has no tracks, or the file cannot be used (`earmark.interop.reading.read_collection`).
        MetadataError: The file is damaged, or of no format that is read.
    """
    collection = read_collection(path)
    matcher = matcher or library_matcher(library)
    matches = match_collection(collection, matcher)
    playlists = _stored_playlists(collection, matches)
    imported = _imported(collection, matches)
    new_playlists = _changed(library.playlists_table, [one.to_row() for one in playlists])
    told = _changed(library.imported_table, [one.to_row() for one in imported])
    filled = 0
    if not dry_run:
        library.playlists_table.merge(new_playlists)
        library.imported_table.merge(told)
        filled = recatalogue(library, [str(row["audio_id"]) for row in told]) if told else 0
    several = {location: match for location, match in matches.items() if match.how is None and match.audio_ids}
    return ImportSummary(
        path=path,
        source=collection.source,
        locations=len(matches),
        matched=Counter(match.how for match in matches.values() if match.how is not None),
        ambiguous=tuple(
            Ambiguous(location, tuple(map(matcher.path_of, match.audio_ids))) for location, match in several.items()
        ),
        unmatched=tuple(location for location, match in matches.items() if not match.audio_ids),
        playlists=len(playlists),
        new_playlists=len(new_playlists),
        told=len(told),
        filled=filled,
        problems=_problems(collection),
        dry_run=dry_run,
    )


def match_collection(collection: DjCollection, matcher: Matcher) -> dict[str, Match]:
    """Match every location of a collection, those that only a playlist names among them, in its order."""
    known = {track.location: track.values for track in collection.tracks}
    named = dict.fromkeys(entry for playlist in collection.playlists for entry in playlist.entries)
    nothing = Values(source="file-name")
    return {location: matcher.match(location, known.get(location, nothing)) for location in {**known, **named}}


def _stored_playlists(collection: DjCollection, matches: Mapping[str, Match]) -> list[StoredPlaylist]:
    seen = Counter[tuple[object, ...]]()
    stored = []
    for playlist in collection.playlists:
        if playlist.entries:
            name = (playlist.kind, *playlist.folder, playlist.name)
            seen[name] += 1
            stored.append(_stored(collection, playlist, matches, number=seen[name]))
    return stored


def _stored(
    collection: DjCollection, playlist: Playlist, matches: Mapping[str, Match], *, number: int
) -> StoredPlaylist:
    # All M3Us of a folder tree may have one name; a second playlist of one name in a collection is another one.
    origin = str(collection.path.absolute()) if collection.source == "m3u" else "" if number == 1 else str(number)
    full_name = (*playlist.folder, playlist.name)
    return StoredPlaylist(
        playlist_id=make_playlist_id(collection.source, playlist.kind, full_name, origin=origin),
        name=playlist.name,
        folder=playlist.folder,
        source=collection.source,
        kind=playlist.kind,
        entries=tuple(PlaylistEntry(entry, matches[entry].audio_id) for entry in playlist.entries),
    )


def _imported(collection: DjCollection, matches: Mapping[str, Match]) -> list[ImportedTrack]:
    """What the program says of the tracks that were matched, the first of two locations of one track."""
    # What an M3U says was made of file names, what we wrote ourselves is no other program's word, and a history has its
    # tracks as they were that night: after the collection it would take their newer values back.
    only_played = bool(collection.playlists) and all(one.kind == "history" for one in collection.playlists)
    if collection.source == "m3u" or collection.is_ours or only_played:
        return []
    found: dict[str, ImportedTrack] = {}
    for track in collection.tracks:
        audio_id = matches[track.location].audio_id
        if audio_id is not None and not track.values.is_empty:
            told = ImportedTrack(audio_id, track.location, track.values, track.play_count, track.added)
            found.setdefault(audio_id, told)
    return list(found.values())


def _changed(table: Table, rows: Sequence[Row]) -> list[Row]:
    """The rows that the table lacks, or has otherwise; so that importing again writes nothing."""
    before = {row[table.key]: row for row in table.rows()}
    return [row for row in rows if before.get(row[table.key]) != row]


def _problems(collection: DjCollection) -> tuple[tuple[str, str], ...]:
    def all_of() -> Iterable[tuple[str, str]]:
        yield from ((str(collection.path), problem) for problem in collection.problems)
        if collection.is_ours:
            yield str(collection.path), "it is an export of Earmark's own; its playlists are taken, not its metadata"
        for track in collection.tracks:
            yield from ((track.location, problem) for problem in track.values.problems)

    return tuple(all_of())
