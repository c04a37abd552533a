"""By keyboard alone: drop a demo, find it on the map, go on from its neighbour, build a set, export it."""

from collections.abc import Callable
from pathlib import Path

from dropped_files import clip
from made_map import keep_map
from playwright.sync_api import Locator, Page, expect
from web_server import SmallDemo, visiting

from earmark.interop.reading import read_collection

SLOW_MACHINE_MS = 60_000
MOST_TABS = 200
FOCUS = """() => {
  const node = document.activeElement;
  const { width, height, top, left } = node.getBoundingClientRect();
  const name = node.getAttribute("aria-label") || node.textContent.trim().slice(0, 60) || node.name || node.id;
  const seen = node.checkVisibility() && width > 0 && height > 0 && top < innerHeight && left < innerWidth;
  return { tag: node.localName, name, seen };
}"""


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus; everything on the way has to be in sight, and the focus never lost."""
    expect(target).to_be_visible()
    way = []
    for _ in range(MOST_TABS):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        way.append(f"{focus['tag']} {focus['name']}")
        assert focus["seen"] or focus["tag"] == "body", way
        assert way.count(way[-1]) < MOST_TABS / 4, way
    raise AssertionError(f"never came to {target}; went by {way}")


def press(page: Page, target: Locator) -> None:
    """Go to a button or link by Tab, and press Enter."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def heading_has_focus(page: Page, text: str) -> None:
    """See that a view has come and that the keyboard is at its beginning."""
    page.wait_for_function("text => document.activeElement.textContent.trim().startsWith(text)", arg=text)


def test_from_a_dropped_demo_to_an_exported_set(serve: Callable[[], str], demo: SmallDemo, tmp_path: Path) -> None:
    address = serve()
    keep_map(tmp_path / "served")
    file = clip(demo.music, tmp_path / "unheard.flac", seconds=20)
    with visiting(address) as visitor:
        page = visitor.page
        page.set_default_timeout(SLOW_MACHINE_MS)
        expect.set_options(timeout=SLOW_MACHINE_MS)
        page.on("filechooser", lambda _: None)  # from the first listener on, choosers are told; that takes a moment
        visitor.go("#/listen")

        # Drop it, by the button that opens the system's own choice of files.
        tab_to(page, page.get_by_label("Choose audio files"))
        with page.expect_file_chooser() as choosing:
            page.keyboard.press("Space")
        choosing.value.set_files(file)
        expect(page.locator(".verdict-card")).to_be_visible()
        expect(page.get_by_role("grid", name="Nearest tracks in your library").locator("tbody tr")).not_to_have_count(0)

        # It appears on the map, with its true neighbours beside it; the first of them is where to go on from.
        press(page, page.get_by_role("link", name="See it on the map"))
        heading_has_focus(page, "Map")
        near = page.get_by_role("grid", name="Sounds most like it").locator("tbody tr")
        expect(near).not_to_have_count(0)
        nearest = near.first.locator(".track-title").inner_text()
        tab_to(page, near.first)
        page.keyboard.press("Enter")
        expect(page.locator(".map-side h2").last).to_have_text(nearest)
        press(page, page.get_by_role("link", name="What mixes after it"))

        # Three tracks after it become a set.
        heading_has_focus(page, "Next")
        expect(page.locator(".asked h2")).to_have_text(nearest)
        chosen = page.locator(".suggestion h3").all_inner_texts()[:3]
        for place in range(3):
            press(page, page.locator(".suggestion").nth(place).get_by_role("button", name="Add to the set"))
            expect(page.locator(".set-step")).to_have_count(place + 1)
        visitor.keep("flow-set")

        # The set leaves for rekordbox, in its order.
        with page.expect_download() as downloading:
            press(page, page.get_by_role("button", name="rekordbox XML"))
        exported = tmp_path / downloading.value.suggested_filename
        downloading.value.save_as(exported)
        stems = [Path(entry).stem for entry in read_collection(exported).playlists[0].entries]
        assert len(stems) == 3
        for title, stem in zip(chosen, stems, strict=True):
            assert title.partition(" (")[0] in stem
