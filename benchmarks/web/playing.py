"""How long the page waits for what mixes next, in a library of 10,000 tracks.

    python benchmarks/web/playing.py LIBRARY --out docs/results/web-next.md

The tracks are made up around the real ones of a library (`benchmarks/setlist.py`), six minutes long, with fingerprints
of their own, so that versions of one recording are looked for as in a real library. Requests go through the app without
a socket: the time is that of the guard, the handler, the search and the JSON. "First" opens the library for searching.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from fastapi.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.setlist import make_library

from earmark.audio.fingerprint import BITS, FRAMES_PER_SECOND, Fingerprint
from earmark.library.library import Library
from earmark.library.rows import feature_name
from earmark.similarity.finding.versions import FOLDER
from earmark.web.app import make_app
from earmark.web.settings import ServeSettings

TRACKS = 10_000
TIMES = 20
Ask = Callable[[int], Any]


@contextmanager
def client_of(library: Library) -> Iterator[TestClient]:
    """A client of the app, which searches by MFCCs: made-up tracks have no other vectors."""
    with tempfile.TemporaryDirectory() as shelf:
        os.environ["EARMARK_BACKBONES"] = shelf
        with TestClient(make_app(ServeSettings(library=library.address)), base_url="http://127.0.0.1") as client:
            yield client


def add_fingerprints(library: Library, *, seed: int = 0) -> None:
    """Give every track a fingerprint of its own."""
    rng = np.random.default_rng(seed)
    for track in library.tracks():
        frames = round(track.seconds * FRAMES_PER_SECOND)
        signs = 2 * rng.integers(0, 2, size=(frames, BITS), dtype=np.int8) - 1
        library.storage.write_array(feature_name(track.audio_id, FOLDER), Fingerprint(signs).to_array())


def questions(client: TestClient, ids: list[str]) -> dict[str, Ask]:
    """What is asked, by what it is called; each is given a running number."""

    def ask_next(number: int, **rest: object) -> Any:
        return client.post("/api/next", json={"track": ids[number * 37], "count": 12, **rest})

    def of_ten(number: int) -> list[str]:
        return ids[number * 20 : number * 20 + 10]

    return {
        "next, another track each time": ask_next,
        "next, another rule each time": lambda number: ask_next(1, rules={"pitch_range": 1 + number / 4}),
        "next, another like each time": lambda number: ask_next(1, likes=[ids[number * 41 + 1]]),
        "similar": lambda number: client.get(f"/api/tracks/{ids[number * 37]}/similar"),
        "judge a set of 10": lambda number: client.post("/api/transitions", json={"audio_ids": of_ten(number)}),
        "make a set of 60 minutes": lambda number: client.post("/api/setlist", json={"start": ids[number * 37]}),
    }


def timed(ask: Ask) -> list[tuple[float, float]]:
    """Seconds of each asking: of the clock, and of the processor."""
    taken = []
    for number in range(TIMES):
        started, used = time.perf_counter(), time.process_time()
        answer = ask(number)
        taken.append((time.perf_counter() - started, time.process_time() - used))
        answer.raise_for_status()
    return taken


def row(name: str, taken: list[tuple[float, float]]) -> str:
    """A line of the table; the first asking, which opens the library, stands apart."""
    walls, used = zip(*taken[1:], strict=True)
    told = (taken[0][0], statistics.median(walls), max(walls), statistics.median(used))
    return f"| {name} | {' | '.join(f'{seconds:.3f} s' for seconds in told)} |"


def main() -> None:
    """Make the library, ask, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path, help="real tracks that made-up ones are made around")
    parser.add_argument("--made", type=Path, help="keep the made library here, or use it where it is there already")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.made or Path(temporary) / "library"
        if not folder.exists():
            add_fingerprints(make_library(folder, Library.open(asked.library), tracks=TRACKS))
        library = Library.open(folder)
        ids = sorted(track.audio_id for track in library.tracks())
        with client_of(library) as client:
            before = psutil.Process().memory_info().rss
            rows = {name: timed(ask) for name, ask in questions(client, ids).items()}
            after = psutil.Process().memory_info().rss
    lines = [
        "# What the page waits for in Next",
        "",
        f"`python benchmarks/web/playing.py {asked.library}`: {len(ids):,} made-up tracks, {TIMES} times each, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.",
        "",
        "| question | first | median | slowest after the first | processor, median |",
        "|---|--:|--:|--:|--:|",
        *(row(name, taken) for name, taken in rows.items()),
        "",
        f"Memory of the process: {before / 2**20:.0f} MB before, {after / 2**20:.0f} MB after all of this.",
    ]
    asked.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
