"""``earmark compare``: models and baselines under the same folds, with paired tests and what can be concluded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, progress_bar, table
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.options import (
    GenreOption,
    JobsOption,
    JsonOption,
    LabelsOption,
    LibraryOption,
    SinceOption,
    UntilOption,
    make_selection,
    split_names,
)
from earmark.cli.pages import FormatOption, ImagesOption, check_pictures, drawing, picture_formats, write_page
from earmark.cli.tables import scores_table
from earmark.cli.train import SeedOption, SplitOption, epoch_reporter

if TYPE_CHECKING:
    from rich.table import Table

    from earmark.comparing.compare import ComparisonRequest
    from earmark.comparing.comparison import Comparison
    from earmark.executors import Executor
    from earmark.library.library import Library

DEFAULT_NAME = "comparison"


def compare(
    context: typer.Context,
    models: Annotated[
        str, typer.Option("--models", "-m", help="Models to compare, separated by commas.", metavar="A,B,C")
    ] = "earmark,crnn,mfcc,metadata",
    labels: LabelsOption = None,
    split: SplitOption = None,
    folds: Annotated[
        int,
        typer.Option("--folds", min=1, help="Folds; each song is tested once. 1 takes a random split in each repeat."),
    ] = 5,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="How often the songs are dealt anew.")] = 1,
    slow: Annotated[
        str | None,
        typer.Option(
            "--slow",
            help="Those of the models that take part in the first dealing of the songs only.",
            metavar="A,B",
            show_default=False,
        ),
    ] = None,
    slice_seconds: Annotated[
        str | None,
        typer.Option(
            "--slice-seconds",
            help="Slice lengths of CRNNs to compare (published: 1,3,5,10,20,30); each model's own where not given.",
            metavar="S,S,...",
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = 0,
    genre: GenreOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    max_epochs: Annotated[int | None, typer.Option("--max-epochs", min=1, help="Epochs at most.")] = None,
    name: Annotated[str, typer.Option("--name", help="Name under which the library keeps the result.")] = DEFAULT_NAME,
    page: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Also write the comparison as one HTML file.",
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    images: ImagesOption = None,
    formats: FormatOption = "png",
    library: LibraryOption = None,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare models and baselines under the same folds.

    Majority, artist look-up, metadata only and shortcut only (codec, bit rate, sample rate, channels, level, stereo
    width, bandwidth) are always beside the models. Each pair is tested song by song, and plain sentences say what can
    be concluded and what cannot. After Ctrl-C or a kill, the same command goes on with the fold it was at; finished
    folds are never computed twice.

    Examples:
        earmark compare --labels Anjunabeats,FSOE,WAO138,Coldharbour --split artist --folds 5 --repeats 3
        earmark compare --models earmark,probe,ensemble,metadata,crnn --repeats 3 --slow crnn
        earmark compare --models crnn --slice-seconds 1,3,5,10,20,30 --folds 1 --repeats 3
        earmark compare --models mfcc,metadata --out comparison.html
    """
    from earmark.comparing.compare import ComparisonRequest, comparison_path
    from earmark.comparing.contestants import make_contestants
    from earmark.executors import ProcessExecutor
    from earmark.library.library import Library

    kinds = picture_formats(formats)
    if page is not None or images is not None:
        with drawing("a page of the comparison"):  # before hours of training, not after them
            import earmark.report.comparison_page  # noqa: F401

            check_pictures(context)
    request = ComparisonRequest(
        contestants=make_contestants(
            split_names(models),
            slice_seconds=_numbers(slice_seconds),
            max_epochs=max_epochs,
            slow=split_names(slow),
        ),
        selection=make_selection(labels, genre, since, until),
        mode=None if split is None else split.value,
        folds=folds,
        repeats=repeats,
        seed=seed,
    )
    opened = Library.open(library)
    path = comparison_path(opened, name)
    comparison = run_comparison(opened, request, quiet=as_json, executor=ProcessExecutor(jobs))
    comparison.save(path)
    if page is not None or images is not None:
        with drawing("a page of the comparison"):
            from earmark.report.comparison_page import comparison_page

            write_page(comparison_page(comparison), page, images=images, formats=kinds)
    if as_json:
        print_json(comparison.to_json())
    else:
        show_comparison(comparison)
        note(f"Saved as {path}.")
    if comparison.not_run:
        raise typer.Exit(SOME_FAILED)


def run_comparison(
    library: "Library", request: "ComparisonRequest", *, quiet: bool, executor: "Executor"
) -> "Comparison":
    """Compare with progress bars."""
    from earmark.cli.scan import scan_reporter
    from earmark.comparing.compare import ComparisonReports
    from earmark.comparing.compare import compare as compare_contestants

    with (
        progress_bar("Computing missing features", quiet=quiet) as features,
        progress_bar("Folds", quiet=quiet) as folds,
        progress_bar("Training", quiet=quiet) as epochs,
    ):
        reports = ComparisonReports(scan_reporter(features), folds, epoch_reporter(epochs))
        return compare_contestants(library, request, executor=executor, reports=reports)


def show_comparison(comparison: "Comparison") -> None:
    """Print a comparison for people."""
    from earmark.evaluation.split_file import DISJOINT

    for told in comparison.notes:
        note(f"Note: {told}.")
    how = "random split" if comparison.folds == 1 else f"{comparison.folds} folds"
    times = f", dealt {comparison.repeats} times" if comparison.repeats > 1 else ""
    title = f"{comparison.n_tested} songs of {len(comparison.labels)} labels, {how}, {DISJOINT[comparison.mode]}{times}"
    out().print(scores_table(comparison.rows, title=title))
    sweep = _trials_table(comparison)
    if sweep is not None:
        out().print(sweep)
    out().print(differences_table(comparison))
    for made in confidence_tables(comparison):
        out().print(made)
    for told in comparison.conclusions:
        out().print(f"- {told}", markup=False, soft_wrap=True)
    if comparison.promises_unknown and comparison.promises:
        note(
            f"Note: how sure {', '.join(comparison.promises_unknown)} was is not known: a fold was kept by an earlier "
            "version, or had too few songs to learn it from."
        )
    for contestant, reason in comparison.not_run.items():
        note(f"{contestant} could not take part: {reason}")


def _trials_table(comparison: "Comparison") -> "Table | None":
    """The table that studies with several trials print: mean and best macro F1 of each model that cuts slices."""
    rows = []
    for name in comparison.ran:
        trials = comparison.trials(name)
        if comparison.repeats < 2 or name in comparison.baselines:
            continue
        for level, note_start in (("slice", ""), ("song", "slices' mean"), ("song", "slices' vote")):
            scores = [
                row.macro_f1
                for trial in trials
                for row in trial
                if row.level == level and (row.note == note_start or level == "slice")
            ]
            if scores:
                rows.append((name, level, note_start, f"{sum(scores) / len(scores):.3f}", f"{max(scores):.3f}"))
    if not rows:
        return None
    title = f"Macro F1 over {comparison.repeats} trials"
    return table(["model", "level", "by", "mean>", "best>"], rows, title=title)


def differences_table(comparison: "Comparison") -> "Table":
    """Make the table of all pairs: difference in song accuracy, its interval, and the permutation test."""
    from earmark.report.score_texts import DIFFERENCE_COLUMNS, difference_cells

    rows = [difference_cells(one) for one in comparison.differences]
    return table(DIFFERENCE_COLUMNS, rows, title="Pairs: difference in song accuracy, permutation test over songs")


def confidence_tables(comparison: "Comparison") -> "list[Table]":
    """Make the tables of what models promised and kept, what parts add, and what training takes, as far as known."""
    from earmark.report import promise_texts as texts

    kept, gains = comparison.promises, comparison.gains
    calibration = [row for one in kept for row in texts.calibration_rows(one)]
    made = [
        (texts.CALIBRATION_COLUMNS, calibration, "Calibration of the top label's probability, on test songs"),
        (texts.SET_COLUMNS, [texts.set_cells(one) for one in kept], "Sets of labels and none of these, on test songs"),
        (texts.GAIN_COLUMNS, [texts.gain_cells(one) for one in gains], "What each part adds to song accuracy"),
        (texts.COST_COLUMNS, [texts.cost_cells(one) for one in comparison.costs], "Training and judging"),
    ]
    return [table(columns, rows, title=title) for columns, rows, title in made if rows]


def _numbers(text: str | None) -> tuple[float, ...]:
    """Read a list of numbers.

    Raises:
        InputError: Something in it is no number.
    """
    from earmark.errors import InputError

    try:
        return tuple(float(part) for part in split_names(text))
    except ValueError:
        raise InputError(f"expected numbers of seconds separated by commas, such as 1,3,5, got {text!r}") from None
