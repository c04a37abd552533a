"""The demo's last steps: what mixes after a track, a short set, and the labels as places."""

from pathlib import Path
from typing import TYPE_CHECKING

from earmark.cli.console import note

if TYPE_CHECKING:
    from earmark.library.library import Library
    from earmark.similarity.vectors.opening import Collection
    from earmark.similarity.vectors.sources import VectorSource

SET_MINUTES = 8.0
SET_OVERLAP = 16.0
"""The demo's tracks are a minute long: a short set, and short blends."""

SUGGESTIONS = 4


def embed_tracks(library: "Library", bundle: Path) -> "VectorSource":
    """Make the vectors of all tracks by a bundle, and return what made them."""
    from earmark.cli.embed import run_embed, show_summary
    from earmark.executors import SerialExecutor
    from earmark.similarity.vectors.sources import find_source

    source = find_source(library, bundle=bundle)
    show_summary(library, run_embed(library, source, executor=SerialExecutor(), rebuild=False, quiet=False))
    return source


def suggest_after(library: "Library", source: "VectorSource", file: Path) -> None:
    """Show what mixes after a file that is not in the library."""
    from earmark.cli.next import show_next
    from earmark.similarity.finding.lookup import make_query
    from earmark.similarity.finding.picking import Caps
    from earmark.similarity.finding.suggestions import NextRequest, suggest_next
    from earmark.similarity.finding.versions import Fingerprints
    from earmark.similarity.vectors.opening import open_collection

    collection, prints = open_collection(library, source), Fingerprints(library)
    request = NextRequest(caps=Caps(count=SUGGESTIONS))
    show_next(suggest_next(collection, make_query(str(file), collection, prints), prints, request), explain=False)


def ends_of_a_set(collection: "Collection") -> tuple[str, str]:
    """Audio ids of the calmest and of the most energetic track, by artists of their own."""
    tracks = collection.all_tracks()
    measures = collection.measures([track.audio_id for track in tracks])
    ranked = sorted((measures[track.audio_id].energy, track.audio_id) for track in tracks if track.audio_id in measures)
    return ranked[0][1], ranked[-1][1]


def make_set(library: "Library", source: "VectorSource", start: str, end: str) -> None:
    """Show a set from one track to another whose energy rises."""
    from earmark.cli.setlist import show_set
    from earmark.similarity.finding.lookup import make_query
    from earmark.similarity.finding.versions import Fingerprints
    from earmark.similarity.sets.energy_curves import parse_curve
    from earmark.similarity.sets.set_material import gather_material
    from earmark.similarity.sets.setlist import SetRequest, make_setlist
    from earmark.similarity.vectors.filters import Filters
    from earmark.similarity.vectors.opening import open_collection

    collection, prints = open_collection(library, source), Fingerprints(library)
    first, last = (make_query(one, collection, prints) for one in (start, end))
    curve = parse_curve("rise", minutes=SET_MINUTES)
    request = SetRequest(start=start, end=end, minutes=SET_MINUTES, curve=curve, overlap=SET_OVERLAP)
    made = make_setlist(gather_material(collection, prints, Filters(), first, last), request)
    show_set(made)
    for text in made.notes:
        note(f"Note: {text}")


def draw_atlas(library: "Library", source: "VectorSource", output: Path) -> None:
    """Write the page of labels as places, and show their distances."""
    from earmark.cli.atlas import show_atlas
    from earmark.cli.pages import drawing, write_page
    from earmark.errors import MissingExtraError
    from earmark.similarity.labels.atlas import atlas_of
    from earmark.similarity.vectors.opening import open_collection

    made = atlas_of(open_collection(library, source))
    try:
        with drawing("drawing pages"):
            from earmark.report.atlas_page import atlas_page

            write_page(atlas_page(made), output, images=None, formats=())
    except MissingExtraError as error:
        note(f"Left out: {error}")
    show_atlas(made)
