"""Photographs the page for the README: run `make demo`, then this.

A server is started on a copy of the demo's library, the demo's held-back track is dropped, and then shown on the map,
which is laid out as at anybody's first look. Both pictures are the window of a laptop, in light colours, with the
motion of the page switched off.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from earmark.report.images import needed_browser
from earmark.web.serving import free_port

DOCS = Path(__file__).resolve().parent
DEMO = DOCS.parent / "demo"
IMAGES = DOCS / "images"
WINDOW: ViewportSize = {"width": 1366, "height": 900}
SETTLE_MS = 1500
"""For points that grow in and pictures that glide."""
PATIENCE_MS = 240_000
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars"]


def main() -> None:
    """Take the pictures."""
    if not (DEMO / "library").is_dir():
        sys.exit("there is no demo yet; run `make demo` first")
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(DEMO / "library", Path(folder) / "library")
        with _served(copy) as address, _window() as page:
            for name, take in (("page-verdict", _verdict), ("page-map", _map)):
                take(page, address)
                target = IMAGES / f"{name}.png"
                page.screenshot(path=target)
                print(f"wrote {target}")


@contextmanager
def _served(library: Path) -> Iterator[str]:
    """Run ``earmark serve`` on a library; yields its address."""
    port = str(free_port("127.0.0.1", 0))
    program = Path(sys.executable).with_name("earmark")
    command = [str(program), "serve", "--library", str(library), "--no-open", "--port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            if process.stdout is not None:
                process.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextmanager
def _window() -> Iterator[Page]:
    """A browser's window, as large as a laptop's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needed_browser(), args=ARGUMENTS)
        page = browser.new_page(viewport=WINDOW, color_scheme="light", reduced_motion="reduce")
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


def _verdict(page: Page, address: str) -> None:
    """The verdict on the track that no label has released."""
    page.goto(f"{address}/#/listen")
    page.set_input_files(".zone-input", DEMO / "catalogue" / "held-back" / "unreleased-demo.mp3")
    page.wait_for_selector(".verdict-card")
    page.get_by_role("grid", name="Nearest tracks in your library").locator("tbody tr").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLE_MS)


def _map(page: Page, address: str) -> None:
    """The same track among its neighbours on the map; the map is made first, as at anybody's first look."""
    place = page.get_by_role("link", name="See it on the map").get_attribute("href")
    page.goto(f"{address}/#/map")
    page.wait_for_selector(".view-map[data-ready=names]")
    page.goto(f"{address}/{place}")
    page.reload()  # what was said about the map's making goes
    page.wait_for_selector(".map-side tbody tr")
    page.wait_for_timeout(SETTLE_MS)


if __name__ == "__main__":
    main()
