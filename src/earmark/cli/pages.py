"""What the commands that write pages share: the options of pictures, and writing them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.console import note
from earmark.cli.options import split_names

if TYPE_CHECKING:
    from earmark.report.images import ImageFormat
    from earmark.report.page import Page

PICTURE_FORMATS: "dict[str, ImageFormat]" = {"png": "png", "svg": "svg"}
"""What pictures are written as."""

ImagesOption = Annotated[
    Path | None,
    typer.Option(
        "--images", help="Write every picture into this folder too; needs Chrome or Chromium.", show_default=False
    ),
]
FormatOption = Annotated[
    str, typer.Option("--format", help="What pictures are written as, separated by commas: png, svg.", metavar="A,B")
]


def picture_formats(text: str) -> "tuple[ImageFormat, ...]":
    """Read a list of formats.

    Raises:
        UnknownNameError: One of them is none that is written.
        InputError: There is none at all.
    """
    from earmark.errors import InputError, UnknownNameError

    names = tuple(dict.fromkeys(split_names(text)))
    for name in names:
        if name not in PICTURE_FORMATS:
            raise UnknownNameError("format of pictures", name, PICTURE_FORMATS)
    if not names:
        raise InputError("--format needs png, svg or both, separated by a comma")
    return tuple(PICTURE_FORMATS[name] for name in names)


def check_pictures(context: typer.Context) -> None:
    """Refuse a format of pictures that nobody asked for, and pictures that could not be drawn, before any long work.

    Raises:
        InputError: ``--format`` was typed without ``--images``, or there is no browser to draw pictures.
        MissingExtraError: Kaleido is not installed and pictures are asked for.
    """
    from importlib.util import find_spec

    from earmark.errors import InputError, MissingExtraError

    typed = context.get_parameter_source("formats")
    if context.params.get("images") is None:
        if typed is not None and typed.name == "COMMANDLINE":
            raise InputError("--format is about pictures; name their folder with --images FOLDER")
        return
    if find_spec("kaleido") is None:
        raise MissingExtraError("images", "writing pictures")
    from earmark.report.images import needed_browser

    needed_browser()


@contextmanager
def drawing(verb: str) -> Iterator[None]:
    """Say what to install where something is drawn and Plotly is not there.

    Args:
        verb: What is being done, such as ``"earmark explore"``.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    from earmark.errors import MissingExtraError

    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "plotly":
            raise
        raise MissingExtraError("report", verb) from error


def write_page(
    page: "Page", target: Path | None, *, images: Path | None, formats: "tuple[ImageFormat, ...]"
) -> Path | None:
    """Write a page and its pictures, as far as they are asked for, and say so.

    Args:
        page: The page.
        target: The file of the page; None writes none.
        images: The folder of the pictures; None writes none.
        formats: What pictures are written as.

    Returns:
        The page's file.

    Raises:
        MissingExtraError: Kaleido is not installed and pictures are asked for.
        InputError: There is no browser to draw them.
    """
    written = None if target is None else page.write(target)
    if written is not None:
        size = written.stat().st_size / 1e6
        note(f"Wrote {written} ({size:.1f} MB). Open it in a browser; it needs no network.")
    if images is not None:
        from earmark.report.images import write_images

        files = write_images(page.figures(), images, formats=formats)
        note(f"Wrote {len(files)} pictures into {images}.")
    return written
