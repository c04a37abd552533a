"""The job that makes a library's map."""

from typing import Any

from earmark.library.library import Library
from earmark.report.maps import PERPLEXITY
from earmark.similarity.vectors.opening import open_collection, searchable_source
from earmark.web.jobs.kinds import JobReporter
from earmark.web.maps.making import make_map
from earmark.web.maps.stored import save_map


def run_map(library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
    """Make a map of all tracks that have a vector, and keep it as the library's.

    Args:
        library: The library's address.
        request: ``perplexity``, about how many neighbours a point minds; the usual number where it is not there.
        report: Told how far it is.

    Returns:
        ``tracks`` on the map, and the share of true neighbours that it ``kept``.

    Raises:
        InputError: There are no vectors, or too few.
        MissingExtraError: openTSNE is not installed.
    """
    opened = Library.open(library)
    collection = open_collection(opened, searchable_source(opened))
    made = make_map(collection, perplexity=request.get("perplexity", PERPLEXITY), progress=report.progress)
    report.progress("keeping it", 0, 0)
    save_map(opened.storage, made)
    return {"tracks": made.facts.tracks, "kept": round(made.facts.kept, 4)}
