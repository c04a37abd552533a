"""The page's views in the states in which somebody may find them, for tests that look at all of them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page
from web_server import Visitor

SLOW_MACHINE_MS = 60_000


@dataclass(frozen=True)
class State:
    """A view as somebody may find it.

    Attributes:
        name: For screenshots and messages.
        route: Its address.
        reach: Brings it about on the opened page, and waits for it.
    """

    name: str
    route: str
    reach: Callable[[Page], object]


def shows(selector: str) -> Callable[[Page], object]:
    """Wait until something is there."""
    return lambda page: page.locator(selector).first.wait_for()


def opens(button: str, shown: str) -> Callable[[Page], object]:
    """Press a button, and wait until something is there."""

    def reach(page: Page) -> None:
        page.get_by_role("button", name=button).first.click()
        page.locator(shown).first.wait_for()

    return reach


def tab(name: str, shown: str) -> Callable[[Page], object]:
    """Choose a tab, and wait until something is there."""

    def reach(page: Page) -> None:
        page.get_by_role("tab", name=name).click()
        page.locator(shown).first.wait_for()

    return reach


FILLED = (
    State("listen", "#/listen", shows(".zone")),
    State("map", "#/map", shows(".view-map[data-ready=names]")),
    State("map list", "#/map?view=list", shows(".view-map[data-ready=names]")),
    State("next start", "#/next", shows(".track-row")),
    State("next", "#/next?track={track}", shows(".suggestion")),
    State("next rules", "#/next?track={track}", opens("Rules", ".rules")),
    State("labels", "#/labels?label={label}", shows("main figure svg")),
    State("labels love", "#/labels?label={label}", tab("Love and try", "main [role=tabpanel]")),
    State("models", "#/models", shows("main table")),
    State("model", "#/models?run=earmark", shows("main h2")),
    State("library", "#/library", shows("main .card")),
    State("library tracks", "#/library", tab("Tracks", ".track-row")),
    State("library not read", "#/library", tab("Not read", "main [role=tabpanel]")),
    State("add a folder", "#/library", opens("Add a folder", "dialog[open]")),
)


def reach(visitor: Visitor, state: State, **named: str) -> None:
    """Open a state and wait until nothing in it is loading.

    Args:
        visitor: A browser's window on the page.
        state: The state.
        **named: A ``track`` and a ``label``, for routes that name one; encoded for an address.
    """
    visitor.page.set_default_timeout(SLOW_MACHINE_MS)
    visitor.go(f"?{uuid.uuid4()}{state.route.format(**named)}")  # another address: a hash alone would not load anew
    state.reach(visitor.page)
    visitor.page.wait_for_function("() => !document.querySelector('main [aria-busy=true]')")
