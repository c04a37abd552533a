"""The map's routes: its columns, what is new since, where a track lies, and the job that makes it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from earmark.library.library import Library
from earmark.similarity.vectors.opening import open_collection
from earmark.web.app import make_app
from earmark.web.maps.content import map_content
from earmark.web.maps.stored import MapFacts, StoredMap, load_facts, load_map, save_map
from earmark.web.routes import maps
from earmark.web.shared import Tracks


def library_of(client: TestClient) -> Library:
    shared = client.app.state.shared  # type: ignore[attr-defined]  # an ASGI app of ours
    library: Library = shared.library
    return library


def made_map(library: Library, audio_ids: Sequence[str] | None = None, **told: Any) -> StoredMap:
    """A map with a place for each track that is known beforehand: on a line, in the tracks' order."""
    collection = open_collection(library)
    ids = tuple(collection.columns.audio_ids.tolist()) if audio_ids is None else tuple(audio_ids)
    places = np.stack([np.linspace(-1, 1, len(ids)), np.zeros(len(ids))], axis=1).astype(np.float32)
    facts = MapFacts(
        source_key=collection.source.key, source=collection.source.shown, tracks=len(ids), perplexity=30.0, seed=0,
        kept=0.7, nearest=10, chance=0.2, created="2026-01-02T03:04:05+00:00", seconds=1.5, folder="first",
    )  # fmt: skip
    return StoredMap(replace(facts, **told), ids, places)


def kept_map(client: TestClient, audio_ids: Sequence[str] | None = None, **told: Any) -> StoredMap:
    made = made_map(library_of(client), audio_ids, **told)
    save_map(library_of(client).storage, made)
    return made


def ids_of(client: TestClient) -> list[str]:
    found: list[str] = open_collection(library_of(client)).columns.audio_ids.tolist()
    return found


def test_without_a_map(read_only: TestClient) -> None:
    told = read_only.get("/api/map").json()
    assert told["points"] is None
    assert (told["state"]["made"], told["state"]["possible"], told["state"]["job"]) == (False, True, None)
    assert "projection" in told["state"]["method"]
    assert read_only.get("/api/map/names").json() == {"version": "", "titles": [], "credits": []}
    answer = read_only.post("/api/map/place", json={"neighbours": [{"audio_id": "a" * 32, "cosine": 0.5}]})
    assert answer.status_code == 400
    assert "no map yet" in answer.json()["message"]


def test_too_few_tracks_are_said(read_only: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "FEWEST_TRACKS", 10_000)
    state = read_only.get("/api/map").json()["state"]
    assert not state["possible"]
    assert "at least 10000 tracks" in state["why"]
    answer = read_only.post("/api/map", json={})
    assert (answer.status_code, "at least 10000" in answer.json()["message"]) == (400, True)


def test_columns_tell_the_library(client: TestClient) -> None:
    made = kept_map(client)
    told = client.get("/api/map").json()
    points, names = told["points"], client.get("/api/map/names").json()
    assert names["version"] == points["version"]
    assert points["ids"] == list(made.audio_ids)
    assert points["x"] == pytest.approx(made.places[:, 0].tolist(), abs=1e-5)
    by_id = {track.audio_id: track for track in library_of(client).tracks()}
    for place, audio_id in enumerate(points["ids"]):
        track = by_id[audio_id]
        label, artist, key = (points[name][place] for name in ("label", "artist", "key"))
        assert points["labels"][label]["name"] == track.label
        assert points["artists"][artist] == track.artists.performers[0]
        assert (points["keys"][key] if key >= 0 else None) == (track.key.camelot if track.key else None)
        assert points["bpm"][place] == track.bpm
        assert points["year"][place] == (track.released.year if track.released else None)
        assert bool(points["estimated"][place] & 1) == (track.sources.get("bpm") == "analysis")
        assert bool(points["estimated"][place] & 2) == (track.sources.get("key") == "analysis")
        assert f"{names['credits'][place]} - {names['titles'][place]}" == track.display
    times = [points["artist"].count(place) for place in range(len(points["artists"]))]
    assert times == sorted(times, reverse=True)
    assert told["state"]["kept"] == 0.7
    assert not told["state"]["stale"]


def test_what_changed_since_is_told_and_placed(client: TestClient) -> None:
    ids = ids_of(client)
    kept_map(client, [*ids[3:], "f" * 32])
    told = client.get("/api/map").json()
    state, points = told["state"], told["points"]
    assert (state["placed"], state["gone"], state["unplaced"], state["stale"]) == (3, 1, 0, True)
    assert points["placed"] == 3
    assert sorted(points["ids"]) == ids
    assert set(points["ids"][-3:]) == set(ids[:3])
    # On a line, a new track comes to lie where one of its ten nearest is.
    collection = open_collection(library_of(client))
    where = dict(zip(points["ids"], points["x"], strict=True))
    for audio_id in ids[:3]:
        vector = collection.search.vectors([audio_id])[0]
        near = [one for one in collection.search.search(vector, 20).audio_ids if one not in ids[:3]][:10]
        assert min(abs(where[audio_id] - where[one]) for one in near) < 1e-4


def test_no_more_than_some_are_placed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earmark.web.maps.content.MOST_PLACED", 2)
    kept_map(client, ids_of(client)[5:])
    state = client.get("/api/map").json()["state"]
    assert (state["placed"], state["unplaced"]) == (2, 3)


def test_a_map_by_another_source_is_out_of_date(client: TestClient) -> None:
    kept_map(client, source_key="000000000000")
    state = client.get("/api/map").json()["state"]
    assert (state["made"], state["other_source"], state["stale"]) == (True, True, True)


def test_labels_have_the_colours_of_the_whole_library(client: TestClient) -> None:
    everywhere = {one["label"]: one["colour"] for one in client.get("/api/labels").json()}
    first = min(everywhere)
    by_id = {track.audio_id: track for track in library_of(client).tracks()}
    without_first = [one for one in ids_of(client) if by_id[one].label != first]
    content = map_content(made_map(library_of(client), without_first), tracks_of(client), None)
    told = {one.name: (one.colour, one.round) for one in content.points().labels}
    assert told == {name: (colour, 0) for name, colour in everywhere.items() if name != first}
    # Where the colours have come again, that is told too.
    many = replace(content, labels=content.labels | {f"A label {n:02}" for n in range(25)})
    assert {one.round for one in many.points().labels} == {2, 3}


def tracks_of(client: TestClient) -> Tracks:
    found: Tracks = client.app.state.shared.tracks()  # type: ignore[attr-defined]  # an ASGI app of ours
    return found


def test_the_next_start_needs_no_tracks(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_map(client, ids_of(client)[2:])
    told, names = client.get("/api/map").json(), client.get("/api/map/names").content
    with monkeypatch.context() as patched:
        patched.setattr(Library, "tracks", lambda _: pytest.fail("the tracks were read"))
        again = make_app(client.app.state.shared.settings)  # type: ignore[attr-defined]  # an ASGI app of ours
        with TestClient(again, base_url="http://127.0.0.1") as other:
            assert other.get("/api/map").json() == told
            assert other.get("/api/map/names").content == names
    # Another library, a damaged file: it is worked out anew.
    storage = library_of(client).storage
    library_of(client).tracks_table.delete([ids_of(client)[0]])
    for _ in range(2):
        other_app = make_app(client.app.state.shared.settings)  # type: ignore[attr-defined]  # an ASGI app of ours
        with TestClient(other_app, base_url="http://127.0.0.1") as other:
            assert len(other.get("/api/map").json()["points"]["ids"]) == len(told["points"]["ids"]) - 1
        storage.write("maps/first/told.bin", b"{}\n")


def test_a_map_of_which_nothing_is_left_is_none(client: TestClient) -> None:
    kept_map(client, ["e" * 32, "f" * 32], source_key="0" * 12)
    library_of(client).tracks_table.delete([track.audio_id for track in library_of(client).tracks()])
    told = client.get("/api/map").json()
    assert told["points"] is None
    assert not told["state"]["made"]


def test_place_by_neighbours(client: TestClient) -> None:
    made = kept_map(client)
    near = [{"audio_id": made.audio_ids[place], "cosine": 0.9} for place in (4, 5, 6)]
    unknown = {"audio_id": "e" * 32, "cosine": 1.0}
    told = client.post("/api/map/place", json={"neighbours": [*near, unknown]}).json()
    assert told == {"x": pytest.approx(float(made.places[5, 0]), abs=1e-5), "y": 0.0, "used": 3}
    assert client.post("/api/map/place", json={"neighbours": [unknown]}).status_code == 400
    for wrong in ([], [near[0] | {"cosine": 2}], [near[0] | {"audio_id": "../x"}], [near[0] | {"more": 1}]):
        assert client.post("/api/map/place", json={"neighbours": wrong}).status_code == 422


def test_one_map_is_kept(client: TestClient) -> None:
    storage = library_of(client).storage
    kept_map(client)
    kept_map(client, folder="second", kept=0.25)
    again = load_map(storage)
    assert again is not None
    assert again.facts.kept == 0.25
    assert {name.split("/")[1] for name in storage.sizes("maps")} == {"second", "built.json"}


def test_what_cannot_be_read_is_as_good_as_none(client: TestClient) -> None:
    storage = library_of(client).storage
    kept_map(client)
    pointer = storage.read("maps/built.json")
    for broken in (
        b"{",
        b"[]",
        b'{"format_version": 1}',
        pointer.replace(b'"format_version": 1', b'"format_version": 2'),
    ):
        storage.write("maps/built.json", broken)
        assert load_facts(storage) is None
        assert not client.get("/api/map").json()["state"]["made"]
    storage.write("maps/built.json", pointer)
    for broken in (b"", b"\x93NUMPY\x01\x00garbage"):
        storage.write("maps/first/places.npy", broken)
        assert load_map(storage) is None


@pytest.mark.parametrize("body", [{"perplexity": 1}, {"perplexity": "many"}, {"seed": 3}])
def test_a_map_is_asked_for_within_limits(read_only: TestClient, body: dict[str, Any]) -> None:
    assert read_only.post("/api/map", json=body).status_code == 422
