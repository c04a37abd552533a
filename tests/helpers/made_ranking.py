"""A job that ranks made-up demos at once, with a result of the same form as that of the real one."""

from typing import Any

from made_triage import made_triage

from earmark.models.triage_table import triage_json
from earmark.web.jobs.kinds import JobReporter


def rank(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Rank a few demos that nobody made."""
    del library
    report.progress("Listening", 3, 3)
    return {**triage_json(made_triage(demos=3)), "label": request["label"], "bundle": request["bundle"], "page": "made"}
