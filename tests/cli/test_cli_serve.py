"""`earmark serve` as a process: what it prints, how it ends, and what it refuses to start with."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cli_runs import MODULE, Run

from earmark.errors import InputError
from earmark.library.library import Library
from earmark.web.serving import alone, free_port
from earmark.web.settings import DEFAULT_HOST, ServeSettings, resolve_roots

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A running ``earmark serve``.

    Attributes:
        process: Its process.
        address: What it has printed, a token included.
    """

    process: "subprocess.Popen[str]"
    address: str

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; returns the exit code and what the process has said besides.

        Args:
            how: The signal.
        """
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, said


Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A library with nothing in it."""
    return Library.create(str(tmp_path_factory.mktemp("served") / "library")).address


@pytest.fixture
def serve(library: str) -> Iterator[Serve]:
    """Start ``earmark serve`` on the library and wait until it has told its address."""
    with ExitStack() as stack:

        def start(*options: object, **environment: str) -> Server:
            return stack.enter_context(_running(library, options, environment))

        yield start


@contextmanager
def _running(library: str, options: tuple[object, ...], environment: dict[str, str]) -> Iterator[Server]:
    arguments = ["serve", "--library", library, "--no-open", *map(str, options)]
    process = subprocess.Popen(
        [*MODULE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "120", **environment},
    )
    with process:
        assert process.stdout is not None
        told = process.stdout.readline()
        try:
            assert told.startswith("Earmark is at http://"), told
            yield Server(process, told.removeprefix("Earmark is at ").strip())
        finally:
            process.kill()


def test_it_serves_until_ctrl_c(serve: Serve, library: str) -> None:
    port = free_port(DEFAULT_HOST, 0)
    server = serve("--port", port)
    assert server.address == f"http://127.0.0.1:{port}/"
    assert httpx.get(server.address).status_code == 200
    about = httpx.get(f"{server.address}api/about").json()
    assert about["library"] == library
    code, said = server.end(signal.SIGINT)
    assert code == 0, said
    assert "Ctrl-C ends it" in said
    assert "Traceback" not in said
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.address)


def test_it_ends_at_sigterm_though_a_page_follows_jobs(serve: Serve) -> None:
    server = serve("--port", free_port(DEFAULT_HOST, 0))
    with httpx.stream("GET", f"{server.address}api/jobs/events", timeout=PATIENCE_SECONDS) as following:
        assert following.status_code == 200
        code, said = server.end(signal.SIGTERM)
    assert code in (0, -signal.SIGTERM), said
    assert "Traceback" not in said


def test_bound_elsewhere_it_prints_a_token_and_wants_it(serve: Serve) -> None:
    server = serve("--port", free_port(DEFAULT_HOST, 0), "--host", "0.0.0.0")
    bare, _, token = server.address.partition("?token=")
    assert len(token) >= 32
    assert httpx.get(f"{bare}api/about").status_code == 401
    with httpx.Client(follow_redirects=True) as browser:
        opened = browser.get(server.address)
        assert (opened.status_code, str(opened.url)) == (200, bare)
        assert browser.get(f"{bare}api/about").status_code == 200


def test_a_token_and_roots_of_ones_own(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "music")
    roots = ("--root", tmp_path / "link", "--root", tmp_path / "music")
    server = serve("--port", free_port(DEFAULT_HOST, 0), *roots, EARMARK_TOKEN="open-sesame")
    assert server.address.endswith("?token=open-sesame")
    about = f"{server.address.partition('?')[0]}api/about"
    assert httpx.get(about).status_code == 401
    told = httpx.get(about, headers={"authorization": "Bearer open-sesame"}).json()
    assert told["roots"] == [str((tmp_path / "music").resolve())]


def test_a_bundle_that_is_not_there(run: Run, library: str) -> None:
    ran = run("serve", "--library", library, "--no-open", "--bundle", "/nowhere/at/all")
    assert ran.code == 2
    assert "no model bundle" in ran.err
    assert ran.out == ""


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        resolve_roots([tmp_path, tmp_path / "nowhere"])


def test_a_port_that_is_taken(run: Run, library: str) -> None:
    with closing(socket.create_server((DEFAULT_HOST, 0))) as taken:
        port = taken.getsockname()[1]
        ran = run("serve", "--library", library, "--no-open", "--port", port)
    assert ran.code == 2
    assert f"port {port}" in ran.err
    assert "--port" in ran.err


def test_without_a_wish_any_free_port_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server((DEFAULT_HOST, 0))) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("earmark.web.serving.DEFAULT_PORT", port)
        assert free_port(DEFAULT_HOST, None) not in (0, port)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(InputError, match=r"cannot listen at 203\.0\.113\.1"):
        free_port("203.0.113.1", None)


def test_a_library_is_served_once(library: str) -> None:
    settings = ServeSettings(library=library, port=8471, token="open-sesame")
    told = r"served already, at http://127.0.0.1:8471/; open that"
    with alone(settings), pytest.raises(InputError, match=told), alone(settings):
        raise AssertionError("two at once")
    with alone(settings):
        pass
