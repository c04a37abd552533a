"""``earmark tracks``, ``earmark labels`` and ``earmark models``: see what there is."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

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
    from earmark.audio.estimates import KeyEstimate, Measures, TempoEstimate
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

    A tempo or key with ~ before it was estimated from the sound, since nothing else tells it; ? after it says that the
    estimate is doubtful.

    Examples:

        earmark tracks --genre Trance --since 2018-01-01 --until 2019-03-31
        earmark tracks --labels Anjunabeats,FSOE --keys plain
    """
    from earmark.catalog.select import select
    from earmark.library.library import Library

    opened = Library.open(library)
    everything = opened.tracks()
    result = select(everything, make_selection(labels, genre, since, until))
    measures = opened.measures(track.audio_id for track in result.tracks)
    if as_json:
        print_json([_track_json(track, measures.get(track.audio_id)) for track in result.tracks])
        return
    cells = [
        _sources_row(track) if sources else _track_row(track, measures.get(track.audio_id), keys)
        for track in result.tracks
    ]
    columns = ["track", "where its values come from"] if sources else TRACK_COLUMNS
    if cells:
        out().print(table(columns, cells))
    if not everything:
        note("The library has no tracks yet; fill it with `earmark scan FOLDER`.")
        return
    left_out = "".join(f"; {count} left out: {reason}" for reason, count in result.left_out.items())
    note(f"{len(result.tracks)} of {len(everything)} tracks{left_out}")
    if not sources and any(
        "analysis" in (track.sources.get("bpm"), track.sources.get("key")) for track in result.tracks
    ):
        note("~ estimated from the sound, ? doubtful; --sources tells where each value came from.")


TRACK_COLUMNS = ["track", "label", "release", "released", "BPM>", "key>", "LUFS>", "length>"]


def _track_row(track: "Track", measures: "Measures | None", keys: KeyNotation) -> list[object]:
    from earmark.catalog.keys import format_key

    tempo, tonality = (None, None) if measures is None else (measures.tempo, measures.key)
    bpm = None if track.bpm is None else _marked(f"{track.bpm:g}", track.sources.get("bpm"), tempo)
    key = None if track.key is None else _marked(format_key(track.key, keys.value), track.sources.get("key"), tonality)
    lufs = None if measures is None or measures.lufs is None else f"{measures.lufs:.1f}"
    return [track.display, track.label, track.release, track.released, bpm, key, lufs, minutes(track.seconds)]


def _marked(text: str, source: str | None, estimate: "TempoEstimate | KeyEstimate | None") -> str:
    """Mark a value that is an estimate, and one of little confidence."""
    if source != "analysis":
        return text
    return f"~{text}{'?' if estimate is None or estimate.doubtful else ''}"


def _track_json(track: "Track", measures: "Measures | None") -> dict[str, Any]:
    """A track's plain data, with its measures but without the loudness curve, which is long."""
    if measures is None:
        return track.to_json()
    told = measures.to_json() | {"energy": round(measures.energy, 3)}
    return track.to_json() | {"measures": {name: value for name, value in told.items() if not name.startswith("curve")}}


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
