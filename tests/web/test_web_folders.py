"""Folders that may be browsed and scanned, and those that may not, whatever is asked."""

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient
from web_server import settings_for

from earmark.executors import SerialExecutor
from earmark.library.discovery import LEADS_OUT, find_audio
from earmark.library.library import Library
from earmark.library.rows import Root
from earmark.library.scan import scan
from earmark.web.app import make_app
from earmark.web.folders import Folders, renewed_request
from earmark.web.problems import RefusedError
from earmark.web.settings import ServeSettings

NOISE = np.random.default_rng(1).normal(0, 0.05, 22_050)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root with folders, and beside it what nobody may see; links lead from one to the other."""
    root = tmp_path / "root"
    for folder in ("a/deep", "b", ".hidden", "Ünïcode <b>"):
        (root / folder).mkdir(parents=True)
    for name in ("a/one.wav", "a/deep/two.WAV", "b/three.flac", "b/cover.jpg", "b/.four.wav"):
        (root / name).write_bytes(b"x")
    secret = tmp_path / "secret"
    secret.mkdir()
    soundfile.write(secret / "private.wav", NOISE, 22_050)
    (secret / "rows.csv").write_text("file,label\n")
    (root / "rows.csv").write_text("file,label\n")
    (root / "out").symlink_to(secret)
    (root / "again").symlink_to(root / "b")
    (root / "circle").symlink_to(root / "circle")
    return root


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.create(tmp_path / "library")


@pytest.fixture
def visitor(tree: Path, library: Library) -> TestClient:
    return TestClient(make_app(settings_for(library.address, tree)), base_url="http://127.0.0.1")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such name")
def test_a_name_that_is_no_text_is_left_out(visitor: TestClient, tree: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tree) + b"/caf\xe9"))).mkdir()
    top = visitor.get("/api/folders")
    assert top.status_code == 200, top.text
    assert [one["name"] for one in top.json()["folders"]] == ["a", "again", "b", "Ünïcode <b>"]


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [({"places": ["{tree}/a"]}, True), ({"places": ["{library}/kept/one.wav"]}, True), ({}, True),
     ({"places": ["{tree}/out"]}, False), ({"places": ["{library}"]}, False), ({"folder": "{tree}/../secret"}, False),
     ({"folder": "{tree}/b", "csv": None}, True), ({"places": [], "csv": "{tree}/../secret/rows.csv"}, False)],
)  # fmt: skip
def test_a_job_is_resumed_only_where_it_may_read(
    tree: Path, library: Library, request_: dict[str, Any], allowed: bool
) -> None:
    text = json.dumps(request_).replace("{tree}", str(tree)).replace("{library}", library.address)
    settings = settings_for(library.address, tree)
    with nullcontext() if allowed else pytest.raises(RefusedError, match="outside of the folders"):
        assert renewed_request(settings, library, json.loads(text)) == json.loads(text)


def test_a_job_that_is_resumed_may_read_what_may_be_read_now(tree: Path, library: Library) -> None:
    asked = {"places": [str(tree / "a")], "within": ["/folders/of/an/earlier/server"], "label_from": "tag"}
    renewed = renewed_request(settings_for(library.address, tree), library, asked)
    assert renewed == asked | {"within": [str(tree), str(Path(library.address).resolve() / "kept")]}


def test_browsing_lists_what_is_below_a_root(visitor: TestClient) -> None:
    top = visitor.get("/api/folders").json()
    assert [one["name"] for one in top["folders"]] == ["a", "again", "b", "Ünïcode <b>"]
    assert top["folders"][0] == {
        "name": "a", "path": "a", "audio_files": 1, "folders": True, "scanned": False, "holds_scanned": False,
    }  # fmt: skip
    inside = visitor.get("/api/folders", params={"under": "a"}).json()
    assert [one["path"] for one in inside["folders"]] == ["a/deep"]
    assert inside["folders"][0]["audio_files"] == 1
    assert visitor.get("/api/folders", params={"under": "Ünïcode <b>"}).json()["here"]["path"] == "Ünïcode <b>"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"under": "../secret"}, 403),
        ({"under": "a/../../secret"}, 403),
        ({"under": "/etc"}, 403),
        ({"under": "a\0b"}, 403),
        ({"under": "out"}, 403),
        ({"under": "none"}, 404),
        ({"under": "a/one.wav"}, 404),
        ({"under": "circle"}, 403),
        ({"root": 7}, 404),
        ({"root": -1}, 422),
        ({"under": "x" * 5000}, 422),
    ],
)
def test_browsing_leads_nowhere_else(visitor: TestClient, asked: dict[str, str | int], status: int) -> None:
    answer = visitor.get("/api/folders", params=asked)
    assert answer.status_code == status, answer.text
    assert "private" not in answer.text


def test_nothing_is_scanned_that_is_not_allowed(visitor: TestClient, tree: Path) -> None:
    for asked in (
        {"folder": "/etc"}, {"folder": str(tree.parent / "secret")}, {"folder": str(tree / "out")}, {"folder": "a"},
        {"root": 0, "path": "out"}, {"root": 0, "path": "../secret"}, {"folder": str(tree / ".." / "secret")},
        {"root": 0, "csv": str(tree.parent / "secret" / "rows.csv")}, {"folder": "~"}, {"folder": "\0"},
    ):  # fmt: skip
        answer = visitor.post("/api/scan", json=asked)
        assert answer.status_code == 403, (asked, answer.text)
    assert visitor.get("/api/jobs").json() == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"path": "a"}, 400),
        ({"root": 0, "folder": "/x"}, 400),
        ({"root": 0, "path": "none"}, 404),
        ({"root": 0, "bpm_range": "200-100"}, 400),
        ({"root": 0, "bpm_range": "fast"}, 422),
        ({"root": 0, "label_from": "guess"}, 422),
        ({"root": 0, "jobs": 99}, 422),
        ({"root": 0, "csv": "none.csv"}, 403),
    ],
)
def test_what_cannot_be_scanned(visitor: TestClient, asked: dict[str, object], status: int) -> None:
    answer = visitor.post("/api/scan", json=asked)
    assert answer.status_code == status, answer.text
    assert visitor.get("/api/jobs").json() == []


def test_links_out_of_the_allowed_folders_are_not_followed(tree: Path, library: Library) -> None:
    (tree / "linked.wav").symlink_to(tree.parent / "secret" / "private.wav")
    free = find_audio([tree])
    held = find_audio([tree], within=[tree.resolve()])
    assert any("private" in file.path for file in free.files)
    assert not any("private" in file.path or "linked" in file.path for file in held.files)
    assert held.unreadable[str(tree / "out")] == held.unreadable[str(tree / "linked.wav")] == LEADS_OUT
    assert find_audio([tree / "out"], within=[tree.resolve()]).files == ()
    summary = scan(library, [tree], executor=SerialExecutor(), settings=[], within=[tree.resolve()])
    assert library.tracks() == []
    assert {Path(one.path).name for one in summary.failures} >= {"out", "linked.wav"}


def test_a_folder_is_known_by_its_first_spelling(tree: Path, library: Library) -> None:
    spelt = tree.parent / "music"
    spelt.symlink_to(tree)
    library.roots_table.merge([Root(str(spelt), "tag", None).to_row()])
    folders = Folders(ServeSettings(library=library.address, roots=(tree.resolve(),)), library)
    assert folders.as_scanned(folders.find(0, "a")) == spelt / "a"
    assert folders.as_scanned(Path("/elsewhere")) == Path("/elsewhere")
    here, inner = folders.listing(0, "")
    assert here.scanned
    assert all(one.scanned for one in inner)


def test_roots_are_told(visitor: TestClient, library: Library, tree: Path) -> None:
    library.roots_table.merge([Root(str(tree / "a"), "folder", None).to_row(), Root("/gone", "tag", None).to_row()])
    told = visitor.get("/api/roots").json()
    assert told["roots"] == [{"root": 0, "path": str(tree), "name": "root", "present": True}]
    by_path = {one["path"]: one for one in told["scanned"]}
    assert by_path[str(tree / "a")]["allowed"]
    assert not by_path["/gone"]["allowed"]
    assert not by_path["/gone"]["present"]
    assert visitor.get("/api/folders").json()["here"]["holds_scanned"]
