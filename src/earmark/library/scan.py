"""Fills a library from folders of music: finds, analyses what is missing, remembers, and sorts into tracks.

The way of a file: `discovery` finds it, `plan` says whether anything is to do, `analysis` (in a worker) decodes it and
stores its features, and its record is merged into the tables, a batch at a time. Last, `cataloguing` turns the records
into tracks. Each step is atomic and none undoes another, so that a scan may be killed at any instant: the next one does
what is missing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from earmark.audio.measure_settings import MeasureSettings, check_measurable
from earmark.audio.settings import PRESETS
from earmark.errors import InputError
from earmark.executors import Executor
from earmark.library.cataloguing import Catalogued, Place, catalogue, read_csvs, settle_places
from earmark.library.discovery import Found, FoundFile, find_audio
from earmark.library.ingest import Ingest, ScanProgress, failure_of
from earmark.library.library import Library
from earmark.library.plan import ScanPlan, plan_scan
from earmark.library.rows import Failure, FeatureRecord, LabelFrom, StoredFeature, features_folder

DEFAULT_SETTINGS: tuple[StoredFeature, ...] = (PRESETS["paper"],)


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
    settings: Sequence[StoredFeature] = DEFAULT_SETTINGS,
    measures: MeasureSettings | None = None,
    retry_failures: bool = False,
    prune: bool = False,
    within: Sequence[Path] | None = None,
    progress: Callable[[ScanProgress], None] | None = None,
) -> ScanSummary:
    """Bring a library up to date with folders of music.

    Args:
        library: The library to fill.
        places: Folders or single files; all folders that were scanned before when empty.
        executor: Where the files are analysed.
        label_from: Where labels come from; as at the last scan of the place when None, and ``"auto"`` at the first.
        csv: A CSV that describes the tracks; as at the last scan of the place when None.
        settings: The feature settings and backbones to store arrays of.
        measures: How to measure tempo, key and loudness; as at the last scan of the library when None. Other settings
            than those have every track measured again.
        retry_failures: Try unchanged files again that failed before.
        prune: Forget tracks whose files are gone; otherwise they stay, since a disk may only be unplugged.
        within: Folders, all links followed, that the search may not leave; None where it may follow any link.
        progress: Called as files are done.

    Raises:
        InputError: A place does not exist, or there is none; or what should measure is not installed.
        MetadataError: The CSV cannot be read.
        UnknownNameError: A backbone is asked for that is not on the shelf.
    """
    started = time.monotonic()
    searched = settle_places(library.roots(), places, label_from=label_from, csv=csv)
    if not searched:
        raise InputError("this library has no folders yet; name one: earmark scan FOLDER")
    # The deepest place first: a folder below another is searched once, and by its own rules.
    deepest_first = sorted((place.path for place in searched), key=lambda path: -len(Path(path).parts))
    found = find_audio(deepest_first, must_exist=bool(places), within=within)
    csvs = read_csvs(searched)
    measuring = measures or library.measure_settings()
    check_measurable(measuring)
    plan = _plan(library, found, searched, settings, measuring, retry_failures=retry_failures)
    library.keep_measure_settings(measuring)
    ingest = Ingest(library)
    to_catalogue = partial(catalogue, library, found.files, searched, csvs=csvs, gone=plan.gone, prune=prune)
    try:
        ingest.run(plan.analyse, settings, executor=executor, measures=measuring, progress=progress)
    except BaseException:  # Ctrl-C, or a disk that is full: what is done shows up as tracks
        to_catalogue(complete=False)
        raise
    library.failures_table.delete(plan.mended)
    catalogued = to_catalogue()
    for table in (library.files_table, library.features_table, library.measures_table, library.tracks_table):
        table.compact()
    return ScanSummary(
        found=len(found.files),
        analysed=ingest.done - len(ingest.failures),
        unchanged=len(plan.unchanged),
        failures=(*plan.known_failures, *ingest.failures, *_unreadable(found)),
        ignored=found.ignored,
        catalogued=catalogued,
        audio_seconds=ingest.audio_seconds,
        seconds=time.monotonic() - started,
    )


def _plan(
    library: Library,
    found: Found,
    places: Sequence[Place],
    settings: Sequence[StoredFeature],
    measures: MeasureSettings,
    *,
    retry_failures: bool,
) -> ScanPlan:
    return plan_scan(
        found.files,
        [place.path for place in places],
        files=library.files(),
        failures=library.failures(),
        features=_whole_features(library, settings),
        settings=settings,
        measured=library.measured_by(),
        measures=measures.key,
        retry_failures=retry_failures,
        unreadable=found.unreadable,
    )


def _unreadable(found: Found) -> list[Failure]:
    return [
        failure_of(FoundFile(path, path, 0, 0), "error", {"system": reason})
        for path, reason in sorted(found.unreadable.items())
    ]


def ensure_features(
    library: Library,
    audio_ids: Iterable[str],
    settings: StoredFeature,
    *,
    executor: Executor,
    progress: Callable[[ScanProgress], None] | None = None,
) -> dict[str, str]:
    """Store features or embeddings of tracks under settings that the scans did not ask for.

    Args:
        library: The library.
        audio_ids: The tracks.
        settings: The settings, or the backbone, of which all of them should have an array.
        executor: Where the files are analysed.
        progress: Called as files are done.

    Returns:
        The tracks that still have none, by audio id, each with the reason.

    Raises:
        UnknownNameError: A backbone is asked for that is not on the shelf.
    """
    whole = {audio_id for audio_id, _ in _whole_features(library, [settings])}
    lacking = set(audio_ids) - whole
    if not lacking:
        return {}
    records = {record.audio_id: record for record in library.files().values() if Path(record.path).is_file()}
    files = [
        FoundFile(record.path, str(Path(record.path).parent), record.size, record.mtime_ns)
        for audio_id in sorted(lacking)
        if (record := records.get(audio_id)) is not None
    ]
    ingest = Ingest(library)
    ingest.run(files, [settings], executor=executor, progress=progress)
    still = lacking - {audio_id for audio_id, _ in _whole_features(library, [settings])}
    reasons = {failure.path: "; ".join(failure.reasons.values()) for failure in ingest.failures}
    return {
        audio_id: reasons.get(records[audio_id].path, "the file changed since the last scan")
        if audio_id in records
        else "its file is gone"
        for audio_id in sorted(still)
    }


def _whole_features(library: Library, settings: Sequence[StoredFeature]) -> dict[tuple[str, str], FeatureRecord]:
    """The stored arrays whose size is what was written: one cut off by a power failure counts as missing."""
    sizes: dict[str, int] = {}
    for one in settings:
        sizes |= library.storage.sizes(features_folder(one))
    records = library.feature_records(settings)
    return {key: record for key, record in records.items() if sizes.get(record.name) == record.bytes}
