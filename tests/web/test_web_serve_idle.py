"""What an idle server is: no more than it needs in memory, and a page that cannot be made to run foreign code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from web_server import SmallDemo

import earmark.web

PAGE = Path(earmark.web.__file__).parent / "page"
HEAVY = ("torch", "pytorch_lightning", "lightning", "sklearn", "plotly", "openTSNE", "onnx", "librosa", "matplotlib")
"""What jobs and listening processes import, and the server never does: torch alone takes hundreds of megabytes."""

VISIT = """
import json, sys
from fastapi.testclient import TestClient
from earmark.web.app import make_app
from earmark.web.settings import ServeSettings

with TestClient(make_app(ServeSettings(library=sys.argv[1])), base_url="http://127.0.0.1") as page:
    def get(path, **params):
        answer = page.get(path, params=params)
        assert answer.status_code == 200, (path, answer.text)
        return answer
    get("/"), get("/page/js/main.js"), get("/page/vendor/plotly.min.js")
    tracks = get("/api/tracks").json()["items"]
    label = get("/api/labels").json()[0]["label"]
    one = tracks[0]["audio_id"]
    get(f"/api/tracks/{one}"), get(f"/api/tracks/{one}/outline"), get(f"/api/tracks/{one}/similar")
    get("/api/labels/overview", label=label), get("/api/atlas"), get("/api/map"), get("/api/library")
    bundle = get("/api/bundles").json()["bundles"][0]["name"]
    get(f"/api/bundles/{bundle}"), get("/api/models"), get("/api/playlists"), get("/api/jobs"), get("/api/openapi.json")
    assert page.post("/api/next", json={"track": one}).status_code == 200
print(json.dumps(sorted(sys.modules)))
"""
"""Asks for what the page asks for when its views are opened, and prints what has been imported for it."""


def test_the_server_does_not_load_what_trains_and_draws(demo: SmallDemo, tmp_path: Path) -> None:
    address = demo.copy(tmp_path / "library")
    done = subprocess.run([sys.executable, "-c", VISIT, address], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "fastapi" in loaded
    assert loaded & set(HEAVY) == set()


FORBIDDEN = {
    # js/lib/dom.js names some of these to refuse them.
    "markup out of text": r"\.(innerHTML|outerHTML|srcdoc)\b",
    "markup parsed": r"\b(insertAdjacentHTML|createContextualFragment|DOMParser)\b",
    "markup written": r"\bdocument\.write(ln)?\b",
    "text that is run": r"\beval\s*\(|\bnew Function\b|\bFunction\s*\(|set(Timeout|Interval)\s*\(\s*[\"'`]",
    "attributes that are code or style": r"setAttribute\(\s*[\"'](style|on\w+)[\"']",
    "an address of elsewhere": r"[\"'`(](https?:)?//(?!www\.w3\.org/)",
    "an address that is code": r"javascript:",
}
SOURCES = sorted(path for path in PAGE.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg"})


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PAGE).as_posix())
def test_no_source_of_the_page_can_turn_text_into_code(path: Path) -> None:
    text = path.read_text("utf-8")
    found = [f"{what}: {hit[0]}" for what, pattern in FORBIDDEN.items() for hit in re.finditer(pattern, text)]
    assert found == []


def test_the_markup_has_no_inline_scripts_and_styles() -> None:
    markup = (PAGE / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", markup) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", markup) == []


def test_the_search_for_code_finds_some() -> None:
    bad = [
        "node.innerHTML = text",
        "new DOMParser()",
        "document.write(text)",
        "setTimeout('go()', 1)",
        "node.setAttribute('onclick', text)",
        "url(//cdn.example/x.css)",
        "href = `javascript:${text}`",
    ]
    for pattern, line in zip(FORBIDDEN.values(), bad, strict=True):
        assert re.search(pattern, line), line
