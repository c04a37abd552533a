"""What jobs tell of their progress, as the functions that do the work report it."""

from collections.abc import Callable

from earmark.library.ingest import ScanProgress
from earmark.web.jobs.kinds import JobReporter

LISTENING = "Computing missing features"


def count_teller(report: JobReporter, stage: str) -> Callable[[int, int], None]:
    """Return what tells how many of how many are done.

    Args:
        report: Who is told.
        stage: What is being done, for people.
    """

    def tell(done: int, total: int) -> None:
        report.progress(stage, done, total)

    return tell


def words_teller(report: JobReporter, stage: str) -> Callable[[int, int, str], None]:
    """Return what tells how many of how many are done, and something else in words.

    Args:
        report: Who is told.
        stage: What is being done, for people.
    """

    def tell(done: int, total: int, words: str) -> None:
        report.progress(stage, done, total, words)

    return tell


def features_teller(report: JobReporter) -> Callable[[ScanProgress], None]:
    """Return what tells how far missing features are made.

    Args:
        report: Who is told.
    """

    def tell(progress: ScanProgress) -> None:
        failed = f"{progress.failed} failed" if progress.failed else ""
        report.progress(LISTENING, progress.done, progress.total, failed)

    return tell
