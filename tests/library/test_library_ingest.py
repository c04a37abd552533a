import datetime as dt
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from library_sounds import write_broken, write_sound

from earmark.audio.settings import FeatureSettings
from earmark.errors import DecodeError, EarmarkError, LibraryError, LimitError
from earmark.executors import FailureKind, Outcome, SerialExecutor
from earmark.library import ingest as ingest_module
from earmark.library.discovery import find_audio
from earmark.library.ingest import Ingest, ScanProgress
from earmark.library.library import Library
from earmark.library.tables import Row, Table

SMALL = FeatureSettings(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=16)


class FailingExecutor:
    """Fails every item in the same way."""

    def __init__(self, failure: FailureKind, error: Exception) -> None:
        self.failure, self.error = failure, error
        self.closed = False

    def run(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Generator[Outcome[Any, Any], None, None]:
        try:
            for item in items:
                yield Outcome(item, failure=self.failure, error=self.error)
        finally:
            self.closed = True


@pytest.fixture
def files(tmp_path: Path) -> Any:
    for number in range(7):
        write_sound(tmp_path / "music" / f"{number}.wav", number, seconds=0.1)
    return find_audio([tmp_path / "music"]).files


@pytest.fixture
def merges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The merges that wrote something, as (table, rows)."""
    told: list[tuple[str, int]] = []
    merge = Table.merge

    def tell(self: Table, rows: Any) -> int:
        written: list[Row] = list(rows)
        if written:
            told.append((self.name, len(written)))
        return merge(self, written)

    monkeypatch.setattr(Table, "merge", tell)
    return told


def test_records_are_written_a_batch_at_a_time_features_first(
    library: Library, files: Any, merges: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "BATCH_FILES", 3)
    monkeypatch.setattr(ingest_module, "BATCH_SECONDS", 3600.0)
    Ingest(library).run(files, [SMALL], executor=SerialExecutor())
    assert merges == [("features", 3), ("files", 3), ("features", 3), ("files", 3), ("features", 1), ("files", 1)]


def test_an_old_batch_is_written_however_small(
    library: Library, files: Any, merges: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "BATCH_SECONDS", 0.0)
    Ingest(library).run(files[:2], [SMALL], executor=SerialExecutor())
    assert merges == [("features", 1), ("files", 1)] * 2


def test_failures_count_towards_a_batch(
    library: Library, files: Any, merges: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "BATCH_FILES", 4)
    monkeypatch.setattr(ingest_module, "BATCH_SECONDS", 3600.0)
    executor = FailingExecutor("timeout", LimitError("took longer than the limit of 1 s and was stopped"))
    Ingest(library).run(files, [SMALL], executor=executor)
    assert merges == [("failures", 4), ("failures", 3)]


def test_no_files_are_no_work(library: Library, merges: list[tuple[str, int]]) -> None:
    ingest = Ingest(library)
    ingest.run([], [SMALL], executor=SerialExecutor())
    assert (ingest.done, ingest.failures, merges) == (0, [], [])


def test_a_failure_tells_what_each_decoder_said(library: Library, tmp_path: Path) -> None:
    path = write_broken(tmp_path / "a.mp3")
    ingest = Ingest(library)
    told: list[ScanProgress] = []
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    ingest.run(find_audio([path]).files, [SMALL], executor=SerialExecutor(), progress=told.append)
    (failure,) = library.failures()
    assert ingest.failures == [failure]
    assert (failure.path, failure.size, failure.mtime_ns) == (str(path), 1024, path.stat().st_mtime_ns)
    assert list(failure.reasons) == ["soundfile", "pyav"]
    assert all(failure.reasons.values())
    assert dt.datetime.fromisoformat(failure.failed_at) >= before
    assert told == [ScanProgress(done=1, total=1, failed=1, audio_seconds=0.0)]


@pytest.mark.parametrize(
    ("kind", "error", "reasons"),
    [
        ("timeout", LimitError("took longer"), {"limit": "took longer"}),
        ("memory", LimitError("needs more"), {"limit": "needs more"}),
        ("crash", LimitError("signal 11"), {"limit": "signal 11"}),
        ("error", EarmarkError("KeyError: 'x'"), {"error": "KeyError: 'x'"}),
        ("error", DecodeError("a.wav", {"pyav": "no"}), {"pyav": "no"}),
    ],
)
def test_how_it_failed_is_kept(
    library: Library, files: Any, kind: FailureKind, error: Exception, reasons: dict[str, str]
) -> None:
    Ingest(library).run(files[:1], [SMALL], executor=FailingExecutor(kind, error))
    assert [(one.kind, one.reasons) for one in library.failures()] == [(kind, reasons)]


def test_a_fault_of_the_library_is_raised_and_ends_the_workers(library: Library, files: Any) -> None:
    executor = FailingExecutor("error", LibraryError("no space"))
    ingest = Ingest(library)
    with pytest.raises(LibraryError, match="no space"):
        ingest.run(files, [SMALL], executor=executor)
    assert executor.closed
    assert (ingest.done, library.failures()) == (0, [])


def test_an_exception_of_the_watcher_ends_the_workers_and_keeps_what_is_done(library: Library, files: Any) -> None:
    executor = FailingExecutor("timeout", LimitError("took longer"))

    def interrupt(_: ScanProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Ingest(library).run(files, [SMALL], executor=executor, progress=interrupt)
    assert executor.closed
    assert len(library.failures()) == 1
