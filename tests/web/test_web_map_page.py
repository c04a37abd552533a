"""The map in a browser: hover, hear, true neighbours, lasso to a playlist, keys, a dropped track, no WebGL."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_map import keep_map
from playwright.sync_api import Page, Route, expect
from web_server import Visitor, until, visiting

from earmark.library.library import Library

HEARD = "() => import('/page/js/lib/player.js').then(({ player }) => player.playing && player.time > 0.1)"
FOUND_AS_BY_LOOKING_AT_ALL = """
async () => {
  const { PointIndex } = await import("/page/js/map/nearest.js");
  const n = 3000;
  const random = (i) => Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1;
  const data = { n, x: Float32Array.from({ length: n }, (_, i) => random(i)), y: new Float32Array(n) };
  for (let i = 0; i < n; i += 1) data.y[i] = random(i + n) / 2;
  const levels = Uint8Array.from({ length: n }, (_, i) => i % 3);
  const index = new PointIndex(data);
  const far = (i, x, y) => Math.hypot(data.x[i] - x, data.y[i] - y);
  let wrong = 0;
  for (let k = 0; k < 300; k += 1) {
    const [x, y, radius] = [1.2 * random(k + 7) - 0.1, 0.7 * random(k + 9) - 0.1, 0.05 * random(k + 11)];
    const near = [...data.x.keys()].filter((i) => levels[i] > 0 && far(i, x, y) <= radius);
    const best = near.sort((a, b) => far(a, x, y) - far(b, x, y))[0] ?? -1;
    const found = index.nearest(x, y, radius, levels);
    if (found !== best) wrong += 1;
  }
  const diamond = [0.5, 0, 0.8, 0.25, 0.5, 0.5, 0.2, 0.25];
  const inside = (i) => Math.abs(data.x[i] - 0.5) / 0.3 + Math.abs(data.y[i] - 0.25) / 0.25 < 1 && levels[i] > 0;
  const caught = index.inside(diamond, levels);
  const expected = [...data.x.keys()].filter(inside);
  return { wrong, same: JSON.stringify(caught) === JSON.stringify(expected), some: expected.length > 100 };
}
"""
CIRCLED = """
async () => {
  const rows = [...document.querySelectorAll(".map-side tbody tr")].map((row) => row.dataset.audioId);
  const { points } = await fetch("/api/map").then((told) => told.json());
  const at = points.ids.indexOf(rows[0]);
  const away = (i) => Math.hypot(points.x[i] - points.x[at], points.y[i] - points.y[at]);
  const nearest = [...points.ids.keys()].sort((a, b) => away(a) - away(b)).slice(0, 6).map((i) => points.ids[i]);
  return JSON.stringify([...rows].sort()) === JSON.stringify(nearest.sort());
}
"""
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
};
"""


def open_map(visitor: Visitor, route: str = "#/map") -> Page:
    visitor.go(route)
    expect(visitor.page.locator(".view-map")).to_have_attribute("data-ready", "names")
    return visitor.page


def one_less(folder: Path, audio_id: str) -> None:
    """Let a track leave the library, as a scan of a folder that lacks it does."""
    Library.open(folder).tracks_table.delete([audio_id])


def point_beside(page: Page) -> tuple[float, float]:
    """Where the point lies that the card is beside, in the window."""
    card, surface = page.locator(".map-hover").bounding_box(), page.locator(".map-surface").bounding_box()
    assert card is not None
    assert surface is not None
    x = card["x"] - 16 if card["x"] - 16 > surface["x"] + 340 else card["x"] + card["width"] + 16
    return x, card["y"] + card["height"] / 2


def test_hear_and_lasso(serve: Callable[[], str], tmp_path: Path) -> None:
    address = serve()
    ids = keep_map(tmp_path / "served")
    with visiting(address) as visitor:
        page = open_map(visitor)
        expect(page.locator("h1")).to_have_text("Map")
        expect(page.locator(".map-title")).to_contain_text(f"{len(ids)} tracks")
        surface = page.locator(".map-surface")

        # Keys go from point to point, and the card tells which.
        surface.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowUp")
        title = page.locator(".map-hover strong").inner_text()
        expect(page.locator(".map-stage > [role=status]")).to_contain_text(title)

        # The same point under the pointer; a click plays it and shows its true neighbours.
        x, y = point_beside(page)
        page.mouse.move(x + 200, y + 200)
        expect(page.locator(".map-hover")).to_be_hidden()
        page.mouse.move(x, y)
        expect(page.locator(".map-hover strong")).to_have_text(title)
        page.mouse.click(x, y)
        until(page, HEARD)
        side = page.locator(".map-side")
        expect(side.locator("h2").last).to_have_text(title)
        expect(side.locator("tbody tr")).to_have_count(10)
        expect(side).to_contain_text("among its nearest there too")
        assert "track=" in page.url
        visitor.keep("map")

        # By keys alone: a circle that grows, and what it holds.
        page.keyboard.press("Escape")
        expect(surface).to_be_focused()
        page.keyboard.press("c")
        expect(page.locator(".map-hint")).to_contain_text("5 tracks")
        for key in ("ArrowUp", "ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
        told = page.locator(".map-stage > [role=status]")
        expect(told).to_have_text(re.compile(f"^6 tracks in the circle around .*{re.escape(title)}"))
        page.keyboard.press("Enter")
        expect(side.locator("h2")).to_have_text("6 tracks selected")
        expect(side.locator("h2")).to_be_focused()
        assert page.evaluate(CIRCLED) is True
        # The row that is taken out leaves the focus to the one that comes after it.
        side.locator("tbody tr").nth(2).focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(side.locator("h2")).to_have_text("5 tracks selected")
        expect(side.locator("tbody tr").nth(2)).to_be_focused()

        # A library that changed: the new map stands where the old one was.
        page.keyboard.press("Escape")
        expect(side).to_be_hidden()
        one_less(tmp_path / "served", ids[-1])
        while len(page.request.get(f"{address}/api/map").json()["points"]["ids"]) == len(ids):
            page.wait_for_timeout(100)  # the server looks at the tables once a second
        page.evaluate("import('/page/js/lib/bus.js').then(({ bus }) => bus.emit('library-changed'))")
        expect(page.locator(".map-title")).to_contain_text(f"{len(ids) - 1} tracks")
        expect(page.locator(".view-map")).to_have_attribute("data-ready", "names")
        ids = ids[:-1]

        # A lasso around everything, kept as a playlist.
        page.keyboard.press("Escape")
        expect(side).to_be_hidden()
        surface.focus()
        page.keyboard.press("l")
        page.wait_for_timeout(400)  # the map glides back to where everything is in sight
        box = surface.bounding_box()
        assert box is not None
        left, top = box["x"] + 310, box["y"] + 10
        right, bottom = box["x"] + box["width"] - 70, box["y"] + box["height"] - 10
        page.mouse.move(left, top)
        page.mouse.down()
        for corner in ((right, top), (right, bottom), (left, bottom)):
            page.mouse.move(*corner)
        page.mouse.up()
        expect(side.locator("h2")).to_have_text(f"{len(ids)} tracks selected")
        side.get_by_role("button", name="Save as playlist").click()
        page.get_by_label("Name").fill("All of it")
        page.keyboard.press("Enter")
        expect(page.locator(".toast")).to_contain_text("All of it")
        saved = page.request.get(f"{address}/api/playlists").json()
        assert [(one["name"], one["tracks"]) for one in saved] == [("All of it", len(ids))]


def test_legend_search_list_and_drop(serve: Callable[[], str], tmp_path: Path) -> None:
    address = serve()
    ids = keep_map(tmp_path / "served")
    track = Library.open(tmp_path / "served").tracks()[0]
    with visiting(address, dark=True) as visitor:
        page = open_map(visitor, "#/map?by=key")
        assert page.evaluate(FOUND_AS_BY_LOOKING_AT_ALL) == {"wrong": 0, "same": True, "some": True}
        expect(page.locator(".map-legend")).to_have_class(re.compile("wheel"))
        page.locator(".map-colourings label", has_text="Label").click()
        entry = page.locator(".map-legend button").first
        entry.click()
        expect(entry).to_have_attribute("aria-pressed", "true")
        page.locator(".map-surface").focus()
        page.keyboard.press("t")
        expect(page.locator(".map-side tbody tr").first).to_be_focused()
        expect(page.locator(".map-side tbody tr")).to_have_count(int(entry.locator(".number").inner_text().split()[0]))
        page.get_by_role("button", name="Show all").click()

        page.get_by_label("Find on the map").fill(track.title or "")
        expect(page.locator(".map-found")).to_contain_text("1 track found")
        page.keyboard.press("Escape")

        # A dropped track lies among its neighbours, with lines to them.
        known = page.request.get(f"{address}/api/tracks/{ids[0]}/similar?count=5").json()
        near = known["neighbours"]
        answer_drop(
            page, {"id": "d1", "display": "My demo", "label": "X", "probability": 0.5, "near": {"neighbours": near}}
        )
        page.goto(f"{address}/#/map?drop=d1")
        expect(page.locator(".map-side h3").first).to_have_text("My demo")
        expect(page.locator(".map-side tbody tr")).to_have_count(5)
        visitor.keep("map-drop-dark")
        # One that was forgotten is told, without an error in the console.
        page.goto(f"{address}/#/map?drop=0123456789abcdef0123456789abcdef")
        expect(page.locator(".map-side")).to_contain_text("not here any more")


def made_as_asked(page: Page, address: str, job_id: str) -> None:
    """The map that the job made is told, and truer than one drawn blindly."""
    job = page.request.get(f"{address}/api/jobs/{job_id}").json()
    told = page.request.get(f"{address}/api/map").json()
    state = told["state"]
    assert (job["state"], state["made"], state["stale"], state["job"]) == ("done", True, False, None)
    assert job["result"] == {"tracks": state["tracks"], "kept": round(state["kept"], 4)}
    assert state["perplexity"] == 8
    assert state["kept"] > state["chance"] + 0.2
    assert abs(max(map(abs, told["points"]["x"])) - 1) < 1e-4


def answer_drop(page: Page, told: dict[str, Any]) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(told))

    page.route("**/api/drops/d1", answer)
    page.route("**/api/drops", lambda route: route.fulfill(content_type="application/json", body=json.dumps([told])))


def test_a_map_is_made_where_there_is_none_and_listed_without_webgl(serve: Callable[[], str]) -> None:
    with visiting(serve(), width=390, height=844) as visitor:
        page = visitor.page
        # The page follows the job that is making it already; a second one is refused.
        job = page.request.post(f"{visitor.address}/api/map", data={"perplexity": 8}).json()
        assert (job["kind"], job["request"]) == ("map", {"perplexity": 8.0})
        assert page.request.get(f"{visitor.address}/api/map").json()["state"]["job"]["id"] == job["id"]
        assert page.request.post(f"{visitor.address}/api/map", data={"perplexity": 8}).status == 409
        visitor.go("#/map")
        expect(page.locator(".map-making h2")).to_have_text("Making the map")
        expect(page.locator(".view-map")).to_have_attribute("data-ready", "names", timeout=120_000)
        made_as_asked(page, visitor.address, job["id"])
        told = page.locator(".map-title").inner_text()
        page.add_init_script(NO_WEBGL)
        page.reload()
        expect(page.locator(".toast")).to_contain_text("no WebGL")
        expect(page.locator(".map-side h2").first).to_have_text(f"{told.split()[1]} tracks in sight")
        assert page.locator(".map-side tbody tr").count() == int(told.split()[1])
