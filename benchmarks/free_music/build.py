"""The stages of the build, in order: fetch, unpack, render, normalise. Each skips what is done and keeps what failed.

Everything lies under one folder: ``packages/`` (as fetched), ``unpacked/`` and ``rendered/`` (by row),
``collection/`` (what is scanned) with ``collection.csv``, ``tempo/`` (the projects of known tempo) with ``tempo.csv``,
and ``levels/`` (what normalising did). ``packages/`` and ``rendered/`` may be deleted once the build is done.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.free_music.collection import Job, levels_of, run_job, write_collection_table, write_tempo_table
from benchmarks.free_music.manifest import TEMPO_LABEL, ManifestTrack, Package, neutral_names
from benchmarks.free_music.packages import fetch_package
from benchmarks.free_music.render import missing_program, render
from benchmarks.free_music.unpack import unpack

from earmark.cli.console import progress_bar
from earmark.errors import EarmarkError, MetadataError
from earmark.executors import Executor

ItemT = TypeVar("ItemT")
Fetch = Callable[[Package, Path], Path]


@dataclass(frozen=True, slots=True)
class Unpacking:
    """One package to take apart: its file, the tracks wanted out of it, and where they go."""

    deb: Path
    tracks: tuple[ManifestTrack, ...]
    folder: Path


def run_unpacking(work: Unpacking) -> None:
    """Unpack one package."""
    unpack(work.deb, work.tracks, work.folder)


@dataclass(slots=True)
class Build:
    """A build under way.

    Attributes:
        folder: Where everything is kept.
        tracks: The whole list of tracks.
        packages: The packages that hold them, by name.
        executor: Where packages are unpacked and tracks normalised.
        renderings: How many programs render at once.
        with_tempo: Whether the projects of known tempo are built too.
        failures: What is missing and why.
    """

    folder: Path
    tracks: tuple[ManifestTrack, ...]
    packages: dict[str, Package]
    executor: Executor
    renderings: int = 2
    with_tempo: bool = True
    failures: list[tuple[str, str]] = field(default_factory=list)

    def unpacked(self, track: ManifestTrack) -> Path:
        """Where a track's file lies once it is unpacked."""
        return self.folder / "unpacked" / track.unpacked_name

    def collection_jobs(self) -> list[Job]:
        """Return every track of the collection with its way into it."""
        names = neutral_names(self.tracks)
        return [
            self._job(track, self.folder / "collection" / names[track.row], track.label)
            for track in self.tracks
            if not track.excluded
        ]

    def tempo_jobs(self) -> list[Job]:
        """Return every project of known tempo; it gets no label, being a demo by one of many hands."""
        projects = [track for track in self.tracks if track.label == TEMPO_LABEL and self.with_tempo]
        return [self._job(track, self.folder / "tempo" / f"project-{track.row:04d}.flac", "") for track in projects]

    def _job(self, track: ManifestTrack, target: Path, label: str) -> Job:
        rendered = self.folder / "rendered" / f"{track.row:04d}.wav"
        source = rendered if track.render_with else self.unpacked(track)
        return Job(track, source, target, self.folder / "levels" / f"{track.row:04d}.json", label)


def run_build(build: Build, *, fetch: Fetch = fetch_package) -> tuple[int, int]:
    """Do everything that is not done yet.

    Args:
        build: What to build; its failures are filled in.
        fetch: Gives a package's verified file.

    Returns:
        How many tracks the collection has, and how many projects of known tempo there are.

    Raises:
        OSError: The folder cannot be written.
    """
    collection, tempo = build.collection_jobs(), build.tempo_jobs()
    for folder in ("collection", "tempo") if tempo else ("collection",):
        (build.folder / folder).mkdir(parents=True, exist_ok=True)
    _unpack_all(build, collection + tempo, fetch)
    for jobs in (collection, tempo):  # the collection first: projects take longest to render, and can wait
        missing = [job for job in jobs if levels_of(job) is None]
        _render_all(build, missing)
        _normalise_all(build, missing)
    tracks = write_collection_table(build.folder / "collection.csv", collection)
    return tracks, _write_tempo(build, tempo)


def _unpack_all(build: Build, jobs: Sequence[Job], fetch: Fetch) -> None:
    wanted: dict[str, list[ManifestTrack]] = {}
    for job in jobs:
        done = levels_of(job) is not None and job.track.label != TEMPO_LABEL  # a project's tempo is read every time
        if not done and not build.unpacked(job.track).exists():
            wanted.setdefault(job.track.package, []).append(job.track)
    work = []
    # One after the other: the line is the limit, and Ctrl-C stops the one that is under way.
    with progress_bar("Fetching packages") as advance:
        for number, (name, tracks) in enumerate(wanted.items()):
            advance(number, len(wanted), name)
            try:
                deb = fetch(build.packages[name], build.folder / "packages")
            except KeyError:
                build.failures.append((name, "packages.csv does not list it"))
            except EarmarkError as error:
                build.failures.append((name, str(error)))
            else:
                work.append(Unpacking(deb, tuple(tracks), build.folder / "unpacked"))
    _in_processes(build, "Unpacking", run_unpacking, work, lambda item: item.deb.name)


def _render_all(build: Build, jobs: Sequence[Job]) -> None:
    to_render = [job for job in jobs if job.track.render_with and build.unpacked(job.track).exists()]
    for program in sorted({job.track.render_with for job in to_render}):
        missing = missing_program(program)
        mine = [job for job in to_render if job.track.render_with == program]
        if missing:
            labels = ", ".join(sorted({job.track.label for job in mine}))
            build.failures.append((f"{len(mine)} track{'s' if len(mine) > 1 else ''} of {labels}", missing))
        else:
            _render_with(build, program, mine)


def _render_with(build: Build, program: str, jobs: Sequence[Job]) -> None:
    # Threads, since the work is in programs of their own: Ctrl-C in a terminal reaches those too, and ends them.
    pool = ThreadPoolExecutor(build.renderings)
    with progress_bar(f"Rendering with {program}") as advance:
        try:
            futures: dict[Future[Path], Job] = {
                pool.submit(render, build.unpacked(job.track), job.source, program=program): job for job in jobs
            }
            for number, future in enumerate(as_completed(futures), start=1):
                error = future.exception()
                if isinstance(error, EarmarkError):
                    build.failures.append((_name(futures[future]), str(error)))
                elif error:
                    raise error
                advance(number, len(futures), "")
        finally:
            pool.shutdown(cancel_futures=True)


def _normalise_all(build: Build, jobs: Sequence[Job]) -> None:
    ready = [job for job in jobs if job.source.exists()]
    _in_processes(build, "Normalising", run_job, ready, _name)


def _in_processes(
    build: Build,
    description: str,
    function: Callable[[ItemT], None],
    items: Sequence[ItemT],
    name: Callable[[ItemT], str],
) -> None:
    """Run a function over items in worker processes, keeping each failure under the item's name."""
    if not items:
        return
    with progress_bar(description) as advance:
        for number, outcome in enumerate(build.executor.run(function, items), start=1):
            if outcome.failure:
                build.failures.append((name(outcome.item), str(outcome.error)))
            advance(number, len(items), "")


def _write_tempo(build: Build, jobs: Iterable[Job]) -> int:
    projects = {job.track.row: build.unpacked(job.track) for job in jobs}
    if not projects:
        return 0
    try:
        return write_tempo_table(build.folder / "tempo.csv", jobs, projects)
    except MetadataError as error:
        build.failures.append(("tempo.csv", str(error)))
        return 0


def _name(job: Job) -> str:
    return f"row {job.track.row}: {job.track.label}, {job.track.title}"
