"""What the command line says: results on standard output, everything on the way to them on standard error.

So `earmark tracks --json > tracks.json` holds nothing but JSON, whatever is shown meanwhile.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PLAIN_UPDATE_SECONDS = 15.0
"""Where no bar can be drawn (a pipe, a CI log), a line of progress is printed this often."""

PLAIN_WIDTH = 120
"""Width of tables where standard output is no terminal and COLUMNS is not set; rich would take 80 columns."""


def out() -> "Console":
    """Return the console for results."""
    return _console(stderr=False)


def err() -> "Console":
    """Return the console for progress, notes and errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    told = stream.isatty() or os.environ.get("COLUMNS", "").isdigit()  # rich reads both
    return Console(stderr=stderr, highlight=False, width=None if told else PLAIN_WIDTH)


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def note(text: str) -> None:
    """Say something on the way, on standard error; text of files and tags in it is never markup."""
    err().print(text, markup=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> "Table":
    """Make a table; columns whose name ends in ``>`` are right-aligned. Cells and title are text and never markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    heading = None if title is None else Text(title)
    made = Table(title=heading, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return made


Advance = Callable[[int, int, str], None]
"""Tell a bar how far the work is: done, total, and a few words beside it."""


@contextmanager
def progress_bar(description: str, *, quiet: bool = False) -> Iterator[Advance]:
    """Show how far some work is, with rate and time left, on standard error.

    Args:
        description: What is being done.
        quiet: Show nothing.
    """
    console = err()
    if quiet:
        yield _say_nothing
    elif console.is_terminal:
        with _rich_bar(console, description) as advance:
            yield advance
    else:
        yield _PlainProgress(description)


@contextmanager
def _rich_bar(console: "Console", description: str) -> Iterator[Advance]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[words]}"), console=console, transient=True) as progress:
        task = progress.add_task(description, total=None, words="")

        def advance(done: int, total: int, words: str) -> None:
            progress.update(task, completed=done, total=total, words=words)

        yield advance


def _say_nothing(_done: int, _total: int, _words: str) -> None:
    """Take progress and show none."""


class _PlainProgress:
    def __init__(self, description: str) -> None:
        self._description = description
        self._started = self._said = time.monotonic()

    def __call__(self, done: int, total: int, words: str) -> None:
        now = time.monotonic()
        if now - self._said >= PLAIN_UPDATE_SECONDS:
            self._said = now
            left = (now - self._started) / done * (total - done) if done else float("nan")
            told = f"{self._description}: {done} of {total}, about {left:.0f} s left" if done else self._description
            note(f"  {told}{', ' + words if words else ''}")
