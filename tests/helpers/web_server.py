"""The web server for tests: on a copy of a small demo library, in a thread with a real port, or without a socket.

The small demo is the demo catalogue with fewer tracks: rendered, scanned, trained and embedded once for all test
processes, since that takes most of a minute.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from browser import ARTEFACTS, needed_browser
from filelock import FileLock
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, sync_playwright
from small_catalogue import small_catalogue

from earmark.executors import ProcessExecutor
from earmark.library.library import Library
from earmark.library.scan import scan
from earmark.models.registry import model_spec
from earmark.similarity.vectors.embedding import embed_library
from earmark.similarity.vectors.sources import find_source
from earmark.training.train import TrainRequest, train
from earmark.web.app import make_app
from earmark.web.serving import free_port
from earmark.web.settings import Limits, ServeSettings

PATIENCE_SECONDS = 60
HARMLESS = ("GL Driver Message", "software WebGL", "GPU stall due to ReadPixels")
"""What Chromium says about WebGL without a graphics card; nothing is wrong with the page."""


@dataclass(frozen=True)
class SmallDemo:
    """A small demo catalogue with its library.

    Attributes:
        library: The library's folder; copy it before anything writes.
        music: The folder that was scanned, one folder a label; one file in it is broken on purpose.
        held_back: A track that is not in the library.
    """

    library: Path
    music: Path
    held_back: Path

    def copy(self, target: Path) -> str:
        """Copy the library, whose tracks go on pointing to the same music; returns its address.

        Args:
            target: A folder that does not exist yet.
        """
        shutil.copytree(self.library, target)
        return str(target)


def small_demo(folder: Path) -> SmallDemo:
    """Return the small demo under a folder, made where it is not there yet; safe to ask for from many processes.

    Args:
        folder: Shared by the processes.
    """
    catalogue = small_catalogue(folder / "catalogue")
    with FileLock(folder / "lock"):
        if not (folder / "ready").exists():
            library = Library.create(folder / "library")
            scan(library, [catalogue.directory / "labels"], executor=ProcessExecutor(2))
            for name in ("earmark", "metadata"):
                train(library, TrainRequest(spec=model_spec(name), mode="song"), executor=ProcessExecutor(1))
            embed_library(library, find_source(library), executor=ProcessExecutor(2))
            (folder / "ready").touch()
    return SmallDemo(folder / "library", catalogue.directory / "labels", catalogue.held_back)


@contextmanager
def serving(settings: ServeSettings) -> Iterator[str]:
    """Serve in a thread; yields the page's address without a slash at its end.

    Args:
        settings: What to serve; see `settings_for`.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(settings), host=settings.host, port=settings.port, log_level="warning", ws="none", http="h11",
            timeout_graceful_shutdown=1,
        )
    )  # fmt: skip
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://{settings.host}:{settings.port}"
    finally:
        server.should_exit = True
        thread.join(20)


def settings_for(library: str, *roots: Path, token: str | None = None, limits: Limits | None = None) -> ServeSettings:
    """Settings of a server on loopback with a free port.

    Args:
        library: The library's address.
        *roots: Allowed folders.
        token: The token, where one is wanted.
        limits: Other limits than the usual.
    """
    return ServeSettings(
        library=library,
        roots=tuple(root.resolve() for root in roots),
        port=free_port("127.0.0.1", 0),  # any: two tests at once must not take the usual one
        token=token,
        limits=limits or Limits(),
    )


def until(page: Page, script: str) -> None:
    """Wait until a script gives what JavaScript takes for true; one that gives a promise is waited for.

    `Page.wait_for_function` takes a promise itself for true, so that it waits for nothing.

    Args:
        page: Playwright's page.
        script: An expression or a function.

    Raises:
        AssertionError: It did not come within a minute.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate(script):
        assert time.monotonic() < end, f"still not so: {script}"
        page.wait_for_timeout(50)


@dataclass
class Visitor:
    """A browser's window on the page.

    Attributes:
        page: Playwright's page.
        address: The server's address.
        errors: What the console and the page said that is an error or a warning.
        outside: Requests to anywhere but the server.
    """

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def go(self, route: str = "") -> None:
        """Open a route, such as ``"#/map"``, and wait until the page has loaded.

        Args:
            route: The hash.
        """
        self.page.goto(f"{self.address}/{route}")

    def keep(self, name: str) -> Path:
        """Keep a screenshot of the window.

        Args:
            name: The file's name without its ending.
        """
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"web-{name}.png"
        self.page.screenshot(path=path)
        return path


@contextmanager
def visiting(address: str, *, width: int = 1366, height: int = 900, dark: bool = False) -> Iterator[Visitor]:
    """Open a browser for a server's page; ends with an error where the console told one or something outside was asked.

    Args:
        address: The server's address.
        width: The window's width in pixels.
        height: The window's height in pixels.
        dark: Whether the system asks for dark colours.
    """
    executable = needed_browser()
    arguments = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=[*arguments, "--autoplay-policy=no-user-gesture-required"]
        )
        try:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light",
                accept_downloads=True,
            )  # fmt: skip
            visitor = _visitor(context, address)
            yield visitor
            assert visitor.errors == []
            assert visitor.outside == []
        finally:
            browser.close()


def _visitor(context: BrowserContext, address: str) -> Visitor:
    visitor = Visitor(context.new_page(), address)

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(words in message.text for words in HARMLESS):
            visitor.errors.append(f"{message.type}: {message.text}")

    visitor.page.on("console", said)
    visitor.page.on("pageerror", lambda error: visitor.errors.append(f"page: {error}"))
    visitor.page.on(
        "request",
        lambda request: (
            None if request.url.startswith((address, "blob:", "data:")) else visitor.outside.append(request.url)
        ),
    )
    return visitor
