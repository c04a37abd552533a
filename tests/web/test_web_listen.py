"""The Listen view in a browser: drop, watch, read the verdict, hear the evidence, keep."""

import json
from collections.abc import Callable
from pathlib import Path

from axe import violations
from dropped_files import SCRIPT, clip, tag
from playwright.sync_api import Page, expect
from web_server import SmallDemo, until, visiting

TIMEOUT = 60_000
PLAYER = "await import('/page/js/lib/player.js')"


def test_a_track_is_dropped_heard_and_explained(serve: Callable[[], str], demo: SmallDemo, tmp_path: Path) -> None:
    first = tag(clip(demo.music, tmp_path / "first.mp3", place=3, seconds=40), artist=SCRIPT, title=SCRIPT)
    second = clip(demo.music, tmp_path / "second.flac", place=1, seconds=10)
    with visiting(serve()) as visitor:
        page = visitor.page
        visitor.go("#/listen")
        expect(page.get_by_text("Drop a track here")).to_be_visible()
        ask_the_model_that_hears(page)
        drop_on(page, first)
        verdict = page.locator(".verdict-card")
        expect(verdict).to_be_visible(timeout=TIMEOUT)
        expect(page.get_by_role("heading", name=SCRIPT, exact=True)).to_be_visible()
        expect(page.get_by_role("list", name="Labels by probability").get_by_role("listitem")).not_to_have_count(0)
        near = page.get_by_role("grid", name="Nearest tracks in your library")
        expect(near.locator("tbody tr").first).to_be_visible(timeout=TIMEOUT)
        assert page.title() == "Listen · Earmark", "a tag's script was run"
        assert violations(page) == []
        hear_a_place(page)
        visitor.keep("listen")
        # Two more, one of which is none; then a reload: everything is there still.
        broken = tmp_path / "page.mp3"
        broken.write_text("<html>")
        page.set_input_files(".zone-input", [broken, second])
        expect(page.get_by_text("This file could not be listened to")).to_be_visible(timeout=TIMEOUT)
        rows = page.locator(".ranking tbody tr")
        expect(rows).to_have_count(3)
        expect(rows.filter(has_text="not read")).to_have_count(1)
        expect(rows.nth(0).locator(".meter")).to_be_visible(timeout=TIMEOUT)
        page.reload()
        expect(rows).to_have_count(3)
        rows.nth(0).get_by_role("link").click()
        expect(verdict).to_be_visible()
        page.get_by_role("button", name="Keep this file").click()
        page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
        expect(page.locator(".file-acts").get_by_text("Kept")).to_be_visible()
        page.locator(".file-acts").get_by_role("button", name="Forget").click()
        expect(rows).to_have_count(2)


def ask_the_model_that_hears(page: Page) -> None:
    """Choose the model that hears sound; the newest of the small demo reads tags only."""
    page.get_by_label("Model").select_option("earmark")


def drop_on(page: Page, path: Path) -> None:
    """Drag a file over the page and let it go, as a hand would."""
    data = page.evaluate_handle(
        """({name, bytes}) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name, {type: "audio/mpeg"}));
            return data;
        }""",
        {"name": path.name, "bytes": list(path.read_bytes())},
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("body", event, {"dataTransfer": data})


def hear_a_place(page: Page) -> None:
    """Click into the evidence and see the player go there."""
    wave = page.locator(".evidence-card").get_by_role("slider")
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    until(page, f"async () => {{ const {{player}} = {PLAYER}; return player.playing && player.time > 15; }}")
    current = page.evaluate(f"async () => ({PLAYER}).player.current.url")
    assert json.dumps(current).startswith('"/api/drops/')
    wave.press("ArrowLeft")
    page.evaluate(f"async () => ({PLAYER}).player.pause()")
