"""Keeps the curves of a training beside its checkpoints; most models do so without Lightning, which takes seconds."""

import json
from pathlib import Path

from earmark.models.files import write_json

CURVES_FILE = "curves.json"


def write_curves(run_dir: Path, curves: list[dict[str, float]]) -> None:
    """Write the records to `CURVES_FILE`; a number that is not finite becomes null."""
    write_json(run_dir / CURVES_FILE, curves)


def read_curves(run_dir: Path) -> list[dict[str, float | None]]:
    """Read the records that a training has written so far; none where it has not finished an epoch.

    Args:
        run_dir: Folder of the training.
    """
    path = run_dir / CURVES_FILE
    if not path.is_file():
        return []
    records: list[dict[str, float | None]] = json.loads(path.read_text("utf-8"))
    return records
