"""Figures as PNG and SVG files, drawn by the Chrome or Chromium that is installed.

Kaleido drives the browser; nothing is fetched. A picture stands on white, since nobody knows where it will be shown.
"""

import asyncio
import shutil
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, get_args

import plotly.graph_objects as go

from earmark.errors import InputError, MissingExtraError
from earmark.report.theme import LIGHT_GROUND

ImageFormat = Literal["png", "svg"]
"""A picture of pixels, or one of lines and text."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""Names under which a browser that can draw is looked for, in this order."""

WIDTH = 1100
"""Width of a picture in CSS pixels; its height is the figure's."""
PNG_SCALE = 2.0
"""Pixels of a PNG for each CSS pixel."""


def find_browser() -> str | None:
    """Return the path of the first of `BROWSERS` that is installed; None where none is."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def needed_browser() -> str:
    """Return the path of the browser that draws.

    Raises:
        InputError: None is installed.
    """
    browser = find_browser()
    if browser is None:
        raise InputError(
            "pictures as PNG or SVG are drawn by Chrome or Chromium, and none is installed; install one (such as "
            "`apt install chromium`), or leave the pictures out: the HTML page has them all"
        )
    return browser


def write_images(
    figures: Mapping[str, go.Figure], folder: str | Path, *, formats: Sequence[ImageFormat] = ("png",)
) -> list[Path]:
    """Write each figure as a picture in each format.

    Args:
        figures: Figures by name, which becomes the file's name; such as `earmark.report.page.Page.figures` gives.
        folder: Where to; made where it is not there.
        formats: ``"png"``, ``"svg"`` or both.

    Returns:
        The files, in the figures' order.

    Raises:
        InputError: A format is not one of these, or there is no browser, or it fails.
        MissingExtraError: Kaleido is not installed.
    """
    if unknown := [one for one in formats if one not in get_args(ImageFormat)]:
        raise InputError(f"pictures are written as {' or '.join(get_args(ImageFormat))}, not as {unknown[0]!r}")
    try:
        from kaleido import Kaleido
    except ModuleNotFoundError as error:
        raise MissingExtraError("images", "writing pictures as PNG or SVG") from error
    browser = needed_browser()
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    jobs = [_job(figure, target / f"{name}.{kind}", kind) for name, figure in figures.items() for kind in formats]

    async def draw() -> tuple[Exception, ...]:
        async with Kaleido(n=1, path=browser, mathjax=False) as drawing:
            return tuple(await drawing.write_fig_from_object(jobs) or ())

    failed = _run(draw())
    if failed:
        raise InputError(f"{browser} could not draw {len(failed)} of {len(jobs)} pictures; it said: {failed[0]}")
    return [job["path"] for job in jobs]


def _job(figure: go.Figure, path: Path, kind: ImageFormat) -> dict[str, Any]:
    """One picture as Kaleido has it."""
    grounded = go.Figure(figure).update_layout(paper_bgcolor=LIGHT_GROUND)
    options = {
        "format": kind,
        "width": WIDTH,
        "height": int(figure.layout.height or 380),
        "scale": PNG_SCALE if kind == "png" else 1.0,
    }
    return {"fig": grounded, "path": path, "opts": options}


def _run(work: Coroutine[Any, Any, tuple[Exception, ...]]) -> tuple[Exception, ...]:
    """Wait for asynchronous work in a thread of its own: a notebook's own loop is running already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
