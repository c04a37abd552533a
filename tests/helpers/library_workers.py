"""What the library's tests send to worker processes, or run as a program of its own."""

import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.executors import Outcome, ProcessExecutor
from earmark.library import ingest
from earmark.library.analysis import Analysis, AnalysisJob, analyse
from earmark.library.library import Library
from earmark.library.scan import scan


def analyse_with_traps(job: AnalysisJob) -> Analysis:
    """Analyse, but hang in files that are called so, as a decoder may."""
    if "hangs" in Path(job.file.path).name:
        time.sleep(3600)
    return analyse(job)


def analyse_slowly(job: AnalysisJob) -> Analysis:
    """Analyse, and take long enough that a kill can come in between."""
    time.sleep(0.03)
    return analyse(job)


@dataclass(frozen=True)
class Replacing:
    """An executor that runs another function than the one it is asked to."""

    executor: ProcessExecutor
    function: Callable[[Any], Any]

    def run(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Generator[Outcome[Any, Any], None, None]:
        """Yield the outcomes of the other function."""
        yield from self.executor.run(self.function, items)


def main(address: str, *folders: str) -> None:
    """Scan folders with two workers, writing small batches."""
    ingest.BATCH_FILES = 4
    executor = Replacing(ProcessExecutor(2), analyse_slowly)
    done = scan(Library.create(address), [Path(folder) for folder in folders], executor=executor, label_from="folder")
    print(done.analysed, done.unchanged, len(done.failures))


if __name__ == "__main__":
    main(*sys.argv[1:])
