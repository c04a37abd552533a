"""The sound of tracks: ranges, what browsers cannot play, and files that are not what they were."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_files import stereo_chord, write_with_pyav
from fastapi.testclient import TestClient
from web_server import SmallDemo, settings_for

from earmark.catalog.track import Track
from earmark.errors import EarmarkError, LimitError
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.rows import track_to_row
from earmark.library.scan import scan
from earmark.web.app import make_app
from earmark.web.audio_files.folder_cache import FolderCache
from earmark.web.audio_files.ranges import ByteRange, UnsatisfiableRangeError, is_same_version, parse_range
from earmark.web.audio_files.workshop import Workshop
from earmark.web.problems import RefusedError

SIZE = 1000
KINDS = {
    ".mp3": "audio/mpeg", ".flac": "audio/flac", ".m4a": "audio/mp4", ".wav": "audio/wav", ".ogg": "audio/ogg",
}  # fmt: skip


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-499", (0, 499)),
        ("bytes=500-", (500, 999)),
        ("bytes=-1", (999, 999)),
        ("bytes=-5000", (0, 999)),
        ("bytes=999-5000", (999, 999)),
        ("BYTES = 0 - 0 ", (0, 0)),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=a-b", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=+1-2", None),
        ("bytes=1_0-20", None),
        ("bytes=\u0661-2", None),
        ("bytes=" + "9" * 400 + "-", None),
    ],
)
def test_ranges_as_the_rfc_reads_them(header: str | None, part: tuple[int, int] | None) -> None:
    assert parse_range(header, SIZE) == (None if part is None else ByteRange(*part))


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_ranges_behind_the_end(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, SIZE)


def test_if_range_asks_for_the_same_version() -> None:
    modified = "Mon, 23 Nov 2026 17:19:54 GMT"
    told = [
        is_same_version(header, etag='"a"', modified=modified)
        for header in (None, '"a"', modified, 'W/"a"', '"b"', "Mon, 23 Nov 2026 17:19:55 GMT", "nonsense")
    ]
    assert told == [True, True, True, False, False, False, False]


@pytest.fixture(scope="module")
def track(read_only: TestClient) -> str:
    found: str = read_only.get("/api/tracks", params={"limit": 1}).json()["items"][0]["audio_id"]
    return found


def test_the_file_whole_and_in_parts(read_only: TestClient, track: str) -> None:
    path = Path(read_only.get(f"/api/tracks/{track}").json()["path"])
    content = path.read_bytes()
    size = len(content)
    address = f"/api/tracks/{track}/audio"
    whole = read_only.get(address)
    assert (whole.status_code, whole.headers["content-type"], whole.content) == (200, KINDS[path.suffix], content)
    assert whole.headers["accept-ranges"] == "bytes"
    for header, begin, end in (("bytes=0-9", 0, 10), ("bytes=-7", size - 7, size), ("bytes=300000-", 300_000, size)):
        answer = read_only.get(address, headers={"range": header})
        assert (answer.status_code, answer.content) == (206, content[begin:end])
        assert int(answer.headers["content-length"]) == end - begin
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{size}"
    behind = read_only.get(address, headers={"range": f"bytes={size}-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{size}")
    several = read_only.get(address, headers={"range": "bytes=0-1,5-6"})
    assert (several.status_code, len(several.content)) == (200, size)


def test_validators(read_only: TestClient, track: str) -> None:
    address = f"/api/tracks/{track}/audio"
    head = read_only.head(address, headers={"range": "bytes=0-9"})  # a range means something for GET only
    assert (head.status_code, head.content) == (200, b"")
    tag = head.headers["etag"]
    assert int(head.headers["content-length"]) > 100_000
    assert read_only.get(address, headers={"range": "bytes=0-9", "if-range": tag}).status_code == 206
    assert read_only.get(address, headers={"range": "bytes=0-9", "if-range": '"other"'}).status_code == 200
    known = read_only.get(address, headers={"if-none-match": f'"x", {tag}'})
    assert (known.status_code, known.content) == (304, b"")
    assert read_only.get(address, headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "x' OR 'a'='a", "ab"]
)
def test_only_audio_ids_name_sound(read_only: TestClient, name: str) -> None:
    for what in ("audio", "outline"):
        assert read_only.get(f"/api/tracks/{name}/{what}").status_code in {404, 422}
    assert read_only.get(f"/api/tracks/{'0' * 32}/audio").json()["kind"] == "UnknownNameError"


def test_outline_has_the_tracks_shape(read_only: TestClient, track: str) -> None:
    outline = read_only.get(f"/api/tracks/{track}/outline").json()
    path = read_only.get(f"/api/tracks/{track}").json()["path"]
    sound, rate = soundfile.read(path, always_2d=True)
    assert outline["seconds"] == pytest.approx(len(sound) / rate, abs=0.1)
    assert len(outline["peaks"]) == 800
    assert max(outline["peaks"]) == 255
    level = [float(np.sqrt(np.mean(part**2))) for part in np.array_split(sound.mean(axis=1), 40)]
    drawn = [float(np.mean(part)) for part in np.array_split(np.array(outline["peaks"]), 40)]
    assert np.corrcoef(level, drawn)[0, 1] > 0.8


class Place:
    """A library of its own, whose one file can be played tricks with."""

    def __init__(self, folder: Path) -> None:
        self.music = folder / "music"
        self.music.mkdir(parents=True)
        self.folder = folder
        self.library = Library.create(folder / "library")

    def scan(self) -> Track:
        scan(self.library, [self.music], executor=SerialExecutor(), settings=[])
        [track] = self.library.tracks()
        return track

    def repoint(self, track: Track, path: Path) -> None:
        """Change the row of a track."""
        self.library.tracks_table.merge([track_to_row(track) | {"path": str(path)}])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def visit(place: Place) -> Callable[[Track], tuple[int, str]]:
    """Ask for a track's sound; returns the status and the problem's message, or the content type."""

    def ask(track: Track) -> tuple[int, str]:
        app = make_app(settings_for(place.library.address))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            answer = client.get(f"/api/tracks/{track.audio_id}/audio")
        is_problem = answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json()["message"] if is_problem else answer.headers["content-type"]

    return ask


def test_a_row_that_points_outside(place: Place, visit: Callable[[Track], tuple[int, str]]) -> None:
    soundfile.write(place.music / "a.wav", stereo_chord(2), 44_100)
    track = place.scan()
    assert visit(track) == (200, "audio/wav")
    secret = place.folder / "secret.wav"
    shutil.copy(place.music / "a.wav", secret)
    (place.music / "a.wav").unlink()
    for path in (secret, Path("/etc/passwd"), place.music / ".." / "secret.wav"):
        place.repoint(track, path)
        status, message = visit(track)
        assert status == 403
        assert "outside" in message
    (place.music / "a.wav").symlink_to(secret)
    place.repoint(track, place.music / "a.wav")
    assert visit(track)[0] == 403


def test_what_is_no_file_any_more(place: Place, visit: Callable[[Track], tuple[int, str]]) -> None:
    path = place.music / "a.wav"
    soundfile.write(path, stereo_chord(2), 44_100)
    track = place.scan()
    path.unlink()
    status, message = visit(track)
    assert status == 404
    assert "rescan" in message
    os.mkfifo(path)
    assert visit(track)[0] == 404  # and nothing waits for a writer
    path.unlink()
    path.mkdir()
    assert visit(track)[0] == 404
    path.rmdir()
    path.symlink_to(path)
    assert visit(track)[0] == 404


def test_another_file_with_the_same_sound_stands_in(place: Place, visit: Callable[[Track], tuple[int, str]]) -> None:
    soundfile.write(place.music / "a.wav", stereo_chord(2), 44_100)
    shutil.copy(place.music / "a.wav", place.music / "b.wav")
    track = place.scan()
    Path(track.path).unlink()
    assert visit(track) == (200, "audio/wav")


def test_a_file_that_was_changed_since(place: Place, visit: Callable[[Track], tuple[int, str]]) -> None:
    path = place.music / "a.wav"
    soundfile.write(path, stereo_chord(2), 44_100)
    track = place.scan()
    os.utime(path, ns=(1, 1))  # touched, such as by a change of its tags: it still is this sound
    assert visit(track) == (200, "audio/wav")
    soundfile.write(path, -0.5 * stereo_chord(3), 44_100)
    status, message = visit(track)
    assert status == 409
    assert "rescan" in message
    path.write_text("<html><script>alert(1)</script>")
    assert visit(track)[0] == 409


def test_what_browsers_cannot_play_is_decoded_once(place: Place) -> None:
    samples = stereo_chord(2)
    write_with_pyav(place.music / "a.wma", samples, 44_100, codec="wmav2")
    track = place.scan()
    app = make_app(settings_for(place.library.address))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        first = client.get(f"/api/tracks/{track.audio_id}/audio")
        again = client.get(f"/api/tracks/{track.audio_id}/audio", headers={"range": "bytes=0-3"})
        outline = client.get(f"/api/tracks/{track.audio_id}/outline").json()["peaks"]
    assert (first.status_code, first.headers["content-type"]) == (200, "audio/flac")
    assert (again.status_code, again.content) == (206, b"fLaC")
    assert again.headers["etag"] == first.headers["etag"]
    [kept] = place.library.local_folder("played").iterdir()
    decoded, rate = soundfile.read(kept)
    assert rate == 44_100
    assert decoded.shape[1] == 2
    assert abs(len(decoded) / rate - track.seconds) < 0.1
    assert np.abs(decoded).max() == pytest.approx(np.abs(samples).max(), rel=0.1)
    assert len(outline) == 800  # no features were stored, so it comes from the file
    assert max(outline) == 255


def test_the_cache_stays_below_its_size(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache", most_bytes=250)
    made: list[str] = []

    def get(name: str) -> Path:
        def make(path: Path) -> None:
            made.append(name)
            path.write_bytes(b"x" * 100)

        return cache.get(name, make)

    for name in ("a", "b", "a", "c"):
        get(name)
        time.sleep(0.01)
    assert made == ["a", "b", "c"]
    assert sorted(path.name for path in cache.folder.iterdir()) == ["a", "c"]  # b was used longest ago
    with pytest.raises(EarmarkError):
        cache.get("d", _fail)
    assert not any(path.name.startswith(".half") for path in cache.folder.iterdir())


def _fail(path: Path) -> None:
    path.write_bytes(b"half")
    raise EarmarkError("no")


def _hang(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_the_workshop_ends_what_hangs_and_refuses_what_is_too_much() -> None:
    with pytest.raises(LimitError, match="longer than the limit"):
        Workshop(timeout_seconds=0.2).do(_hang, 60.0)
    with pytest.raises(RefusedError, match="too many") as refused:
        Workshop(at_once=0, most_waiting=0).do(_hang, 0.0)
    assert refused.value.status == 503


def test_sound_of_every_demo_track_can_be_asked_for(read_only: TestClient, demo: SmallDemo) -> None:
    kinds = set()
    for item in read_only.get("/api/tracks", params={"limit": 500}).json()["items"]:
        answer = read_only.get(f"/api/tracks/{item['audio_id']}/audio", headers={"range": "bytes=0-3"})
        assert answer.status_code == 206
        kinds.add(answer.headers["content-type"])
    assert kinds == set(KINDS.values())
    assert demo.music.is_dir()
