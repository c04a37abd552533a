"""How fast and how exactly a collection is searched, beside faiss, hnswlib and Lance's own indexes.

    python benchmarks/search.py --library LIBRARY --library ANOTHER --out docs/results/search-speed.md

The libraries hold embeddings of the backbone musicnn (``earmark embed --backbone musicnn``), to which a mixture is
fitted (`search_data`). Everything is measured on vectors of 128 numbers, top 10, one query after the other. Each engine
builds and searches in processes of its own, so that memory is its own: the peak of what the process holds, among it
memory-mapped pages that it touched. faiss, hnswlib and lancedb are compared where they can be imported. What is done is
kept in the working folder, so that a second call goes on where the first ended.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.library.storage import Storage
from earmark.similarity.vectors.codes import Codes
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.indexing import build_index, load_index, save_index
from earmark.similarity.vectors.ivf_search import IvfSearch
from earmark.similarity.vectors.search import ExactSearch, Search
from earmark.similarity.vectors.space import Space

# Run as a file, Python would look for modules in this folder; those here are named from the repository's root.
ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path[0] = str(ROOT)

from benchmarks.search_data import (  # noqa: E402 - the path has to be set first
    DIMENSIONS,
    FILTERS,
    Collection,
    draw,
    fit_mixture,
    real_points,
)
from benchmarks.search_report import picture, report  # noqa: E402

NEIGHBOURS = 10
ASKED = 200
"""Queries for each point; medians are over these."""
REACHES = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000)
SIZES = (10_000, 20_000, 50_000, 100_000, 200_000)

Answer = frozenset[int]
Point = dict[str, Any]


def main() -> None:
    """Run what is asked for on the command line."""
    asked = _parser().parse_args()
    work: Path = asked.work
    work.mkdir(parents=True, exist_ok=True)
    if asked.step is not None:
        print(json.dumps(STEPS[asked.step](work, asked.tracks)))
        return
    mixture = work / "mixture.npz"
    if not mixture.exists():
        fit_mixture(real_points(asked.library, "musicnn"), mixture)
    steps = [("crossover", size) for size in SIZES] + [(step, asked.tracks) for step in STEPS if step != "crossover"]
    told = {f"{step}-{size}": _run_step(work, step, size) for step, size in steps}
    today, cores = datetime.now(UTC).date().isoformat(), len(os.sched_getaffinity(0))
    text = report(told, str(np.load(mixture)["told"]), asked.tracks, cores=cores, day=today)
    asked.out.write_text(text, encoding="utf-8")
    drawn = picture(told, asked.tracks, "BPM 126-132, three keys")
    asked.out.with_suffix(".svg").write_text(drawn, encoding="utf-8")
    print(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, action="append", default=[], help="a library with musicnn embeddings")
    parser.add_argument("--tracks", type=int, default=1_000_000, help="size of the large collection")
    parser.add_argument(
        "--work", type=Path, default=Path(tempfile.gettempdir()) / "earmark-search", help="where collections are kept"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/results/search-speed.md"))
    parser.add_argument("--step", choices=sorted(STEPS), help=argparse.SUPPRESS)
    return parser


def _run_step(work: Path, step: str, tracks: int) -> Any:
    """A step's result: kept from before, or of a new process; None where its engine is not installed."""
    kept = work / f"{step}-{tracks}.json"
    if not kept.exists():
        command = [sys.executable, __file__, "--step", step, "--tracks", str(tracks), "--work", str(work)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        kept.write_text(done.stdout.splitlines()[-1], encoding="utf-8")
    return json.loads(kept.read_text(encoding="utf-8"))


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _truth(work: Path, made: Collection, tracks: int) -> dict[str, list[Answer]]:
    """The exact neighbours of the queries under each filter, by rows; kept, since other steps ask for them too."""
    kept = work / f"answers-{tracks}.json"
    if kept.exists():
        return {name: [frozenset(one) for one in rows] for name, rows in json.loads(kept.read_text()).items()}
    best: dict[str, list[Any]] = {}
    for name, filters in FILTERS.items():
        passing = np.flatnonzero(made.codes.mask(filters))
        scores, places = [], []
        for first in range(0, len(passing), 100_000):
            rows = passing[first : first + 100_000]
            likeness = made.queries[:ASKED] @ made.units[rows].T
            chosen = np.argsort(-likeness, axis=1)[:, :NEIGHBOURS]
            scores.append(np.take_along_axis(likeness, chosen, axis=1))
            places.append(rows[chosen])
        order = np.argsort(-np.concatenate(scores, axis=1), axis=1)[:, :NEIGHBOURS]
        best[name] = np.take_along_axis(np.concatenate(places, axis=1), order, axis=1).tolist()
    kept.write_text(json.dumps(best))
    return {name: [frozenset(one) for one in rows] for name, rows in best.items()}


def _point(
    ask: Callable[[NDArray[np.float32]], Sequence[int]], queries: NDArray[np.float32], truth: Sequence[Answer]
) -> Point:
    """Median and 95th percentile of the latency in milliseconds, and recall."""
    for query in queries[:5]:
        ask(query)
    times, hits, wanted = [], 0, 0
    for query, answer in zip(queries[:ASKED], truth, strict=True):
        started = time.perf_counter()
        found = ask(query)
        times.append(1000 * (time.perf_counter() - started))
        hits += len(answer.intersection(found))
        wanted += len(answer)
    return {
        "ms": round(statistics.median(times), 3),
        "p95": round(float(np.percentile(times, 95)), 3),
        "recall": round(hits / wanted, 4),
    }


def _asker(engine: Search, filters: Filters) -> Callable[[NDArray[np.float32]], Sequence[int]]:
    return lambda query: _by_id(engine.search(query, NEIGHBOURS, filters).audio_ids)


def _by_id(hits: Sequence[str]) -> list[int]:
    return [int(one, 16) for one in hits]


def crossover(work: Path, tracks: int) -> Any:
    """The exact engine and the cells on collections of one size, without and with filters."""
    made = draw(work / "mixture.npz", tracks, work)
    answers = _truth(work, made, tracks)
    units = np.ascontiguousarray(made.units)
    engines: dict[str, Search] = {
        "exact": ExactSearch(_bare_columns(made.codes), units, np.zeros(tracks, np.float32), made.codes)
    }
    started = time.perf_counter()
    built = build_index(made.codes, units, _no_space(), source={}, versions={}, exact_up_to=0).search()
    seconds = time.perf_counter() - started
    told: dict[str, Any] = {"build_seconds": round(seconds, 2), "reach": getattr(built, "reach", None)}
    for name, engine in {**engines, "ivf": built}.items():
        told[name] = {
            asked: _point(_asker(engine, filters), made.queries, answers[asked]) for asked, filters in FILTERS.items()
        }
    return told


def _bare_columns(codes: Codes) -> Any:
    """Columns that hold ids alone: the filters of the exact engine are answered by the codes."""
    from earmark.similarity.vectors.filters import Columns

    n = len(codes)
    empty = np.zeros(n, dtype=np.str_)
    return Columns(codes.ids.astype(np.str_), codes.bpm, codes.keys.astype(np.int16), empty, codes.days, (), empty)


def _no_space() -> Space:
    """The collections are drawn centred and of length 1: nothing is to be taken off."""
    return Space(np.zeros(DIMENSIONS))


def truth(work: Path, tracks: int) -> Any:
    """Draw the large collection, and keep the exact neighbours."""
    made = draw(work / "mixture.npz", tracks, work)
    return {name: len(answers) for name, answers in _truth(work, made, tracks).items()}


def build(work: Path, tracks: int) -> Any:
    """Build our index as `earmark embed` does, and keep it."""
    made = draw(work / "mixture.npz", tracks, work)
    started = time.perf_counter()
    index = build_index(made.codes, made.units, _no_space(), source={}, versions={}, exact_up_to=0)
    built = time.perf_counter() - started
    save_index(Storage(work / "library"), f"bench{tracks}", index)
    return {
        "seconds": round(built, 1),
        "saving": round(time.perf_counter() - started - built, 1),
        "peak_gib": round(_peak_gib(), 2),
        "recall": index.facts.recall,
        "cells": len(index.cells[0]) if index.cells else 0,
    }


def ours(work: Path, tracks: int) -> Any:
    """Our index as `earmark similar` opens it: latency and recall with and without filters, and the curve."""
    index = load_index(Storage(work / "library"), f"bench{tracks}")
    search = None if index is None else index.search()
    if not isinstance(search, IvfSearch):
        raise SystemExit("the step `build` comes before `ours`")
    queries = np.load(work / f"queries-{tracks}.npy")
    answers = _kept_truth(work, tracks)
    at_work = {name: _point(_asker(search, filters), queries, answers[name]) for name, filters in FILTERS.items()}
    memory = _peak_gib()
    curves = {
        name: [
            {"reach": reach, **_point(_at_reach(search, filters, reach), queries, answers[name])} for reach in REACHES
        ]
        for name, filters in FILTERS.items()
        if name in ("none", "BPM 126-132, three keys")
    }
    return {"points": at_work, "peak_gib": round(memory, 2), "curves": curves, "reach": search.reach}


def _kept_truth(work: Path, tracks: int) -> dict[str, list[Answer]]:
    """The truth that an earlier step has kept, without opening the collection, which would count as memory."""
    kept = json.loads((work / f"answers-{tracks}.json").read_text())
    return {name: [frozenset(one) for one in rows] for name, rows in kept.items()}


def _at_reach(search: IvfSearch, filters: Filters, reach: int) -> Callable[[NDArray[np.float32]], Sequence[int]]:
    def ask(query: NDArray[np.float32]) -> Sequence[int]:
        mask = None if filters.is_empty else search.codes.mask(filters)
        rows, _ = search.nearest(query, NEIGHBOURS, mask, reach=reach)
        return _by_id(search.codes.names(rows))

    return ask


def _rival(name: str) -> Callable[[Path, int], Any]:
    def step(work: Path, tracks: int) -> Any:
        from benchmarks import search_rivals

        made = draw(work / "mixture.npz", tracks, work)
        started = time.perf_counter()
        rival = search_rivals.RIVALS[name](made, work)
        if rival is None:
            return None
        seconds = time.perf_counter() - started
        answers = _kept_truth(work, tracks)
        curves: dict[str, list[Point]] = {}
        for asked in ("none", "BPM 126-132, three keys", "one label"):
            curves[asked] = [
                {"effort": effort, **_point(rival.asker(FILTERS[asked], effort), made.queries, answers[asked])}
                for effort in rival.efforts
            ]
        return {"build_seconds": round(seconds, 1), "peak_gib": round(_peak_gib(), 2), "curves": curves}

    return step


STEPS: Mapping[str, Callable[[Path, int], Any]] = {
    "crossover": crossover,
    "truth": truth,
    "build": build,
    "ours": ours,
    "faiss-ivf": _rival("faiss-ivf"),
    "faiss-hnsw": _rival("faiss-hnsw"),
    "hnswlib": _rival("hnswlib"),
    "lance-ivf-flat": _rival("lance-ivf-flat"),
    "lance-ivf-sq": _rival("lance-ivf-sq"),
}
"""Everything that is measured, in order; each step in a process of its own."""


if __name__ == "__main__":
    main()
