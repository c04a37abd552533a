"""The demo catalogue with its fewest tracks, rendered once for all tests that need real music: that takes a while."""

import shutil
from pathlib import Path

from filelock import FileLock

from earmark.demo.catalogue import CatalogueSummary, render_catalogue

TRACKS_PER_LABEL = 6


def small_catalogue(folder: Path) -> CatalogueSummary:
    """Return the catalogue in a folder, rendered where it is not there yet; safe to ask for from many processes.

    Args:
        folder: The catalogue's root; only to be read.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        return render_catalogue(folder, tracks_per_label=TRACKS_PER_LABEL, jobs=2)


def copy_catalogue(catalogue: Path, target: Path, *, unfinished: int = 0) -> None:
    """Copy a catalogue, as it was when some tracks were still to be rendered.

    Args:
        catalogue: Its root.
        target: A folder that does not exist yet.
        unfinished: How many of its tracks the copy lacks.
    """
    shutil.copytree(catalogue, target)
    for record in sorted((target / ".render").glob("*.json"))[:unfinished]:
        record.unlink()
