"""What can be done as a job: for each verb, the function that the child process calls.

The functions live in modules of their own, named by text here: the server knows the verbs without importing what they
need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from earmark.errors import UnknownNameError


class JobReporter(Protocol):
    """Told by a job's function how far it is."""

    def progress(self, stage: str, done: int, total: int, text: str = "") -> None:
        """Tell how far the job is.

        Args:
            stage: What is being done, for people.
            done: Units done.
            total: Units in all; 0 where nobody knows.
            text: What else to show, such as a rate.
        """

    def metrics(self, point: Mapping[str, float | None]) -> None:
        """Tell a point of a training's curves.

        Args:
            point: Numbers by name, ``epoch`` among them.
        """


class JobFunction(Protocol):
    """What a kind of job calls in its process."""

    def __call__(self, library: str, request: dict[str, Any], report: JobReporter) -> dict[str, Any]:
        """Do the work.

        Args:
            library: The library's address.
            request: What was asked.
            report: Told how far it is.

        Returns:
            What came of it, as plain values. ``then``, where it is there, is the job to start after this one: its
            ``kind``, ``title`` and ``request``.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Attributes:
        function: Where its `JobFunction` is, as ``"module:name"``.
        finishable: Whether Ctrl-C makes it end with the best so far, as a training does; else Ctrl-C cancels it.
        resumable: Whether the same request goes on from where it ended.
        upload: The field of its request that names an uploaded file; the job's end deletes that, whatever end it is.
    """

    function: str
    finishable: bool = False
    resumable: bool = True
    upload: str | None = None


KINDS: dict[str, Kind] = {
    "scan": Kind("earmark.web.jobs.scanning:run_scan"),
    "embed": Kind("earmark.web.jobs.scanning:run_embed"),
    "import": Kind("earmark.web.jobs.scanning:run_import", resumable=False, upload="file"),
    "train": Kind("earmark.web.jobs.training:run_train", finishable=True),
    "compare": Kind("earmark.web.jobs.comparing:run_compare"),
    "evaluate": Kind("earmark.web.jobs.comparing:run_evaluate"),
    "report": Kind("earmark.web.jobs.comparing:run_report"),
    "evaluate-search": Kind("earmark.web.jobs.comparing:run_evaluate_search"),
    "triage": Kind("earmark.web.jobs.sorting:run_triage"),
    "add-label": Kind("earmark.web.jobs.training:run_add_label"),
    "map": Kind("earmark.web.jobs.mapping:run_map"),
}


def find_kind(name: str) -> Kind:
    """Return a kind of job.

    Args:
        name: Its verb.

    Raises:
        UnknownNameError: There is no such kind.
    """
    if name not in KINDS:
        raise UnknownNameError("kind of job", name, KINDS)
    return KINDS[name]


def load_function(place: str) -> JobFunction:
    """Import a job's function; called in its process only.

    Args:
        place: Where it is, as ``"module:name"``.
    """
    module, _, name = place.partition(":")
    function: JobFunction = getattr(import_module(module), name)
    return function
