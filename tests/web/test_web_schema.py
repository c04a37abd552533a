"""The API does what its OpenAPI document says, whatever is asked: made-up requests to every operation.

Made-up names are not there, and an answer of 404 shows little. Half of the requests that keep to the document therefore
name what the small demo has: its tracks, labels and bundles.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from web_server import SmallDemo, serving, settings_for

from earmark.web.app import ROUTERS
from earmark.web.jobs.runner import Jobs

EXAMPLES = 5
"""Made-up requests for each operation in each way."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
Operation = APIOperation[Any, Any, Any, Any]
AREAS = sorted({module.router.tags[0] for module in ROUTERS})
TRACK_NAMES = ("audio_id", "track", "start", "end", "like", "unlike", "likes", "unlikes")
LABEL_NAMES = ("label", "a", "b", "truth", "said", "exclude_label", "loves", "labels")


@dataclass(frozen=True)
class Api:
    """The API of a running server.

    Attributes:
        schema: Its document, as schemathesis reads it.
        names: Things that are there, by the name of the parameter or field that names them.
    """

    schema: Any
    names: dict[str, list[str]]

    def operations(self, area: str) -> list[Operation]:
        """The operations of one area.

        Args:
            area: Their tag.
        """
        found = [result.ok() for result in self.schema.get_all_operations()]
        return [operation for operation in found if area in operation.tags]

    def in_path(self, operation: Operation) -> dict[str, str]:
        """What is there, for an operation's path; nothing for one that would delete it.

        Args:
            operation: The operation.
        """
        if operation.method == "delete":
            return {}
        return {name: there[0] for name, there in self.names.items() if f"{{{name}}}" in operation.path}

    def named(self, value: Any) -> Any:
        """A made-up value with what is there in place of made-up names.

        Args:
            value: Parameters or a body.
        """
        if not isinstance(value, dict):
            return value
        return {key: self._one(key, inner) for key, inner in value.items()}

    def _one(self, key: str, value: Any) -> Any:
        there = self.names.get(key, [])
        if there and isinstance(value, str):
            return there[0]
        if there and isinstance(value, list):
            return there[:3]
        return [self.named(one) for one in value] if isinstance(value, list) else self.named(value)


@pytest.fixture(scope="module")
def api(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API of a server on a copy of the small demo whose jobs wait for good."""
    address = demo.copy(tmp_path_factory.mktemp("schema") / "library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Jobs, "_start_next", lambda self: None)
        with serving(settings_for(address, demo.music)) as server:
            yield Api(schemathesis.openapi.from_url(f"{server}/api/openapi.json"), _there(server))


def _there(server: str) -> dict[str, list[str]]:
    """What the server has, by the names under which it is asked for."""
    about = httpx.get(f"{server}/api/about").json()
    tracks = [one["audio_id"] for one in httpx.get(f"{server}/api/tracks").json()["items"]]
    labels = [one["label"] for one in httpx.get(f"{server}/api/labels").json()]
    playlist = httpx.post(f"{server}/api/playlists", json={"name": "Some", "audio_ids": tracks[:4]}).json()
    job = httpx.post(f"{server}/api/map", json={}).json()
    return {
        **dict.fromkeys(TRACK_NAMES, tracks),
        **dict.fromkeys(LABEL_NAMES, labels),
        "audio_ids": tracks[:5],
        "name": about["bundles"],
        "bundle": about["bundles"],
        "bundles": about["bundles"],
        "playlist_id": [playlist["id"]],
        "job_id": [job["id"]],
    }


@pytest.mark.parametrize("area", AREAS)
def test_the_api_keeps_its_promises(api: Api, area: str) -> None:
    operations = api.operations(area)
    assert operations
    for operation in operations:
        _try(api, operation, GenerationMode.POSITIVE)
        with contextlib.suppress(Unsatisfiable):  # where nothing is asked, nothing can be asked wrongly
            _try(api, operation, GenerationMode.NEGATIVE)


def _try(api: Api, operation: Operation, mode: GenerationMode) -> None:
    """Send made-up requests to an operation and check the answers."""
    by_name = mode == GenerationMode.POSITIVE
    named = cycle([by_name, False])

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, path_parameters=api.in_path(operation) if by_name else None))
    def check(case: Case[Any]) -> None:
        if next(named):
            case.query, case.body = api.named(case.query), api.named(case.body)
        if case.path.endswith("/events"):
            case.query["follow"] = False  # the stream would not end
        case.call_and_validate(checks=CHECKS)

    check()
