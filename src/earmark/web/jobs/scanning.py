"""The jobs that fill a library: scan folders, make vectors, take in what DJ software knows."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from earmark.audio.measure_settings import changed_settings
from earmark.executors import ProcessExecutor
from earmark.interop.importing import import_collection
from earmark.library.ingest import ScanProgress
from earmark.library.library import Library
from earmark.library.scan import ScanSummary, scan
from earmark.models.shelf import named_bundle
from earmark.similarity.vectors.embedding import embed_library
from earmark.similarity.vectors.sources import find_source
from earmark.web.jobs.kinds import JobReporter

MOST_TOLD = 200
"""So many failures, problems and unmatched tracks are told; the library's page has all failures."""


def run_scan(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Bring a library up to date with folders of music.

    Args:
        library: The library's address.
        request: ``places`` (absolute paths; all folders scanned before where empty), ``within`` (folders that the
            search may not leave), ``label_from``, ``csv``, ``bpm_range``, ``retry_failures``, ``prune``, and ``embed``:
            whether vectors are made afterwards.
        report: Told how far it is.

    Returns:
        What the scan did, in numbers; its failures and problems; and ``then``: the job that makes the vectors.

    Raises:
        InputError: A place is not there, or there is none.
    """
    opened = Library.open(library)
    report.progress("Looking for music", 0, 0)
    summary = scan(
        opened,
        request["places"],
        executor=ProcessExecutor(),
        label_from=request.get("label_from"),
        csv=request.get("csv"),
        measures=changed_settings(opened.measure_settings(), bpm_range=request.get("bpm_range")),
        retry_failures=request.get("retry_failures", False),
        prune=request.get("prune", False),
        within=[Path(one) for one in request["within"]],
        progress=_scan_reporter(report),
    )
    told = _scan_result(summary)
    done = summary.catalogued
    if request.get("embed", True) and done.tracks and (done.changed or done.moved or done.missing or done.replaced):
        told["then"] = {"kind": "embed", "title": "Make the new tracks comparable", "request": {}}
    return told


def _scan_reporter(report: JobReporter) -> Callable[[ScanProgress], None]:
    started = time.monotonic()

    def tell(progress: ScanProgress) -> None:
        rate = progress.audio_seconds / max(1e-9, time.monotonic() - started)
        failed = f", {progress.failed} failed" if progress.failed else ""
        last = progress.done == progress.total
        stage = "Sorting into tracks" if last else "Analysing"
        report.progress(stage, progress.done, progress.total, f"{rate:.0f} × real time{failed}")

    return tell


def _scan_result(summary: ScanSummary) -> dict[str, Any]:
    done = summary.catalogued
    return {
        "found": summary.found,
        "analysed": summary.analysed,
        "unchanged": summary.unchanged,
        "failed": len(summary.failures),
        "ignored": summary.ignored,
        "seconds": round(summary.seconds, 2),
        "audio_seconds": round(summary.audio_seconds, 1),
        **{name: getattr(done, name) for name in ("tracks", "changed", "unlabelled", "duplicates", "moved", "missing")},
        "replaced": done.replaced,
        "label_from": dict(done.label_from),
        "failures": [{"path": one.path, "reasons": dict(one.reasons)} for one in summary.failures[:MOST_TOLD]],
        "problems": [{"at": place, "problem": problem} for place, problem in done.problems[:MOST_TOLD]],
    }


def run_embed(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Make the vectors by which tracks are found alike.

    Args:
        library: The library's address.
        request: ``bundle`` (a bundle's name) or ``backbone``, where one is asked for; ``rebuild``.
        report: Told how far it is.

    Returns:
        What was made, of what, and the tracks of which nothing could be made.

    Raises:
        InputError: The library has no tracks, or what is asked for hears no sound.
    """
    opened = Library.open(library)
    bundle = None if request.get("bundle") is None else named_bundle(opened, request["bundle"])
    source = find_source(opened, bundle=bundle, backbone=request.get("backbone"))
    summary = embed_library(
        opened,
        source,
        executor=ProcessExecutor(),
        progress=lambda done, total, doing: report.progress(doing or "Comparing", done, total),
        rebuild=request.get("rebuild", False),
    )
    failures = [{"track": one.track, "path": one.path, "reason": one.reason} for one in summary.failures]
    return {
        "source": source.shown,
        "note": source.note,
        "vectors": summary.vectors,
        **{name: getattr(summary, name) for name in ("made", "unchanged", "refreshed", "removed")},
        "seconds": round(summary.seconds, 2),
        "failed": len(failures),
        "failures": failures[:MOST_TOLD],
    }


def run_import(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Take in a file of DJ software that was uploaded; the server deletes it when this job has ended.

    Args:
        library: The library's address.
        request: ``file``, where the upload was kept; and ``name``, what it is called on the visitor's machine.
        report: Told how far it is.

    Returns:
        What was matched and kept, in numbers, and what was not matched.

    Raises:
        InputError: The library has no tracks, or the file cannot be used.
        MetadataError: The file is damaged, or of no format that is read.
    """
    report.progress("Matching tracks", 0, 0)
    summary = import_collection(Library.open(library), Path(request["file"]))
    told = summary.to_json() | {"path": request["name"], "unmatched_count": len(summary.unmatched)}
    for name in ("ambiguous", "unmatched", "problems"):
        told[name] = told[name][:MOST_TOLD]
    return told
