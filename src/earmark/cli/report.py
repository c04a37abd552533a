"""``earmark report``: one HTML file that tells of a finished run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, progress_bar
from earmark.cli.options import JobsOption, LibraryOption
from earmark.cli.pages import FormatOption, ImagesOption, drawing, picture_formats, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.library.library import Library
    from earmark.models.bundle import Bundle
    from earmark.models.inspection import Inspection
    from earmark.report.page import Page
    from earmark.report.run_page import ReportSettings

MAILABLE_BYTES = 8_000_000


def report(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Bundles of the library, trained with one split; where none is named, the newest and all others that "
            "share its split."
        ),
    ] = None,
    bundles: Annotated[
        list[Path] | None,
        typer.Option("--bundle", "-b", help="Folder of a bundle; may be given several times.", show_default=False),
    ] = None,
    target: Annotated[
        Path, typer.Option("--out", "-o", help="The page to write: one HTML file.", dir_okay=False)
    ] = Path("report.html"),
    images: ImagesOption = None,
    formats: FormatOption = "png",
    perplexity: Annotated[
        float, typer.Option("--perplexity", min=2.0, help="About how many neighbours a point of a map minds.")
    ] = 30.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of maps, intervals, tests and baselines.")] = 0,
    max_points: Annotated[
        int, typer.Option("--max-points", min=100, help="Points on all maps together; each costs 0.6 kB of the file.")
    ] = 3000,
    bpm_bands: Annotated[
        str,
        typer.Option(
            "--bpm-bands",
            help="Last tempo of each band but the last, such as 130,136; quantiles: thirds of the songs; auto: "
            "130,136, or quantiles where a band would be all but empty.",
        ),
    ] = "auto",
    library: LibraryOption = None,
    jobs: JobsOption = None,
) -> None:
    """Tell of a finished run in one HTML file: data and split, scores, confusions, maps, shortcuts, mistakes.

    The file needs no network and nothing beside it, so that it can be mailed. Several models of one split stand beside
    each other; `earmark train --split-file FILE` trains them so.

    Examples:

        earmark report
        earmark report crnn mfcc metadata --out trance.html --images pictures --format png,svg
    """
    from earmark.library.library import Library

    _require_scikit_learn()
    kinds = picture_formats(formats)
    with drawing("earmark report"):
        from earmark.report.bands import parse_bands
        from earmark.report.run_page import ReportSettings, pictures

        settings = ReportSettings(
            perplexity=perplexity, seed=seed, max_points=max_points, bpm_bands=parse_bands(bpm_bands)
        )
        opened = Library.open(library)
        chosen = choose_bundles(opened, names or [], bundles or [])
        page = draw_report(opened, chosen, settings, jobs)
        written = write_page(page, target, images=None, formats=kinds)
        if written is not None and written.stat().st_size > MAILABLE_BYTES:
            note("Note: it is large to mail; fewer points on the maps (--max-points) make it smaller.")
        if images is not None:
            from earmark.report.images import write_images

            files = write_images(pictures(page), images, formats=kinds)
            note(f"Wrote {len(files)} pictures into {images}.")


def _require_scikit_learn() -> None:
    """Say at once what to install: the baselines need it, and come only after all songs were heard.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    from importlib.util import find_spec

    from earmark.errors import MissingExtraError

    if find_spec("sklearn") is None:
        raise MissingExtraError("train", "the baselines of a report")


def draw_report(
    library: "Library", bundles: "Sequence[Bundle]", settings: "ReportSettings", jobs: int | None
) -> "Page":
    """Run bundles over their songs with progress bars, and lay out what came of it."""
    from earmark.report.run_page import run_page

    inspections = [inspect_with_bar(library, bundle, settings, jobs) for bundle in bundles]
    note("Drawing maps and pictures.")
    return run_page(library, inspections, settings)


def choose_bundles(library: "Library", names: list[str], folders: list[Path]) -> "list[Bundle]":
    """Open the bundles that are meant: those named, or the newest with all that share its split and labels.

    Raises:
        UnknownNameError: There is no bundle of a name.
        InputError: Nothing is named and there is no bundle yet, a bundle is damaged, or those named do not belong
            together.
    """
    from earmark.models.bundle import load_bundle, load_card
    from earmark.models.shelf import bundle_paths, bundles_of_split, find_bundle
    from earmark.report.run_facts import RunKey, require_one_run

    named = [find_bundle(Path(name), library) for name in names] + [find_bundle(path, library) for path in folders]
    asked = list(dict.fromkeys(named))
    if asked:
        # By their cards, which are read in no time; hearing all songs takes minutes.
        cards = [load_card(path) for path in asked]
        digests = [str(card.split.get("digest", "")) for card in cards]
        each = zip(asked, digests, cards, strict=True)
        require_one_run([RunKey(path.name, digest, card.labels) for path, digest, card in each])
        return [load_bundle(path) for path in asked]
    newest = find_bundle(None, library)
    same = bundles_of_split(library, newest)
    left_out = [path.name for path in bundle_paths(library) if path not in same]
    if left_out:
        note(f"Left out, since they are of other labels or of other splits: {', '.join(left_out)}.")
    return [load_bundle(path) for path in same]


def inspect_with_bar(
    library: "Library", bundle: "Bundle", settings: "ReportSettings", jobs: int | None
) -> "Inspection":
    """Run a bundle over the songs of its split with a progress bar."""
    from earmark.executors import ProcessExecutor
    from earmark.models.bundle import bundle_split
    from earmark.models.inspection import inspect_bundle

    n_songs = len(bundle_split(bundle).part_of())
    with progress_bar(f"Listening with {bundle.path.name}") as advance:

        def tell(done: int, total: int) -> None:
            advance(done, total, "")

        return inspect_bundle(
            library,
            bundle,
            train_slices=settings.train_slices(n_songs),
            seed=settings.seed,
            executor=ProcessExecutor(jobs),
            progress=tell,
        )
