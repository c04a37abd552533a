"""The map in a browser: hover, hear, true neighbours, lasso to a playlist, keys, a dropped track, no WebGL."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, Route, expect
from web_server import Visitor, visiting

from earmark.library.library import Library
from earmark.similarity.vectors.opening import open_collection
from earmark.web.maps.stored import MapFacts, StoredMap, save_map

HEARD = "() => import('/page/js/lib/player.js').then(({ player }) => player.playing && player.time > 0.1)"
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
};
"""


def keep_map(folder: Path) -> list[str]:
    """Keep a map with a blob for each label, and return the tracks on it."""
    library = Library.open(folder)
    collection = open_collection(library)
    tracks = collection.tracks(collection.columns.audio_ids.tolist())
    labels = sorted({track.label or "" for track in tracks})
    turns = np.array([labels.index(track.label or "") for track in tracks]) / len(labels) * 2 * np.pi
    blobs = 0.7 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    places = blobs + np.random.default_rng(0).normal(scale=0.1, size=(len(tracks), 2))
    facts = MapFacts(
        source_key=collection.source.key, source=collection.source.shown, tracks=len(tracks), perplexity=10.0, seed=0,
        kept=0.6, nearest=10, chance=0.3, created="2026-01-02T03:04:05+00:00", seconds=2.0, folder="made",
    )  # fmt: skip
    ids = tuple(track.audio_id for track in tracks)
    save_map(library.storage, StoredMap(facts, ids, (places / np.abs(places).max()).astype(np.float32)))
    return list(ids)


def open_map(visitor: Visitor, route: str = "#/map") -> Page:
    visitor.go(route)
    expect(visitor.page.locator(".view-map")).to_have_attribute("data-ready", "names")
    return visitor.page


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
        page.wait_for_function(HEARD)
        side = page.locator(".map-side")
        expect(side.locator("h2").last).to_have_text(title)
        expect(side.locator("tbody tr")).to_have_count(10)
        expect(side).to_contain_text("among its nearest there too")
        assert "track=" in page.url
        visitor.keep("map")

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
            page.mouse.move(*corner, steps=4)
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
        expect(page.locator(".map-legend")).to_have_class(re.compile("wheel"))
        page.locator(".map-colourings label", has_text="Label").click()
        entry = page.locator(".map-legend button").first
        entry.click()
        expect(entry).to_have_attribute("aria-pressed", "true")
        page.locator(".map-surface").focus()
        page.keyboard.press("t")
        expect(page.locator(".map-side tbody tr").first).to_be_focused()
        counted = re.search(r"(\d+) track", entry.get_attribute("aria-label") or "")
        assert counted is not None
        expect(page.locator(".map-side tbody tr")).to_have_count(int(counted[1]))
        page.get_by_role("button", name="Show all").click()

        page.get_by_label("Find on the map").fill(track.title or "")
        expect(page.locator(".map-found")).to_contain_text("held out")
        page.keyboard.press("Escape")

        # A dropped track lies among its neighbours, with lines to them.
        known = page.request.get(f"{address}/api/tracks/{ids[0]}/similar?count=5").json()
        near = [one | {"nearer_than": one["similarity"], "similarity": one["cosine"]} for one in known["neighbours"]]
        answer_drop(
            page, {"id": "d1", "display": "My demo", "label": "X", "probability": 0.5, "near": {"neighbours": near}}
        )
        page.goto(f"{address}/#/map?drop=d1")
        expect(page.locator(".map-side h3").first).to_have_text("My demo")
        expect(page.locator(".map-side tbody tr")).to_have_count(5)
        visitor.keep("map-drop-dark")


def answer_drop(page: Page, told: dict[str, Any]) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(told))

    page.route("**/api/drops/d1", answer)


def test_a_map_is_made_where_there_is_none_and_listed_without_webgl(serve: Callable[[], str]) -> None:
    with visiting(serve(), width=390, height=844) as visitor:
        page = visitor.page
        visitor.go("#/map")
        expect(page.locator(".map-making h2")).to_have_text("Making the map")
        expect(page.locator(".view-map")).to_have_attribute("data-ready", "names", timeout=120_000)
        told = page.locator(".map-title").inner_text()
        page.add_init_script(NO_WEBGL)
        page.reload()
        expect(page.locator(".toast")).to_contain_text("no WebGL")
        expect(page.locator(".map-side h2").first).to_have_text(f"{told.split()[1]} tracks in sight")
        assert page.locator(".map-side tbody tr").count() == int(told.split()[1])
