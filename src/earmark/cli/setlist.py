"""``earmark setlist``: a set from one track to another, along an energy curve."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.console import note, out, print_json, table
from earmark.cli.embed import BackboneOption, MfccOption
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.exporting import ExportOption, OverwriteOption, PathMapOption
from earmark.cli.listing import minutes as clock
from earmark.cli.options import BundleOption, JsonOption, LibraryOption, SinceOption, UntilOption
from earmark.cli.suggesting import (
    ArtistOption,
    BpmOption,
    ExcludeArtistOption,
    ExcludeLabelOption,
    KeyLockOption,
    KeyOption,
    LabelOption,
    PitchRangeOption,
    RulesOption,
    StrictKeyOption,
    WeightOption,
    check_export,
    export_found,
    make_rules,
    open_vectors,
    show_notes,
    track_cells,
)

if TYPE_CHECKING:
    from earmark.interop.items import ExportItem
    from earmark.similarity.sets.setlist import SetList, SetStep

FromOption = Annotated[str, typer.Option("--from", help="The first track.", metavar="TRACK", show_default=False)]
ToOption = Annotated[
    str | None, typer.Option("--to", help="The last track; any where not given.", metavar="TRACK", show_default=False)
]
MinutesOption = Annotated[float, typer.Option("--minutes", "-m", help="How long the set lasts.")]
CurveOption = Annotated[
    str,
    typer.Option(
        "--curve",
        help="Its energy: rise, fall, flat, peak, wave, plateau, or points such as 0:0.3,30:0.9,60:0.6.",
        metavar="CURVE",
    ),
]
OverlapOption = Annotated[
    float, typer.Option("--overlap", min=0.0, max=600.0, help="Seconds for which two tracks sound together.")
]
SpacingOption = Annotated[
    int, typer.Option("--spacing", min=0, help="An artist comes back after so many other tracks at the earliest.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="0 for the best set; another number for another set nearly as good.")
]


def setlist(
    start: FromOption,
    end: ToOption = None,
    minutes: MinutesOption = 60.0,
    curve: CurveOption = "rise",
    overlap: OverlapOption = 32.0,
    spacing: SpacingOption = 3,
    seed: SeedOption = 0,
    rules: RulesOption = "same,adjacent,relative",
    pitch_range: PitchRangeOption = 6.0,
    key_lock: KeyLockOption = True,
    strict_key: StrictKeyOption = False,
    weight: WeightOption = None,
    bpm: BpmOption = None,
    key: KeyOption = None,
    label: LabelOption = None,
    exclude_label: ExcludeLabelOption = None,
    artist: ArtistOption = None,
    exclude_artist: ExcludeArtistOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    export: ExportOption = None,
    path_map: PathMapOption = None,
    overwrite: OverwriteOption = False,
    bundle: BundleOption = None,
    backbone: BackboneOption = None,
    mfcc: MfccOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a set from one track to another along an energy curve, chosen as a whole and explained step by step.

    Every transition keeps the key rules and the pitch range, no song comes twice, artists are spaced, and the length is
    the one asked for within 3 %. Where no set keeps all of this, the best one says which rule it bends. The same
    command gives the same set.

    Examples:

        earmark setlist --from "broken atlas" --to "second skyline" --minutes 60 --curve rise
        earmark setlist --from opener.flac --minutes 90 --curve 0:0.2,60:0.9,90:0.6 --export friday.xml
        earmark setlist --from 3f2a9c --to 77b1e0 --curve wave --rules same,adjacent,relative,energy-boost
    """
    from earmark.similarity.finding.asking import TypedFilters
    from earmark.similarity.finding.lookup import make_query
    from earmark.similarity.finding.versions import Fingerprints
    from earmark.similarity.sets.energy_curves import parse_curve
    from earmark.similarity.sets.set_material import gather_material
    from earmark.similarity.sets.setlist import SetRequest, make_setlist

    mix_rules = make_rules(rules, pitch_range=pitch_range, key_lock=key_lock, strict_key=strict_key, weights=weight)
    energy = parse_curve(curve, minutes=minutes)
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
    first = make_query(start, collection, prints)
    last = None if end is None else make_query(end, collection, prints)
    request = SetRequest(
        start=first.track.audio_id,
        end=None if last is None else last.track.audio_id,
        minutes=minutes,
        curve=energy,
        rules=mix_rules,
        overlap=overlap,
        spacing=spacing,
        seed=seed,
    )
    material = gather_material(collection, prints, filters.read(collection.columns), first, last)
    made = make_setlist(material, request)
    if as_json:
        print_json(set_to_json(made, request.curve.name))
    else:
        show_set(made)
        show_notes([*collection.notes, *made.notes, *prints.notes()])
    items = [_export_item(step) for step in made.steps]
    name = f"{first.track.title or 'Set'}, {minutes:g} minutes"
    if not export_found(export, items, name=name, path_map=path_map, overwrite=overwrite):
        raise typer.Exit(SOME_FAILED)


def show_set(made: "SetList") -> None:
    """Print a set for people."""
    rows = [
        [
            place,
            clock(step.start_seconds),
            step.track.display,
            *track_cells(step.track),
            _energy(step),
            "" if step.transition is None else step.transition.words,
        ]
        for place, step in enumerate(made.steps, start=1)
    ]
    out().print(table(["#>", "at>", "track", "label", "BPM>", "key", "energy>", "why"], rows))
    note(
        f"{len(made.steps)} tracks in {clock(made.seconds)}; transitions {100 * made.mixing:.0f} of 100, energy curve "
        f"{100 * made.fit:.0f} of 100; {made.considered} of {made.allowed} tracks were looked at closely."
    )


def _energy(step: "SetStep") -> str:
    own = "?" if step.level is None else f"{100 * step.level:.0f}"
    return f"{own} ({100 * step.wanted:.0f})"


def set_to_json(made: "SetList", curve: str) -> dict[str, Any]:
    """Return a set as plain data for JSON."""
    return {
        "seconds": round(made.seconds, 2),
        "curve": curve,
        "value": round(made.value, 4),
        "mixing": round(made.mixing, 4),
        "curve_fit": round(made.fit, 4),
        "considered": made.considered,
        "allowed": made.allowed,
        "steps": [
            {
                "track": step.track.to_json(),
                "start_seconds": round(step.start_seconds, 2),
                "energy": None if step.level is None else round(step.level, 4),
                "wanted_energy": round(step.wanted, 4),
                "transition": None if step.transition is None else step.transition.to_json(),
            }
            for step in made.steps
        ],
        "notes": list(made.notes),
    }


def _export_item(step: "SetStep") -> "ExportItem":
    from earmark.interop.items import ExportItem

    speed = None if step.transition is None else step.transition.speed
    return ExportItem(
        track=step.track,
        note="the first track" if step.transition is None else step.transition.words,
        start_seconds=round(step.start_seconds, 2),
        play_bpm=None if speed is None or step.track.bpm is None else step.track.bpm * speed,
        score=None if step.transition is None else round(step.transition.score, 4),
        facts={"energy": step.level, "wanted energy": step.wanted},
    )
