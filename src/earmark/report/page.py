"""One self-contained HTML page of sections, figures and tables, which opens without a network.

Everything stands in the file: Plotly's script out of its own wheel, the page's script and style, the figures as JSON.
A content security policy forbids everything else, so a title of a track that is written like markup can do nothing; it
never becomes markup in the first place, since every text is escaped, and JSON is written without ``<``, ``>`` and
``&``. The style allows inline rules, without which Plotly cannot place what it draws. Scripts made of text at run time
are forbidden, and Plotly's WebGL traces (``scattergl`` and the like) are made of such: draw with ``scatter``.
"""

import base64
import hashlib
import html
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Literal

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from earmark.catalog.names import normalise
from earmark.errors import InputError
from earmark.report.theme import styled

NoteKind = Literal["plain", "good", "warning"]
"""What a note says: something to know, something that is well, or something to be careful about."""


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A figure in a card.

    Attributes:
        figure: The figure; it is not changed.
        title: Its title, as text.
        caption: What it shows and how to read it, as text.
        key: Its name among the page's figures and of its file as an image; made of the title where empty.
        half: Whether two such cards stand side by side where there is room.
        min_width: Pixels below which the figure is not squeezed; on a narrow screen it is then scrolled sideways in its
            card. 0 squeezes it as far as need be.
    """

    figure: go.Figure
    title: str
    caption: str = ""
    key: str = ""
    half: bool = False
    min_width: int = 0


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table in a card.

    Attributes:
        columns: The columns' names; one that ends in ``>`` is set to the right, for numbers.
        rows: Rows of cells, which are shown as text; None is an empty cell.
        caption: The table's title, as text.
        note: What to know about it, below, as text.

    Raises:
        InputError: A row has more or fewer cells than there are columns.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for place, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise InputError(
                    f"row {place} has {len(row)} cells for {len(self.columns)} columns: {list(row)!r:.200}"
                )


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Running text, as text; blank lines part paragraphs."""

    text: str


@dataclass(frozen=True, slots=True)
class NoteBlock:
    """A sentence that must not be overlooked.

    Attributes:
        kind: ``"plain"``, ``"good"`` or ``"warning"``.
        text: The sentence, as text.
    """

    kind: NoteKind
    text: str


Block = FigureBlock | TableBlock | TextBlock | NoteBlock


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page with a heading, which the table of contents lists.

    Attributes:
        title: The heading.
        blocks: What stands in it, in order.
        intro: A few sentences below the heading, as text.
    """

    title: str
    blocks: Sequence[Block]
    intro: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        title: Its title.
        subtitle: One or two sentences below it.
        sections: Its sections, in order.
        facts: Pairs of a name and a short value, shown as tiles at the top.
    """

    title: str
    subtitle: str
    sections: Sequence[Section]
    facts: Sequence[tuple[str, str]] = field(default=())

    def figures(self) -> dict[str, go.Figure]:
        """Return the page's figures by key, in order, for `earmark.report.images.write_images`."""
        return {key: block.figure for key, block in _keyed_figures(self)}

    def to_html(self) -> str:
        """Return the page as one HTML document."""
        return _Html(self).document()

    def write(self, path: str | Path) -> Path:
        """Write the page, wholly or not at all.

        Args:
            path: The file; its folder is made where there is none, and an earlier file is replaced.

        Returns:
            The path.
        """
        target, text = Path(path), self.to_html()
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            part.chmod(0o644)  # mkstemp's files are for their owner only; a page is there to be passed on
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return target


def _keyed_figures(page: Page) -> Iterator[tuple[str, FigureBlock]]:
    names = _UniqueNames()
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, FigureBlock):
                yield names.take(block.key or block.title), block


class _UniqueNames:
    """Names fit for ids and files, each given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str) -> str:
        words = "-".join(word for word in normalise(text).split() if word.isascii() and word.isalnum()) or "part"
        name, number = words, 2
        while name in self._taken:
            name, number = f"{words}-{number}", number + 1
        self._taken.add(name)
        return name


@cache
def _asset(name: str) -> str:
    """A text file that lies beside this module."""
    return files("earmark.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _plotly_script() -> str:
    # A parser of HTML reads all ends of lines as \n, and the policy's hash is of what it read.
    return str(get_plotlyjs()).replace("\r\n", "\n").replace("\r", "\n")


def _hash_of(script: str) -> str:
    """A script's place in a content security policy."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def _json_of(figure: go.Figure) -> str:
    """A figure as JSON that no HTML parser can leave early."""
    text = str(styled(go.Figure(figure), height=figure.layout.height).to_json())
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


class _Html:
    """Writes a page's HTML."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._keys = iter(_keyed_figures(page))
        self._names = _UniqueNames()
        self._anchors = [self._names.take(section.title) for section in page.sections]
        self._data: list[str] = []

    def document(self) -> str:
        page, scripts = self._page, (_plotly_script(), _asset("page.js"))
        sections = "".join(map(self._section, page.sections, self._anchors))
        data = "".join(self._data)
        policy = (
            f"default-src 'none'; script-src {' '.join(map(_hash_of, scripts))}; style-src 'unsafe-inline'; "
            "img-src data: blob:; base-uri 'none'; form-action 'none'"
        )
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta name="color-scheme" content="light dark">\n<title>{_text(page.title)}</title>\n'
            f"<style>\n{_asset('page.css')}</style>\n</head>\n<body>\n"
            f'<a class="skip" href="#content">Skip to the content</a>\n{self._header()}\n'
            f'<div class="frame">\n{self._contents()}\n<main id="content">\n{sections}</main>\n</div>\n'
            f"<footer>Made with Earmark {_text(version('earmark'))}. This file is complete: it opens without a "
            f"network and tells nobody.</footer>\n{data}"
            f"<script>{scripts[0]}</script>\n<script>{scripts[1]}</script>\n</body>\n</html>\n"
        )

    def _header(self) -> str:
        facts = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in self._page.facts)
        return (
            '<header class="top"><div class="headline">'
            f"<div><h1>{_text(self._page.title)}</h1>{_paragraphs(self._page.subtitle)}</div>"
            '<button id="theme" type="button" hidden>Dark</button></div>'
            + (f'<dl class="facts">{facts}</dl>' if facts else "")
            + "<noscript><p class='note warning'>The pictures are drawn by a script in this file; "
            "allow scripts to see them.</p></noscript></header>"
        )

    def _contents(self) -> str:
        items = "".join(
            f'<li><a href="#{anchor}">{_text(section.title)}</a></li>'
            for section, anchor in zip(self._page.sections, self._anchors, strict=True)
        )
        return f'<nav class="contents" aria-label="Contents"><p>Contents</p><ol>{items}</ol></nav>'

    def _section(self, section: Section, anchor: str) -> str:
        blocks = "".join(map(self._block, section.blocks))
        return (
            f'<section id="{anchor}" aria-labelledby="{anchor}-heading"><h2 id="{anchor}-heading">'
            f"{_text(section.title)}</h2>{_paragraphs(section.intro, 'intro')}"
            f'<div class="blocks">{blocks}</div></section>\n'
        )

    def _block(self, block: Block) -> str:
        if isinstance(block, FigureBlock):
            return self._figure(block)
        if isinstance(block, TableBlock):
            return _table(block)
        if isinstance(block, NoteBlock):
            return f'<p class="note {block.kind}" role="note">{_text(block.text)}</p>'
        return f'<div class="prose">{_paragraphs(block.text)}</div>'

    def _figure(self, block: FigureBlock) -> str:
        key, _ = next(self._keys)
        name = self._names.take(f"figure {key}")
        # An outer height keeps the page from jumping while the figures are drawn one after another.
        height = int(block.figure.layout.height or 380)
        self._data.append(f'<script type="application/json" id="{name}-data">{_json_of(block.figure)}</script>\n')
        return (
            f'<figure class="card{" half" if block.half else ""}" id="{name}" aria-labelledby="{name}-title">'
            f'<h3 id="{name}-title">{_text(block.title)}</h3>'
            f'<div class="aside"><div class="plot" data-figure="{name}-data" data-name="{key}" role="img" '
            f'style="height:{height}px" data-min-width="{block.min_width or ""}" '
            f'aria-labelledby="{name}-title"></div></div>'
            + (f"<figcaption>{_text(block.caption)}</figcaption>" if block.caption else "")
            + "</figure>"
        )


def _table(block: TableBlock) -> str:
    sides = ['class="right"' if name.endswith(">") else "" for name in block.columns]
    head = "".join(
        f'<th scope="col" {side}>{_text(name.removesuffix(">"))}</th>'
        for name, side in zip(block.columns, sides, strict=True)
    )
    rows = "".join(f"<tr>{''.join(_cells(row, sides))}</tr>" for row in block.rows)
    title = f"<h3>{_text(block.caption)}</h3>" if block.caption else ""
    note = f'<p class="below">{_text(block.note)}</p>' if block.note else ""
    return (
        f'<div class="card table">{title}<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{_text(block.caption or "Table")}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}</div>"
    )


def _cells(row: Sequence[object], sides: Sequence[str]) -> Iterable[str]:
    for cell, side in zip(row, sides, strict=True):
        yield f"<td {side}>{'' if cell is None else _text(cell)}</td>"


def _paragraphs(text: str, kind: str = "") -> str:
    """Text as paragraphs; a blank line parts two."""
    opening = f'<p class="{kind}">' if kind else "<p>"
    return "".join(f"{opening}{_text(part.strip())}</p>" for part in text.split("\n\n") if part.strip())


def _text(value: object) -> str:
    """Text as HTML shows it letter by letter, inside and outside of attributes."""
    return html.escape(str(value))
