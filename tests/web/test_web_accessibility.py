"""Every view in its main states before axe-core, wide and light, narrow and dark; nothing sticks out at the side."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from dropped_files import clip
from made_map import keep_map
from page_states import FILLED, SLOW_MACHINE_MS, State, reach, shows
from playwright.sync_api import Page, expect
from web_server import SmallDemo, Visitor, serving, settings_for, visiting

from earmark.library.library import Library

EMPTY = tuple(
    State(name, f"#/{name}", shows("h1")) for name in ("listen", "map", "next", "labels", "models", "library")
)


@pytest.fixture(scope="module")
def filled(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on a copy of the small demo that has a map."""
    folder = tmp_path_factory.mktemp("accessible") / "library"
    address = demo.copy(folder)
    keep_map(folder)
    with serving(settings_for(address, demo.music)) as server:
        yield server


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on a library with nothing in it."""
    folder = tmp_path_factory.mktemp("nothing")
    with serving(settings_for(Library.create(str(folder / "library")).address, folder)) as server:
        yield server


def judged(visitor: Visitor, state: State, *, named: dict[str, str]) -> list[str]:
    """What is wrong with a state: what axe-core says, more than one first heading, what sticks out at the side."""
    reach(visitor, state, **named)
    wrong = violations(visitor.page)
    if visitor.page.locator("h1:visible").count() != 1:
        wrong.append("one h1 is expected")
    if visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
        wrong.append("it is wider than the window")
    visitor.keep(f"{state.name}-{visitor.page.evaluate('innerWidth')}".replace(" ", "-"))
    return [f"{state.name}: {one}" for one in wrong]


def named(address: str, page: Page) -> dict[str, str]:
    """A track and a label, for routes."""
    track = page.request.get(f"{address}/api/tracks?limit=1").json()["items"][0]
    return {"track": track["audio_id"], "label": track["label"]}


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (390, True)], ids=["wide light", "narrow dark"])
def test_views_with_music_in_them(filled: str, width: int, dark: bool) -> None:
    with visiting(filled, width=width, height=900 if width > 400 else 844, dark=dark) as visitor:
        names = named(filled, visitor.page)
        wrong = [one for state in FILLED for one in judged(visitor, state, named=names)]
        assert wrong == [], "\n\n".join(wrong)


def test_views_of_an_empty_library(empty: str) -> None:
    with visiting(empty, width=390, height=844) as visitor:
        wrong = [one for state in EMPTY for one in judged(visitor, state, named={})]
        assert wrong == [], "\n\n".join(wrong)


def test_a_verdict(filled: str, demo: SmallDemo, tmp_path: Path) -> None:
    file = clip(demo.music, tmp_path / "unheard.flac", seconds=20)
    with visiting(filled, dark=True) as visitor:
        page = visitor.page
        page.set_default_timeout(SLOW_MACHINE_MS)
        visitor.go("#/listen")
        page.get_by_label("Choose audio files").set_input_files(file)
        page.locator(".verdict-card").wait_for()
        page.get_by_role("grid", name="Nearest tracks in your library").locator("tbody tr").first.wait_for()
        wrong = violations(page)
        assert wrong == [], "\n\n".join(wrong)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
