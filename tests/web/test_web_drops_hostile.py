"""Dropped files that mean harm: each costs itself only, and the next one is listened to."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dropped_files import RAW, SCRIPT, clip, drop, shared_of, silence, tag, zip_bomb
from fastapi.testclient import TestClient
from web_server import SmallDemo, settings_for

from earmark.web.app import make_app
from earmark.web.settings import Limits

MIB = 1 << 20


@pytest.fixture(scope="module")
def strict(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of an app with small limits."""
    address = demo.copy(tmp_path_factory.mktemp("strict") / "library")
    limits = Limits(upload_bytes=12 * MIB, sound_seconds=1200, listeners=1)
    with TestClient(make_app(settings_for(address, demo.music, limits=limits)), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def sound(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of music as an MP3."""
    return clip(demo.music, tmp_path_factory.mktemp("sound") / "sound.mp3", seconds=8)


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two and a half hours of silence."""
    return silence(tmp_path_factory.mktemp("endless") / "endless.flac", minutes=150)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!doctype html><html><script>alert(1)</script></html>", "song.mp3"),
        (zip_bomb(), "song.mp3"),
        (gzip.compress(bytes(32 * MIB)), "song.wav"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n", "list.m3u8"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "song.mp3"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n", "song.mp3"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00" + b"\xff" * 64, "song.wav"),
        (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + b"\x00" * 4096, "song.mp3"),
        (b"fLaC" + b"\xff" * 2048, "song.flac"),
        (b"\x00\x00\x00\x18ftypM4A " + b"\x7f" * 2048, "song.m4a"),
        (bytes(range(256)) * 64, "song.mp3"),
    ],
    ids=[
        "html",
        "zip bomb",
        "gzip bomb",
        "play list",
        "concat",
        "sdp",
        "wav header",
        "id3 size",
        "flac",
        "m4a",
        "bytes",
    ],
)
def test_what_is_no_sound_is_told_as_such(strict: TestClient, content: bytes, name: str) -> None:
    answer = drop(strict, content, name)
    assert answer.status_code == 422, answer.text
    assert answer.json()["kind"] == "DecodeError"
    assert "no decoder could read this file" in answer.json()["message"]
    assert "earmark-drops" not in answer.text, "where it lay on this machine is nobody's business"
    listed = strict.get("/api/drops").json()[0]
    assert (listed["state"], listed["has_file"]) == ("failed", False)
    assert strict.get(f"/api/drops/{listed['id']}/audio").status_code == 404
    assert strict.post(f"/api/drops/{listed['id']}/keep").status_code == 404


def test_half_a_file_is_heard_as_far_as_it_goes(strict: TestClient, demo: SmallDemo, tmp_path: Path) -> None:
    whole = clip(demo.music, tmp_path / "whole.flac", seconds=8).read_bytes()
    dropped = drop(strict, whole[: len(whole) // 2], "half.flac").json()
    assert dropped["sound"]["truncated"]
    assert 3 < dropped["sound"]["seconds"] < 5
    assert dropped["verdict"]["label"]


def test_nothing_is_refused(strict: TestClient) -> None:
    answer = drop(strict, b"", "song.mp3")
    assert answer.status_code == 400
    assert "0 bytes" in answer.json()["message"]


def test_sizes_are_claimed_and_counted(strict: TestClient) -> None:
    claimed = strict.post("/api/drops", content=b"x", headers=RAW | {"content-length": str(2 << 30)})
    assert claimed.status_code == 413
    before = len(strict.get("/api/drops").json())

    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield bytes(MIB)

    counted = strict.post("/api/drops", content=endless(), headers=RAW)
    assert counted.status_code == 413
    assert "12.6 MB" in counted.json()["message"]
    assert len(strict.get("/api/drops").json()) == before
    assert shared_of(strict).drops.arriving == 0


def test_a_form_is_no_file(strict: TestClient) -> None:
    assert strict.post("/api/drops", files={"file": b"x"}).status_code == 415
    assert strict.post("/api/drops", data={"file": "x"}).status_code == 415


def test_an_endless_sound_in_a_small_file_is_refused(strict: TestClient, sound: Path, endless: Path) -> None:
    assert endless.stat().st_size < MIB
    answer = drop(strict, endless, "hours.flac")
    assert answer.status_code == 422
    assert "longer than 20 minutes" in answer.json()["message"]
    assert drop(strict, sound, "next.mp3").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/cron.d/x.mp3",
        "..\\..\\boot.mp3",
        "/etc/passwd",
        "C:\\x.mp3",
        "a\x00b.mp3",
        "x" * 900 + ".mp3",
        "~/.ssh/x.mp3",
        "",
        "....",
        "\u202egnp.mp3",
        "%2e%2e%2f",
    ],
)
def test_a_name_is_only_ever_shown(strict: TestClient, sound: Path, name: str) -> None:
    dropped = drop(strict, sound, name).json()
    assert dropped["state"] == "done", dropped
    assert not set(dropped["name"]) & {"/", "\\", "\x00", "\u202e"}
    assert 1 <= len(dropped["name"]) <= 255
    folder = shared_of(strict).drops.folder
    assert folder is not None
    [lies] = folder.glob(f"{dropped['id']}*")
    assert lies.name in {dropped["id"], f"{dropped['id']}.mp3"}


def test_scripts_in_tags_stay_text(strict: TestClient, demo: SmallDemo, tmp_path: Path) -> None:
    path = tag(clip(demo.music, tmp_path / "x.mp3", seconds=8), artist=SCRIPT, title=SCRIPT, label=SCRIPT)
    answer = drop(strict, path, f"{SCRIPT}.mp3")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["track"]["title"] == SCRIPT
    assert answer.json()["track"]["label"] == SCRIPT


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(listeners=1, listen_seconds=0.1), "took longer than the limit of 0.1 s"),
        (Limits(listeners=1, listen_bytes=128 * MIB), "needs more memory than the limit of 0.1 GiB"),
    ],
    ids=["time", "memory"],
)
def test_what_takes_too_much_is_ended(
    demo: SmallDemo, endless: Path, tmp_path: Path, limits: Limits, told: str
) -> None:
    with with_limits(demo, tmp_path, limits) as client:
        answer = drop(client, endless, "long.flac")
        assert answer.status_code == 422, answer.text
        assert answer.json()["kind"] == "LimitError"
        assert told in answer.json()["message"]
        assert shared_of(client).drops.listeners.pids == [], "its process is gone"
        assert client.get("/api/about").status_code == 200


@contextmanager
def with_limits(demo: SmallDemo, folder: Path, limits: Limits) -> Iterator[TestClient]:
    """A client of an app with other limits."""
    settings = settings_for(demo.copy(folder / "library"), demo.music, limits=limits)
    with TestClient(make_app(settings), base_url="http://127.0.0.1") as client:
        yield client


def test_a_client_that_goes_away_leaves_nothing(strict: TestClient) -> None:
    def broken() -> Iterator[bytes]:
        yield b"ID3"
        raise ConnectionError("gone")

    before = strict.get("/api/drops").json()
    assert strict.post("/api/drops", content=broken(), headers=RAW).status_code == 500
    assert strict.get("/api/drops").json() == before
    assert shared_of(strict).drops.arriving == 0
