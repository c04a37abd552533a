"""``earmark atlas``: labels as places of sound."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, table
from earmark.cli.embed import BackboneOption, MfccOption
from earmark.cli.options import BundleOption, JsonOption, LabelsOption, LibraryOption, make_selection
from earmark.cli.pages import FormatOption, ImagesOption, check_pictures, drawing, picture_formats, write_page

if TYPE_CHECKING:
    from rich.table import Table

    from earmark.evaluation.groups import Apart
    from earmark.similarity.labels.atlas import Atlas, NearLabel
    from earmark.similarity.labels.bridges import Advice
    from earmark.similarity.labels.label_facts import Numbers

SHOWN_NEAR = 3
"""Nearest labels of each that the terminal shows; the page and --json have more."""

LoveOption = Annotated[
    list[str] | None,
    typer.Option(
        "--love",
        help="A label that you love, to be told what to try; may be given several times.",
        metavar="LABEL",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="The page to write: one HTML file that needs no network.", dir_okay=False)
]
ApartOption = Annotated[
    str,
    typer.Option(
        "--apart",
        help="What two tracks that are compared do not share: artist, release or song (nothing but the song).",
        metavar="WHAT",
    ),
]


def atlas(
    context: typer.Context,
    labels: LabelsOption = None,
    love: LoveOption = None,
    bundle: BundleOption = None,
    backbone: BackboneOption = None,
    mfcc: MfccOption = False,
    apart: ApartOption = "artist",
    min_tracks: Annotated[int, typer.Option("--min-tracks", min=2, help="Tracks that a label needs.")] = 5,
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", min=100, max=5000, help="How often artists are drawn anew for intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all chance.")] = 0,
    output: OutOption = Path("atlas.html"),
    images: ImagesOption = None,
    formats: FormatOption = "png",
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """See labels as places of sound: how far they are from each other, and what each of them is like.

    Distances are between tracks of different artists only, with intervals. One page has a map, a tree, each label's
    tempo, keys, typical tracks, outliers and moves over the years, and what to try if you love some. With --json the
    numbers are printed and no page is written.

    Examples:

        earmark atlas --out atlas.html
        earmark atlas --love "Night Bloom" --love Afterglow
        earmark atlas --json --apart release
    """
    from earmark.library.library import Library
    from earmark.similarity.labels.atlas import atlas_of
    from earmark.similarity.vectors.opening import open_collection
    from earmark.similarity.vectors.sources import find_source

    kinds, unlike = picture_formats(formats), checked_apart(apart)
    _check_together(context, as_json=as_json)
    check_pictures(context)
    opened = Library.open(library)
    collection = open_collection(opened, find_source(opened, bundle=bundle, backbone=backbone, mfcc=mfcc))
    made = atlas_of(
        collection,
        selection=make_selection(labels, None, None, None),
        apart=unlike,
        min_tracks=min_tracks,
        resamples=bootstrap,
        love=tuple(love or ()),
        seed=seed,
    )
    if as_json:
        print_json(made.to_json())
        return
    with drawing("earmark atlas"):
        from earmark.report.atlas_page import atlas_page

        write_page(atlas_page(made), output, images=images, formats=kinds)
    show_atlas(made)


def checked_apart(name: str) -> "Apart":
    """Read what tracks must not share.

    Raises:
        UnknownNameError: It is none of the three.
    """
    from typing import get_args

    from earmark.errors import UnknownNameError
    from earmark.evaluation.groups import Apart

    kinds: tuple[Apart, ...] = get_args(Apart)
    for kind in kinds:
        if name == kind:
            return kind
    raise UnknownNameError("way to hold tracks apart", name, kinds)


def _check_together(context: typer.Context, *, as_json: bool) -> None:
    """Refuse options that would be ignored beside --json.

    Raises:
        InputError: A page or pictures are asked for too.
    """
    from earmark.errors import InputError

    typed = {
        name
        for name in ("output", "images", "formats")
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    }
    if as_json and typed:
        raise InputError("--json prints the numbers and writes no page; drop it, or --out, --images and --format")


def show_atlas(made: "Atlas") -> None:
    """Print the nearest labels of each, each label's numbers, and what to try."""
    if made.advice is not None:
        out().print(advice_table(made.advice))
        out().print(bridge_table(made.advice))
    out().print(nearest_table(made))
    out().print(profile_table(made))
    note(
        "≈: cannot be told from the nearest which of the two is nearer. An interval that begins at 0.00: the two "
        "cannot be told apart."
    )
    for told in made.notes:
        note(f"Note: {told}")
    for one in made.left_out:
        note(f"Left out: {one.label} ({one.why}).")


def nearest_table(made: "Atlas") -> "Table":
    """Make the table of each label's nearest."""
    rows = []
    for at, label in enumerate(made.labels):
        near = [_near(one) for one in made.nearest(at)[:SHOWN_NEAR]]
        rows.append([label, *near, *[None] * (SHOWN_NEAR - len(near))])
    columns = ["label", "nearest", *(f"{rank}." for rank in range(2, SHOWN_NEAR + 1))]
    return table(columns, rows, title="Nearest labels, with the 95 % interval of their distance")


def _near(one: "NearLabel") -> str:
    low, high = one.interval
    tied, weak = "≈ " if one.tied else "", "*" if one.weak else ""
    return f"{tied}{one.label}{weak} {one.distance:.2f} ({low:.2f}-{high:.2f})"


def profile_table(made: "Atlas") -> "Table":
    """Make the table of each label's numbers and its most typical track."""
    rows = [
        [
            one.label,
            one.tracks,
            one.artists,
            _middle(one.bpm, ".0f"),
            None if one.keys.minor_share is None else f"{one.keys.minor_share:.0%}",
            _middle(one.lufs, ".1f"),
            f"{one.spread:.2f}",
            one.typical[0].track.display if one.typical else None,
        ]
        for one in made.profiles
    ]
    columns = ["label", "tracks>", "artists>", "BPM>", "minor>", "LUFS>", "spread>", "most typical"]
    return table(columns, rows, title="What each label is like")


def _middle(numbers: "Numbers", form: str) -> str | None:
    return None if numbers.quartiles is None else f"{numbers.quartiles[1]:{form}}"


def advice_table(advice: "Advice") -> "Table":
    """Make the table of the labels to try."""
    rows = [
        [one.label, f"{one.distance:.2f} ({one.interval[0]:.2f}-{one.interval[1]:.2f})", f"{one.first:.0%}"]
        for one in advice.suggestions
    ]
    return table(["label", "distance", "first in>"], rows, title=f"If you love {', '.join(advice.loved)}, try")


def bridge_table(advice: "Advice") -> "Table":
    """Make the table of the tracks that lie between the loved labels."""
    rows = [
        [one.label, bridge.track.display, *(near.display for near in bridge.nearest)]
        for one in advice.suggestions[:SHOWN_NEAR]
        for bridge in one.bridges
    ]
    columns = ["label", "track", *(f"nearest of {name}" for name in advice.loved)]
    return table(columns, rows, title="Tracks that lie between them")
