"""What a notebook shows: tables, sentences and pictures, readable where it is run and where it is only looked at.

A page that shows a notebook (such as a repository's) runs no scripts, so a figure is shown as a PNG and a table as
plain HTML. Each function returns a value that a notebook displays when it stands at the end of a cell; nothing is
printed.
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go

from earmark.datasets import PublishedResult
from earmark.errors import InputError
from earmark.evaluation.comparison import ComparisonRow
from earmark.evaluation.intervals import wilson_interval
from earmark.report.drawing import DrawnKind, shared_drawer
from earmark.report.page import Block, FigureBlock, NoteBlock, Section, TableBlock, TextBlock
from earmark.report.score_texts import SCORE_COLUMNS, percent_range, score_cells
from earmark.report.theme import LIGHT_GROUND, plain

PICTURE_WIDTH, PICTURE_HEIGHT = 900, 420
"""Size of a picture in CSS pixels where nobody says: the text column of a notebook."""
HALF_WIDTH = 560
"""Width of what stands beside another on a page."""
TITLE_HEIGHT = 40
"""CSS pixels that a title adds above a figure."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that a notebook displays.

    Attributes:
        forms: The same content by MIME type; ``text/plain`` is always among them.
        width: How wide a picture is to be shown, in CSS pixels; None for what is no picture.
    """

    forms: Mapping[str, str]
    width: int | None = None

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
        pictures = [kind for kind in self.forms if kind.startswith("image/")]
        return dict(self.forms), {kind: {"width": self.width} for kind in pictures if self.width is not None}

    def __str__(self) -> str:
        return self.forms["text/plain"]


@dataclass(frozen=True, slots=True)
class Several:
    """Several things that a notebook displays one below the other.

    Attributes:
        parts: Each of them.
    """

    parts: tuple[Shown, ...]

    def _ipython_display_(self) -> None:
        from IPython import display

        show: Callable[[Shown], object] = display.display
        for part in self.parts:
            show(part)

    def __str__(self) -> str:
        return "\n".join(map(str, self.parts))


def sentences(*told: str) -> Shown:
    """Show sentences that code made, one paragraph each; what looks like markup in them is text.

    Args:
        *told: The sentences.
    """
    html = "\n".join(f"<p>{escape(one)}</p>" for one in told)
    return Shown({"text/html": html, "text/plain": "\n".join(told)})


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> Shown:
    """Show a table.

    Args:
        columns: Names of the columns; one that ends in ``>`` is right-aligned.
        rows: Cells, shown as text; None is an empty cell.
        caption: A line above it.

    Raises:
        InputError: A row has not as many cells as there are columns.
    """
    lines = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if odd := next((line for line in lines if len(line) != len(columns)), None):
        raise InputError(f"a row of {len(odd)} cell{'s' * (len(odd) != 1)} came for {len(columns)} columns: {odd}")
    names = [column.removesuffix(">") for column in columns]
    aligned = ["right" if column.endswith(">") else "left" for column in columns]
    parts = [f"<caption>{escape(caption)}</caption>"] if caption else []
    parts.append(f"<thead>{_html_row('th', names, aligned)}</thead>")
    parts.append("<tbody>" + "".join(_html_row("td", line, aligned) for line in lines) + "</tbody>")
    plain = "\n".join(" | ".join(line) for line in [names, *lines])
    return Shown({"text/html": f"<table>{''.join(parts)}</table>", "text/plain": f"{caption}\n{plain}".lstrip()})


def score_table(rows: Iterable[ComparisonRow], *, caption: str = "") -> Shown:
    """Show models and baselines beside each other, each score with its interval and its number of songs.

    Args:
        rows: The scores, in the order to be shown.
        caption: A line above it.
    """
    columns = ["model", "judged by", *SCORE_COLUMNS, "number>", "note"]
    cells = [(row.name, row.level, *score_cells(row), row.n_songs, row.note) for row in rows]
    return table(*_without_empty_end(columns, cells), caption=caption)


def published_table(results: Iterable[PublishedResult], *, caption: str = "") -> Shown:
    """Show what others published, with Wilson's 95 % intervals, which follow from their numbers of test songs.

    Args:
        results: The results, in the order to be shown.
        caption: A line above it.
    """
    cells = [
        (
            one.model if one.slice_seconds is None else f"{one.model}, slices of {one.slice_seconds:g} s",
            f"{one.right} of {one.n_songs}",
            f"{one.accuracy:.0%}",
            percent_range(interval.low, interval.high),
            None if one.macro_f1 is None else f"{one.macro_f1:.2f}",
        )
        for one in results
        for interval in [wilson_interval(one.right, one.n_songs)]
    ]
    columns = ["model", "right>", "accuracy>", "95 %>", "macro F1>"]
    return table(*_without_empty_end(columns, cells), caption=caption)


def section(one: Section, *, kind: DrawnKind = "png") -> Several:
    """Show a section of a report: its introduction, and its figures, tables and notes in their order.

    Args:
        one: The section; its heading is the notebook's to write.
        kind: What its figures are coded as.

    Raises:
        MissingExtraError: Kaleido is not installed.
        InputError: There is no Chrome or Chromium to draw with.
    """
    parts = [sentences(one.intro)] if one.intro else []
    for block in one.blocks:
        parts += _block(block, kind)
    return Several(tuple(parts))


def _block(block: Block, kind: DrawnKind) -> list[Shown]:
    match block:
        case FigureBlock():
            caption = [sentences(block.caption)] if block.caption else []
            width = HALF_WIDTH if block.half else PICTURE_WIDTH
            return [picture(block.figure, block.title, width=width, kind=kind), *caption]
        case TableBlock():
            note = [sentences(block.note)] if block.note else []
            return [table(block.columns, block.rows, caption=block.caption), *note]
        case TextBlock() | NoteBlock():
            return [sentences(*block.text.split("\n\n"))]


def picture(
    figure: go.Figure,
    title: str,
    *,
    width: int = PICTURE_WIDTH,
    height: int | None = None,
    kind: DrawnKind = "png",
) -> Shown:
    """Show a figure as a picture on white ground, its title above it, without buttons that nobody could press.

    Args:
        figure: Any figure; it is not changed. Figures of `earmark.report` have no title: the page they stand on does.
        title: What is to be seen; also told where pictures are not shown.
        width: Width in CSS pixels.
        height: Height in CSS pixels, without the title; the figure's own where None.
        kind: ``"jpeg"`` for spectrograms, which take megabytes otherwise.

    Raises:
        MissingExtraError: Kaleido is not installed.
        InputError: There is no Chrome or Chromium to draw with.
    """
    own = int(height or figure.layout.height or PICTURE_HEIGHT)
    drawn = go.Figure(figure).update_layout(
        paper_bgcolor=LIGHT_GROUND,
        margin_t=int(figure.layout.margin.t or 24) + TITLE_HEIGHT,
        title={"text": plain(title), "x": 0, "xref": "container", "y": 1, "yanchor": "top"},
        title_pad={"l": 12, "t": 12},
        title_font_size=16,
    )
    drawn.layout.updatemenus = ()
    content = shared_drawer().draw(drawn, kind=kind, width=width, height=own + TITLE_HEIGHT)
    return Shown({f"image/{kind}": base64.b64encode(content).decode("ascii"), "text/plain": title}, width)


def _without_empty_end(
    columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    """Leave the last column out where no row has anything in it."""
    return (columns, rows) if any(row[-1] for row in rows) else (columns[:-1], [row[:-1] for row in rows])


def _html_row(tag: str, cells: Sequence[str], aligned: Sequence[str]) -> str:
    made = (f'<{tag} align="{side}">{escape(cell)}</{tag}>' for cell, side in zip(cells, aligned, strict=True))
    return f"<tr>{''.join(made)}</tr>"
