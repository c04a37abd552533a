"""Uploads that stop, that take all the room, and that nobody reads any more."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from dropped_files import RAW
from fastapi.testclient import TestClient
from web_server import serving, settings_for

from earmark.library.library import Library
from earmark.web.app import make_app
from earmark.web.drops.answers import Heard, SoundOut
from earmark.web.drops.drops import Drops
from earmark.web.drops.records import Arriving
from earmark.web.jobs.kinds import KINDS, Kind
from earmark.web.problems import RefusedError
from earmark.web.settings import Limits
from earmark.web.uploads import LEAST_BYTES, import_path, in_time

SOUND = SoundOut(
    container="aiff", codec="pcm_s16", channels=2, sample_rate=100, seconds=1, bit_rate=None, truncated=False
)


async def pieces(sizes: list[int], seconds: float) -> AsyncIterator[bytes]:
    """An upload with a pause before each piece."""
    for size in sizes:
        await asyncio.sleep(seconds)
        yield bytes(size)


async def whole(chunks: AsyncIterator[bytes]) -> int:
    return sum([len(chunk) async for chunk in chunks])


def test_what_goes_on_is_passed_on_however_long_it_takes() -> None:
    sizes = [LEAST_BYTES] * 6
    assert asyncio.run(whole(in_time(pieces(sizes, 0.05), 0.2))) == sum(sizes)
    assert asyncio.run(whole(in_time(pieces([], 0), 0.2))) == 0


@pytest.mark.parametrize(
    ("sizes", "seconds"), [([10], 30.0), ([1] * 100, 0.05)], ids=["stopped", "a byte now and then"]
)
def test_what_has_stopped_is_given_up(sizes: list[int], seconds: float) -> None:
    with pytest.raises(RefusedError, match="stopped coming") as refused:
        asyncio.run(whole(in_time(pieces(sizes, seconds), 0.2)))
    assert refused.value.status == 408


@pytest.mark.parametrize("path", ["/api/drops?name=a.mp3", "/api/imports?name=a.xml"])
def test_a_visitor_who_stalls_holds_no_place(tmp_path: Path, path: str) -> None:
    library = Library.create(tmp_path / "library")
    with serving(settings_for(library.address, limits=Limits(waiting=1, stall_seconds=0.3))) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port), timeout=20) as visitor:
            head = f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 5000\r\n\r\n"
            visitor.sendall(head.encode() + b"x" * 100)
            answer = visitor.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 "), answer
        assert httpx.post(f"{address}/api/drops", content=b"x", headers=RAW).status_code == 202
    assert not list(Path(library.local_folder("imports")).rglob(".half*"))


@pytest.fixture
def drops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drops]:
    """Dropped files of at most 1,000 bytes, of which each is heard at once."""
    kept = Drops(settings_for(str(tmp_path), limits=Limits(drops_bytes=1000, upload_bytes=900)))

    def heard(*_: object) -> Iterator[Heard]:
        yield Heard(sound=SOUND)

    monkeypatch.setattr(kept.listeners, "listen", heard)
    yield kept
    kept.close()


def dropped(drops: Drops, size: int) -> str:
    """Drop a file and wait until it was heard; returns its id."""
    arriving = drops.arrive("a.aiff", size=size)
    arriving.write(bytes(size))
    drop_id = drops.listen_to(arriving).id
    until(lambda: drops.get(drop_id).state == "done")
    return drop_id


def until(true: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < 20, "it never came to that"
        time.sleep(0.01)


def refused(ask: Callable[[], Arriving]) -> bool:
    """Whether there is no place for a file."""
    try:
        ask()
    except RefusedError as error:
        return error.status == 503
    return False


def test_files_that_are_coming_count(drops: Drops) -> None:
    first = drops.arrive("a.mp3", size=600)
    assert refused(lambda: drops.arrive("b.mp3", size=600))
    assert refused(lambda: drops.arrive("b.mp3")), "as much as is allowed may come where nobody has said"
    second = drops.arrive("b.mp3", size=400)
    drops.abandon(first)
    drops.abandon(first)
    drops.abandon(second)
    assert drops.arriving == 0
    assert not refused(lambda: drops.arrive("b.mp3"))


def test_the_oldest_files_make_room_and_are_told_to_be_gone(drops: Drops) -> None:
    oldest, newest = dropped(drops, 500), dropped(drops, 400)
    told: list[Any] = []
    drops.board.follow(told.append)
    dropped(drops, 300)
    assert [drops.get(one).has_file for one in (oldest, newest)] == [False, True]
    assert (told[0].id, told[0].has_file) == (oldest, False)
    waits = drops.arrive("big.mp3", size=900)
    assert refused(lambda: drops.arrive("b.mp3", size=200))
    drops.abandon(waits)


def test_what_is_made_of_a_file_counts(drops: Drops) -> None:
    first, second = dropped(drops, 300), dropped(drops, 300)
    drop, path = drops.file(second)
    with drops.room_for(drop, 400):
        assert drops.get(first).has_file
        path.with_name(f"{path.stem}-heard.flac").write_bytes(bytes(350))
    assert drop.on_disk == 650
    third = dropped(drops, 100)
    assert [drops.get(one).has_file for one in (first, second, third)] == [False, True, True]
    with pytest.raises(RefusedError), drops.room_for(drop, 1000):
        pass
    drops.forget(second)
    assert list(path.parent.glob(f"{path.stem}*")) == []


def test_who_waits_is_told_that_fewer_are_ahead(drops: Drops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops, "_threads", _Nobody())
    ids = []
    for _ in range(3):
        arriving = drops.arrive("a.mp3", size=10)
        arriving.write(b"x")
        ids.append(drops.listen_to(arriving).id)
    told: list[Any] = []
    drops.board.follow(told.append)
    drops.forget(ids[0])
    assert told[0].id == ids[0]
    assert not hasattr(told[0], "state")
    assert [(one.id, one.ahead) for one in told[1:]] == [(ids[1], 0), (ids[2], 1)]


class _Nobody:
    """Threads that never come to anything."""

    def submit(self, *_: object) -> None:
        """Do nothing."""

    def shutdown(self, **_: object) -> None:
        """Nothing runs."""


M3U = b"#EXTM3U\n/nowhere/else.mp3\n"


def test_an_import_that_is_cancelled_leaves_no_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library.create(tmp_path / "library")
    left = import_path(library, "left.m3u")
    left.parent.mkdir(parents=True)
    left.write_bytes(M3U)
    monkeypatch.setitem(KINDS, "map", Kind("time:sleep"))  # is refused, but takes a process to find that out
    with TestClient(make_app(settings_for(library.address)), base_url="http://127.0.0.1") as client:
        assert not left.exists(), "a server that was killed had left it"
        jobs = client.app.state.shared.jobs  # type: ignore[attr-defined]  # a Starlette app, which is not told
        jobs.start("map", "In the way", {})
        asked = client.post("/api/imports?name=one.m3u", content=M3U).json()
        file = Path(asked["request"]["file"])
        assert (asked["waits_for"], file.read_bytes()) == ("In the way", M3U)
        again = client.post("/api/imports?name=one.m3u", content=M3U + b"other")
        assert again.status_code == 409
        assert file.read_bytes() == M3U, "what waits reads its own file"
        assert client.post(f"/api/jobs/{asked['id']}/cancel").json()["state"] == "cancelled"
        assert not file.exists()
        assert list(file.parent.iterdir()) == []
