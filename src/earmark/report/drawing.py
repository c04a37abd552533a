"""One browser that stays open and draws figure after figure, as a notebook needs them.

`earmark.report.images` opens a browser for each batch of files, which takes seconds, so that a notebook of twenty
pictures would wait for a minute. A notebook's own event loop is running while a cell is, so the browser is driven by a
loop in a thread of its own.
"""

import asyncio
import atexit
import functools
import threading
from collections.abc import Coroutine
from typing import Any, Literal, TypeVar

import plotly.graph_objects as go

from earmark.errors import InputError, MissingExtraError
from earmark.report.images import find_browser

DrawnKind = Literal["png", "jpeg"]
"""What a drawn picture is coded as."""

SCALES: dict[DrawnKind, float] = {"png": 1.3, "jpeg": 1.25}
"""Pixels for each CSS pixel: sharp enough, and two dozen pictures stay below two megabytes."""

PATIENCE_SECONDS = 60.0
"""How long the browser may take for its start, and for a picture."""

T = TypeVar("T")


class Drawer:
    """A browser that draws; opened by the constructor, closed by `close`.

    Raises:
        InputError: There is no Chrome or Chromium, or it does not start.
        MissingExtraError: Kaleido is not installed.
    """

    def __init__(self) -> None:
        try:
            from kaleido import Kaleido
        except ModuleNotFoundError as error:
            raise MissingExtraError("images", "showing pictures in a notebook") from error
        browser = find_browser()
        if browser is None:
            raise InputError(
                "pictures in a notebook are drawn by Chrome or Chromium, and none is installed; install one, such as "
                "with `apt install chromium`"
            )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="earmark-drawer", daemon=True)
        self._thread.start()
        try:
            self._kaleido = self._wait(_opened(Kaleido, browser), f"{browser} does not start")
        except InputError:
            self._stop()
            raise

    def draw(self, figure: go.Figure, *, kind: DrawnKind, width: int, height: int) -> bytes:
        """Draw a figure.

        Args:
            figure: What to draw.
            kind: ``"png"`` for lines and letters, ``"jpeg"`` for what is as dense as a photograph.
            width: In CSS pixels.
            height: In CSS pixels.

        Returns:
            The content of a picture's file, of `SCALES` pixels for each CSS pixel.

        Raises:
            InputError: The browser could not draw it.
        """
        options = {"format": kind, "width": width, "height": height, "scale": SCALES[kind]}
        drawn: bytes = self._wait(self._kaleido.calc_fig(figure, opts=options), "the browser could not draw a figure")
        return drawn

    def close(self) -> None:
        """Close the browser; a second time does nothing."""
        if self._thread.is_alive():
            self._wait(self._kaleido.__aexit__(None, None, None), "the browser does not close")
            self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T], complaint: str) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(PATIENCE_SECONDS)
        except TimeoutError as error:
            raise InputError(f"{complaint}: no answer in {PATIENCE_SECONDS:g} s") from error
        except (RuntimeError, OSError, ValueError) as error:
            raise InputError(f"{complaint}: {error}") from error


async def _opened(kaleido: Any, browser: str) -> Any:
    """Open the browser inside the loop that will drive it."""
    return await kaleido(n=1, path=browser, mathjax=False).__aenter__()


@functools.cache
def shared_drawer() -> Drawer:
    """Return this process's drawer, opened at first use and closed when the process ends."""
    drawer = Drawer()
    atexit.register(drawer.close)
    return drawer
