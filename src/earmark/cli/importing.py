"""``earmark import`` and ``earmark playlists``: what DJ software knows, taken into the library."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, table
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.listing import minutes
from earmark.cli.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.interop.importing import ImportSummary
    from earmark.library.library import Library
    from earmark.library.playlists import StoredPlaylist

MOST_LISTED = 20
"""So many of a kind are listed for people; JSON has all."""


def import_files(
    files: Annotated[list[Path], typer.Argument(help="rekordbox XML, Traktor NML, M3U or M3U8.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Match and tell, and keep nothing.")] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take playlists, play order and metadata of DJ software into the library.

    What a file is, is told by what is in it. Its tracks are matched to the library by path, by what is left of a path
    that moved, by file name and length, and by artist, title and length; what fits none or several is listed, makes the
    exit code 3, and is never guessed. BPM, key and other metadata fill what tags lack. Importing again changes nothing,
    and no file of the DJ software is written.

    Examples:

        earmark import rekordbox.xml
        earmark import collection.nml History/*.nml --dry-run
        earmark import friday.m3u8
    """
    from earmark.errors import InputError
    from earmark.interop.importing import import_collection, library_matcher
    from earmark.library.library import Library

    opened = Library.open(library)
    matcher = library_matcher(opened)
    summaries: list[ImportSummary] = []
    failures: dict[str, str] = {}
    for file in files:
        try:
            summaries.append(import_collection(opened, file, matcher=matcher, dry_run=dry_run))
        except InputError as error:
            if len(files) == 1:
                raise
            failures[str(file)] = str(error)
    if as_json:
        failed = [{"path": path, "error": error} for path, error in failures.items()]
        print_json([*(summary.to_json() for summary in summaries), *failed])
    else:
        for summary in summaries:
            _show(summary)
        _list("Not imported", list(failures.values()))
    if failures or not all(summary.is_complete for summary in summaries):
        raise typer.Exit(SOME_FAILED)


def _show(summary: "ImportSummary") -> None:
    note(f"{summary.path} is {_KINDS[summary.source]}.")
    rows = [
        *((f"matched by {how}", count) for how, count in summary.matched.items()),
        ("fits several tracks", len(summary.ambiguous)),
        ("not in the library", len(summary.unmatched)),
        ("playlists", f"{summary.playlists} ({summary.new_playlists} new or changed)"),
        ("tracks with new metadata", summary.told),
        ("tracks that it filled", "(dry run)" if summary.dry_run else summary.filled),
    ]
    out().print(table(["what", "how many>"], rows, title=f"{summary.path.name}: {summary.locations} tracks"))
    _list("Not in the library", summary.unmatched)
    _list("Fits several tracks", [f"{one.location} (fits {', '.join(one.paths)})" for one in summary.ambiguous])
    _list("Not used", [f"{place}: {problem}" for place, problem in summary.problems])


_KINDS = {"rekordbox": "a rekordbox XML", "traktor": "a Traktor NML", "m3u": "an M3U playlist"}


def _list(what: str, lines: "list[str] | tuple[str, ...]") -> None:
    for line in lines[:MOST_LISTED]:
        note(f"{what}: {line}")
    if len(lines) > MOST_LISTED:
        note(f"{what}: {len(lines) - MOST_LISTED} more; --json lists all")


def playlists(
    name: Annotated[
        str | None,
        typer.Argument(help="Show this playlist's tracks: its name, Folder/Name, or id.", show_default=False),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the playlists that were imported or made on the page, or show one of them in play order.

    Entries whose tracks are not in the library are kept and counted: scan their folder and import the file again.

    Examples:

        earmark playlists
        earmark playlists "Sets/Friday"
    """
    from earmark.library.library import Library
    from earmark.library.playlists import find_playlist

    opened = Library.open(library)
    stored = opened.playlists()
    if name is not None:
        _show_playlist(find_playlist(stored, name), opened, as_json=as_json)
    elif as_json:
        print_json([one.to_json() for one in stored])
    else:
        _show_playlists(stored)


def _show_playlists(stored: "Sequence[StoredPlaylist]") -> None:
    if not stored:
        note("There is none yet; take some in with: earmark import FILE")
        return
    rows = [(one.full_name, one.kind, one.source, len(one.entries), len(one.missing)) for one in stored]
    out().print(table(["playlist", "kind", "from", "entries>", "not in the library>"], rows))
    names = Counter(one.full_name for one in stored)
    for one in stored:
        if names[one.full_name] > 1:
            note(f"{one.full_name} ({one.source}) is one of several; its id: {one.playlist_id}")


def _show_playlist(playlist: "StoredPlaylist", library: "Library", *, as_json: bool) -> None:
    tracks = {track.audio_id: track for track in library.tracks()}
    found = [tracks.get(entry.audio_id or "") for entry in playlist.entries]
    if as_json:
        told = [
            {"location": entry.location, "track": None if track is None else track.to_json()}
            for entry, track in zip(playlist.entries, found, strict=True)
        ]
        print_json({**playlist.to_json(), "entries": told})
        return
    rows = [
        (place, entry.location, "not in the library", None, None, None)
        if track is None
        else (place, track.display, track.label, track.bpm and f"{track.bpm:g}", track.key and track.key.camelot,
              minutes(track.seconds))
        for place, (entry, track) in enumerate(zip(playlist.entries, found, strict=True), start=1)
    ]  # fmt: skip
    title = f"{playlist.full_name} ({playlist.kind}, {playlist.source})"
    out().print(table(["#>", "track", "label", "BPM>", "key>", "length>"], rows, title=title))
