"""Writes the curves of a training beside its checkpoints; most models do so without Lightning, which takes seconds."""

from pathlib import Path

from earmark.models.files import write_json

CURVES_FILE = "curves.json"


def write_curves(run_dir: Path, curves: list[dict[str, float]]) -> None:
    """Write the records to `CURVES_FILE`; a number that is not finite becomes null."""
    write_json(run_dir / CURVES_FILE, curves)
