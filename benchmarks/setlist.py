"""How long a 60-minute set from 10,000 tracks takes: the optimisation, and the command from its start to its end.

    python benchmarks/setlist.py LIBRARY --out docs/results/setlist.md

The tracks are made up around the real ones of a library: each has the MFCC vector of a real track, moved by half the
spread of all of them, a key, a tempo near 130, a length near six minutes, and an energy curve. Sets between tracks that
were drawn are made along every named curve. Beside each stands the greedy set, which takes the best next track that
keeps the rules and the length again and again and ends with the last track: what the same objective gives to a search
that does not look ahead.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from earmark.audio.estimates import Measures, Section, energy_of
from earmark.audio.measure_settings import MeasureSettings
from earmark.catalog.credits import Credits
from earmark.catalog.keys import Key
from earmark.catalog.track import Track
from earmark.library.library import Library
from earmark.library.rows import MeasuresRecord, track_to_row
from earmark.library.vectors import VectorTable
from earmark.models.from_library import LibrarySongs
from earmark.similarity.finding.lookup import Query
from earmark.similarity.finding.versions import Fingerprints
from earmark.similarity.sets.energy_curves import CURVES, parse_curve
from earmark.similarity.sets.set_material import gather_material
from earmark.similarity.sets.set_pool import energy_levels
from earmark.similarity.sets.set_puzzle import SetPuzzle
from earmark.similarity.sets.setlist import SetList, SetMaterial, SetRequest, make_puzzle, make_setlist
from earmark.similarity.vectors.embedder import embedder
from earmark.similarity.vectors.embedding import refresh_index, vector_rows
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.opening import open_collection
from earmark.similarity.vectors.sources import mfcc_source

BAR_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Timed:
    """One set: which curve, how long its search took (wall and processor), what it is, and the greedy one's value."""

    curve: str
    seconds: float
    processor: float
    made: SetList
    greedy: float


def make_library(folder: Path, real: Library, *, tracks: int, seed: int = 0) -> Library:
    """Make a library of made-up tracks around the real ones of another."""
    rng = np.random.default_rng(seed)
    source = mfcc_source()
    maker = embedder(source)
    base = np.stack([maker.embed(LibrarySongs(real, (track,))) for track in real.tracks()])
    vectors = base[rng.integers(len(base), size=tracks)] + 0.5 * base.std(axis=0) * rng.normal(
        size=(tracks, source.size)
    )
    made = [_track(number, rng, tracks) for number in range(tracks)]
    library = Library.create(folder)
    library.tracks_table.merge(map(track_to_row, made))
    key = MeasureSettings().key
    library.measures_table.merge(MeasuresRecord(one.audio_id, key, _measures(one, rng)).to_row() for one in made)
    VectorTable(library.storage, source.key, source.size).write(vector_rows(made), vectors)
    refresh_index(library, source)
    return library


def _track(number: int, rng: np.random.Generator, tracks: int) -> Track:
    artist = f"Artist {rng.integers(tracks // 8 + 1)}"
    return Track(
        audio_id=f"{number:032x}",
        path=f"/music/{number}.flac",
        seconds=float(np.clip(rng.normal(370, 60), 180, 600)),
        title=f"Song {number}",
        artist_credit=artist,
        artists=Credits(performers=(artist,)),
        label=f"Label {rng.integers(40)}",
        bpm=round(float(rng.normal(130, 5)), 1),
        key=Key.from_index(int(rng.integers(24))),
        sources={"key": "tag", "bpm": "tag"},
    )


def _measures(track: Track, rng: np.random.Generator) -> Measures:
    level = float(rng.uniform(-16, -7))
    curve = np.clip(level + rng.normal(0, 1.5, round(track.seconds)), -70, 0)
    curve[:20] -= rng.uniform(0, 10)
    curve[-20:] -= rng.uniform(0, 10)
    section = Section(0.0, track.seconds, energy_of(level))
    return Measures(None, None, level, tuple(np.round(curve, 1).tolist()), 1.0, (section,))


def greedy_value(puzzle: SetPuzzle) -> float:
    """The value of the set that takes the best next track again and again."""
    best = -np.inf
    size = max(round(puzzle.plan.seconds / float(np.median(puzzle.seconds))), 3)
    for tracks in range(max(size - 2, 3), size + 4):
        best = max(best, float(puzzle.values(np.array([_greedy(puzzle, tracks)]))[0]))
    return best


def _greedy(puzzle: SetPuzzle, tracks: int) -> list[int]:
    chosen = [puzzle.start]
    ends = set() if puzzle.end is None else {puzzle.end}
    while len(chosen) < tracks - len(ends):
        free = [row for row in range(len(puzzle)) if row not in ends and row not in chosen]
        values = puzzle.values(np.array([[*chosen, row] for row in free])) if free else np.empty(0)
        # The length of a set that has only begun is no fault of its next track.
        lengths = puzzle.lengths(np.array([[*chosen, row] for row in free]))
        chosen.append(free[int((values + puzzle.length_cost(lengths)).argmax())])
    return [*chosen, *ends]


def timed_sets(library: Library, *, sets: int, curves: Sequence[str] = tuple(CURVES), seed: int = 1) -> Iterator[Timed]:
    """Make sets between tracks that are drawn, along some curves."""
    rng = np.random.default_rng(seed)
    collection = open_collection(library, mfcc_source())
    tracks = collection.all_tracks()
    prints = Fingerprints(library)
    first = _query(tracks[0], collection.search.vectors([tracks[0].audio_id])[0])
    material = gather_material(collection, prints, Filters(), first, None)
    for curve in curves:
        for _ in range(sets):
            one, other = (tracks[row].audio_id for row in rng.choice(len(tracks), 2, replace=False))
            request = SetRequest(start=one, end=other, minutes=60, curve=parse_curve(curve, minutes=60))
            started, used = time.perf_counter(), time.process_time()
            made = make_setlist(material, request)
            seconds, processor = time.perf_counter() - started, time.process_time() - used
            yield Timed(curve, seconds, processor, made, greedy_value(_puzzle(material, request)))


def _query(track: Track, unit: "np.typing.NDArray[np.float32]") -> Query:
    return Query(track, unit, None, in_library=True)


def _puzzle(material: SetMaterial, request: SetRequest) -> SetPuzzle:
    """All tracks as a puzzle would take too much room: those of which two thousand were drawn, and the ends."""
    places = {track.audio_id: row for row, track in enumerate(material.tracks)}
    ends = places[request.start], places[request.end or ""]
    drawn = np.random.default_rng(0).choice(len(material.tracks), min(1500, len(material.tracks)), replace=False)
    rows = np.unique([*drawn, *ends])
    levels = energy_levels(material.decks.energy)
    return make_puzzle(material, replace(request, seed=0), levels, rows, ends)


def command_seconds(library: Library, repeats: int) -> list[tuple[float, float]]:
    """Wall and processor time of ``earmark setlist`` from start to end, in a process of its own."""
    command = [sys.executable, "-m", "earmark.cli.main", "setlist", "--from", "Song 17", "--to", "Song 4711"]
    command += ["--minutes", "60", "--curve", "rise", "--mfcc", "--library", library.address, "--json"]
    taken = []
    for _ in range(repeats):
        started, used = time.perf_counter(), _children_seconds()
        subprocess.run(command, check=True, capture_output=True)
        taken.append((time.perf_counter() - started, _children_seconds() - used))
    return taken


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_up(results: Sequence[Timed], command: Sequence[tuple[float, float]], tracks: int) -> Iterator[str]:
    """The result as a page in Markdown."""
    seconds, processor = [one.seconds for one in results], [one.processor for one in results]
    yield "# A 60-minute set\n"
    yield f"Written by `python benchmarks/setlist.py`, which says how the {tracks:,} tracks are made up. Processor time"
    yield "is what remains comparable where the machine does other work.\n"
    yield f"- Optimisation of {len(results)} sets: median {statistics.median(processor):.2f} s of processor time,"
    yield f"  longest {max(processor):.2f} s; wall time {statistics.median(seconds):.2f} s and {max(seconds):.2f} s"
    yield f"  (bar: under {BAR_SECONDS:g} s)."
    yield f"- `earmark setlist` from start to end, median of {len(command)} runs:"
    yield f"  {statistics.median(used for _, used in command):.1f} s of processor time,"
    yield f"  {statistics.median(wall for wall, _ in command):.1f} s of wall time.\n"
    yield "| curve | processor s | tracks | minutes | transitions | curve fit | value | rules bent | greedy value |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for one in results:
        bent = sum(step.transition is not None and bool(step.transition.broken) for step in one.made.steps)
        cells = [one.curve, f"{one.processor:.2f}", str(len(one.made.steps)), f"{one.made.seconds / 60:.1f}"]
        numbers = (one.made.mixing, one.made.fit, one.made.value)
        cells += [*(f"{number:.3f}" for number in numbers), str(bent), f"{one.greedy:.3f}"]
        yield f"| {' | '.join(cells)} |"
    yield "\nA value is the mean score of the transitions plus the mean fit to the curve, both 0 to 1, less 10 for each"
    yield "rule bent. The greedy search chooses among 1,500 tracks drawn from all of them."


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", help="a scanned library, whose tracks' vectors are taken as centres")
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--sets", type=int, default=3, help="sets along each curve")
    parser.add_argument("--repeats", type=int, default=5, help="runs of the command")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = make_library(Path(folder) / "library", Library.open(options.library), tracks=options.tracks)
        results = list(timed_sets(library, sets=options.sets))
        page = "\n".join(write_up(results, command_seconds(library, options.repeats), options.tracks)) + "\n"
    print(page)
    if options.out:
        options.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
