"""The job that ranks a folder of demos for a label."""

from pathlib import Path
from typing import Any

from earmark.executors import ProcessExecutor
from earmark.library.discovery import find_audio
from earmark.library.library import Library
from earmark.models.bundle import load_bundle
from earmark.models.shelf import named_bundle
from earmark.web.bundles.requests import TriageIn
from earmark.web.jobs.kinds import JobReporter

FOLDER = "triage"
"""The folder of a library in which is kept what was heard, so that the next triage hears new demos only."""


def run_triage(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Rank demos for a label; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: A `TriageIn`.
        report: Told of demos heard.
    """
    from earmark.models.heard_shelf import HeardShelf, bundle_digest
    from earmark.models.triage import label_place, triage
    from earmark.models.triage_table import triage_json

    wanted, opened = TriageIn(**request), Library.open(library)
    bundle = load_bundle(named_bundle(opened, wanted.bundle), threads=1)
    label_place(bundle.labels, wanted.label)  # before anything is heard
    found = find_audio([Path(wanted.folder)])
    digest = bundle_digest(bundle)

    def tell(done: int, total: int) -> None:
        report.progress("Listening", done, total)

    made = triage(
        bundle,
        found.files,
        wanted.label,
        coverage=wanted.coverage,
        shelf=HeardShelf(opened.local_folder(FOLDER) / digest, digest),
        executor=ProcessExecutor(),
        progress=tell,
    )
    return {"bundle": bundle.path.name, **triage_json(made.with_unreadable(found.unreadable))}
