"""How soon the page is there, and what the server takes while nobody asks it anything.

    python benchmarks/web/page.py --drop demo/catalogue/held-back/unreleased-demo.mp3 --out docs/results/web.md

`earmark serve` is started on a copy of the library (demo/library where no other is named), as a user starts it. First
paint is the browser's own first-contentful-paint, counted from the navigation's start: of the very first visit after
the server's start, of visits with nothing cached, and of reloads, in a browser that runs already. Memory is the
resident set of the server's process with all its children, from psutil; pages that two processes share are counted
twice. It is taken after the start, after all views were opened, right after a dropped file was listened to, and when
the listening process has gone again.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from earmark.report.images import needed_browser
from earmark.web.drops.listeners import IDLE_SECONDS
from earmark.web.serving import free_port

VIEWS = ("listen", "map", "next", "labels", "models", "library")
BARS = {"paint": 1.0, "memory": 400.0}
FIRST_PAINT = """() => new Promise((done) => {
  const told = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  if (told()) done(told());
  else new PerformanceObserver(() => told() && done(told())).observe({ type: "paint", buffered: true });
})"""
SHOWN = "() => { const h1 = document.querySelector('main h1'); return h1 && performance.now(); }"
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PATIENCE_MS = 120_000


@dataclass
class Measured:
    """What was measured.

    Attributes:
        start: Seconds from the command to its printed address.
        first: First paint of the very first visit, in seconds.
        cold: Of each visit with nothing cached.
        warm: Of each reload.
        shown: Until the view's heading stands there, of each visit with nothing cached.
        memory: MB of the server's process, and with all that it has started, by the moment.
    """

    start: float = 0.0
    first: float = 0.0
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)


@contextmanager
def served(library: Path, measured: Measured) -> Iterator[tuple[psutil.Process, str]]:
    """Run ``earmark serve``; yields its process and its address."""
    port = free_port("127.0.0.1", 0)
    command = [sys.executable, "-m", "earmark.cli.main", "serve", "--library", str(library), "--no-open"]
    began = time.perf_counter()
    with subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is not None:
            process.stdout.readline()
        measured.start = time.perf_counter() - began
        try:
            yield psutil.Process(process.pid), f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def megabytes(process: psutil.Process) -> tuple[float, float]:
    """Resident memory of a process, and of it with all below it, in MB."""
    below: list[int] = []
    for one in process.children(recursive=True):
        try:
            below.append(int(one.memory_info().rss))
        except psutil.NoSuchProcess:  # it ended while we counted
            continue
    own = int(process.memory_info().rss)
    return own / 1e6, (own + sum(below)) / 1e6


def open_browser_on(browser: Browser, address: str) -> Page:
    """Open the page in a context of its own, with nothing cached."""
    page = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}/")
    return page


def first_paint(page: Page) -> float:
    """Seconds from the navigation's start to the first paint of content."""
    return float(page.evaluate(FIRST_PAINT)) / 1000


def measure_paints(address: str, repeats: int, measured: Measured) -> None:
    """Open the page again and again, in a browser that runs already."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needed_browser(), args=ARGUMENTS)
        blank = browser.new_page()
        blank.set_content("<h1>The browser itself is ready</h1>")
        blank.screenshot()
        for at in range(repeats + 1):
            page = open_browser_on(browser, address)
            paint = first_paint(page)
            shown = float(page.wait_for_function(SHOWN, polling="raf").json_value()) / 1000
            if at == 0:
                measured.first = paint
            else:
                measured.cold.append(paint)
                measured.shown.append(shown)
                page.reload()
                measured.warm.append(first_paint(page))
            page.context.close()
        browser.close()


def use(address: str, drop: Path | None, process: psutil.Process, measured: Measured) -> None:
    """Open all views, and drop a file where there is one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needed_browser(), args=ARGUMENTS)
        page = open_browser_on(browser, address)
        for view in VIEWS:
            page.goto(f"{address}/#/{view}")
            page.wait_for_load_state("networkidle")
        _wait_for_jobs(page, address)
        measured.memory["after all views were opened"] = megabytes(process)
        if drop is not None:
            page.goto(f"{address}/#/listen")
            page.set_input_files(".zone-input", drop)
            page.wait_for_selector(".verdict-card")
            measured.memory["while a file is listened to"] = megabytes(process)
        browser.close()


def _wait_for_jobs(page: Page, address: str) -> None:
    """The map is made at its first visit, by a job; its process is none of an idle server's."""
    while any(job["state"] in ("waiting", "running") for job in page.request.get(f"{address}/api/jobs").json()):
        time.sleep(0.5)


def told(measured: Measured, repeats: int, library: Path) -> str:
    """The results as Markdown."""
    paints = {
        "the very first visit after the start": measured.first,
        f"nothing cached, median of {repeats}": statistics.median(measured.cold),
        f"nothing cached, slowest of {repeats}": max(measured.cold),
        f"a reload, median of {repeats}": statistics.median(measured.warm),
    }
    return "\n".join(
        [
            "# The page",
            "",
            "Written by `python benchmarks/web/page.py`, which says what is measured and how; "
            f"{platform.machine()}, {os.cpu_count()} cores,",
            f"library `{library}`, load of the machine in the last minute {os.getloadavg()[0]:.1f}.",
            "",
            f"`earmark serve` tells its address {measured.start:.1f} s after the command.",
            "",
            f"| first paint (bar: under {BARS['paint']:.0f} s) | seconds |",
            "|---|--:|",
            *(f"| {moment} | {seconds:.2f} |" for moment, seconds in paints.items()),
            f"| the view's heading stands there, median of {repeats} | {statistics.median(measured.shown):.2f} |",
            "",
            f"| memory (bar: all of an idle server under {BARS['memory']:.0f} MB) | server, MB | all, MB |",
            "|---|--:|--:|",
            *(f"| {moment} | {own:.0f} | {every:.0f} |" for moment, (own, every) in measured.memory.items()),
            "",
            "Opening Listen starts the process that listens to dropped files; it ends when none came for "
            f"{IDLE_SECONDS:.0f} seconds.",
            "",
        ]
    )


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, default=Path("demo/library"))
    parser.add_argument("--drop", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(asked.library, Path(folder) / "library")
        with served(copy, measured) as (process, address):
            measured.memory["after the start"] = megabytes(process)
            measure_paints(address, asked.repeats, measured)
            use(address, asked.drop, process, measured)
            if asked.drop is not None:
                time.sleep(IDLE_SECONDS + 10)
                measured.memory["when the listening process has gone"] = megabytes(process)
    text = told(measured, asked.repeats, asked.library)
    print(text)
    if asked.out is not None:
        asked.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
