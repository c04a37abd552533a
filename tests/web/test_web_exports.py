import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient

from earmark.interop.exporting import MadeExport
from earmark.interop.reading import read_collection
from earmark.web.routes.exports import file_name, told_notes

Json = dict[str, Any]
SUFFIXES = {"m3u8": ".m3u8", "rekordbox": ".xml", "traktor": ".nml"}


def tracks(client: TestClient) -> list[Json]:
    found: list[Json] = client.get("/api/tracks", params={"limit": 4}).json()["items"]
    return found


def export(client: TestClient, audio_ids: list[str], **asked: Any) -> Any:
    answer = client.post("/api/exports", json={"name": "Friday", "audio_ids": audio_ids, **asked})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("kind", SUFFIXES)
def test_what_is_exported_can_be_read_back(read_only: TestClient, tmp_path: Path, kind: str) -> None:
    order = [one["audio_id"] for one in reversed(tracks(read_only))]
    answer = export(read_only, order, format=kind, rules={})
    path = tmp_path / f"set{SUFFIXES[kind]}"
    path.write_bytes(answer.content)
    read = read_collection(path)
    shared = read_only.app.state.shared  # type: ignore[attr-defined]  # a FastAPI app, whatever the client says
    assert [playlist.name for playlist in read.playlists] == ["Friday"]
    assert list(read.playlists[0].entries) == [shared.tracks().one(audio_id).path for audio_id in order]
    assert json.loads(unquote(answer.headers["earmark-notes"])) == []


def test_every_value_for_programs(read_only: TestClient) -> None:
    order = [one["audio_id"] for one in tracks(read_only)]
    told = export(read_only, order, format="json", rules={}).json()
    assert [one["audio_id"] for one in told["tracks"]] == order
    assert told["tracks"][0]["reason"] == "the first track"
    assert told["tracks"][1]["reason"].startswith("sounds")
    plain = export(read_only, order, format="json").json()
    assert {one["reason"] for one in plain["tracks"]} == {None}
    assert "position,artists,title" in export(read_only, order, format="csv").text


def test_paths_of_another_computer(read_only: TestClient) -> None:
    order = [one["audio_id"] for one in tracks(read_only)]
    [folder] = read_only.get("/api/exports/formats").json()["folders"]
    text = export(read_only, order, format="m3u8", path_map=[f"{folder}=D:/Music"]).text
    assert text.count("D:\\Music\\") == len(order)
    assert folder not in text
    wrong = read_only.post(
        "/api/exports", json={"name": "a", "audio_ids": order, "format": "m3u8", "path_map": ["/nowhere=D:/"]}
    )
    assert wrong.status_code == 400


def test_the_file_has_a_name_that_every_system_takes(read_only: TestClient) -> None:
    order = [one["audio_id"] for one in tracks(read_only)]
    answer = export(read_only, order, format="m3u8", name='../Frédéric: "A/B"\r\nx')
    told = unquote(answer.headers["content-disposition"].partition("UTF-8''")[2])
    assert told == "Frédéric A B x.m3u8"


@pytest.mark.parametrize(
    ("text", "name"), [("a/b", "a b"), ("...", "set"), ("\x00", "set"), ("x" * 300, "x" * 100), (" a . ", "a")]
)
def test_names_of_files(text: str, name: str) -> None:
    assert file_name(text) == name


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"audio_ids": []}, 422), ({"audio_ids": ["ab" * 16]}, 404), ({"format": "wav"}, 422), ({"name": ""}, 422),
     ({"path_map": ["nonsense"]}, 400), ({"path": "/etc/passwd"}, 422)],
)  # fmt: skip
def test_what_cannot_be_is_refused(read_only: TestClient, asked: Json, status: int) -> None:
    usual = {"name": "a", "audio_ids": [tracks(read_only)[0]["audio_id"]], "format": "m3u8"}
    assert read_only.post("/api/exports", json={**usual, **asked}).status_code == status


def test_formats_are_listed(read_only: TestClient) -> None:
    told = read_only.get("/api/exports/formats").json()
    assert [one["format"] for one in told["formats"]] == ["m3u8", "rekordbox", "traktor", "csv", "json"]


def test_notes_stay_small_enough_for_a_header() -> None:
    left_out = tuple((f"/music/{number}.mp3", "it has no BPM " * 100) for number in range(5000))
    notes = told_notes(MadeExport(b"", left_out, 0))
    assert len(quote(json.dumps(notes))) < 16_000
    assert notes[-1] == "Left out as well: 4980 more tracks."
