"""``earmark similar``: what sounds like this track?"""

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, table
from earmark.cli.embed import BackboneOption, MfccOption
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.exporting import ExportOption, OverwriteOption, PathMapOption
from earmark.cli.options import BundleOption, JsonOption, LibraryOption, SinceOption, UntilOption
from earmark.cli.suggesting import (
    ArtistOption,
    BpmOption,
    CountOption,
    ExcludeArtistOption,
    ExcludeLabelOption,
    KeyOption,
    LabelOption,
    LikeOption,
    PerArtistOption,
    PerReleaseOption,
    TrackArgument,
    UnlikeOption,
    check_export,
    export_found,
    open_vectors,
    own_versions_note,
    show_notes,
    track_cells,
    version_lines,
)

if TYPE_CHECKING:
    from earmark.interop.items import ExportItem
    from earmark.similarity.finding.similar import Neighbour, SimilarResult

DampingOption = Annotated[
    float | None,
    typer.Option(
        "--damping",
        min=0.0,
        max=10.0,
        help="How much hub tracks are damped; 0 not at all, the measured best where not given.",
        show_default=False,
    ),
]


def similar(
    track: TrackArgument,
    count: CountOption = 10,
    like: LikeOption = None,
    unlike: UnlikeOption = None,
    bpm: BpmOption = None,
    key: KeyOption = None,
    label: LabelOption = None,
    exclude_label: ExcludeLabelOption = None,
    artist: ArtistOption = None,
    exclude_artist: ExcludeArtistOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    max_per_artist: PerArtistOption = 2,
    max_per_release: PerReleaseOption = 1,
    damping: DampingOption = None,
    export: ExportOption = None,
    path_map: PathMapOption = None,
    overwrite: OverwriteOption = False,
    bundle: BundleOption = None,
    backbone: BackboneOption = None,
    mfcc: MfccOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find what sounds like a track of the library, or like any file.

    Each neighbour has its reasons. Copies and other versions of one recording are recognised by their sound and listed
    under the best of them. Tracks that sound a little like everything are damped, and no artist or release may flood
    the list.

    Examples:

        earmark similar "broken atlas"
        earmark similar demo.mp3 --bpm 126-132 --key 8A --key 9A --exclude-label Afterglow
        earmark similar 3f2a9c --like "gentle signals" --unlike "paper static" --export warm-up.m3u8
    """
    from earmark.similarity.finding.asking import TypedFilters
    from earmark.similarity.finding.hubs import DAMPING
    from earmark.similarity.finding.lookup import make_query
    from earmark.similarity.finding.picking import Caps
    from earmark.similarity.finding.similar import SimilarRequest, find_similar
    from earmark.similarity.finding.versions import Fingerprints

    check_export(export, path_map=path_map, overwrite=overwrite)
    collection = open_vectors(library, bundle=bundle, backbone=backbone, mfcc=mfcc, quiet=as_json)
    filters = TypedFilters(
        bpm=bpm,
        keys=key or (),
        labels=label or (),
        without_labels=exclude_label or (),
        artists=artist or (),
        without_artists=exclude_artist or (),
        since=since,
        until=until,
    )
    prints = Fingerprints(collection.library)
    request = SimilarRequest(
        caps=Caps(count=count, per_artist=max_per_artist, per_release=max_per_release),
        filters=filters.read(collection.columns),
        likes=tuple(make_query(one, collection, prints) for one in like or ()),
        unlikes=tuple(make_query(one, collection, prints) for one in unlike or ()),
        damping=DAMPING if damping is None else damping,
    )
    result = find_similar(collection, make_query(track, collection, prints), prints, request)
    if as_json:
        print_json(result.to_json())
    else:
        show_similar(result)
    items = [_export_item(one) for one in result.neighbours]
    name = f"Similar to {result.asked.display}"
    if not export_found(export, items, name=name, path_map=path_map, overwrite=overwrite):
        raise typer.Exit(SOME_FAILED)


def show_similar(result: "SimilarResult") -> None:
    """Print neighbours for people."""
    rows = [
        [
            place,
            one.track.display + version_lines(one.versions),
            *track_cells(one.track, one.measures),
            "; ".join(one.reasons),
        ]
        for place, one in enumerate(result.neighbours, start=1)
    ]
    if rows:
        out().print(table(["#>", "track", "label", "BPM>", "key", "why"], rows))
    note(f"Sounds like {result.asked.display}, by {result.source}, {result.engine} search.")
    show_notes([*own_versions_note(result.own_versions), *result.notes])


def _export_item(one: "Neighbour") -> "ExportItem":
    from earmark.interop.items import ExportItem

    lufs = None if one.measures is None else one.measures.lufs
    return ExportItem(track=one.track, note="; ".join(one.reasons), score=round(one.score, 4), lufs=lufs)
