"""How fast the map of 50,000 tracks is on the page, and how long making one takes.

    python benchmarks/web/map.py --out docs/results/web-map.md

The library is made up: 50,000 tracks of 40 labels, each a clump in the space of vectors, and the map is a blob for each
label, since laying out so many takes minutes; ``--make`` lays them out in earnest, as the page's job does, and tells
how long that took and how true the map is.

The page is opened in a headless Chromium that draws WebGL in software (SwiftShader): what its frames cost beyond the
page's own script is the processor drawing points, which a graphics card does by the way. So the script's time in a
frame is told apart from the time between frames.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from earmark.catalog.credits import Credits
from earmark.catalog.keys import Key
from earmark.catalog.track import Track
from earmark.library.library import Library
from earmark.library.rows import track_to_row
from earmark.library.vectors import VectorTable
from earmark.similarity.vectors.embedding import refresh_index, vector_rows
from earmark.similarity.vectors.opening import open_collection
from earmark.similarity.vectors.sources import find_source
from earmark.web.maps.making import make_map
from earmark.web.maps.stored import MapFacts, StoredMap, save_map
from earmark.web.serving import free_port

LABELS = 40
LOADS = 5
FRAMES = 240
READY = """
window.frames_told = [];
const real = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (act) => real((now) => {
  const from = performance.now();
  act(now);
  window.frames_told.push(performance.now() - from);
});
new MutationObserver(() => {
  const ready = document.querySelector(".view-map")?.dataset.ready;
  if (ready && !window.drawn_at) {
    window.drawn_at = -1;
    real(() => real(() => (window.drawn_at = performance.now())));
  }
  if (ready === "names") window.named_at ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] });
"""
ZOOMING = """
(frames) => new Promise((done) => {
  const surface = document.querySelector(".map-surface");
  const box = surface.getBoundingClientRect();
  const [gaps, scripts] = [[], []];
  let [count, before, events] = [0, 0, 0];
  const step = (now) => {
    if (before) {
      gaps.push(now - before);
      scripts.push(events + window.frames_told.at(-1)); // the map's own frame, which was asked for before ours
    }
    before = now;
    if (count++ >= frames) return done({ gaps, scripts });
    const from = performance.now();
    const turn = (2 * Math.PI * count) / 120;
    const x = box.left + box.width * (0.6 + 0.2 * Math.cos(turn));
    const y = box.top + box.height * (0.5 + 0.2 * Math.sin(turn));
    const deltaY = count % 120 < 60 ? -60 : 60;
    surface.dispatchEvent(new WheelEvent("wheel", { deltaY, cancelable: true, clientX: x, clientY: y }));
    events = performance.now() - from;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})
"""
HOVERING = """
(moves) => {
  const surface = document.querySelector(".map-surface");
  const box = surface.getBoundingClientRect();
  const times = [];
  for (let i = 0; i < moves; i += 1) {
    const x = box.left + 330 + ((i * 37) % (box.width - 420));
    const y = box.top + 20 + ((i * 53) % (box.height - 60));
    const from = performance.now();
    const at = { pointerType: "mouse", buttons: 0, clientX: x, clientY: y };
    surface.dispatchEvent(new PointerEvent("pointermove", at));
    times.push(performance.now() - from);
  }
  return times;
}
"""
ACTING = """
(words) => {
  const timed = (act) => { const from = performance.now(); act(); return performance.now() - from; };
  const told = {};
  for (const name of ["bpm", "key", "year", "artist", "label"]) {
    const choice = document.querySelector(`.map-colourings input[value=${name}]`);
    told[`colour by ${name}`] = timed(() => choice.click());
  }
  told["hold one label out"] = timed(() => document.querySelector(".map-legend button").click());
  document.querySelector(".map-legend button").click();
  const field = document.querySelector(".map-search input");
  field.value = words;
  told["search among the names"] = timed(() => field.dispatchEvent(new Event("input")));
  field.value = "";
  field.dispatchEvent(new Event("input"));
  return told;
}
"""


@dataclass(frozen=True, slots=True)
class Load:
    """One load of the page at the map, in milliseconds from the navigation's start.

    Attributes:
        drawn: Until the points were drawn.
        named: Until their names were there too.
        asked: The request for the points: its start, its first byte, its end.
        size: Bytes of the points.
    """

    drawn: float
    named: float
    asked: tuple[float, float, float]
    size: int


def make_library(folder: Path, tracks: int, *, seed: int = 0) -> Library:
    """Make a library of made-up tracks with vectors in clumps, a clump a label, and an index of them."""
    rng = np.random.default_rng(seed)
    library = Library.create(folder)
    source = find_source(library)
    label_of = rng.integers(LABELS, size=tracks)
    centres = rng.normal(size=(LABELS, source.size))
    vectors = centres[label_of] + 0.9 * rng.normal(size=(tracks, source.size))
    made = [_track(number, int(label_of[number]), rng) for number in range(tracks)]
    library.tracks_table.merge(map(track_to_row, made))
    table = VectorTable(library.storage, source.key, source.size)
    for first in range(0, tracks, 5000):
        part = slice(first, first + 5000)
        table.write(vector_rows(made[part]), vectors[part].astype(np.float32))
    refresh_index(library, source)
    return library


def _track(number: int, label: int, rng: np.random.Generator) -> Track:
    artist = f"Artist {label}-{rng.integers(60)}"
    return Track(
        audio_id=f"{int(rng.integers(2**62)):032x}",
        path=f"/music/{number}.flac",
        seconds=float(np.clip(rng.normal(370, 60), 180, 600)),
        title=f"Song of the Night {number}",
        mix="Extended Mix",
        artist_credit=artist,
        artists=Credits(performers=(artist,)),
        label=f"Label {label} Recordings",
        bpm=round(float(rng.normal(130 + label % 7, 3)), 1),
        key=Key.from_index(int(rng.integers(24))),
        sources={"key": "analysis", "bpm": "tag"},
    )


def keep_blobs(library: Library, *, seed: int = 0) -> None:
    """Keep a map with a blob for each label."""
    rng = np.random.default_rng(seed)
    collection = open_collection(library)
    ids = tuple(collection.columns.audio_ids.tolist())
    labels = collection.columns.labels
    homes = {label: rng.uniform(-1, 1, size=2) * [1, 0.6] for label in sorted(set(labels.tolist()))}
    places = np.stack([homes[label] for label in labels.tolist()]) + rng.normal(scale=0.05, size=(len(ids), 2))
    facts = MapFacts(
        source_key=collection.source.key, source=collection.source.shown, tracks=len(ids), perplexity=30.0, seed=seed,
        kept=0.0, nearest=10, chance=0.0, created="2026-01-01T00:00:00+00:00", seconds=0.0, folder="blobs",
    )  # fmt: skip
    save_map(library.storage, StoredMap(facts, ids, (places / np.abs(places).max()).astype(np.float32)))


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """Serve a library by the command line; yields the address and the server's process id."""
    port = free_port("127.0.0.1", None)
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "earmark.cli.main", "serve", "--library", str(folder), "--no-open"]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api/about", timeout=30).read()  # noqa: S310 - our own server
                break
            except OSError:
                time.sleep(0.25)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(20)


def load(page: Page, address: str) -> Load:
    """Open the map in a fresh page and wait until it is drawn and named."""
    page.goto("about:blank")
    page.goto(f"{address}/#/map")
    page.wait_for_function("() => window.drawn_at > 0 && window.named_at > 0", timeout=120_000)
    told = page.evaluate(
        """() => {
          const [asked] = performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/api/map"));
          const { startTime, responseStart, responseEnd, decodedBodySize } = asked;
          return [window.drawn_at, window.named_at, startTime, responseStart, responseEnd, decodedBodySize];
        }"""
    )
    return Load(told[0], told[1], (told[2], told[3], told[4]), int(told[5]))


@contextmanager
def browsing() -> Iterator[tuple[Page, str]]:
    """A window that has seen nothing yet; yields it with the browser's version."""
    arguments = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=arguments)
        try:
            page = browser.new_page(viewport={"width": 1366, "height": 900})
            page.add_init_script(READY)
            yield page, browser.version
        finally:
            browser.close()


def judge_page(folder: Path) -> dict[str, Any]:
    """Load the map of a library new to the server, then several times after a restart, and move about it."""
    with serving(folder) as (address, _), browsing() as (page, _):
        new = load(page, address)
    with serving(folder) as (address, pid), browsing() as (page, version):
        loads = [load(page, address) for _ in range(LOADS)]
        page.wait_for_timeout(1000)
        frames = page.evaluate(ZOOMING, FRAMES)
        hovers = page.evaluate(HOVERING, 500)
        page.wait_for_timeout(500)
        acts = page.evaluate(ACTING, "song night 4999")
        memory = resident(pid)
    told = {"new": new, "loads": loads, "frames": frames, "hovers": hovers, "acts": acts}
    return told | {"browser": version, "memory": memory}


def _chromium() -> str | None:
    found = [Path(name) for name in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")]
    return next((str(path) for path in found if path.exists()), None)


def spread(values: Sequence[float]) -> str:
    """Median, 95th percentile and largest of values in milliseconds, as text."""
    return f"{np.median(values):.1f} (95 %: {np.quantile(values, 0.95):.1f}, most: {np.max(values):.1f})"


def report(tracks: int, told: dict[str, Any], *, made: str, load_before: float) -> str:
    """The page that tells it."""
    new, first, later = told["new"], told["loads"][0], told["loads"][1:]
    gaps, scripts = told["frames"]["gaps"], told["frames"]["scripts"]
    rows = {
        "library and map new to the server, right after its start: navigation to drawn points": f"{new.drawn:.0f}",
        "of it until the server's first byte of the points": f"{new.asked[1] - new.asked[0]:.0f}",
        "first load after the server was started again: navigation to drawn points": f"{first.drawn:.0f}",
        f"later loads ({len(later)}): navigation to drawn points": middle(one.drawn for one in later),
        f"of it the request, {first.size / 1e6:.1f} MB": middle(one.asked[2] - one.asked[0] for one in later),
        "of it from the last byte to drawn points": middle(one.drawn - one.asked[2] for one in later),
        "navigation to names, for cards and search": middle(one.named for one in later),
        f"script in a frame while zooming, {FRAMES} frames": spread(scripts),
        "from frame to frame, drawn in software": spread(gaps),
        "finding the point under the pointer, and its card": spread(told["hovers"]),
        **{name: f"{value:.0f}" for name, value in told["acts"].items()},
    }
    spare = 1 - np.quantile(scripts, 0.95) / (1000 / 60)
    return "\n".join(
        [
            f"# The map of {tracks:,} tracks on the page",
            "",
            f"`python benchmarks/web/map.py`: {platform.machine()}, {os.cpu_count()} cores, headless Chromium",
            f"{told['browser']}, WebGL drawn in software (SwiftShader), 1366 x 900. Medians where there are several.",
            f"Load average when it began: {load_before:.1f}; above the number of cores, other work was running and all",
            "times are longer than on a quiet machine.",
            "",
            "| what | ms |",
            "|---|--:|",
            *(f"| {name} | {value} |" for name, value in rows.items()),
            "",
            f"Drawn in software that is {1000 / np.mean(gaps):.0f} frames a second. In 95 of 100 frames the script",
            f"leaves {100 * spare:.0f} % of a sixtieth of a second to the graphics card, which draws the points in",
            "one call; how long a card takes for it was not measured here.",
            "",
            f"The server held {told['memory'] / 2**20:.0f} MB after this, with library, search and map opened.",
            made,
        ]
    )


def middle(values: Iterable[float]) -> str:
    """The median of values in milliseconds, as text."""
    return f"{np.median(list(values)):.0f}"


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; its share of what it shares with others is counted whole."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def lay_out(library: Library) -> str:
    """Make the map in earnest, as the job does; returns sentences of what came of it."""
    started, used = time.monotonic(), time.process_time()
    made = make_map(open_collection(library), progress=lambda *told: print(json.dumps(told), flush=True))
    save_map(library.storage, made)
    wall, processor = time.monotonic() - started, time.process_time() - used
    n = made.facts.tracks
    told = [
        "",
        f"Laying out {n:,} tracks by openTSNE took {processor:.0f} s of one core ({wall:.0f} s passed).",
        f"The map keeps {100 * made.facts.kept:.0f} % of the true ten nearest: in a clump, these vectors are noise in",
        "all directions, of which no plane can keep neighbours. The page tells the share of each map.",
    ]
    return "\n".join(told)


def main() -> None:
    """Make the library where it is not there yet, judge the page, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=50_000)
    parser.add_argument("--library", type=Path, help="where to keep the made-up library for another run")
    parser.add_argument("--make", action="store_true", help="lay the map out in earnest too")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.library or Path(scratch) / "library"
        library = Library.open(folder) if folder.exists() else make_library(folder, asked.tracks)
        made = lay_out(library) if asked.make else ""
        if not made:
            keep_blobs(library)
        told = judge_page(folder)
    text = report(asked.tracks, told, made=made, load_before=load_before)
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
