"""``earmark evaluate-search``: judge what `similar` and `next` find by questions with known answers."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note, out, print_json, progress_bar, table
from earmark.cli.embed import BackboneOption, MfccOption
from earmark.cli.options import BundleOption, JsonOption, LibraryOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.similarity.judging.judged import Line, SearchJudgement


class Queries(StrEnum):
    """Which songs are asked about."""

    test = "test"
    all = "all"


def evaluate_search(
    cutoffs: Annotated[
        str, typer.Option("--k", help="Ranks at which rankings are cut, separated by commas.", metavar="K,K,...")
    ] = "1,5,10,20",
    split: Annotated[
        Queries,
        typer.Option(
            "--split", help="Ask about the songs of the bundle's test part, or about all, which it has learnt from."
        ),
    ] = Queries.test,
    most: Annotated[
        int, typer.Option("--most-queries", min=1, help="Ask about so many songs at most, drawn by chance.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draw and of the tests.")] = 0,
    bundle: BundleOption = None,
    backbone: BackboneOption = None,
    mfcc: MfccOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge the search: does it find the tracks of a song's label, and what was really played next?

    Songs are asked about that the bundle did not learn from; everything else in the library may be found. The same
    questions are put to a random order, to BPM and key alone, to MFCCs and to each backbone that is stored, and every
    difference is tested. Then it says how unevenly tracks come up, before and after hubs are damped.

    Examples:

        earmark evaluate-search
        earmark evaluate-search --bundle trance --k 5,10 --json
    """
    from earmark.library.library import Library
    from earmark.similarity.judging.evaluate import SearchTest
    from earmark.similarity.judging.evaluate import evaluate_search as judge_search
    from earmark.similarity.vectors.opening import open_collection
    from earmark.similarity.vectors.sources import find_source

    test = SearchTest(part=split.value, cutoffs=read_cutoffs(cutoffs), most_queries=most, seed=seed)
    opened = Library.open(library)
    collection = open_collection(opened, find_source(opened, bundle=bundle, backbone=backbone, mfcc=mfcc))
    with progress_bar("Asking", quiet=as_json) as advance:
        judgement = judge_search(collection, test, progress=advance)
    if as_json:
        print_json(judgement.to_json())
    else:
        show_judgement(judgement)


def read_cutoffs(text: str) -> tuple[int, ...]:
    """Read ranks such as ``1,5,10``, the lowest first.

    Raises:
        InputError: One of them is no whole number of at least 1.
    """
    from earmark.errors import InputError

    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and int(part) >= 1 for part in parts):
        raise InputError(f"ranks are whole numbers of at least 1, separated by commas, such as 1,5,10, not {text!r}")
    return tuple(sorted({int(part) for part in parts}))


def show_judgement(judgement: "SearchJudgement") -> None:
    """Print a judgement for people: a table for each task, then hubs, then what can be concluded."""
    for told in judgement.notes:
        note(f"Note: {told}")
    note(f"Queries: {judgement.asked}. Candidates: all other of {judgement.tracks} tracks.")
    if judgement.learnt:
        note("The model learnt from some of these queries: its scores flatter it.")
    for task in dict.fromkeys(line.task for line in judgement.lines):
        out().print(_task_table([line for line in judgement.lines if line.task == task]))
    for asked, count in judgement.left_out.items():
        if count:
            note(f"{asked}: {count} left out (nothing answers them, that is not known, or another song asks).")
    hubs = [
        [name, f"{one.skewness:.2f}", f"{one.orphans:.0%}", f"{one.largest:.1f}", f"{one.over:.0%}"]
        for name, one in judgement.hubs.items()
    ]
    columns = ["how often tracks come up", "skew>", "never>", "most, of the mean>", "over twice the mean>"]
    out().print(table(columns, hubs))
    for told in judgement.verdict:
        out().print(told, markup=False, soft_wrap=True)


def _task_table(lines: "Sequence[Line]") -> "object":
    first = lines[0]
    rows = [
        [line.measure, str(line.intervals[line.ours]), *(_cell(line, name) for name in line.means)] for line in lines
    ]
    title = f"{first.task}: {first.n_questions} questions (* best of a line; 95 %: of {first.ours})"
    return table(["", "95 %", *(f"{name}>" for name in first.means)], rows, title=title)


def _cell(line: "Line", name: str) -> str:
    best = max(line.means.values())
    return f"{line.means[name]:.3f}{'*' if line.means[name] == best else ' '}"
