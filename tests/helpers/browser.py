"""A headless Chromium that opens a page of ours, and tells what went wrong in it.

Where no browser is installed the test is skipped, unless ``EARMARK_NEEDS_BROWSER`` is 1, as in continuous integration.
Screenshots are kept in ``$EARMARK_ARTEFACTS``, or in ``test-artefacts`` at the top of the repository.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

from earmark.report.images import find_browser

ARTEFACTS = Path(os.environ.get("EARMARK_ARTEFACTS") or Path(__file__).parents[2] / "test-artefacts")
DRAWN = "html[data-figures=drawn]"
PATIENCE_MS = 60_000
# WebGL without a graphics card tells how slow it is, once for each picture; nothing is wrong with the page.
_HARMLESS = ("GL Driver Message", "software WebGL")

_UNDRAWN = """() => [...document.querySelectorAll(".plot")].filter((plot) => {
  const box = plot.querySelector("svg.main-svg, canvas")?.getBoundingClientRect();
  return !box || box.width < 40 || box.height < 40 || plot.matches(".failed, :has(.no-webgl)");
}).map((plot) => plot.dataset.name)"""
# The colour of the last figure's text; figures are recoloured in their order.
_INK = "getComputedStyle([...document.querySelectorAll('.plot text')].at(-1)).fill"
# Axis titles, tick labels, legends and annotations that leave their figure's box.
_CUT_OFF = """() => [...document.querySelectorAll(".plot")].flatMap((plot) => {
  const frame = plot.getBoundingClientRect();
  return [...plot.querySelectorAll("svg.main-svg text")].filter((text) => {
    const box = text.getBoundingClientRect();
    if (!box.width || !text.textContent.trim()) return false;
    return box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2
      || box.bottom > frame.bottom + 2;
  }).map((text) => `${plot.dataset.name}: ${text.textContent}`);
})"""


@dataclass
class OpenedPage:
    """A page in the browser, all of whose figures were tried.

    Attributes:
        page: Playwright's page.
        errors: What the console and the page said that is an error or a warning.
        requests: Every address that was asked for beside the page's own file.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def figure_count(self) -> int:
        """How many figures the page says it has drawn."""
        return int(self.page.evaluate("document.documentElement.dataset.figureCount"))

    def undrawn(self) -> list[str]:
        """Names of the figures that show nothing."""
        names: list[str] = self.page.evaluate(_UNDRAWN)
        return names

    def cut_off(self) -> list[str]:
        """Texts of figures that stick out of their figure, as ``"figure: text"``."""
        texts: list[str] = self.page.evaluate(_CUT_OFF)
        return texts

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window; 0 where nothing has to be scrolled sideways."""
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wider

    def darken(self) -> None:
        """Let the system ask for dark colours from now on, and wait until the figures have them."""
        before = self.page.evaluate(_INK)
        self.page.emulate_media(color_scheme="dark")
        for _ in range(100):
            self.page.wait_for_timeout(100)
            if self.page.evaluate(_INK) != before:
                return
        raise AssertionError("the figures did not follow the system's colours within ten seconds")

    def keep(self, name: str) -> Path:
        """Keep a screenshot of the whole page.

        Args:
            name: The file's name without its ending.
        """
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path


def needed_browser() -> str:
    """The browser's path; the test is skipped without one, or fails where one is asked for."""
    path = find_browser()
    if path is None:
        if os.environ.get("EARMARK_NEEDS_BROWSER") == "1":
            pytest.fail("EARMARK_NEEDS_BROWSER is 1, but there is no Chrome or Chromium")
        pytest.skip("there is no Chrome or Chromium")
    return path


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser for any number of pages; nothing else in this process may run an event loop meanwhile."""
    executable = needed_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(
    browser: Browser, path: Path, *, width: int = 1366, height: int = 900, dark: bool = False
) -> Iterator[OpenedPage]:
    """Open a page, with nothing left of others, and wait until its figures are drawn.

    Args:
        browser: A running browser.
        path: The HTML file.
        width: The window's width in pixels.
        height: The window's height in pixels.
        dark: Whether the system asks for dark colours.
    """
    colours: Literal["dark", "light"] = "dark" if dark else "light"
    size: ViewportSize = {"width": width, "height": height}
    with browser.new_context(viewport=size, color_scheme=colours, offline=True) as context:
        opened = OpenedPage(context.new_page())
        _listen(opened, path)
        opened.page.goto(path.absolute().as_uri())
        opened.page.wait_for_selector(DRAWN, timeout=PATIENCE_MS)
        yield opened


def _listen(opened: OpenedPage, path: Path) -> None:
    own = path.absolute().as_uri()

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(words in message.text for words in _HARMLESS):
            opened.errors.append(f"{message.type}: {message.text}")

    opened.page.on("console", said)
    opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.page.on(
        "request",
        lambda request: (
            opened.requests.append(request.url)
            if request.url != own and not request.url.startswith(("data:", "blob:"))
            else None
        ),
    )
