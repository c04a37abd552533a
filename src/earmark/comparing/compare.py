"""`compare`: models and baselines under the same folds, from a library (or from tags alone) to a finished comparison.

Every finished fold is kept in a file of its own, so that the same command goes on after a kill, and a comparison with
one more model computes only that one. A training that was under way goes on from its last epoch.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from earmark.catalog.select import Selection
from earmark.catalog.track import Track
from earmark.comparing.comparison import ComparedFold, ComparedSong, Comparison
from earmark.comparing.contestants import Contestant, make_contestants, ready_contestants, refuse_doubles
from earmark.comparing.folding import FoldJob, run_fold
from earmark.comparing.material import Material
from earmark.comparing.results import FoldResult, FoldStore
from earmark.errors import InputError, NothingLearntError
from earmark.evaluation.baselines import SHORTCUT_ONLY
from earmark.evaluation.groups import Song
from earmark.evaluation.song_table import SongTable
from earmark.evaluation.splits import Split, SplitMode, folds, make_split
from earmark.executors import Executor, ProcessExecutor
from earmark.library.ingest import ScanProgress
from earmark.library.library import Library
from earmark.models.choosing import choose_tracks
from earmark.models.from_library import with_features
from earmark.training.fit import require_training_parts
from earmark.training.songs import ProgressCallback
from earmark.training.train import TEST_FRACTION, VALIDATION_FRACTION

FOLDER = "comparisons"
"""Where a library keeps its comparisons."""


def comparison_path(library: Library, name: str) -> Path:
    """Return where a library keeps a comparison of this name, whether or not it is there.

    Args:
        library: The library.
        name: The comparison's name.

    Raises:
        InputError: The name would lead out of the folder of comparisons.
    """
    if not name or name.startswith(".") or Path(name).name != name:
        raise InputError(f"a comparison's name is a plain file name such as comparison, not {name!r}")
    return library.local_folder(FOLDER) / f"{name}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRequest:
    """What to compare, on which songs, under which folds.

    Attributes:
        contestants: Models and baselines.
        selection: Which tracks.
        mode: What the parts of a fold must not share; chosen from what is known where None.
        folds: How many; 1 for one random split in each repeat, as studies with several trials have it.
        repeats: How often the songs are dealt anew.
        seed: Seed of folds and trainings.
        test_fraction: Share of the songs for the test where ``folds`` is 1.
        validation_fraction: Share of the other songs that choose the best weights.
    """

    contestants: tuple[Contestant, ...] = field(default_factory=make_contestants)
    selection: Selection = field(default_factory=Selection)
    mode: SplitMode | None = None
    folds: int = 5
    repeats: int = 1
    seed: int = 0
    test_fraction: float = TEST_FRACTION
    validation_fraction: float = VALIDATION_FRACTION


@dataclass(frozen=True, slots=True)
class ComparisonReports:
    """Who is told how far the work is; None where nobody is.

    Attributes:
        features: Told while missing features are made.
        folds: Told of folds done, folds in all, and what runs next.
        epochs: Told while a model is fitted.
    """

    features: Callable[[ScanProgress], None] | None = None
    folds: Callable[[int, int, str], None] | None = None
    epochs: ProgressCallback | None = None


def compare(
    library: Library,
    request: ComparisonRequest | None = None,
    *,
    executor: Executor | None = None,
    reports: ComparisonReports | None = None,
) -> Comparison:
    """Compare models and baselines on a library's tracks.

    Args:
        library: The library; finished folds are kept in it.
        request: What to compare; the default models and all baselines on all labels where None.
        executor: Where features that are missing are made; worker processes where None.
        reports: Who is told how far the work is.

    Raises:
        InputError: There are not two labels with songs enough, or another comparison of this library is running.
        SplitError: The songs cannot be dealt as asked.
        MissingExtraError: The part ``train`` is not installed.
        KeyboardInterrupt: Ctrl-C; finished folds and the checkpoints of an unfinished one are kept.
    """
    require_training_parts()
    request, reports = request or ComparisonRequest(), reports or ComparisonReports()
    chosen = choose_tracks(library.tracks(), request.selection, request.mode)
    there = ready_contestants(request.contestants).contestants
    wanted = dict.fromkeys(stored for one in there if one.spec for stored in one.spec.stored)
    tracks, lost = with_features(
        library, chosen.tracks, wanted, executor=executor or ProcessExecutor(), progress=reports.features
    )
    splits = make_splits(_songs(tracks), request, mode=chosen.mode)
    with _only_one(library.local_folder(FOLDER)):
        finished = cross_validate(
            tracks,
            request.contestants,
            splits,
            library=library,
            seed=request.seed,
            folder=library.local_folder(FOLDER) / "folds",
            reports=reports,
        )
    return replace(finished, notes=(*chosen.notes, *lost, *finished.notes))


def make_splits(songs: Sequence[Song], request: ComparisonRequest, *, mode: SplitMode) -> list[Split]:
    """Deal songs into the folds of a request, or into one random split for each repeat where it asks for one fold.

    Args:
        songs: The songs.
        request: How many folds and repeats, and the seed; its own mode is not read.
        mode: What the parts must not share.

    Raises:
        InputError: A number is out of range.
        SplitError: The songs cannot be dealt so.
    """
    if request.folds == 1 and request.repeats >= 1:
        return [
            make_split(
                songs,
                mode=mode,
                seed=_own_seed(request.seed, repeat),
                test_fraction=request.test_fraction,
                validation_fraction=request.validation_fraction,
            )
            for repeat in range(request.repeats)
        ]
    return folds(
        songs,
        mode=mode,
        k=request.folds,
        seed=request.seed,
        validation_fraction=request.validation_fraction,
        repeats=request.repeats,
    )


def cross_validate(
    tracks: Sequence[Track],
    contestants: Sequence[Contestant],
    splits: Sequence[Split],
    *,
    library: Library | None = None,
    seed: int = 0,
    folder: Path | None = None,
    reports: ComparisonReports | None = None,
) -> Comparison:
    """Run every contestant on every split.

    Args:
        tracks: The songs that the splits are about, each with a label.
        contestants: Models and baselines; one that cannot run (or whose backbone is not installed) is told with its
            reason, and the others go on.
        splits: The folds, from `make_splits` or of your own: those that are folds belong to their repeat, others are
            a repeat each.
        library: Where their sound is; None where only tags are read.
        seed: Seed of the trainings; each fold has its own from it.
        folder: Where finished folds are kept; nowhere where None.
        reports: Who is told how far the work is.

    Raises:
        SplitError: A split leaks, or names songs that are not among the tracks.
        InputError: There is no split, or two contestants have one name.
        KeyboardInterrupt: Ctrl-C; what was finished is kept.
    """
    if not splits:
        raise InputError("expected at least one split to compare on, got none")
    refuse_doubles(contestants)
    there = ready_contestants(contestants)
    labels = splits[0].labels
    material = Material(tuple(track for track in tracks if track.label in labels), labels, library)
    for split in splits:
        split.check(tuple(material.songs.values()))
    runner = _Runner(material, tuple(splits), seed, folder, reports or ComparisonReports())
    results, not_run = runner.run(there.contestants)
    groups = splits[0].group_ids(tuple(material.songs.values())).tolist()
    repeats = _repeats(splits)
    return Comparison(
        labels=labels,
        mode=splits[0].mode,
        folds=1 if splits[0].fold is None else splits[0].fold.k,
        repeats=max(repeats) + 1,
        seed=seed,
        songs=tuple(
            ComparedSong(song.id, song.shown, song.label, group)
            for song, group in zip(material.songs.values(), groups, strict=True)
        ),
        tested=tuple(
            ComparedFold(repeat, split.digest, len(split.train), len(split.validation), len(split.test))
            for repeat, split in zip(repeats, splits, strict=True)
        ),
        contestants=tuple(contestant.name for contestant in contestants),
        baselines=tuple(contestant.name for contestant in contestants if contestant.baseline),
        sliced={
            one.name: (one.spec.name, one.spec.slice_seconds)
            for one in there.contestants
            if one.spec is not None and one.spec.slice_seconds is not None
        },
        results=results,
        not_run=there.not_run | not_run,
        facts=None if library is None or not material.shortcuts.known().any() else material.shortcuts,
        notes=(
            *there.notes,
            *SongTable.of(tuple(material.songs.values()), splits[0].mode).standing_notes(),
            *_untested(splits),
            *_seldom(results, splits),
        ),
    )


def _untested(splits: Sequence[Split]) -> list[str]:
    """Which labels have no test song in some folds, and which none for validation."""
    notes = []
    for at, label in enumerate(splits[0].labels):
        tested = sum(split.counts[at].test > 0 for split in splits)
        validated = sum(split.counts[at].validation > 0 for split in splits)
        if tested < len(splits):
            notes.append(f"{label} has test songs in {tested} of {len(splits)} folds")
        if validated < len(splits):
            notes.append(f"{label} has validation songs in {validated} of {len(splits)} folds")
    return notes


def _seldom(results: Mapping[str, Sequence[FoldResult]], splits: Sequence[Split]) -> list[str]:
    """Which contestants took part in some of the dealings only."""
    repeat_of = {split.digest: repeat for split, repeat in zip(splits, _repeats(splits), strict=True)}
    n_repeats = len(set(repeat_of.values()))
    by_count: dict[int, list[str]] = {}
    for name, folds_of in results.items():
        by_count.setdefault(len({repeat_of[one.split] for one in folds_of}), []).append(name)
    return [
        f"{', '.join(names)} took part in the first {count} of {n_repeats} dealings of the songs; pairs are tested on "
        "the dealings that both took part in"
        for count, names in by_count.items()
        if count < n_repeats
    ]


def _repeats(splits: Sequence[Split]) -> list[int]:
    return [at if split.fold is None else split.fold.repeat for at, split in enumerate(splits)]


@dataclass(frozen=True, slots=True)
class _Runner:
    material: Material
    splits: tuple[Split, ...]
    seed: int
    folder: Path | None
    reports: ComparisonReports

    def run(self, contestants: Sequence[Contestant]) -> tuple[dict[str, tuple[FoldResult, ...]], dict[str, str]]:
        """Results of each contestant by name, and the reasons of those that could not run."""
        results: dict[str, tuple[FoldResult, ...]] = {}
        not_run: dict[str, str] = {}
        planned = {contestant.name: self._own(contestant) for contestant in contestants}
        done, total = 0, sum(map(len, planned.values()))
        for contestant in contestants:
            numbers = planned[contestant.name]
            try:
                results[contestant.name] = tuple(self._all_folds(contestant, numbers, done=done, of=total))
            except (InputError, NothingLearntError) as error:
                not_run[contestant.name] = str(error)
            done += len(numbers)
        self._say(total, of=total, words="")
        return results, not_run

    def _own(self, contestant: Contestant) -> list[int]:
        """The splits that a contestant takes part in, by number."""
        repeats = _repeats(self.splits)
        return [at for at, repeat in enumerate(repeats) if contestant.repeats is None or repeat < contestant.repeats]

    def _all_folds(self, contestant: Contestant, numbers: Sequence[int], *, done: int, of: int) -> Iterator[FoldResult]:
        for at, number in enumerate(numbers):
            self._say(done + at, of=of, words=f"{contestant.name}, fold {at + 1} of {len(numbers)}")
            yield self._one_fold(contestant, self.splits[number], number)

    def _one_fold(self, contestant: Contestant, split: Split, number: int) -> FoldResult:
        key = self._key(contestant, split, number)
        if self.folder is None:
            with _temporary_folder() as run_dir:
                return run_fold(self._job(contestant, split, number, run_dir))
        store = FoldStore(self.folder)
        known = store.load(key)
        run_dir = store.run_dir(key)
        if known is not None:
            shutil.rmtree(run_dir, ignore_errors=True)  # a kill may have come between its result and its clean-up
            return replace(known, contestant=contestant.name)
        result = run_fold(self._job(contestant, split, number, run_dir))
        store.save(key, result)
        shutil.rmtree(run_dir, ignore_errors=True)
        return result

    def _job(self, contestant: Contestant, split: Split, number: int, run_dir: Path) -> FoldJob:
        return FoldJob(contestant, split, self.material, self._fold_seed(number), run_dir, self.reports.epochs)

    def _fold_seed(self, number: int) -> int:
        return _own_seed(self.seed, number)

    def _key(self, contestant: Contestant, split: Split, number: int) -> str:
        told = [split.digest, self._fold_seed(number), self.material.digest]
        if contestant.baseline == SHORTCUT_ONLY and self.material.library is not None:
            told.append(self.material.facts_digest)
        return f"{contestant.key}-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]}"

    def _say(self, done: int, *, of: int, words: str) -> None:
        if self.reports.folds is not None:
            self.reports.folds(done, of, words)


def _own_seed(seed: int, number: int) -> int:
    """A seed for one of many, that shares none with another seed's many."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _songs(tracks: Sequence[Track]) -> list[Song]:
    labels = tuple(sorted({track.label for track in tracks if track.label is not None}))
    return list(Material(tuple(tracks), labels).songs.values())


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the library's comparisons, so that two commands never train in one folder."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise InputError(f"another comparison is running in {folder}; wait until it is done, or end it") from None


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="earmark-") as folder:
        yield Path(folder)
