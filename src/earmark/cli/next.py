"""``earmark next``: what mixes after this track?"""

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
    KeyLockOption,
    KeyOption,
    LabelOption,
    LikeOption,
    PerArtistOption,
    PerReleaseOption,
    PitchRangeOption,
    RulesOption,
    StrictKeyOption,
    TrackArgument,
    UnlikeOption,
    WeightOption,
    check_export,
    export_found,
    make_rules,
    open_vectors,
    own_versions_note,
    show_notes,
    track_cells,
    version_lines,
)

if TYPE_CHECKING:
    from earmark.interop.items import ExportItem
    from earmark.similarity.finding.suggestions import NextResult, Suggestion

ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Show what each term gives, and how much it counts, for every suggestion.")
]


def next_track(
    track: TrackArgument,
    count: CountOption = 10,
    rules: RulesOption = "same,adjacent,relative",
    pitch_range: PitchRangeOption = 6.0,
    key_lock: KeyLockOption = True,
    strict_key: StrictKeyOption = False,
    weight: WeightOption = None,
    like: LikeOption = None,
    unlike: UnlikeOption = None,
    explain: ExplainOption = False,
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
    export: ExportOption = None,
    path_map: PathMapOption = None,
    overwrite: OverwriteOption = False,
    bundle: BundleOption = None,
    backbone: BackboneOption = None,
    mfcc: MfccOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find what mixes after a track: by sound, key, tempo, energy, and the step from its end to the next beginning.

    Only tracks that keep the key rules and the pitch range are suggested, in half and double time too. What is not
    known of a track counts neither for it nor against it. Every suggestion says why.

    Examples:

        earmark next "broken atlas"
        earmark next "broken atlas" --rules same,energy-boost --pitch-range 4 --explain
        earmark next set-opener.flac --no-key-lock --weight sound=3,key=1 --export next.xml
        earmark next "broken atlas" --like "gentle signals" --unlike "paper static"
    """
    from earmark.similarity.finding.asking import TypedFilters
    from earmark.similarity.finding.lookup import make_query
    from earmark.similarity.finding.picking import Caps
    from earmark.similarity.finding.suggestions import NextRequest, suggest_next
    from earmark.similarity.finding.versions import Fingerprints

    mix_rules = make_rules(
        rules, pitch_range=pitch_range, key_lock=key_lock, strict_key=strict_key, weights=weight
    )  # fmt: skip
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
    request = NextRequest(
        caps=Caps(count=count, per_artist=max_per_artist, per_release=max_per_release),
        filters=filters.read(collection.columns),
        rules=mix_rules,
        likes=tuple(make_query(one, collection, prints) for one in like or ()),
        unlikes=tuple(make_query(one, collection, prints) for one in unlike or ()),
    )
    result = suggest_next(collection, make_query(track, collection, prints), prints, request)
    if as_json:
        print_json(result.to_json())
    else:
        show_next(result, explain=explain)
    items = [_export_item(one) for one in result.suggestions]
    name = f"After {result.asked.display}"
    if not export_found(export, items, name=name, path_map=path_map, overwrite=overwrite):
        raise typer.Exit(SOME_FAILED)


def show_next(result: "NextResult", *, explain: bool) -> None:
    """Print suggestions for people."""
    rows = [
        [
            place,
            f"{100 * one.transition.score:.0f}",
            one.track.display + version_lines(one.versions),
            *track_cells(one.track, one.measures),
            one.transition.words,
        ]
        for place, one in enumerate(result.suggestions, start=1)
    ]
    if rows:
        out().print(table(["#>", "score>", "track", "label", "BPM>", "key", "why"], rows))
    if explain:
        for place, one in enumerate(result.suggestions, start=1):
            out().print(table(["term", "value>", "counts>", "why"], _terms(one), title=f"{place}. {one.track.display}"))
    _, bpm, key = track_cells(result.asked)
    known = [*([f"{bpm} BPM"] if bpm else []), *([str(key)] if key else [])]
    note(f"After {result.asked.display} ({', '.join(known) or 'BPM and key not known'}), by {result.source}.")
    show_notes([*own_versions_note(result.own_versions), *result.notes])


def _terms(one: "Suggestion") -> list[list[object]]:
    return [
        [
            reason.term,
            "not known" if reason.value is None else f"{100 * reason.value:.0f}",
            f"{100 * reason.weight:.0f} %",
            reason.text,
        ]
        for reason in one.transition.reasons
    ]


def _export_item(one: "Suggestion") -> "ExportItem":
    from earmark.interop.items import ExportItem

    lufs = None if one.measures is None else one.measures.lufs
    return ExportItem(
        track=one.track,
        note=one.transition.words,
        play_bpm=one.play_bpm,
        score=round(one.transition.score, 4),
        lufs=lufs,
    )
