"""Decides what a scan has to do: compares what is on disk with what the library knows.

Pure: it reads no file and writes nothing, so that its rules can be tested by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from earmark.library.discovery import FoundFile
from earmark.library.rows import Failure, FeatureRecord, FileRecord, StoredFeature


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What there is to do.

    Attributes:
        analyse: Files to analyse: new ones, changed ones, and those without the features or measures asked for.
        unchanged: Files of which everything is known.
        known_failures: Files that failed before and have not changed since.
        mended: Unchanged files that failed in another state, and are as they were before that.
        gone: Paths below the scanned places that the library knows and that are not there any more.
    """

    analyse: tuple[FoundFile, ...]
    unchanged: tuple[FoundFile, ...]
    known_failures: tuple[Failure, ...]
    mended: tuple[str, ...]
    gone: tuple[str, ...]


def plan_scan(
    found: Sequence[FoundFile],
    places: Iterable[str],
    *,
    files: Mapping[str, FileRecord],
    failures: Iterable[Failure],
    features: Mapping[tuple[str, str], FeatureRecord],
    settings: Sequence[StoredFeature],
    measured: Mapping[str, str],
    measures: str | None,
    retry_failures: bool,
    unreadable: Iterable[str] = (),
) -> ScanPlan:
    """Compare what is on disk with what the library knows.

    Args:
        found: The files on disk.
        places: The folders (or files) that were searched.
        files: The library's files, by path.
        failures: The library's failures.
        features: The whole feature arrays that are stored, by audio id and settings key.
        settings: The feature settings and backbones that each file should have arrays of.
        measured: The key of the settings by which each track was measured, by audio id.
        measures: The key of the settings by which each should have been; None where it does not matter.
        retry_failures: Analyse unchanged failures again.
        unreadable: Folders and files that could not be looked at; nothing below them counts as gone.
    """
    failed = {failure.path: failure for failure in failures}
    keys = [one.key for one in settings]
    analyse: list[FoundFile] = []
    unchanged: list[FoundFile] = []
    mended: list[str] = []
    known_failures: list[Failure] = []
    for file in found:
        failure, record = failed.get(file.path), files.get(file.path)
        # Complete comes first: a file may have failed under other settings than those asked for now.
        whole = record is not None and (measures is None or measured.get(record.audio_id) == measures)
        if record is not None and whole and _same(file, record) and _complete(record, features, keys):
            unchanged.append(file)
            if failure is not None and not _same(file, failure):
                mended.append(file.path)
        elif failure is not None and not retry_failures and _same(file, failure):
            known_failures.append(failure)
        else:
            analyse.append(file)
    here, searched, hidden = {file.path for file in found}, [*places], [*unreadable]
    gone = tuple(
        path
        for path in sorted((files.keys() | failed.keys()) - here)
        if is_below(path, searched) and not is_below(path, hidden)
    )
    return ScanPlan(tuple(analyse), tuple(unchanged), tuple(known_failures), tuple(mended), gone)


def _same(file: FoundFile, known: FileRecord | Failure) -> bool:
    return (file.size, file.mtime_ns) == (known.size, known.mtime_ns)


def _complete(record: FileRecord, features: Mapping[tuple[str, str], FeatureRecord], keys: Sequence[str]) -> bool:
    return all((record.audio_id, key) in features for key in keys)


def is_below(path: str, places: Iterable[str]) -> bool:
    """Tell whether a path is one of the places or lies below one."""
    pure = PurePath(path)
    return any(pure.is_relative_to(place) for place in places)
