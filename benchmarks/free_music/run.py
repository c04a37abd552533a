"""The whole comparison on the collection that `fetch.py` built: models and baselines, nine labels and six.

    python benchmarks/free_music/run.py --dir benchmarks/free_music/data --out docs/results

Three studies: the nine collections with songs dealt at random (as the published studies did it), the nine with each
label's releases or artists held apart as far as it has them, and the six electronic ones the same way. Each has four
folds, and the songs are dealt three times; slow models take part in the first dealing only. The backbone of the probe
is built where it is missing. Finished folds are kept in the library, so the command can be stopped and run again; a
study that is finished takes seconds. It writes ``free-music.md`` with every table, and pictures and full results beside
it. Exit code 0: all is done; 3: some tracks or models were missing, and it says which; 2: it cannot be carried out;
130: stopped by Ctrl-C.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Run as a file, Python would look for modules in this folder; those here are named from the repository's root.
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[0] = str(ROOT)

from benchmarks.free_music.manifest import HERE, read_tracks  # noqa: E402 - the path has to be set first
from benchmarks.free_music.report import Finished, write_results  # noqa: E402

from earmark.backbones.building import get  # noqa: E402
from earmark.backbones.shelf import backbones  # noqa: E402
from earmark.catalog.select import Selection  # noqa: E402
from earmark.cli.compare import run_comparison, show_comparison  # noqa: E402
from earmark.cli.console import note  # noqa: E402
from earmark.cli.exit_codes import BAD_INPUT, INTERRUPTED, SOME_FAILED  # noqa: E402
from earmark.comparing.compare import ComparisonRequest  # noqa: E402
from earmark.comparing.comparison import Comparison  # noqa: E402
from earmark.comparing.contestants import make_contestants  # noqa: E402
from earmark.errors import EarmarkError, InputError  # noqa: E402
from earmark.evaluation.splits import SplitMode  # noqa: E402
from earmark.executors import ProcessExecutor  # noqa: E402
from earmark.library.library import Library  # noqa: E402
from earmark.library.scan import scan  # noqa: E402
from earmark.models.registry import model_spec  # noqa: E402
from earmark.models.spec import TrainingSettings  # noqa: E402

NINE = (
    "Drascula",
    "HyperRogue",
    "Kenta Cho",
    "Nexuiz",
    "Pingus",
    "Singularity",
    "TecnoballZ",
    "Warzone 2100",
    "Wesnoth",
)
ELECTRONIC = ("Nexuiz", "Singularity", "Warzone 2100", "Kenta Cho", "HyperRogue", "TecnoballZ")
FOLDS = 4
REPEATS = 3
MODELS = ("earmark", "probe", "probe-random", "ensemble", "metadata", "crnn", "mfcc")
SLOW = ("crnn", "mfcc")
"""Models that take part in the first dealing of the songs only: one more costs the CRNN two hours."""
MAX_EPOCHS = 40
"""Cut short to keep the whole run within hours on two cores; training mostly ends earlier by itself."""


@dataclass(frozen=True, slots=True)
class Study:
    """One comparison.

    Attributes:
        name: Name of its files.
        title: Its heading.
        labels: The labels; named, so that none is left out for having few releases.
        mode: What the parts of a fold do not share.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    mode: SplitMode


STUDIES = (
    Study("nine-by-song", "Nine collections, songs dealt at random", NINE, "song"),
    Study("nine-by-label", "Nine collections, releases or artists held apart", NINE, "by-label"),
    Study("six-by-label", "Six electronic collections, releases or artists held apart", ELECTRONIC, "by-label"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    wanted = [study for study in STUDIES if not options.only or study.name in options.only]
    try:
        _check_repeats(options.repeats)
        _get_backbones(_names(options.models))
        library = _library(options.dir, options.jobs)
        finished = [Finished(one.name, one.title, _compare(library, one, options)) for one in wanted]
        write_results(finished, options.out, command=_command(options))
    except KeyboardInterrupt:
        note("Stopped. Finished folds are kept; run the command again to go on.")
        return INTERRUPTED
    except (EarmarkError, OSError) as error:
        note(f"Error: {error}")
        return BAD_INPUT
    short = _shortage(library)
    if short:
        note(f"Only a part of the collection was there: {short}. Run fetch.py until it says that nothing is missing.")
    return SOME_FAILED if short or any(one.comparison.not_run for one in finished) else 0


def _command(options: argparse.Namespace) -> str:
    """The command that does the same, with what decides its results."""
    told = f"python benchmarks/free_music/run.py --models {options.models} --max-epochs {options.max_epochs}"
    slow = f" --slow {options.slow}" if options.slow else " --slow ''"
    return f"{told} --repeats {options.repeats}{slow} --seed {options.seed}"


def _shortage(library: Library) -> str:
    """Which labels have fewer tracks than the list of tracks says; empty where all are there."""
    wanted = Counter(track.label for track in read_tracks() if not track.excluded)
    there = Counter(track.label for track in library.tracks())
    missing = [
        f"{label} has {there[label]} of {count} tracks" for label, count in wanted.items() if there[label] < count
    ]
    return ", ".join(missing)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare models on the collection of free music; run again to go on.")
    parser.add_argument(
        "--dir", type=Path, default=HERE / "data", help="where fetch.py put everything (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results", help="where results are written")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes of the scan (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="seed of folds and trainings (default: 0)")
    parser.add_argument("--models", default=",".join(MODELS), help="models, separated by commas (default: %(default)s)")
    parser.add_argument("--max-epochs", type=int, default=MAX_EPOCHS, help="epochs at most (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="how often songs are dealt (default: %(default)s)")
    parser.add_argument(
        "--slow", default=",".join(SLOW), help="models that take part in the first dealing only (default: %(default)s)"
    )
    parser.add_argument("--only", nargs="*", choices=[study.name for study in STUDIES], help="only these studies")
    return parser


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _check_repeats(repeats: int) -> None:
    if repeats < 1:
        raise InputError(f"expected at least 1 repeat, got {repeats}")


def _get_backbones(models: Sequence[str]) -> None:
    """Build the backbones that the models read and that are not on the shelf; without one, its models are not run."""
    specs = [spec for name in models for spec in (model_spec(name), *model_spec(name).parts)]
    missing = {spec.backbone for spec in specs if isinstance(spec.backbone, str)} - backbones().keys()
    for name in sorted(missing):
        if name in backbones():  # the control came with the other
            continue
        note(f"Building the backbone {name} ...")
        try:
            get(name)
        except EarmarkError as error:
            note(f"The backbone {name} could not be built: {error}")


def _library(folder: Path, jobs: int) -> Library:
    """The library of the collection, scanned as far as it is not."""
    library = Library.create(folder / "library")
    summary = scan(library, [folder / "collection"], executor=ProcessExecutor(jobs))
    note(f"{summary.found} tracks found, {summary.analysed} analysed now in {summary.seconds:.0f} s.")
    if summary.failures:
        note(f"{len(summary.failures)} files could not be analysed; see `earmark failures`.")
    return library


def _compare(library: Library, study: Study, options: argparse.Namespace) -> Comparison:
    note(f"{study.title} ...")
    models = _names(options.models)
    slow = [name for name in _names(options.slow) if name in models]
    request = ComparisonRequest(
        contestants=make_contestants(models, max_epochs=_max_epochs(models, options.max_epochs), slow=slow),
        selection=Selection(labels=study.labels),
        mode=study.mode,
        folds=FOLDS,
        repeats=options.repeats,
        seed=options.seed,
    )
    comparison = run_comparison(library, request, quiet=False, executor=ProcessExecutor(options.jobs))
    show_comparison(comparison)
    return comparison


def _max_epochs(models: Sequence[str], asked: int) -> int | None:
    """The limit of epochs, or None where no model has any."""
    return asked if any(isinstance(model_spec(name).training, TrainingSettings) for name in models) else None


if __name__ == "__main__":
    sys.exit(main())
