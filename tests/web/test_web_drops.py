"""A dropped file's way: taken in, listened to, told of, heard, kept, forgotten."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from dropped_files import RAW, cli_predictions, clip, drop, shared_of, tag
from fastapi.testclient import TestClient
from web_server import SmallDemo, settings_for

from earmark.library.library import Library
from earmark.web.app import make_app
from earmark.web.drops.place import make_place
from earmark.web.settings import Limits

CLOSE = 1e-6


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that files may be kept in."""
    return tmp_path_factory.mktemp("allowed").resolve()


@pytest.fixture(scope="module")
def listening(demo: SmallDemo, allowed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of an app whose listening process stays warm from test to test."""
    address = demo.copy(tmp_path_factory.mktemp("listening") / "library")
    settings = replace(settings_for(address, allowed), bundle=Path("earmark"))
    with TestClient(make_app(settings), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def short(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of one of the demo's tracks."""
    return clip(demo.music, tmp_path_factory.mktemp("short") / "Somebody - Something (Dub Mix).flac", place=2)


def test_the_verdict_is_that_of_the_command_line(listening: TestClient, demo: SmallDemo, short: Path) -> None:
    told = cli_predictions(demo.library / "bundles" / "earmark", [demo.held_back, short])
    for path in (demo.held_back, short):
        answer = drop(listening, path, path.name)
        assert answer.status_code == 200, answer.text
        dropped, expected = answer.json(), told[path.name]
        shares = {one["label"]: one["probability"] for one in dropped["verdict"]["ranked"]}
        assert shares == pytest.approx(expected["probabilities"], abs=CLOSE)
        assert dropped["verdict"]["explanation"] == expected["explanation"]
        assert dropped["verdict"]["label"] == dropped["label"] == expected["label"]
        assert dropped["track"]["audio_id"] == expected["audio_id"]
        assert dropped["display"] == expected["track"]
        assert dropped["outline"]["seconds"] == pytest.approx(dropped["sound"]["seconds"])
        assert max(dropped["outline"]["peaks"]) == 255


def test_another_model_can_be_asked(listening: TestClient, short: Path) -> None:
    dropped = drop(listening, short, "x.flac", bundle="metadata").json()
    assert dropped["verdict"]["bundle"] == "metadata"
    for name in ("nobody", "../bundles/earmark", "/etc", str(Path.cwd())):
        assert drop(listening, short, "x.flac", bundle=name).status_code in (400, 404)


def test_a_track_of_the_library_is_recognised(listening: TestClient, demo: SmallDemo) -> None:
    track = next(one for one in Library.open(demo.library).tracks() if one.path.endswith(".flac"))
    near = drop(listening, Path(track.path), "anything.flac").json()["near"]
    assert near["known"]["audio_id"] == track.audio_id
    assert track.audio_id not in {one["track"]["audio_id"] for one in near["neighbours"]}
    assert near["neighbours"]
    assert all(-1 <= one["cosine"] <= 1 for one in near["neighbours"])
    assert all(0 <= one["nearer_than_share_of_pairs"] <= 1 for one in near["neighbours"])


def test_it_can_be_followed_to_its_end(listening: TestClient, short: Path) -> None:
    dropped = listening.post("/api/drops", params={"name": "a.flac"}, content=short.read_bytes(), headers=RAW)
    assert dropped.status_code == 202
    assert dropped.json()["verdict"] is None
    events = sent_events(listening, f"/api/drops/{dropped.json()['id']}/events")
    stages = list(dict.fromkeys(event["stage"] for event in events))
    order = ["waiting", "decoding", "listening", "neighbours", "done"]
    assert stages == [stage for stage in order if stage in stages]
    assert stages[-1] == "done"
    first_verdict = next(event for event in events if event["verdict"])
    assert first_verdict["near"] is None, "the verdict is shown before the neighbours are found"
    assert events[-1]["near"]["neighbours"]
    assert listening.get(f"/api/drops/{dropped.json()['id']}").json() == events[-1]
    listed = sent_events(listening, "/api/drops/events?follow=false")
    assert dropped.json()["id"] in {event["id"] for event in listed}
    assert listening.get("/api/drops").json()[0] == listed[-1]


def sent_events(client: TestClient, address: str) -> list[dict[str, Any]]:
    """The drops that all events of a stream that ends tell."""
    with client.stream("GET", address) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = list(answer.iter_lines())
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    return [one for one in told if isinstance(one, dict)]  # the ids of all that there is come first


def test_what_is_forgotten_is_deleted(listening: TestClient, short: Path) -> None:
    dropped = drop(listening, short, "a.flac").json()
    [lies] = dropped_files(dropped["id"])
    assert lies.read_bytes() == short.read_bytes()
    assert lies.stat().st_mode & 0o077 == 0, "nobody else may read it"
    assert listening.delete(f"/api/drops/{dropped['id']}").status_code == 204
    assert dropped_files(dropped["id"]) == []
    for address in ("", "/events", "/audio"):
        assert listening.get(f"/api/drops/{dropped['id']}{address}").status_code == 404


def dropped_files(drop_id: str) -> list[Path]:
    """The files of a drop in any server's temporary folder."""
    return list(Path(tempfile.gettempdir()).glob(f"earmark-drops-*/{drop_id}*"))


def test_it_can_be_heard_in_parts(listening: TestClient, short: Path) -> None:
    dropped = drop(listening, short, "a.flac").json()
    address = f"/api/drops/{dropped['id']}/audio"
    whole = listening.get(address)
    assert whole.content == short.read_bytes()
    assert whole.headers["content-type"] == "audio/flac"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = listening.get(address, headers={"range": "bytes=10-29"})
    assert part.status_code == 206
    assert part.content == short.read_bytes()[10:30]


def test_what_browsers_do_not_play_is_heard_as_a_flac(listening: TestClient, demo: SmallDemo, tmp_path: Path) -> None:
    aiff = clip(demo.music, tmp_path / "a.aiff", seconds=4)
    dropped = drop(listening, aiff, "a.aiff").json()
    with ThreadPoolExecutor(3) as threads:  # as a player asks, for several parts at once
        first, *others = threads.map(listening.get, [f"/api/drops/{dropped['id']}/audio"] * 3)
    assert (first.status_code, first.headers["content-type"]) == (200, "audio/flac")
    assert first.content.startswith(b"fLaC")
    assert [one.content for one in others] == [first.content] * 2
    assert len(dropped_files(dropped["id"])) == 2
    listening.delete(f"/api/drops/{dropped['id']}")
    assert dropped_files(dropped["id"]) == []


def test_keeping_copies_and_scans(listening: TestClient, demo: SmallDemo, tmp_path: Path) -> None:
    named = tag(
        clip(demo.music, tmp_path / "upload.mp3", place=1),
        artist="A/..\\B",
        title="../../Up: <b>",
        label="Self-released",
    )
    dropped = drop(listening, named, "..%2fother.mp3").json()
    with ThreadPoolExecutor(2) as threads:  # two windows at once
        kept, again = threads.map(listening.post, [f"/api/drops/{dropped['id']}/keep"] * 2)
    assert kept.status_code == 202, kept.text
    told = kept.json()
    folder = Path(shared_of(listening).settings.library) / "kept"
    [lies] = folder.iterdir()
    assert lies.read_bytes() == named.read_bytes()
    assert told["name"] == lies.name
    assert Path(told["folder"]) == folder.resolve()
    assert lies.suffix == ".mp3"
    assert not set(lies.name) & set('/\\:<>"|?*')
    assert again.status_code == 202
    assert again.json() | {"job": None} == told | {"job": None}, "the same file is not copied twice"
    wait_for(lambda: listening.get(f"/api/jobs/{told['job']['id']}").json()["state"] == "done")
    found = listening.get(f"/api/tracks/{dropped['track']['audio_id']}").json()
    assert found["label"] == "Self-released"
    assert listening.get(f"/api/drops/{dropped['id']}").json()["kept"] == lies.name
    assert listening.get(f"/api/tracks/{dropped['track']['audio_id']}/audio").content == named.read_bytes()


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.05)


def test_another_file_is_never_overwritten(listening: TestClient, allowed: Path, short: Path, tmp_path: Path) -> None:
    inside = allowed / "inside"
    inside.mkdir()
    (inside / "Some - Thing.flac").write_text("mine")
    (inside / "Some - Thing (2).flac").symlink_to(tmp_path / "elsewhere")
    dropped = drop(listening, short, "Some - Thing.flac").json()
    kept = listening.post(f"/api/drops/{dropped['id']}/keep", json={"folder": str(inside)})
    assert kept.json()["name"] == "Some - Thing (3).flac"
    assert (inside / "Some - Thing.flac").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "folder", ["/etc", "../..", "relative", "{root}/..", "{root}/../..", "{root}/link-out", "a\x00b", "{root}/no"]
)
def test_kept_in_allowed_folders_only(
    listening: TestClient, allowed: Path, short: Path, tmp_path: Path, folder: str
) -> None:
    (allowed / "link-out").unlink(missing_ok=True)
    (allowed / "link-out").symlink_to(tmp_path)
    dropped = drop(listening, short, "a.flac").json()
    kept = listening.post(f"/api/drops/{dropped['id']}/keep", json={"folder": folder.format(root=allowed)})
    assert kept.status_code == (400 if folder == "{root}/no" else 403)
    assert list(tmp_path.iterdir()) == []


def test_a_queue_that_is_full_forgotten_and_closed(demo: SmallDemo, short: Path, tmp_path: Path) -> None:
    limits = Limits(waiting=2, listeners=1)
    app = make_app(settings_for(demo.copy(tmp_path / "library"), demo.music, limits=limits))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        content = short.read_bytes()
        answers = [client.post("/api/drops", content=content, headers=RAW) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 503, 503]
        assert answers[2].headers["retry-after"]
        assert [answer.json()["ahead"] for answer in answers[:2]] == [0, 1]
        # Who waits for a file that is forgotten is told.
        assert client.delete(f"/api/drops/{answers[1].json()['id']}").status_code == 204
        told: list[int] = []
        waiting = threading.Thread(target=lambda: told.append(drop(client, short).status_code))
        waiting.start()
        wait_for(lambda: len(client.get("/api/drops").json()) == 2)
        client.delete(f"/api/drops/{client.get('/api/drops').json()[0]['id']}")
        waiting.join(60)
        assert told == [422]
        wait_for(lambda: all(one["state"] == "done" for one in client.get("/api/drops").json()))
        [first] = client.get("/api/drops").json()
        assert len(shared_of(client).drops.listeners.pids) == 1
        assert dropped_files(first["id"])
    assert app.state.shared.drops.listeners.pids == []
    assert dropped_files(first["id"]) == []


def test_without_a_model_and_without_tracks(tmp_path: Path) -> None:
    Library.create(tmp_path / "library")
    noise = np.random.default_rng(3).normal(0, 0.1, 8_000 * 6)
    soundfile.write(tmp_path / "noise.wav", noise, 8_000)
    with TestClient(make_app(settings_for(str(tmp_path / "library"))), base_url="http://127.0.0.1") as client:
        dropped = drop(client, tmp_path / "noise.wav", "noise.wav").json()
    assert dropped["state"] == "done"
    assert dropped["verdict"] is None
    assert "no trained model" in dropped["verdict_problem"]["message"]
    assert dropped["near"] is None
    assert "no tracks yet" in dropped["near_problem"]["message"]
    assert dropped["track"]["lufs"] < 0, "what can be measured is told all the same"
    assert dropped["outline"]["peaks"]


def test_what_a_killed_server_left_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = tmp_path / f"earmark-drops-{int(ended.stdout)}-abc"
    left.mkdir()
    (left / "song.mp3").touch()
    others = [tmp_path / f"earmark-drops-{os.getpid()}-abc", tmp_path / "earmark-drops-mine", tmp_path / "elsewhere"]
    for other in others:
        other.mkdir()
    link = tmp_path / f"earmark-drops-{int(ended.stdout)}-link"
    link.symlink_to(tmp_path / "elsewhere")
    made = make_place()
    assert not left.exists()
    assert all(other.is_dir() for other in others)
    assert link.is_symlink()
    assert made.parent == tmp_path
    assert made.stat().st_mode & 0o077 == 0
