"""``earmark demo`` and ``earmark demo-catalogue``: the whole way on music that Earmark renders itself.

`demo` is also the shortest complete program over the library: read it to see the way from a folder to a verdict.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, progress_bar, table
from earmark.cli.options import JobsOption, JsonOption

if TYPE_CHECKING:
    from earmark.demo.catalogue import CatalogueSummary
    from earmark.library.library import Library
    from earmark.models.spec import ModelSpec
    from earmark.training.train import TrainedModel

DEMO_MODELS = ("metadata", "mfcc", "crnn", "earmark")
DEMO_TEST = 0.25
"""Share of the songs for the test: few songs are left to learn from, but the intervals say something."""

DEMO_EPOCHS = 12
"""Epochs of the CRNN in the demo: enough to hear labels, few enough for a coffee."""

SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Decides all that is left to chance.")]


def demo_catalogue(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made where missing.")],
    seed: SeedOption = 0,
    tracks_per_label: Annotated[
        int, typer.Option("--tracks-per-label", min=1, max=32, help="Tracks of each of the six labels.")
    ] = 16,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Render a small catalogue of trance by six labels that do not exist, to try Earmark on.

    Real arrangements in WAV, FLAC, OGG, MP3 and m4a, tagged as shops tag them, a few of them wrongly, and one file that
    is broken. An interrupted rendering goes on where it was.

    Example:

        earmark demo-catalogue ~/demo-music && earmark scan ~/demo-music/labels
    """
    summary = render(folder, seed=seed, tracks_per_label=tracks_per_label, jobs=jobs, quiet=as_json)
    if as_json:
        facts = ("directory", "tracks", "labels", "seconds_of_audio", "broken_file", "held_back", "truth")
        plain = {name: getattr(summary, name) for name in facts}
        print_json({name: str(value) if isinstance(value, Path) else value for name, value in plain.items()})
    else:
        minutes = summary.seconds_of_audio / 60
        note(f"{summary.tracks} tracks by {len(summary.labels)} labels, {minutes:.0f} minutes, in {folder}/labels.")


def render(
    folder: Path, *, seed: int, tracks_per_label: int, jobs: int | None, quiet: bool = False
) -> "CatalogueSummary":
    """Render the demo catalogue with a progress bar."""
    from earmark.demo.catalogue import render_catalogue
    from earmark.executors import default_jobs

    with progress_bar("Rendering", quiet=quiet) as advance:
        return render_catalogue(
            folder,
            seed=seed,
            tracks_per_label=tracks_per_label,
            jobs=jobs or default_jobs(),
            progress=lambda done, total: advance(done, total, ""),
        )


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Folder that everything is written to.")] = Path("demo"),
    seed: SeedOption = 0,
    tracks_per_label: Annotated[
        int, typer.Option("--tracks-per-label", min=6, max=32, help="Tracks of each of the six labels.")
    ] = 16,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Epochs of the CRNN at most.")] = DEMO_EPOCHS,
    jobs: JobsOption = None,
) -> None:
    """Go the whole way on a rendered catalogue: scan, train four models, predict, find what to play next, draw pages.

    Everything it makes stays in one folder. It ends with the commands that do the same with your own music.
    """
    from earmark.library.library import Library

    size = f"--seed {seed} --tracks-per-label {tracks_per_label}"
    title = "Render a catalogue of trance by six labels that do not exist"
    step(1, title, f"earmark demo-catalogue {folder}/catalogue {size}")
    catalogue = render(folder / "catalogue", seed=seed, tracks_per_label=tracks_per_label, jobs=jobs)
    note(f"{catalogue.tracks} tracks, {catalogue.seconds_of_audio / 60:.0f} minutes of music.")

    place = f"--library {folder}/library"
    step(2, "Scan it into a library", f"earmark scan {folder}/catalogue/labels {place}")
    library = Library.create(folder / "library")
    scan_catalogue(library, catalogue, jobs)

    how = f"--split artist --test-fraction {DEMO_TEST} --seed {seed} {place}"
    models = (f"{name} --max-epochs {epochs}" if name == "crnn" else name for name in DEMO_MODELS)
    step(
        3,
        "Train Earmark's own network and the three reference models",
        *(f"earmark train --model {model} {how}" for model in models),
    )
    trained = train_models(library, seed=seed, epochs=epochs, jobs=jobs)

    step(4, "Compare them on songs that training never saw", f"earmark evaluate {place}")
    kept = compare(library, trained)
    model = folder / "model"
    keep_model(kept, model)

    step(5, "Predict a track that was held back", f"earmark predict {catalogue.held_back} --bundle {model}")
    said = predict_held_back(model, catalogue.held_back)
    made = style_of_held_back(seed, tracks_per_label)
    note(f"It was rendered in the style of {made}: {'right' if said == made else 'a miss, as may happen'}.")

    play(library, model, catalogue.held_back, folder, place)

    explored, reported = folder / "explore.html", folder / "report.html"
    title = "See it in pictures"
    step(8, title, f"earmark explore {place} --out {explored}", f"earmark report {place} --out {reported}")
    draw_pages(library, explored, reported, seed=seed, jobs=jobs)
    show_next_steps(folder)


def play(library: "Library", bundle: Path, held_back: Path, folder: Path, place: str) -> None:
    """Find what to play after the held-back track, make a set, and place the labels."""
    from earmark.cli.demo_playing import (
        SET_MINUTES,
        SET_OVERLAP,
        draw_atlas,
        embed_tracks,
        ends_of_a_set,
        make_set,
        suggest_after,
    )
    from earmark.similarity.vectors.opening import open_collection

    where = f"--bundle {bundle} {place}"
    step(6, "Find what to play after it", f"earmark embed {where}", f"earmark next {held_back} {where}")
    source = embed_tracks(library, bundle)
    suggest_after(library, source, held_back)
    start, end = ends_of_a_set(open_collection(library, source))
    ends = f"--from {start[:12]} --to {end[:12]} --minutes {SET_MINUTES:g} --overlap {SET_OVERLAP:g}"
    note(f"\nA short set from the calmest track to the most energetic one: earmark setlist {ends} {where}")
    make_set(library, source, start, end)

    atlas = folder / "atlas.html"
    step(7, "See how near the labels are to each other", f"earmark atlas --out {atlas} {where}")
    draw_atlas(library, source, atlas)


def step(number: int, title: str, *commands: str) -> None:
    """Print the heading of a step and the commands that do the same."""
    from rich.markup import escape

    from earmark.cli.console import err

    err().print(f"\n[bold]{number}. {escape(title)}[/bold]")
    for command in commands:
        err().print(f"[dim]   $ {escape(command)}[/dim]", soft_wrap=True)


def scan_catalogue(library: "Library", catalogue: "CatalogueSummary", jobs: int | None) -> None:
    """Scan the rendered labels."""
    from earmark.cli.scan import run_scan, show_summary
    from earmark.executors import ProcessExecutor

    folders = [catalogue.directory / "labels"]
    executor = ProcessExecutor(jobs)
    summary = run_scan(library, folders, quiet=False, presets=["paper"], executor=executor)
    show_summary(library, summary)
    note("One file is broken on purpose, to show that it costs only itself.")


def train_models(library: "Library", *, seed: int, epochs: int, jobs: int | None) -> "list[TrainedModel]":
    """Train the models on one split, so that they can be compared song by song."""
    from earmark.cli.train import run_training
    from earmark.executors import ProcessExecutor
    from earmark.models.registry import adjusted_spec
    from earmark.training.train import TrainRequest

    trained: list[TrainedModel] = []
    for name in DEMO_MODELS:
        spec: ModelSpec = adjusted_spec(name, max_epochs=epochs if name == "crnn" else None)
        request = TrainRequest(spec=spec, mode="artist", seed=seed, test_fraction=DEMO_TEST)
        one = run_training(library, request, quiet=False, executor=ProcessExecutor(jobs))
        trained.append(one)
        note(f"{name}: {one.fit.seconds:.0f} s, accuracy {_seen_accuracy(one):.2f} on songs that it had not learnt")
    split = trained[0].split
    note(
        f"{split.mode}-disjoint split: {len(split.train)} songs to learn from, {len(split.validation)} to choose by, "
        f"{len(split.test)} for the test; no artist is in two of them."
    )
    return trained


def _seen_accuracy(trained: "TrainedModel") -> float:
    """Accuracy on the songs that choices were made by: validation songs, or all that were once held out."""
    held_out = trained.fit.held_out
    if held_out is None:
        return trained.validation.rows["mean"].accuracy
    return float((held_out.log_probs.argmax(axis=1) == held_out.truth).mean())


def compare(library: "Library", trained: "Sequence[TrainedModel]") -> "TrainedModel":
    """Show the models beside each other, and return the default one: a choice by the test would be none."""
    from earmark.cli.evaluate import show_evaluations
    from earmark.models.evaluate import evaluate, paired_tests
    from earmark.models.registry import DEFAULT_MODEL

    evaluations = [evaluate(library, one.bundle) for one in trained]
    show_evaluations(evaluations, paired_tests(evaluations), part="test", details=False)
    kept = next(one for one in trained if one.bundle.spec.name == DEFAULT_MODEL)
    note(f"Kept for what follows: {kept.bundle.spec.name}, the default model.")
    return kept


def keep_model(kept: "TrainedModel", folder: Path) -> None:
    """Copy the bundle to where it is easily found; a bundle is a folder and can be copied anywhere."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept.bundle.path, folder)
    note(f"Saved as the model bundle {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}.")


def style_of_held_back(seed: int, tracks_per_label: int) -> str:
    """Say whose style the held-back track was composed in; nothing that predicts knows it."""
    from earmark.demo.planning import plan_catalogue

    return plan_catalogue(seed, tracks_per_label=tracks_per_label).held_back.label


def predict_held_back(model: Path, file: Path) -> str | None:
    """Show the verdict on the track that no label has released, and return its label."""
    from earmark.cli.predict import run_predictions, show_predictions
    from earmark.models.bundle import load_bundle
    from earmark.models.explaining import explain_song

    bundle = load_bundle(model)
    predictions, failures = run_predictions(bundle, [str(file)], (1, 300.0, 4.0), quiet=True)
    knowledge = bundle.knowledge
    told = [(one, explain_song(one.song, one.track, knowledge)) for one in predictions]
    show_predictions(bundle, told, failures)
    return predictions[0].label if predictions else None


def draw_pages(library: "Library", explored: Path, reported: Path, *, seed: int, jobs: int | None) -> None:
    """Write the pages of the collection and of the run; without Plotly it is said that they are left out."""
    from earmark.catalog.survey import survey
    from earmark.cli.pages import drawing, write_page
    from earmark.cli.report import choose_bundles, draw_report
    from earmark.errors import MissingExtraError

    try:
        with drawing("drawing pages"):
            from earmark.report.explore_page import explore_page
            from earmark.report.run_page import ReportSettings

            tracks = library.tracks()
            page = explore_page(survey(tracks), subtitle=f"All {len(tracks)} tracks of the demo's library.")
            write_page(page, explored, images=None, formats=())
            page = draw_report(library, choose_bundles(library, [], []), ReportSettings(seed=seed), jobs)
            write_page(page, reported, images=None, formats=())
    except MissingExtraError as error:
        note(f"Left out: {error}")


def show_next_steps(folder: Path) -> None:
    """Print the commands for the user's own music."""
    commands = [
        ("earmark scan ~/Music/labels", "a folder for each label, or label tags"),
        ("earmark labels", "what there is now"),
        (
            "earmark train",
            "Earmark's own network, artist-disjoint; --model ensemble after `earmark backbones get musicnn`",
        ),
        ("earmark predict demo.mp3", "a file, many, or folders"),
        ("earmark embed", "a vector for each track; after it:"),
        ("earmark similar TRACK, earmark next TRACK", "what sounds like it, what mixes after it"),
        (
            "earmark setlist --from A --to B --minutes 60",
            "a set along an energy curve; --export set.xml for rekordbox",
        ),
        ("earmark atlas", "labels as places of sound: which is near which"),
        ("earmark compare", "all models and baselines under the same folds; takes its time, and goes on after a stop"),
        ("earmark explore, earmark report", "the collection and the run in pictures"),
    ]
    out().print(table(["the same with your own music", ""], [(f"$ {c}", why) for c, why in commands]))
    note(f"The earmark command is in .venv/bin. Everything that this demo made is in {folder}/.")
    out().print(
        f"See and hear all of it on a page: earmark serve --library {folder / 'library'} --open",
        markup=False,
        soft_wrap=True,
    )
