"""The job that ranks a folder of demos for a label."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from earmark.errors import InputError
from earmark.executors import ProcessExecutor
from earmark.library.discovery import find_audio
from earmark.library.library import Library
from earmark.models.bundle import load_bundle
from earmark.models.shelf import named_bundle
from earmark.web.bundles.requests import TriageIn
from earmark.web.jobs.kinds import JobReporter
from earmark.web.jobs.telling import count_teller

FOLDER = "triage"
"""The folder of a library in which is kept what was heard, so that the next triage hears new demos only."""


def run_triage(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Rank demos for a label; see `earmark.web.jobs.kinds.JobFunction`.

    Args:
        library: The library's address.
        request: A `TriageIn`, and ``within``: folders that links among the demos may not lead out of.
        report: Told of demos heard.
    """
    from earmark.models.heard_shelf import HeardShelf, bundle_digest
    from earmark.models.triage import label_place, triage
    from earmark.models.triage_table import triage_json
    from earmark.report.triage_page import TriagePage

    within = [Path(one) for one in request["within"]]
    wanted = TriageIn(**{name: value for name, value in request.items() if name != "within"})
    opened = Library.open(library)
    bundle = load_bundle(named_bundle(opened, wanted.bundle), threads=1)
    label_place(bundle.labels, wanted.label)  # before anything is heard
    found = find_audio([Path(wanted.folder)], within=within)
    digest = bundle_digest(bundle)

    made = triage(
        bundle,
        found.files,
        wanted.label,
        coverage=wanted.coverage,
        shelf=HeardShelf(opened.local_folder(FOLDER) / digest, digest),
        executor=ProcessExecutor(),
        progress=count_teller(report, "Listening"),
    )
    made = made.with_unreadable(found.unreadable)
    page = triage_page_path(opened, f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{wanted.label.replace('/', '-')[:60]}")
    page.parent.mkdir(parents=True, exist_ok=True)
    TriagePage(made, bundle.spec.name).write(page)
    told = triage_json(made)
    # The explanations, kilobytes for each demo, stand in the page.
    demos = [{name: value for name, value in demo.items() if name != "explanation"} for demo in told["demos"]]
    return {**told, "bundle": bundle.path.name, "page": page.stem, "demos": demos}


def triage_page_path(library: Library, name: str) -> Path:
    """Return where the page of a triage is kept, whether or not it is there.

    Args:
        library: The library.
        name: The page's name, as the job's result tells it.

    Raises:
        InputError: The name would lead out of the folder of pages.
    """
    if not name or name.startswith(".") or Path(name).name != name:
        raise InputError(f"a page's name is a plain file name, not {name!r}")
    return library.local_folder(FOLDER) / "pages" / f"{name}.html"
