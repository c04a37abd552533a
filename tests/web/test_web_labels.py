from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from earmark.catalog.label_colours import label_colours
from earmark.catalog.track import Track
from earmark.library.library import Library
from earmark.library.rows import track_to_row
from earmark.similarity.labels.atlas import Atlas, atlas_of
from earmark.similarity.labels.bridges import advise
from earmark.similarity.vectors.opening import open_collection
from earmark.web.shared import Shared

EVIL = 'R&S / "Apollo", 100 % <img src=x onerror=alert(1)>'


def shared_of(client: TestClient) -> Shared:
    shared: Shared = client.app.state.shared  # type: ignore[attr-defined]  # Starlette's client types its app as ASGI
    return shared


@pytest.fixture(scope="module")
def atlas(read_only: TestClient) -> Atlas:
    return atlas_of(open_collection(shared_of(read_only).library))


def problem(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    message: str = answer.json()["message"]
    return message


def relabel(client: TestClient, before: str, after: str | None, *, most: int | None = None) -> list[Track]:
    """Give tracks of a label another one; returns them as they were."""
    library = shared_of(client).library
    chosen = [track for track in library.tracks() if track.label == before][:most]
    library.tracks_table.merge([track_to_row(replace(track, label=after)) for track in chosen])
    shared_of(client)._versions.clear()  # what is up to a second old is read again at once
    return chosen


def test_labels_are_listed_with_the_colours_of_all_pictures(read_only: TestClient) -> None:
    listed = read_only.get("/api/labels").json()
    summaries = shared_of(read_only).library.labels()
    assert {one["label"]: one["tracks"] for one in listed} == {one.label: one.tracks for one in summaries}
    assert {one["label"]: one["colour"] for one in listed} == label_colours(one.label for one in summaries)
    assert [one["label"] for one in listed] == sorted(one["label"] for one in listed)


def test_an_overview_needs_no_exact_spelling(read_only: TestClient, atlas: Atlas) -> None:
    profile = atlas.profiles[0]
    told = read_only.get("/api/labels/overview", params={"label": profile.label.upper()}).json()
    assert (told["label"], told["tracks"]) == (profile.label, profile.tracks)
    assert told["bpm"]["quartiles"] == list(profile.bpm.quartiles or ())
    assert sum(count for _, count in told["bpm"]["bins"]) == told["bpm"]["known"] == len(profile.bpm.values)
    assert sum(told["keys"]["counts"].values()) == profile.keys.known
    assert len(told["keys"]["counts"]) == 24
    assert told["lufs"]["known"] == len(profile.lufs.values) > 0
    assert told["most_artists"][0]["tracks"] >= told["most_artists"][-1]["tracks"] >= 1


def test_an_unknown_label_is_told_which_there_are(read_only: TestClient, atlas: Atlas) -> None:
    message = problem(read_only.get("/api/labels/overview", params={"label": "<b>Nobody</b>"}), 404)
    assert "<b>Nobody</b>" in message
    assert atlas.labels[0] in message
    problem(read_only.get("/api/labels/place", params={"label": "Nobody"}), 404)
    problem(read_only.get("/api/labels/overview", params={"label": ""}), 422)
    problem(read_only.get("/api/labels/overview"), 422)


def test_the_atlas_is_the_one_of_the_command_line(read_only: TestClient, atlas: Atlas) -> None:
    answer = read_only.get("/api/atlas").json()
    assert answer["problem"] is None
    told = answer["atlas"]
    assert [one["label"] for one in told["labels"]] == list(atlas.labels)
    assert told["stress"] == pytest.approx(atlas.map.stress)
    assert told["resamples"] == 1000
    for at, one in enumerate(told["labels"]):
        assert [one["x"], one["y"]] == pytest.approx(atlas.map.places[at].tolist())
        assert one["radii"] == pytest.approx(list(atlas.map.ellipses[at].radii))
        assert one["nearest"][0]["label"] == atlas.nearest(at)[0].label
        assert len(one["nearest"]) == 3
    assert told["notes"] == list(atlas.notes)


def test_the_atlas_is_made_once(read_only: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    read_only.get("/api/atlas")

    def again(*_: object, **__: object) -> None:
        raise AssertionError("the atlas was made a second time")

    monkeypatch.setattr("earmark.web.routes.labels.atlas_of", again)
    assert read_only.get("/api/atlas").status_code == 200
    assert read_only.post("/api/labels/explore", json={"loves": ["nobody"]}).status_code == 404


def test_a_place_has_all_neighbours_and_tracks_of_the_label(read_only: TestClient, atlas: Atlas) -> None:
    label = atlas.labels[1]
    told = read_only.get("/api/labels/place", params={"label": label}).json()
    assert {one["label"] for one in told["nearest"]} == set(atlas.labels) - {label}
    distances = [one["distance"] for one in told["nearest"]]
    assert distances == sorted(distances)
    assert all(one["interval"][0] <= one["interval"][1] for one in told["nearest"])
    assert {one["track"]["label"] for one in (*told["typical"], *told["outliers"])} == {label}
    assert told["typical"][0]["distance"] < told["outliers"][0]["distance"]
    assert told["drift"]["told"] is False
    assert told["drift"]["unknown"]


def test_two_labels_are_as_far_apart_from_either_side(read_only: TestClient, atlas: Atlas) -> None:
    first, second = atlas.labels[:2]
    there = read_only.get("/api/labels/compare", params={"a": first, "b": second}).json()
    back = read_only.get("/api/labels/compare", params={"a": second, "b": first}).json()
    assert there["distance"] == pytest.approx(float(atlas.distances.matrix[0, 1]))
    assert there["distance"] == pytest.approx(back["distance"])
    assert {one["quantity"] for one in there["differences"]} == {"bpm", "minor", "lufs", "energy", "year", "spread"}
    assert all(one["one"]["label"] == first and one["other"]["label"] == second for one in there["pairs"])
    tempo = {one["quantity"]: one for one in there["differences"]}["bpm"]
    overview = read_only.get("/api/labels/overview", params={"label": first}).json()
    assert tempo["one"] == pytest.approx(overview["bpm"]["quartiles"][1])


def test_a_label_is_not_compared_with_itself(read_only: TestClient, atlas: Atlas) -> None:
    label = atlas.labels[0]
    assert "twice" in problem(read_only.get("/api/labels/compare", params={"a": label, "b": label.upper()}), 400)


def test_what_to_try_is_the_advice_of_the_command_line(read_only: TestClient, atlas: Atlas) -> None:
    loved = list(atlas.labels[:2])
    told = read_only.post("/api/labels/explore", json={"loves": loved}).json()
    advice = advise(atlas.choice, atlas.distances, loved)
    assert told["loved"] == loved
    assert [one["label"] for one in told["suggestions"]] == [one.label for one in advice.suggestions]
    best, expected = told["suggestions"][0], advice.suggestions[0]
    assert best["first"] == pytest.approx(expected.first)
    assert [one["track"]["audio_id"] for one in best["bridges"]] == [one.track.audio_id for one in expected.bridges]
    for bridge in best["bridges"]:
        assert bridge["track"]["label"] == best["label"]
        assert [near["track"]["label"] for near in bridge["nearest"]] == loved


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"loves": []}, 422),
        ({"loves": ["x"] * 13}, 422),
        ({"loves": ["x"], "hates": ["y"]}, 422),
        ({"loves": ["Nobody"]}, 404),
    ],
)
def test_love_for_nothing_is_refused(read_only: TestClient, body: dict[str, list[str]], status: int) -> None:
    problem(read_only.post("/api/labels/explore", json=body), status)


def test_who_loves_all_labels_is_told_to_name_fewer(read_only: TestClient, atlas: Atlas) -> None:
    assert "fewer" in problem(read_only.post("/api/labels/explore", json={"loves": list(atlas.labels)}), 400)


def test_any_name_can_be_asked_for(client: TestClient, atlas: Atlas) -> None:
    relabel(client, atlas.labels[0], EVIL)
    assert client.get("/api/labels/overview", params={"label": EVIL}).json()["label"] == EVIL
    assert client.get("/api/labels/place", params={"label": EVIL}).json()["label"] == EVIL
    pair = client.get("/api/labels/compare", params={"a": atlas.labels[1], "b": EVIL}).json()
    assert pair["other"] == EVIL
    assert client.post("/api/labels/explore", json={"loves": [EVIL]}).json()["loved"] == [EVIL]


def test_a_changed_library_has_another_atlas(client: TestClient, atlas: Atlas) -> None:
    small = atlas.labels[0]
    assert small in {one["label"] for one in client.get("/api/atlas").json()["atlas"]["labels"]}
    gone = relabel(client, small, None, most=4)
    told = client.get("/api/atlas").json()["atlas"]
    assert small not in {one["label"] for one in told["labels"]}
    [left_out] = told["left_out"]
    assert left_out["label"] == small
    assert "are needed" in left_out["why"]
    # What needs no comparison is still told of it; what needs it says why there is none.
    overview = client.get("/api/labels/overview", params={"label": small}).json()
    assert overview["tracks"] == atlas.profiles[0].tracks - len(gone)
    assert "not on the atlas" in problem(client.get("/api/labels/place", params={"label": small}), 400)


def test_without_vectors_the_labels_are_there_and_the_atlas_says_what_is_missing(client: TestClient) -> None:
    library: Library = shared_of(client).library
    library.storage.remove_folder("vectors")
    assert client.get("/api/labels").json()
    answer = client.get("/api/atlas")
    assert answer.status_code == 200  # no error: it is how every library begins
    assert answer.json()["atlas"] is None
    assert "embed" in answer.json()["problem"]
