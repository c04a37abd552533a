"""Takes files in: analyses them with an executor and writes what came of it, a batch at a time.

A kill costs the batch that was not yet written, and of that only the table rows: the feature arrays are there and are
found again by the next run.
"""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from earmark.audio.measure_settings import MeasureSettings
from earmark.errors import DecodeError, LibraryError
from earmark.executors import Executor, FailureKind, Outcome
from earmark.library.discovery import FoundFile
from earmark.library.library import Library
from earmark.library.rows import Failure, FeatureRecord, StoredFeature

if TYPE_CHECKING:
    from earmark.library.analysis import Analysis, AnalysisJob

BATCH_FILES = 64
BATCH_SECONDS = 2.0
"""A batch of records is written when it has so many files or is so old: what a kill can cost at most."""


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far the work is: files done and failed so far, files in all, and seconds of sound analysed."""

    done: int
    total: int
    failed: int
    audio_seconds: float


@dataclass(slots=True)
class Ingest:
    """Files on their way into a library; also the count of what came of them.

    Attributes:
        library: Where they go.
        done: Files done, failed ones among them.
        audio_seconds: Seconds of sound analysed.
        failures: The files that failed.
    """

    library: Library
    done: int = 0
    audio_seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    _in_ledger: set[str] = field(default_factory=set)
    _analyses: "list[Analysis]" = field(default_factory=list)
    _unwritten: list[Failure] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def run(
        self,
        files: Sequence[FoundFile],
        settings: Sequence[StoredFeature],
        *,
        executor: Executor,
        measures: MeasureSettings | None = None,
        progress: Callable[[ScanProgress], None] | None = None,
    ) -> None:
        """Analyse files and write what came of them; after Ctrl-C, what is done is written too.

        Args:
            files: The files.
            settings: The feature settings and backbones to store arrays of.
            executor: Where the files are analysed.
            measures: How to measure their sound; None to leave it.
            progress: Called as files are done.

        Raises:
            LibraryError: The library could not be written, which is no fault of the file's.
            UnknownNameError: A backbone is asked for that is not on the shelf.
        """
        if not files:
            return
        from earmark.library.analysis import (
            AnalysisJob,
            analyse,
            check_ready,
        )  # scipy takes long; a scan with nothing new has none

        check_ready(settings)
        self._in_ledger = {failure.path for failure in self.library.failures()}
        jobs = [AnalysisJob(file, tuple(settings), self.library.address, measures) for file in files]
        try:
            with closing(executor.run(analyse, jobs)) as outcomes:  # closing ends the workers
                for outcome in outcomes:
                    self._add(outcome)
                    if progress is not None:
                        progress(ScanProgress(self.done, len(jobs), len(self.failures), self.audio_seconds))
        finally:
            self._flush()

    def _add(self, outcome: "Outcome[AnalysisJob, Analysis]") -> None:
        if isinstance(outcome.error, LibraryError):
            raise outcome.error
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
            self._flush()

    def _flush(self) -> None:
        # Features first and files last: a known file always has them, and is in the ledger no more.
        features: list[FeatureRecord] = [one for analysis in self._analyses for one in analysis.features]
        self.library.features_table.merge(record.to_row() for record in features)
        measured = [analysis.measures for analysis in self._analyses if analysis.measures is not None]
        self.library.measures_table.merge(record.to_row() for record in measured)
        mended = self._in_ledger.intersection(analysis.file.path for analysis in self._analyses)
        self.library.failures_table.delete(mended)
        self.library.files_table.merge(analysis.file.to_row() for analysis in self._analyses)
        self.library.failures_table.merge(failure.to_row() for failure in self._unwritten)
        self._analyses.clear()
        self._unwritten.clear()
        self._since = time.monotonic()


def _failure(outcome: "Outcome[AnalysisJob, Analysis]") -> Failure:
    error = outcome.error
    if isinstance(error, DecodeError):
        reasons = dict(error.reasons)
    else:
        reasons = {"error" if outcome.failure == "error" else "limit": str(error)}
    return failure_of(outcome.item.file, outcome.failure or "error", reasons)


def failure_of(file: FoundFile, kind: FailureKind, reasons: dict[str, str]) -> Failure:
    """Make the ledger's entry for a file that failed just now."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Failure(file.path, file.size, file.mtime_ns, kind, reasons, now)
