from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from earmark.cli.main import app
from earmark.interop.reading import read_collection
from earmark.library.library import Library
from earmark.library.playlists import PlaylistEntry, StoredPlaylist

Json = dict[str, Any]


def ids(client: TestClient) -> list[str]:
    return [one["audio_id"] for one in client.get("/api/tracks", params={"limit": 100}).json()["items"]]


def library(client: TestClient) -> Library:
    return client.app.state.shared.library  # type: ignore[attr-defined,no-any-return]  # a FastAPI app in truth


def make(client: TestClient, name: str, audio_ids: list[str]) -> Json:
    answer = client.post("/api/playlists", json={"name": name, "audio_ids": audio_ids})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def test_made_listed_shown_changed_and_deleted(client: TestClient) -> None:
    assert client.get("/api/playlists").json() == []
    first, second, third = ids(client)[:3]
    made = make(client, " Warm  up ", [second, first, second])
    assert (made["name"], made["own"], made["tracks"], made["missing"]) == ("Warm up", True, 3, 0)
    assert [one["audio_id"] for one in made["items"]] == [second, first, second]
    path = f"/api/playlists/{made['id']}"
    assert client.get(path).json() == made
    assert [one["id"] for one in client.get("/api/playlists").json()] == [made["id"]]
    assert client.put(path, json={"name": "Late"}).json()["items"] == made["items"]
    changed = client.put(path, json={"audio_ids": [third]}).json()
    assert (changed["id"], changed["name"], changed["tracks"]) == (made["id"], "Late", 1)
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404


def test_the_command_line_has_them(client: TestClient, tmp_path: Path) -> None:
    order = ids(client)[1::-1]
    make(client, "Warm up", order)
    listed = CliRunner().invoke(app, ["playlists", "--library", library(client).address])
    assert "Warm up" in listed.stdout
    assert "earmark" in listed.stdout
    out = tmp_path / "set.m3u8"
    CliRunner().invoke(app, ["export", "warm up", "--out", str(out), "--library", library(client).address])
    assert [Path(track.location) for track in read_collection(out).tracks] == [
        Path(one["path"]) for one in (client.get(f"/api/tracks/{audio_id}").json() for audio_id in order)
    ]


def test_imported_ones_are_shown_and_not_changed(client: TestClient) -> None:
    [first] = ids(client)[:1]
    entries = (PlaylistEntry("/there/a.mp3", first), PlaylistEntry("/gone.mp3", None), PlaylistEntry("/x", "cd" * 16))
    imported = StoredPlaylist("ef" * 16, "Friday", ("Sets", "2024"), "rekordbox", "playlist", entries)
    library(client).playlists_table.merge([imported.to_row()])
    path = f"/api/playlists/{imported.playlist_id}"
    shown = client.get(path).json()
    assert (shown["own"], shown["folder"], shown["tracks"], shown["missing"]) == (False, ["Sets", "2024"], 1, 2)
    assert shown["missing_locations"] == ["/gone.mp3", "/x"]
    assert [one["audio_id"] for one in shown["items"]] == [first]
    for answer in (client.put(path, json={"name": "Mine"}), client.delete(path)):
        assert answer.status_code == 400
        assert "imported from rekordbox" in answer.json()["message"]


def test_a_name_is_taken_once(client: TestClient) -> None:
    make(client, "Friday", [])
    again = client.post("/api/playlists", json={"name": "friday", "audio_ids": []})
    assert again.status_code == 400
    assert "already" in again.json()["message"]


def test_a_name_is_taken_once_by_many_at_once(client: TestClient) -> None:
    def ask(_: int) -> int:
        return client.post("/api/playlists", json={"name": "Friday", "audio_ids": []}).status_code

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(ask, range(6)))
    assert answers == [201, 400, 400, 400, 400, 400]
    assert [one["name"] for one in client.get("/api/playlists").json()] == ["Friday"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"name": "", "audio_ids": []}, 422), ({"name": " ", "audio_ids": []}, 422),
     ({"name": "x" * 201, "audio_ids": []}, 422), ({"name": "a"}, 422),
     ({"name": "a", "audio_ids": ["ab" * 16]}, 404), ({"name": "a", "audio_ids": ["../x"]}, 422)],
)  # fmt: skip
def test_what_cannot_be_is_refused(client: TestClient, asked: Json, status: int) -> None:
    assert client.post("/api/playlists", json=asked).status_code == status
    assert client.get("/api/playlists").json() == []


def test_markup_in_a_name_stays_text(client: TestClient) -> None:
    name = "<img src=x onerror=alert(1)>"
    assert make(client, name, [])["name"] == name
