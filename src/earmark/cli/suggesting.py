"""What ``earmark similar``, ``next`` and ``setlist`` share: options, opening the library, and the words of a track."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note
from earmark.cli.exporting import export_items, export_options

if TYPE_CHECKING:
    from earmark.audio.estimates import KeyEstimate, Measures, TempoEstimate
    from earmark.catalog.track import Track
    from earmark.interop.items import ExportItem
    from earmark.similarity.finding.mixing import MixRules
    from earmark.similarity.finding.versions import Version
    from earmark.similarity.vectors.opening import Collection

FEW = 50
"""So many tracks without a vector are embedded on the way; of more, a note of the collection tells."""

TrackArgument = Annotated[
    str,
    typer.Argument(
        metavar="TRACK",
        help="Words of artist and title, a file's path, or the beginning of an audio id.",
        show_default=False,
    ),
]
CountOption = Annotated[int, typer.Option("--count", "-k", min=1, max=1000, help="How many tracks.")]
PerArtistOption = Annotated[
    int, typer.Option("--max-per-artist", min=0, help="At most so many by one artist; 0 for any number.")
]
PerReleaseOption = Annotated[
    int, typer.Option("--max-per-release", min=0, help="At most so many from one release; 0 for any number.")
]
LikeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--like", help="More like this track too; may be given several times.", metavar="TRACK", show_default=False
    ),
]
UnlikeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--unlike", help="Less like this track; may be given several times.", metavar="TRACK", show_default=False
    ),
]
BpmOption = Annotated[
    str | None, typer.Option("--bpm", help="Only tracks of this tempo.", metavar="LOW-HIGH", show_default=False)
]
KeyOption = Annotated[
    list[str] | None,
    typer.Option("--key", help="Only tracks in this key; may be given several times.", show_default=False),
]
LabelOption = Annotated[
    list[str] | None,
    typer.Option("--label", help="Only tracks of this label; may be given several times.", show_default=False),
]
ExcludeLabelOption = Annotated[
    list[str] | None,
    typer.Option("--exclude-label", help="No track of this label; may be given several times.", show_default=False),
]
ArtistOption = Annotated[
    list[str] | None,
    typer.Option("--artist", help="Only tracks by this artist; may be given several times.", show_default=False),
]
ExcludeArtistOption = Annotated[
    list[str] | None,
    typer.Option("--exclude-artist", help="No track by this artist; may be given several times.", show_default=False),
]
RulesOption = Annotated[
    str,
    typer.Option(
        "--rules",
        help="Key changes that are allowed: same, adjacent, relative, energy-boost, diagonal.",
        metavar="A,B,C",
    ),
]
PitchRangeOption = Annotated[
    float, typer.Option("--pitch-range", min=0.1, max=50.0, help="Percent by which a track may be sped up or slowed.")
]
KeyLockOption = Annotated[
    bool, typer.Option("--key-lock/--no-key-lock", help="Whether a track keeps its key when its speed changes.")
]
StrictKeyOption = Annotated[
    bool, typer.Option("--strict-key", help="Refuse tracks whose key is not known, or not surely.")
]
WeightOption = Annotated[
    str | None,
    typer.Option(
        "--weight",
        help="What counts how much: sound, key, tempo, level, energy, variety.",
        metavar="TERM=X,...",
        show_default=False,
    ),
]


def make_rules(rules: str, *, pitch_range: float, key_lock: bool, strict_key: bool, weights: str | None) -> "MixRules":
    """Make the rules of mixing from what was typed.

    Raises:
        UnknownNameError: There is no such key rule or weight.
        InputError: A number is out of range.
    """
    from earmark.similarity.finding.harmony import parse_rules
    from earmark.similarity.finding.mixing import MixRules, parse_weights

    return MixRules(
        keys=parse_rules(rules),
        pitch_range=pitch_range,
        key_lock=key_lock,
        strict_key=strict_key,
        weights=parse_weights(weights),
    )


def open_vectors(
    library: str | None, *, bundle: Path | None, backbone: str | None, mfcc: bool, quiet: bool
) -> "Collection":
    """Open a library for searching; a few tracks that lack a vector get it on the way.

    Raises:
        InputError: The library has no tracks, or no vectors yet.
        UnknownNameError: There is no such bundle or backbone.
    """
    from earmark.cli.embed import run_embed
    from earmark.executors import SerialExecutor
    from earmark.library.library import Library
    from earmark.similarity.vectors.opening import open_collection
    from earmark.similarity.vectors.sources import find_source

    opened = Library.open(library)
    source = find_source(opened, bundle=bundle, backbone=backbone, mfcc=mfcc)
    collection = open_collection(opened, source)
    known = set(collection.columns.audio_ids.tolist())
    lacking = sum(track.audio_id not in known for track in collection.all_tracks())
    if 0 < lacking <= FEW:
        note(f"Making the vectors of {lacking} track{'' if lacking == 1 else 's'} without one.")
        run_embed(opened, source, executor=SerialExecutor(), rebuild=False, quiet=quiet)
        collection = open_collection(opened, source)
    return collection


def version_lines(versions: "Sequence[Version]") -> str:
    """What is folded under a track, a line each, to stand below its name."""
    return "".join(f"\n  also: {one.words}" for one in versions)


def track_cells(track: "Track", measures: "Measures | None" = None) -> list[object]:
    """A track's label, BPM and key as a table shows them; an estimate is marked by ``~``, a doubtful one by ``?``."""
    tempo, key = (None, None) if measures is None else (measures.tempo, measures.key)
    bpm = "" if track.bpm is None else _marked(track, "bpm", f"{track.bpm:.1f}".removesuffix(".0"), tempo)
    return [track.label, bpm, "" if track.key is None else _marked(track, "key", track.key.camelot, key)]


def _marked(track: "Track", name: str, text: str, estimate: "TempoEstimate | KeyEstimate | None") -> str:
    if track.sources.get(name) != "analysis":
        return text
    return f"~{text}{'?' if estimate is not None and estimate.doubtful else ''}"


def check_export(path: Path | None, *, path_map: list[str] | None, overwrite: bool) -> None:
    """Look whether ``--export`` can be done, before anything is searched for.

    Raises:
        InputError: The file's ending says no format, it may not be replaced, or a path map is not FROM=TO.
    """
    if path is not None:
        from earmark.interop.exporting import check_target, export_format

        export_options("", path_map=path_map, overwrite=overwrite)
        check_target(path, export_format(path), overwrite=overwrite)


def export_found(
    path: Path | None, items: "Sequence[ExportItem]", *, name: str, path_map: list[str] | None, overwrite: bool
) -> bool:
    """Write what was found where ``--export`` asks for it; whether every track is in it."""
    if path is None:
        return True
    return export_items(path, items, export_options(name, path_map=path_map, overwrite=overwrite))


def show_notes(notes: Sequence[str]) -> None:
    """Say what a user should know beside the result."""
    for text in dict.fromkeys(notes):
        note(f"Note: {text}")


def own_versions_note(versions: "Sequence[Version]") -> list[str]:
    """Say which versions of the track itself were left out."""
    if not versions:
        return []
    return ["Versions of the track itself, left out: " + "; ".join(f"{v.track.display} ({v.words})" for v in versions)]
