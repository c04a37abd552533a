"""Fetch and build the collection of free music: packages, single files, rendered sound, one common path.

    python benchmarks/free_music/fetch.py --dir benchmarks/free_music/data

It needs the network the first time, and never root. It may be stopped at any time and goes on when it is run again;
when everything is there it has nothing to do. Exit code 0: all is there. 3: something is missing, and a table says
what and why; the rest is usable. 2: the command cannot be carried out as given. 130: stopped by Ctrl-C.
"""

import argparse
import sys
import time
from pathlib import Path

# Run as a file, Python would look for modules in this folder; those here are named from the repository's root.
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[0] = str(ROOT)

from benchmarks.free_music.build import Build, run_build  # noqa: E402 - the path has to be set first
from benchmarks.free_music.manifest import HERE, read_packages, read_tracks  # noqa: E402

from earmark.cli.console import note, out, table  # noqa: E402
from earmark.cli.exit_codes import BAD_INPUT, INTERRUPTED, SOME_FAILED  # noqa: E402
from earmark.errors import EarmarkError  # noqa: E402
from earmark.executors import ProcessExecutor  # noqa: E402

TRACK_SECONDS = 600.0
"""Time that unpacking a package or normalising a track may take."""

TRACK_BYTES = 8 << 30
"""Address space that it may take; eleven minutes of sound need about one gigabyte."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        executor = ProcessExecutor(options.jobs, timeout_seconds=TRACK_SECONDS, memory_bytes=TRACK_BYTES)
        build = Build(options.dir, read_tracks(), read_packages(), executor, executor.jobs, not options.no_tempo)
        return _report(build)
    except KeyboardInterrupt:
        note("Stopped. What is done is kept; run the command again to go on.")
        return INTERRUPTED
    except (EarmarkError, OSError) as error:
        note(f"Error: {error}")
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Fetch and build the collection of free music; run again to go on.")
    parser.add_argument(
        "--dir", type=Path, default=HERE / "data", help="where everything is kept (default: %(default)s)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many things are done at once (default: 2)")
    parser.add_argument("--no-tempo", action="store_true", help="leave the LMMS projects of known tempo out")
    return parser


def _report(build: Build) -> int:
    began = time.monotonic()
    tracks, projects = run_build(build)
    wanted = len(build.collection_jobs())
    note(f"{tracks} of {wanted} tracks are in {build.folder / 'collection'} ({time.monotonic() - began:.0f} s).")
    if build.with_tempo:
        note(f"{projects} of {len(build.tempo_jobs())} projects of known tempo are in {build.folder / 'tempo'}.")
    if not build.failures:
        return 0
    out().print(table(["what", "why"], build.failures, title="Missing"))
    note("Run the command again when that is put right; what is there already is usable.")
    return SOME_FAILED


if __name__ == "__main__":
    sys.exit(main())
