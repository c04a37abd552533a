"""``earmark evaluate``: judge saved bundles on the test songs of their own splits."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.console import note, out, print_json, progress_bar
from earmark.cli.exit_codes import SOME_FAILED
from earmark.cli.options import JobsOption, JsonOption, LibraryOption
from earmark.cli.tables import coefficient_table, confusion_table, label_table, scores_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.evaluation.differences import Difference
    from earmark.evaluation.splits import PartName
    from earmark.library.library import Library
    from earmark.models.evaluate import Evaluation


class Part(StrEnum):
    """Part of a split."""

    test = "test"
    validation = "validation"
    train = "train"


def evaluate(
    bundles: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Bundles by folder or by name in the library; all bundles of the library where none is named."
        ),
    ] = None,
    part: Annotated[Part, typer.Option("--part", help="Which songs of each bundle's split to judge on.")] = Part.test,
    details: Annotated[
        bool,
        typer.Option(
            "--details", help="Show each label's scores, the confusion counts, and a regression's coefficients."
        ),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the bootstrap intervals.")] = 0,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put trained models beside each other on the test songs of their splits.

    Models that share a split are compared song by song with a permutation test: small test sets seldom allow the
    claim that one is better, and then this says so.

    Examples:

        earmark evaluate
        earmark evaluate crnn metadata --details
    """
    from earmark.errors import FormatVersionError, InputError
    from earmark.library.library import Library
    from earmark.models.evaluate import paired_tests
    from earmark.models.shelf import bundle_paths, find_bundle

    opened = Library.open(library)
    paths = [find_bundle(one, opened) for one in bundles or []] or bundle_paths(opened) or [find_bundle(None, opened)]
    evaluations, refused = [], 0
    for path in paths:
        try:
            evaluations.append(run_evaluation(opened, path, part=part.value, seed=seed, jobs=jobs, quiet=as_json))
        except (InputError, FormatVersionError) as error:
            if bundles:  # it was asked for by name
                raise
            refused += 1
            note(f"{path.name} cannot be judged: {error}")
    tests = paired_tests(evaluations, seed=seed)
    if as_json:
        print_json(evaluations_to_json(evaluations, tests))
    else:
        show_evaluations(evaluations, tests, part=part.value, details=details)
    if refused:
        raise typer.Exit(SOME_FAILED)


def run_evaluation(
    library: "Library", path: Path, *, part: "PartName", seed: int, jobs: int | None, quiet: bool
) -> "Evaluation":
    """Judge one bundle with a progress bar."""
    from earmark.executors import ProcessExecutor
    from earmark.models.bundle import load_bundle
    from earmark.models.evaluate import evaluate as evaluate_bundle

    bundle, executor = load_bundle(path), ProcessExecutor(jobs)
    with progress_bar(f"Judging {path.name}", quiet=quiet) as advance:

        def report(done: int, total: int) -> None:
            advance(done, total, "")

        return evaluate_bundle(library, bundle, part=part, seed=seed, executor=executor, progress=report)


def show_evaluations(
    evaluations: "Sequence[Evaluation]", tests: "Sequence[Difference]", *, part: str, details: bool
) -> None:
    """Print evaluations, a table for each split, for people."""
    from earmark.evaluation.split_file import DISJOINT

    for digest in dict.fromkeys(one.split.digest for one in evaluations):
        group = [one for one in evaluations if one.split.digest == digest]
        split, first = group[0].split, group[0]
        rows = [row for one in group for row in one.judgement.rows.values()]
        title = (
            f"{len(first.tracks)} {part} songs of a split, {DISJOINT[split.mode]} "
            f"(seed {split.seed}, {digest[:8]}), {len(split.labels)} labels"
        )
        out().print(scores_table([*rows, *first.baselines], title=title))
        for one in group:
            if one.missing:
                note(f"{one.missing} songs of {one.bundle.path.name} are not in this library any more.")
            if details:
                note(f"{one.bundle.path.name}:")
                out().print(label_table(one.judgement.scores["mean"]))
                out().print(confusion_table(one.judgement.scores["mean"]))
                if one.bundle.spec.kind == "metadata":
                    out().print(coefficient_table(one.bundle))
    for test in tests:
        note(told_test(test))


def told_test(test: "Difference") -> str:
    """Say in a sentence what a paired permutation test allows to claim; p is corrected for all pairs."""
    told = f"can be told apart, {test.better} is better"
    verdict = "cannot be told apart with confidence" if test.better is None else told
    together = f" in {test.n_groups} groups" if test.n_groups < test.n_songs else ""
    how = f"{100 * test.mean:+.0f} points, corrected p = {test.p_corrected:.2g}"
    return f"{test.first} and {test.second} {verdict} on these {test.n_songs} songs{together} ({how})."


def evaluations_to_json(evaluations: "Sequence[Evaluation]", tests: "Sequence[Difference]") -> dict[str, Any]:
    """Return evaluations as plain data."""
    return {
        "bundles": [
            {
                "bundle": str(one.bundle.path),
                "model": one.bundle.spec.name,
                "split": {"mode": one.split.mode, "seed": one.split.seed, "digest": one.split.digest},
                "missing": one.missing,
                "readings": one.judgement.to_json(),
                "baselines": [row.to_json() for row in one.baselines],
            }
            for one in evaluations
        ],
        "paired_tests": [test.to_json() for test in tests],
    }
