"""What another site's page can do to the server in a real browser: nothing, whatever it tries."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser import needed_browser
from playwright.sync_api import Page, sync_playwright
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope
from web_server import SmallDemo, serving, settings_for

from earmark.web.guard import Guard

ATTACKS = """
const told = {};
const tell = (name, what) => { told[name] = what; };
const post = JSON.stringify({name: "taken over", audio_ids: [TRACK]});
const fetched = async (name, path, options) => {
  try { tell(name, `${(await fetch(SERVER + path, options)).type}`); } catch { tell(name, "refused"); }
};
const loaded = (name, tag, properties) => new Promise((done) => {
  const node = Object.assign(document.createElement(tag), properties);
  for (const good of ["load", "loadedmetadata", "open"]) node.addEventListener(good, () => done(tell(name, "loaded")));
  node.addEventListener("error", () => done(tell(name, "refused")));
  document.body.append(node);
});
const streamed = () => new Promise((done) => {
  const source = new EventSource(`${SERVER}/api/jobs/events`);
  source.onopen = () => done(tell("events", "loaded"));
  source.onerror = () => { source.close(); done(tell("events", "refused")); };
});
const posted = (name, path, enctype) => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.name = name;
  frame.onload = () => done();
  document.body.append(frame);
  const sent = {method: "post", action: SERVER + path, enctype, target: name};
  const form = Object.assign(document.createElement("form"), sent);
  form.append(Object.assign(document.createElement("input"), {name: post.slice(0, -1) + ', "x":"', value: '"}'}));
  document.body.append(form);
  form.submit();
});
(async () => {
  await fetched("read", "/api/tracks", {});
  await fetched("simple post", "/api/playlists", {method: "POST", mode: "no-cors", body: post});
  const headers = {"content-type": "application/json"};
  await fetched("json post", "/api/playlists", {method: "POST", body: post, headers});
  await fetched("delete", "/api/bundles/metadata", {method: "DELETE"});
  await fetched("keepalive", "/api/map", {method: "POST", mode: "no-cors", keepalive: true});
  navigator.sendBeacon(`${SERVER}/api/playlists`, post);
  await loaded("audio", "audio", {src: `${SERVER}/api/tracks/${TRACK}/audio`, preload: "metadata"});
  await loaded("picture", "img", {src: `${SERVER}/page/icon.svg`});
  await loaded("script", "script", {src: `${SERVER}/page/js/main.js`, type: "module"});
  await loaded("old script", "script", {src: `${SERVER}/page/js/early.js`});
  await loaded("style", "link", {href: `${SERVER}/page/css/base.css`, rel: "stylesheet"});
  await streamed();
  await posted("plain", "/api/playlists", "text/plain");
  await posted("parts", "/api/drops", "multipart/form-data");
  window.told = told;
})();
"""
"""What another site's page may try; it tells what came of each."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def another_site(folder: Path) -> Iterator[int]:
    """Serve a folder at another port, as another site; yields the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)


@pytest.fixture
def server(demo: SmallDemo, tmp_path: Path) -> Iterator[str]:
    """The address of a server on a copy of the small demo."""
    with serving(settings_for(demo.copy(tmp_path / "library"), demo.music)) as served:
        yield served


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Filled with the paths that are asked for, and whether each was always refused."""
    heard: dict[str, bool] = {}
    decide = Guard._refusal

    def listening(guard: Guard, scope: Scope, headers: Headers) -> Response | None:
        answer = decide(guard, scope, headers)
        heard[scope["path"]] = heard.get(scope["path"], True) and answer is not None
        return answer

    monkeypatch.setattr(Guard, "_refusal", listening)
    return heard


def test_another_site_gets_nothing_but_may_link_here(server: str, tmp_path: Path, refused: dict[str, bool]) -> None:
    track = httpx.get(f"{server}/api/tracks?limit=1").json()["items"][0]["audio_id"]
    bundles = httpx.get(f"{server}/api/about").json()["bundles"]
    _write_attack(tmp_path / "site", server, track)
    refused.clear()
    with another_site(tmp_path / "site") as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needed_browser(), args=["--no-sandbox"])
        page = browser.new_page()
        for name in ("localhost", "127.0.0.1"):
            _attack(page, f"http://{name}:{port}/index.html")
        assert {"/api/tracks", "/api/playlists", "/api/drops", "/api/jobs/events", "/api/map"} <= set(refused)
        assert all(refused.values()), refused
        page.click("a")
        page.wait_for_url(f"{server}/**")
        page.wait_for_selector("main")
        browser.close()
    assert httpx.get(f"{server}/api/playlists").json() == []
    assert httpx.get(f"{server}/api/jobs").json() == []
    assert httpx.get(f"{server}/api/about").json()["bundles"] == bundles


def _write_attack(folder: Path, server: str, track: str) -> None:
    folder.mkdir()
    names = f"const SERVER = {json.dumps(server)}, TRACK = {json.dumps(track)};"
    page = f'<!doctype html><body><a href="{server}/">open</a><script>{names}{ATTACKS}</script>'
    (folder / "index.html").write_text(page, "utf-8")


def _attack(page: Page, address: str) -> None:
    """Open the other site's page and see that all it tries fails."""
    page.goto(address)
    told = page.wait_for_function("window.told", timeout=60_000).json_value()
    assert len(told) >= 11
    assert set(told.values()) == {"refused"}, told
