"""``earmark tracks``, ``earmark labels`` and ``earmark models``: see what there is."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, table
from earmark.cli.options import (
    GenreOption,
    JsonOption,
    LabelsOption,
    LibraryOption,
    SinceOption,
    UntilOption,
    make_selection,
)

if TYPE_CHECKING:
    from earmark.catalog.track import Track


class KeyNotation(StrEnum):
    """How keys are shown."""

    camelot = "camelot"
    open_key = "open-key"
    plain = "plain"
    short = "short"


KeysOption = Annotated[
    KeyNotation,
    typer.Option("--keys", envvar="EARMARK_KEYS", help="How keys are shown: 8A, 1m, A minor or Am."),
]


def tracks(
    labels: LabelsOption = None,
    genre: GenreOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    sources: Annotated[bool, typer.Option("--sources", help="Show where each value came from.")] = False,
    keys: KeysOption = KeyNotation.camelot,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tracks of the library.

    Examples:
        earmark tracks --genre Trance --since 2018-01-01 --until 2019-03-31
        earmark tracks --labels Anjunabeats,FSOE --keys plain
    """
    from earmark.catalog.select import select
    from earmark.library.library import Library

    everything = Library.open(library).tracks()
    result = select(everything, make_selection(labels, genre, since, until))
    if as_json:
        print_json([track.to_json() for track in result.tracks])
        return
    cells = [_sources_row(track) if sources else _track_row(track, keys) for track in result.tracks]
    columns = ["track", "where its values come from"] if sources else TRACK_COLUMNS
    out().print(table(columns, cells))
    left_out = "".join(f"; {count} left out: {reason}" for reason, count in result.left_out.items())
    note(f"{len(result.tracks)} of {len(everything)} tracks{left_out}")


TRACK_COLUMNS = ["track", "label", "release", "released", "BPM>", "key>", "length>"]


def _track_row(track: "Track", keys: KeyNotation) -> list[object]:
    from earmark.catalog.keys import format_key

    bpm = None if track.bpm is None else f"{track.bpm:g}"
    key = None if track.key is None else format_key(track.key, keys.value)
    return [track.display, track.label, track.release, track.released, bpm, key, minutes(track.seconds)]


def _sources_row(track: "Track") -> list[object]:
    return [track.display, ", ".join(f"{field}: {source}" for field, source in sorted(track.sources.items()))]


def minutes(seconds: float) -> str:
    """Show a length as minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def labels(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the labels of the library with their numbers of tracks, releases and artists."""
    from earmark.library.library import Library

    summaries = Library.open(library).labels()
    if as_json:
        print_json([asdict(summary) for summary in summaries])
        return
    rows = [(s.label, s.tracks, s.releases, s.artists, f"{s.hours:.1f}") for s in summaries]
    out().print(table(["label", "tracks>", "releases>", "artists>", "hours>"], rows))


def models(as_json: JsonOption = False) -> None:
    """List the models that can be trained: the three published ones, and our own settings of each."""
    from earmark.models.registry import DEFAULT_MODEL, MODELS

    if as_json:
        print_json([spec.to_json() for spec in MODELS.values()])
        return
    rows = [
        (f"{spec.name} (default)" if spec.name == DEFAULT_MODEL else spec.name, spec.summary, spec.source)
        for spec in MODELS.values()
    ]
    out().print(table(["model", "what it is", "settings from"], rows))
