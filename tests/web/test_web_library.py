"""What is in the library; and filling it by jobs over real HTTP: progress, cancelling, resuming, importing."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from made_music import make_music
from web_server import SmallDemo, serving, settings_for

from earmark.library.failed_files import diagnose
from earmark.library.library import Library
from earmark.library.rows import Failure
from earmark.web.uploads import import_path

PATIENCE = 300.0


def test_the_library_in_numbers(read_only: TestClient, demo: SmallDemo) -> None:
    found = read_only.get("/api/library").json()
    library = Library.open(demo.library)
    tracks = library.tracks()
    assert found["tracks"] == len(tracks) == sum(found["years"].values())
    assert found["files"] == sum(found["formats"].values())
    assert found["hours"] == pytest.approx(sum(track.seconds for track in tracks) / 3600)
    assert [one["label"] for one in found["labels"]] == [one.label for one in library.labels()]
    assert found["failures"] == 1
    assert set(found["formats"]) == {"MP3", "AAC", "FLAC", "WAV", "Ogg Vorbis"}
    assert found["label_sources"] == {"tag": len(tracks)}
    assert found["missing"]["label"] == 0
    assert 0 < found["estimated"]["bpm"] < len(tracks)


def test_disk_is_counted(read_only: TestClient, demo: SmallDemo) -> None:
    told = read_only.get("/api/disk").json()
    features = sum(path.stat().st_size for path in (demo.library / "features").rglob("*") if path.is_file())
    assert told["parts"]["features"] == features
    assert told["total"] == sum(told["parts"].values())


def test_failures_say_why_and_what_to_do(read_only: TestClient) -> None:
    [failure] = read_only.get("/api/failures").json()
    assert failure["path"].endswith("Interrupted Download.m4a")
    assert set(failure["reasons"]) == {"soundfile", "pyav"}
    assert failure["trouble"] == "not sound"
    assert "get it again" in failure["advice"]


@pytest.mark.parametrize(
    ("kind", "reason", "trouble"),
    [
        ("timeout", "took longer", "too long"),
        ("memory", "needs more", "too large"),
        ("crash", "took its worker down", "crash"),
        ("error", "it is empty (0 bytes)", "empty"),
        ("error", "Permission denied", "refused"),
        ("error", "No such file or directory", "gone"),
        ("error", "12 of 14 packets are damaged", "damaged"),
        ("error", "something never heard of", "other"),
    ],
)
def test_troubles(kind: Any, reason: str, trouble: str) -> None:
    found = diagnose(Failure("/x.mp3", 1, 1, kind, {"who": reason}, "2026-01-01T00:00:00+00:00"))
    assert found.trouble == trouble
    assert found.advice.endswith(".")


def test_doctor_tells_what_the_command_tells(read_only: TestClient) -> None:
    told = read_only.get("/api/doctor").json()
    assert told["library"]["tracks"] == 36
    assert any(one["current"] and not one["stale"] for one in told["library"]["vectors"])
    assert any("not readable" in sentence for sentence in told["advice"])
    assert any(part["name"] == "Plotly" for part in told["parts"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[httpx.Client, Path]]:
    """A real server of an empty library, and a folder that it may scan: six files and a broken one."""
    music = make_music(tmp_path / "music", files=6, seconds=5)
    library = Library.create(tmp_path / "library")
    with serving(settings_for(library.address, music)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client, music


def events(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """Jobs as the stream of events tells them."""
    with client.stream("GET", "/api/jobs/events", timeout=PATIENCE) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data:") and isinstance(told := json.loads(line.removeprefix("data:")), dict):
                yield told  # the ids of all jobs come first


def wait(client: httpx.Client, job_id: str) -> dict[str, Any]:
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        job: dict[str, Any] = client.get(f"/api/jobs/{job_id}").json()
        if job["ended"]:
            return job
        time.sleep(0.05)
    raise AssertionError(f"it never ended: {job}")


def test_a_scan_is_followed_cancelled_and_resumed(place: tuple[httpx.Client, Path]) -> None:
    client, _ = place
    assert client.get("/api/library").json()["tracks"] == 0
    asked = client.post("/api/scan", json={"root": 0})
    assert asked.status_code == 202
    scan_id = asked.json()["id"]
    twice = client.post("/api/scan", json={"root": 0})
    assert (twice.status_code, "already" in twice.json()["message"]) == (409, True)
    told = []
    for job in events(client):
        told.append((job["state"], job["progress"]["done"]))
        if job["progress"]["done"] >= 1 and job["state"] == "running":
            client.post(f"/api/jobs/{scan_id}/cancel")
            break
    assert told[0][0] in {"waiting", "running"}
    cancelled = wait(client, scan_id)
    assert (cancelled["state"], cancelled["resumable"]) == ("cancelled", True)
    kept = client.get("/api/library").json()["tracks"]
    resumed = client.post(f"/api/jobs/{scan_id}/resume").json()
    done = wait(client, resumed["id"])
    assert (done["state"], done["problem"]) == ("done", None)
    assert (done["result"]["found"], done["result"]["failed"]) == (7, 1)
    assert done["result"]["analysed"] + done["result"]["unchanged"] == 6
    assert done["result"]["unchanged"] == kept
    assert "then" not in done["result"]
    embedding = next(job for job in client.get("/api/jobs").json() if job["kind"] == "embed")
    assert wait(client, embedding["id"])["result"]["vectors"] == 6
    time.sleep(1.1)  # what is shown may be a second old
    assert client.get("/api/library").json()["tracks"] == 6
    assert len(client.get("/api/failures").json()) == 1
    again = wait(client, client.post("/api/scan", json={"retry_failures": True}).json()["id"])
    assert (again["result"]["unchanged"], again["result"]["failed"]) == (6, 1)
    assert [job["kind"] for job in client.get("/api/jobs").json()].count("embed") == 1  # nothing is new


def test_an_older_servers_folders_are_not_scanned_again(place: tuple[httpx.Client, Path], tmp_path: Path) -> None:
    client, music = place
    job = client.post("/api/scan", json={"root": 0}).json()
    client.post(f"/api/jobs/{job['id']}/cancel")
    wait(client, job["id"])
    other = tmp_path / "other"
    other.mkdir()
    with serving(settings_for(str(tmp_path / "library"), other)) as address:
        refused = httpx.post(f"{address}/api/jobs/{job['id']}/resume")
    assert refused.status_code == 403
    assert str(music) in refused.json()["message"]


M3U = "#EXTM3U\n#EXTINF:60,{display}\n{path}\n/nowhere/else.mp3\n"


def test_importing(client: TestClient, demo: SmallDemo) -> None:
    track = client.get("/api/tracks", params={"limit": 1}).json()["items"][0]
    path = client.get(f"/api/tracks/{track['audio_id']}").json()["path"]
    body = M3U.format(display=track["display"], path=path).encode()
    asked = client.post("/api/imports", params={"name": "../../Friday <b>.m3u8"}, content=body)
    assert asked.status_code == 202
    begun = time.monotonic()
    while not (job := client.get(f"/api/jobs/{asked.json()['id']}").json())["ended"]:
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.05)
    assert job["state"] == "done", job
    assert (job["result"]["locations"], job["result"]["unmatched"]) == (2, ["/nowhere/else.mp3"])
    [playlist] = client.get("/api/playlists").json()
    assert playlist["name"] == "Friday _b_"
    assert not Path(job["request"]["file"]).exists()
    assert not job["resumable"]
    assert demo.music.is_dir()


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [("evil.exe", b"x", 400), ("", b"x", 422), ("x" * 300, b"x", 422), ("empty.xml", b"", 400), (".m3u", b"", 400)],
)
def test_what_is_not_imported(client: TestClient, name: str, body: bytes, status: int) -> None:
    assert client.post("/api/imports", params={"name": name}, content=body).status_code == status
    assert client.get("/api/jobs").json() == []


@pytest.mark.parametrize(
    "name",
    [
        "../../x.xml",
        "/etc/x.xml",
        "a\\..\\x.xml",
        "\0x.xml",
        "....xml",
        "CON.xml",
        "x" * 200 + ".xml",
        "\U00020bb7" * 200 + ".xml",
    ],
)
def test_uploads_are_kept_under_names_of_ours(tmp_path: Path, name: str) -> None:
    library = Library.create(tmp_path / "library")
    path = import_path(library, name)
    assert path.resolve().parent.parent == library.local_folder("imports").resolve()
    assert path.suffix == ".xml"
    assert len(path.name.encode()) < 180
