"""A small demo library, made once, and servers on copies of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from web_server import SmallDemo, serving, settings_for, small_demo

from earmark.web.app import make_app


@pytest.fixture(scope="session")
def demo(small_demo_folder: Path) -> SmallDemo:
    """The small demo; its library is only to be read, or copied with `SmallDemo.copy`."""
    return small_demo(small_demo_folder)


@pytest.fixture(scope="session")
def read_only(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of an app on a copy of the small demo, without a socket; for requests that change nothing."""
    address = demo.copy(tmp_path_factory.mktemp("read-only") / "library")
    with TestClient(make_app(settings_for(address, demo.music)), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def client(demo: SmallDemo, tmp_path: Path) -> Iterator[TestClient]:
    """A client of an app on a copy of the small demo that may be changed."""
    address = demo.copy(tmp_path / "library")
    with TestClient(make_app(settings_for(address, demo.music)), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def serve(demo: SmallDemo, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Start a real server on a copy of the small demo; returns its address."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start() -> str:
            address = demo.copy(tmp_path / "served")
            return stack.enter_context(serving(settings_for(address, demo.music)))

        yield start
