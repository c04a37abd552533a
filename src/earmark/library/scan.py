"""Fills a library from folders of music: finds, analyses what is missing, remembers, and sorts into tracks.

The way of a file: `discovery` finds it, `plan` says whether anything is to do, `analysis` (in a worker) decodes it and
stores its features, and its record is merged into the tables, a batch at a time. Last, `cataloguing` turns the records
into tracks. Each step is atomic and none undoes another, so that a scan may be killed at any instant: the next one does
what is missing.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.errors import DecodeError, InputError
from earmark.executors import Executor, FailureKind, Outcome
from earmark.library.analysis import Analysis, AnalysisJob, analyse
from earmark.library.cataloguing import Catalogued, catalogue, settle_roots
from earmark.library.discovery import Found, FoundFile, find_audio
from earmark.library.library import Library
from earmark.library.plan import ScanPlan, plan_scan
from earmark.library.rows import Failure, FeatureRecord, LabelFrom, Root

BATCH_FILES = 64
BATCH_SECONDS = 2.0
"""A batch of records is written when it has so many files or is so old: what a kill can cost at most."""

DEFAULT_SETTINGS: tuple[FeatureSettings, ...] = (PRESETS["paper"],)


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is: files done and failed so far, files in all, and seconds of sound analysed."""

    done: int
    total: int
    failed: int
    audio_seconds: float


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What a scan did.

    Attributes:
        found: Audio files found below the places.
        analysed: Files analysed now.
        unchanged: Files of which everything was known.
        failures: Files that could not be analysed, now or before and unchanged since.
        ignored: Other files found.
        catalogued: What became of the records: tracks, moves, duplicates, problems.
        audio_seconds: Seconds of sound analysed now.
        seconds: Time that the scan took.
    """

    found: int
    analysed: int
    unchanged: int
    failures: tuple[Failure, ...]
    ignored: int
    catalogued: Catalogued
    audio_seconds: float
    seconds: float


def scan(
    library: Library,
    places: Sequence[str | Path] = (),
    *,
    executor: Executor,
    label_from: LabelFrom | None = None,
    csv: str | Path | None = None,
    settings: Sequence[FeatureSettings] = DEFAULT_SETTINGS,
    retry_failures: bool = False,
    prune: bool = False,
    progress: Callable[[ScanProgress], None] | None = None,
) -> ScanSummary:
    """Bring a library up to date with folders of music.

    Args:
        library: The library to fill.
        places: Folders or single files; all folders that were scanned before when empty.
        executor: Where the files are analysed.
        label_from: Where labels come from; as at the last scan of the place when None, and ``"auto"`` at the first.
        csv: A CSV that describes the tracks; as at the last scan of the place when None.
        settings: The feature settings to store.
        retry_failures: Try unchanged files again that failed before.
        prune: Forget tracks whose files are gone; otherwise they stay, since a disk may only be unplugged.
        progress: Called as files are done.

    Raises:
        InputError: A place does not exist, or there is none.
        MetadataError: The CSV cannot be read.
    """
    started = time.monotonic()
    roots = settle_roots(library.roots(), places, label_from=label_from, csv=csv)
    if not roots:
        raise InputError("this library has no folders yet; name one: earmark scan FOLDER")
    # The deepest place first: a folder below another is searched once, and by its own rules.
    found = find_audio(sorted((root.path for root in roots), key=lambda path: -len(Path(path).parts)))
    plan = _plan(library, found, roots, settings, retry_failures=retry_failures)
    writer = _Writer(library)
    try:
        for outcome in _outcomes(executor, library, plan, settings):
            writer.add(outcome)
            if progress is not None:
                progress(ScanProgress(writer.done, len(plan.analyse), len(writer.failures), writer.audio_seconds))
    finally:  # after Ctrl-C too: what is done is kept and shows up as tracks
        writer.flush()
        catalogued = catalogue(library, found.files, roots, gone=plan.gone, prune=prune)
    for table in (library.files_table, library.features_table):
        table.compact()
    return ScanSummary(
        found=len(found.files),
        analysed=writer.done - len(writer.failures),
        unchanged=len(plan.unchanged),
        failures=(*plan.known_failures, *writer.failures, *_unreadable(found)),
        ignored=found.ignored,
        catalogued=catalogued,
        audio_seconds=writer.audio_seconds,
        seconds=time.monotonic() - started,
    )


def _plan(
    library: Library, found: Found, roots: Sequence[Root], settings: Sequence[FeatureSettings], *, retry_failures: bool
) -> ScanPlan:
    features = library.feature_records(settings)
    # An array whose size is not what was written was cut off by a power failure: it counts as missing.
    whole = {key: record for key, record in features.items() if library.storage.size(record.name) == record.bytes}
    return plan_scan(
        found.files,
        [root.path for root in roots],
        files=library.files(),
        failures=library.failures(),
        features=whole,
        settings=settings,
        retry_failures=retry_failures,
    )


def _outcomes(
    executor: Executor, library: Library, plan: ScanPlan, settings: Sequence[FeatureSettings]
) -> Iterator[Outcome[AnalysisJob, Analysis]]:
    jobs = [AnalysisJob(file, tuple(settings), library.address) for file in plan.analyse]
    with closing(executor.run(analyse, jobs)) as outcomes:  # closing ends the workers, after Ctrl-C too
        yield from outcomes


@dataclass(slots=True)
class _Writer:
    """Collects outcomes and writes them in batches."""

    library: Library
    done: int = 0
    audio_seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    _analyses: list[Analysis] = field(default_factory=list)
    _unwritten: list[Failure] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def add(self, outcome: Outcome[AnalysisJob, Analysis]) -> None:
        """Take one outcome, and write the batch when it is full or old."""
        self.done += 1
        if outcome.value is not None:
            self._analyses.append(outcome.value)
            self.audio_seconds += outcome.value.file.facts.seconds
        else:
            failure = _failure(outcome)
            self.failures.append(failure)
            self._unwritten.append(failure)
        waiting = len(self._analyses) + len(self._unwritten)
        if waiting >= BATCH_FILES or time.monotonic() - self._since >= BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting: features before files, so that a known file always has its features."""
        features: list[FeatureRecord] = [one for analysis in self._analyses for one in analysis.features]
        self.library.features_table.merge(record.to_row() for record in features)
        self.library.files_table.merge(analysis.file.to_row() for analysis in self._analyses)
        self.library.failures_table.merge(failure.to_row() for failure in self._unwritten)
        self._analyses.clear()
        self._unwritten.clear()
        self._since = time.monotonic()


def _failure(outcome: Outcome[AnalysisJob, Analysis]) -> Failure:
    error, file = outcome.error, outcome.item.file
    if isinstance(error, DecodeError):
        reasons = dict(error.reasons)
    else:
        reasons = {"error" if outcome.failure == "error" else "limit": str(error)}
    return _record_failure(file, outcome.failure or "error", reasons)


def _record_failure(file: FoundFile, kind: FailureKind, reasons: dict[str, str]) -> Failure:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Failure(file.path, file.size, file.mtime_ns, kind, reasons, now)


def _unreadable(found: Found) -> list[Failure]:
    return [
        _record_failure(FoundFile(path, path, 0, 0), "error", {"system": reason})
        for path, reason in sorted(found.unreadable.items())
    ]
