"""How long the page takes from a dropped 6-minute MP3 to its verdict, and how much memory the server holds.

    python benchmarks/web/listening.py demo/library --out docs/results/web-listening.md

The server runs as a process of its own on a copy of the library and is asked over real HTTP. Cold: nothing has been
listened to yet, and no listening process runs. Warm: one does, as it does a moment after the Listen view was opened or
a file was dragged over the page. In the page: a headless Chromium chooses the file in the Listen view that it has just
opened, and waits until the verdict stands in the page. Beside wall time stands processor time of the server and its
processes: it is what remains comparable where the machine does other work. ``--cores`` holds all of it, the browser
too, to so many cores. Memory is that of the server with all its processes: resident, and the proportional share, which
counts what several share once; both are read from /proc, so that this runs on Linux.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import sync_playwright

from earmark.demo.encode import write_audio
from earmark.library.analysis import decode_quietly
from earmark.library.library import Library
from earmark.web.drops.listeners import IDLE_SECONDS
from earmark.web.serving import free_port

SECONDS = 360
RATE = 44_100
VERDICT_BAR, MEMORY_BAR = 4.0, 400.0
"""Seconds from the drop to the verdict, and MiB of an idle server."""
RAW = {"content-type": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class Drop:
    """What one dropped file took, in seconds from the request's beginning.

    Attributes:
        verdict: Until the verdict was there.
        whole: Until the neighbours were too.
        processor: Processor time of the server and its processes.
    """

    verdict: float
    whole: float
    processor: float


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        address: Where.
        pid: Its process.
    """

    address: str
    pid: int

    @property
    def tree(self) -> list[int]:
        """The server and all that it started."""
        found = [self.pid]
        for pid in found:  # grows as children are found
            for listed in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in listed.read_text().split()]
        return found

    def processor(self) -> float:
        """Processor seconds so far, those of ended processes included."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.tree]
        own = sum(int(field) for one in fields for field in one[11:13])
        return (own + sum(int(field) for field in fields[0][13:15])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> tuple[float, float]:
        """Resident and proportional memory of the whole tree in MiB."""
        told = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.tree]
        return _sum_of("Rss", told), _sum_of("Pss", told)


def _sum_of(name: str, told: Sequence[str]) -> float:
    values = (line.split()[1] for one in told for line in one.splitlines() if line.startswith(f"{name}:"))
    return sum(map(int, values)) / 1024


@contextmanager
def serving(library: Path) -> Iterator[Server]:
    """Run a server on a copy of a library."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "library"
        shutil.copytree(library, copy)
        port = free_port("127.0.0.1", None)
        command = [sys.executable, "-m", "earmark.cli.main", "serve", "--library", str(copy), "--port", str(port)]
        process = subprocess.Popen([*command, "--no-open"], stdout=subprocess.DEVNULL)
        try:
            server = Server(f"http://127.0.0.1:{port}", process.pid)
            wait_for(server)
            yield server
        finally:
            process.terminate()
            process.wait(30)


def wait_for(server: Server) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        try:
            httpx.get(f"{server.address}/api/about", timeout=60).raise_for_status()
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


def make_file(library: Path, target: Path) -> None:
    """Write six minutes of the library's own music as an MP3."""
    parts: list[np.ndarray] = []
    for track in Library.open(library).tracks():
        audio = decode_quietly(track.path)
        if audio.sample_rate == RATE:
            parts.append(audio.samples)
        if sum(map(len, parts)) >= SECONDS * RATE:
            break
    mono = np.concatenate(parts)[: SECONDS * RATE]
    pcm = (np.clip(mono, -1, 1) * 32_767).astype(np.int16)
    write_audio(target, np.repeat(pcm[:, np.newaxis], 2, axis=1), audio_format="mp3", bitrate=256)


def drop(server: Server, file: Path) -> Drop:
    """Drop a file and follow it by its events."""
    before = server.processor()
    started = time.perf_counter()
    with httpx.Client(base_url=server.address, timeout=120) as client:
        sent = client.post("/api/drops", params={"name": file.name}, content=file.read_bytes(), headers=RAW)
        verdict = None
        with client.stream("GET", f"/api/drops/{sent.raise_for_status().json()['id']}/events") as events:
            for line in events.iter_lines():
                told = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if verdict is None and told.get("verdict"):
                    verdict = time.perf_counter() - started
        whole = time.perf_counter() - started
    if verdict is None:
        raise SystemExit(f"there was no verdict: {told}")
    return Drop(verdict, whole, server.processor() - before)


def drop_in_page(server: Server, file: Path) -> Drop:
    """Choose a file in the page's Listen view and wait until the verdict stands there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(f"{server.address}/#/listen")
        page.wait_for_selector(".zone-input", state="attached")
        time.sleep(5)  # as somebody who looks for the file; the view has warmed a listening process meanwhile
        before = server.processor()
        started = time.perf_counter()
        page.set_input_files(".zone-input", file)
        page.wait_for_selector(".verdict-card")
        verdict = time.perf_counter() - started
        page.wait_for_selector(".view-listen [aria-label='Nearest tracks in your library']")
        whole = time.perf_counter() - started
        browser.close()
    return Drop(verdict, whole, server.processor() - before)


def line(name: str, drops: Sequence[Drop]) -> str:
    """A row of the table: medians, and the slowest verdict."""
    verdict, whole, processor = (
        statistics.median(values)
        for values in zip(*((one.verdict, one.whole, one.processor) for one in drops), strict=True)
    )
    slowest = max(one.verdict for one in drops)
    return f"| {name} | {len(drops)} | {verdict:.2f} s | {slowest:.2f} s | {whole:.2f} s | {processor:.2f} s |"


def measure(library: Path, file: Path, *, runs: int) -> list[str]:
    """Measure everything and tell it as Markdown."""
    cold: list[Drop] = []
    page: list[Drop] = []
    for _ in range(runs):
        with serving(library) as server:
            started = server.memory()
            cold.append(drop(server, file))
        with serving(library) as server:
            page.append(drop_in_page(server, file))
    with serving(library) as server:
        drop(server, file)
        warm = [drop(server, file) for _ in range(runs)]
        busy = server.memory()
        time.sleep(IDLE_SECONDS + 5)
        idle = server.memory()
    return [
        f"From the drop of an MP3 of {file.stat().st_size / 1e6:.1f} MB (6 minutes); bar {VERDICT_BAR:.0f} s.",
        "",
        "| | runs | verdict, median | slowest | with neighbours | processors |",
        "|---|--:|--:|--:|--:|--:|",
        line("cold, over HTTP", cold),
        line("warm, over HTTP", warm),
        line("in the page, just opened", page),
        "",
        f"Memory of the server with all its processes; bar {MEMORY_BAR:.0f} MiB when idle.",
        "",
        "| | resident | proportional |",
        "|---|--:|--:|",
        f"| started | {started[0]:.0f} MiB | {started[1]:.0f} MiB |",
        f"| a listening process is warm | {busy[0]:.0f} MiB | {busy[1]:.0f} MiB |",
        f"| idle again, {IDLE_SECONDS + 5:.0f} s later | {idle[0]:.0f} MiB | {idle[1]:.0f} MiB |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("--file", type=Path, help="an MP3 to drop instead of a made one")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: asked.cores]))
    with tempfile.TemporaryDirectory() as folder:
        file = asked.file or Path(folder) / "six-minutes.mp3"
        if asked.file is None:
            make_file(asked.library, file)
        told = measure(asked.library, file, runs=asked.runs)
    load = os.getloadavg()
    machine = f"{asked.cores} cores of {platform.machine()}, Python {platform.python_version()}"
    text = "\n".join(
        [
            "# From a dropped file to its verdict",
            "",
            f"`python benchmarks/web/listening.py {asked.library} --runs {asked.runs} --cores {asked.cores}`",
            f"on {machine}; the machine's load was {load[0]:.1f} at the end.",
            "",
            *told,
            "",
        ]
    )
    print(text)
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
