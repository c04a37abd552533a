"""Execute the notebooks and keep their outputs.

    python notebooks/execute.py                          # both, in place, on the whole demo catalogue (minutes)
    python notebooks/execute.py --quick --to /tmp/out    # the same cells on a small catalogue, as the tests do

What the notebooks make (a rendered catalogue, libraries, models) goes into ``work/`` beside this script, or into
``--work``, and is used again. What changes from run to run without meaning anything (execution times, kernel versions)
is not kept.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
NAMES = ("four_labels", "six_labels")
CELL_SECONDS = 3600

_format: Any = nbformat  # its functions carry no types
Notebook: TypeAlias = Any
"""A notebook as nbformat has it."""


def execute(name: str, *, work: Path, quick: bool) -> Notebook:
    """Run one notebook's cells in a fresh kernel of this Python.

    Args:
        name: The notebook.
        work: Folder for what it makes.
        quick: Whether it takes the small catalogue and few repeats.

    Returns:
        The notebook with its outputs.

    Raises:
        CellExecutionError: A cell failed; the message holds the cell and its traceback.
    """
    notebook = _format.read(HERE / f"{name}.ipynb", as_version=4)
    os.environ["EARMARK_NOTEBOOK_WORK"] = str(work.resolve())
    os.environ["EARMARK_NOTEBOOK"] = "quick" if quick else "full"
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", record_timing=False)
    client.execute(cwd=str(HERE))
    return tidy(notebook)


def tidy(notebook: Notebook) -> Notebook:
    """Drop what would differ between two runs of one notebook, in place.

    Args:
        notebook: An executed notebook.
    """
    notebook.metadata = _format.NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    for cell in notebook.cells:
        cell.metadata = _format.NotebookNode({key: value for key, value in cell.metadata.items() if key == "tags"})
    return notebook


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Execute the notebooks and keep their outputs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which notebooks: {', '.join(NAMES)}; all when none")
    parser.add_argument("--quick", action="store_true", help="a small catalogue, few epochs and repeats")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="folder for what the notebooks make")
    parser.add_argument("--to", type=Path, default=HERE, help="folder for the outcome; in place when absent")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"no notebook called {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if chosen.quick and chosen.to.resolve() == HERE.resolve():
        parser.error("quick outputs are not kept in the notebooks themselves; name another folder with --to")
    chosen.to.mkdir(parents=True, exist_ok=True)
    for name in chosen.names or NAMES:
        began = time.monotonic()
        notebook = execute(name, work=chosen.work, quick=chosen.quick)
        _format.write(notebook, chosen.to / f"{name}.ipynb")
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
