"""Requests that the page would never send: paths that lead out, broken requests, folders that nobody has allowed."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from web_server import SmallDemo, serving, settings_for

from earmark.web.jobs.runner import Jobs

SECRET = "nobody-may-read-this"
PATIENCE_SECONDS = 30.0
WAYS_OUT = (
    "../{}",
    "../../../../../../../../etc/passwd",
    "..%2f{}",
    "%2e%2e/{}",
    "%2e%2e%2f{}",
    "..%5c{}",
    "..%252f{}",
    "....//{}",
    "/{}",
    "%2f{}",
    "//etc/passwd",
    "{}%00.mp3",
    "%c0%ae%c0%ae/{}",
    "file:///etc/passwd",
    "~/{}",
    ".",
    "..",
    "%00",
    "%ff%fe",
    "a" * 4000,
)
"""What is tried in place of a name; ``{}`` is the path of a file that nobody may read."""


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file beside the served library."""
    path = tmp_path_factory.mktemp("hostile") / "secret.txt"
    path.write_text(SECRET, "utf-8")
    return path


@pytest.fixture(scope="module")
def server(demo: SmallDemo, secret: Path) -> Iterator[str]:
    """The address of a server on a copy of the small demo, beside the secret."""
    address = demo.copy(secret.parent / "library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Jobs, "_start_next", lambda self: None)
        with serving(settings_for(address, demo.music)) as served:
            yield served


def ask(server: str, target: str, *, method: str = "GET", headers: str = "", body: bytes = b"") -> tuple[int, str]:
    """Send a request as it stands, which no client would; returns the status, 0 where none came, and all that came.

    Args:
        server: The server's address.
        target: What stands in the request's first line.
        method: Its method.
        headers: More headers, each with its line end.
        body: Sent behind the headers.
    """
    host = urlsplit(server).netloc
    first = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"
    with socket.create_connection((urlsplit(server).hostname, urlsplit(server).port), PATIENCE_SECONDS) as to:
        to.sendall(first.encode("latin-1") + body)
        said = b"".join(iter(lambda: to.recv(65536), b"")).decode("latin-1")
    return (int(said.split(" ", 2)[1]) if said.startswith("HTTP/1.1 ") else 0), said


def test_no_path_leads_out(server: str, secret: Path) -> None:
    paths = httpx.get(f"{server}/api/openapi.json").json()["paths"]
    named = [path for path, methods in paths.items() if "get" in methods and "{" in path]
    assert named
    tried = 0
    for pattern in [*named, "/page/{file}", "/page/js/{file}", "/{file}", "/api/{file}"]:
        before, _, after = pattern.partition("{")
        for way in WAYS_OUT:
            for file in (str(secret), "library.json"):
                status, said = ask(server, before + way.format(file) + after.partition("}")[2])
                assert status < 500, (pattern, way, said)
                assert SECRET not in said
                assert "root:x" not in said
                assert "format_version" not in said.lower()
                assert "def make_app" not in said
                tried += 1
                if "{}" not in way:
                    break
    assert tried > 100


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/api/tracks?limit=1", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ("/api/tracks?limit=1", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("/api/tracks?words=%ff%00%f0%9f", ""),
        ("/api/tracks?words=" + "a" * 100_000, ""),
        ("/api/tracks?limit=9" + "9" * 5000, ""),
        ("/api/tracks?" + "words=a&" * 5000, ""),
        ("/api/about", "X-Long: " + "a" * 100_000 + "\r\n"),
        ("/api/about", 'Cookie: earmark-token="; a=\\\x01\r\n'),
        ("/api/about", "Range: bytes=-,,,-1\r\n"),
    ],
    ids=lambda value: value[:40],
)
def test_broken_requests_are_answered(server: str, target: str, headers: str) -> None:
    status, said = ask(server, target, headers=headers)
    assert 0 < status < 500, said[:300]
    assert httpx.get(f"{server}/api/about").status_code == 200


def test_an_address_in_the_first_line_does_not_stand_for_the_host(server: str) -> None:
    assert ask(server, "http://evil.example/api/about")[0] in (400, 403, 404)


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"a":' * 20_000, b"\xff\xfe", b"null", b"1e999", b'"x"'])
def test_broken_json_is_told_as_such(server: str, body: bytes) -> None:
    paths = httpx.get(f"{server}/api/openapi.json").json()["paths"]
    takes_json = [
        (method, path)
        for path, methods in paths.items()
        for method, told in methods.items()
        if "application/json" in told.get("requestBody", {}).get("content", {}) and "{" not in path
    ]
    assert takes_json
    for method, path in takes_json:
        answer = httpx.request(method, f"{server}{path}", content=body, headers={"content-type": "application/json"})
        needed = paths[path][method]["requestBody"].get("required", False)
        assert answer.status_code in ({400, 422} if needed else {200, 202, 400, 422}), (path, answer.text)


def test_folders_outside_the_roots_are_refused(server: str, secret: Path, demo: SmallDemo) -> None:
    outside = (str(secret.parent), "/etc", "/", f"{demo.music}/../..", "../..", "\0", "~", "/proc/self/root")
    paths = httpx.get(f"{server}/api/openapi.json").json()["paths"]
    assert "/api/scan" in paths
    for folder in outside:
        for path, told in (
            ("/api/scan", {"folder": folder}),
            ("/api/scan", {"root": 0, "path": folder}),
            ("/api/scan", {"root": 0, "csv": folder, "label_from": "csv"}),
            ("/api/triage", {"folder": folder, "label": "x"}),
        ):
            answer = httpx.post(f"{server}{path}", json=told)
            assert answer.status_code in (400, 403, 404, 422), (path, told, answer.text)
    assert not {job["kind"] for job in httpx.get(f"{server}/api/jobs").json()} & {"scan", "triage"}
