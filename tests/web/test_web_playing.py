from typing import Any

import pytest
from fastapi.testclient import TestClient

Json = dict[str, Any]


def tracks(client: TestClient) -> list[Json]:
    found: list[Json] = client.get("/api/tracks", params={"limit": 100}).json()["items"]
    return found


def ask(client: TestClient, **asked: Any) -> Json:
    answer = client.post("/api/next", json=asked)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def ids(found: Json) -> list[str]:
    return [one["track"]["audio_id"] for one in found.get("suggestions") or found["neighbours"]]


class TestSimilar:
    def test_neighbours_have_what_the_page_shows(self, read_only: TestClient) -> None:
        asked = tracks(read_only)[0]
        found = read_only.get(f"/api/tracks/{asked['audio_id']}/similar", params={"count": 5}).json()
        assert found["asked"] == asked
        assert len(found["neighbours"]) == 5
        assert asked["audio_id"] not in ids(found)
        assert found["source"] == "the bundle earmark"
        for one in found["neighbours"]:
            assert 0 <= one["nearer_than_share_of_pairs"] <= 1
            assert one["words"].startswith("sounds")

    def test_the_same_as_the_command_line(self, read_only: TestClient) -> None:
        from earmark.similarity.finding.lookup import library_query
        from earmark.similarity.finding.similar import find_similar
        from earmark.similarity.finding.versions import Fingerprints
        from earmark.similarity.vectors.opening import open_collection

        shared = read_only.app.state.shared  # type: ignore[attr-defined]  # a FastAPI app, whatever the client says
        collection = open_collection(shared.library)
        for track in collection.all_tracks()[:3]:
            direct = find_similar(collection, library_query(track, collection), Fingerprints(shared.library))
            found = read_only.get(f"/api/tracks/{track.audio_id}/similar").json()
            assert ids(found) == [one.track.audio_id for one in direct.neighbours]

    def test_likes_filters_and_caps_count(self, read_only: TestClient) -> None:
        first, *_, last = tracks(read_only)
        path = f"/api/tracks/{first['audio_id']}/similar"
        plain = read_only.get(path, params={"count": 20}).json()
        liked = read_only.get(path, params={"count": 20, "like": last["audio_id"]}).json()
        assert ids(plain) != ids(liked)
        only = read_only.get(path, params={"label": last["label"], "bpm": "100-140", "max_per_artist": 1}).json()
        assert {one["track"]["label"] for one in only["neighbours"]} == {last["label"]}
        assert len({one["track"]["artists"] for one in only["neighbours"]}) == len(only["neighbours"])

    @pytest.mark.parametrize(
        ("params", "status"),
        [({"count": 0}, 422), ({"count": 101}, 422), ({"bpm": "fast"}, 422), ({"label": "No Such"}, 404),
         ({"key": "13H"}, 400), ({"like": "ab" * 16}, 404), ({"typo": 1}, 422), ({"since": "2024-13"}, 400)],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, read_only: TestClient, params: Json, status: int) -> None:
        answer = read_only.get(f"/api/tracks/{tracks(read_only)[0]['audio_id']}/similar", params=params)
        assert answer.status_code == status
        assert set(answer.json()) == {"kind", "message"}

    def test_an_audio_id_is_no_path(self, read_only: TestClient) -> None:
        assert read_only.get("/api/tracks/%2Fetc%2Fpasswd/similar").status_code in (404, 422)
        assert read_only.get(f"/api/tracks/{'ab' * 16}/similar").status_code == 404


class TestNext:
    def test_suggestions_keep_the_rules_and_tell_every_term(self, read_only: TestClient) -> None:
        asked = next(one for one in tracks(read_only) if one["key"] and one["bpm"])
        found = ask(read_only, track=asked["audio_id"], count=20)
        assert found["asked"] == asked
        assert asked["key"] in found["allowed_keys"]
        scores = [one["transition"]["score"] for one in found["suggestions"]]
        assert scores == sorted(scores, reverse=True)
        for one in found["suggestions"]:
            terms = [reason["term"] for reason in one["transition"]["reasons"]]
            assert terms == ["sound", "key", "tempo", "level", "energy", "variety"]
            assert sum(reason["weight"] for reason in one["transition"]["reasons"]) == pytest.approx(1, abs=1e-3)
            assert abs(one["transition"]["speed"] - 1) <= 0.06 + 1e-4
            assert one["play_bpm"] == pytest.approx(one["track"]["bpm"] * one["transition"]["speed"], rel=1e-3)
            # A key of doubt breaks no rule.
            assert one["track"]["key"] in found["allowed_keys"] or "key" in one["track"]["doubtful"]

    def test_rules_filters_and_weights_count(self, read_only: TestClient) -> None:
        first = tracks(read_only)[0]
        plain = ask(read_only, track=first["audio_id"], count=50)
        wide = {"keys": ["same", "adjacent", "relative", "energy-boost", "diagonal"], "pitch_range": 50}
        assert len(ask(read_only, track=first["audio_id"], count=50, rules=wide)["suggestions"]) > len(
            plain["suggestions"]
        )
        label = plain["suggestions"][0]["track"]["label"]
        without = ask(read_only, track=first["audio_id"], count=50, filters={"without_labels": [label]})
        assert label not in {one["track"]["label"] for one in without["suggestions"]}
        left_out = ids(plain)[0]
        assert left_out not in ids(ask(read_only, track=first["audio_id"], filters={"without": [left_out]}))
        tempo = {"weights": {"sound": 0, "key": 0, "tempo": 1, "level": 0, "energy": 0, "variety": 0}}
        ranked = ask(read_only, track=first["audio_id"], count=50, rules=tempo)["suggestions"]
        values = [one["transition"]["reasons"][2]["value"] for one in ranked]
        assert values == sorted(values, reverse=True)

    def test_likes_and_unlikes(self, read_only: TestClient) -> None:
        first = tracks(read_only)[0]
        rules = {"keys": ["same", "adjacent", "relative", "energy-boost", "diagonal"], "pitch_range": 50}
        plain = ids(ask(read_only, track=first["audio_id"], count=30, rules=rules))
        liked, disliked = plain[-1], plain[0]
        found = ask(read_only, track=first["audio_id"], count=30, rules=rules, likes=[liked, liked], unlikes=[disliked])
        assert disliked not in ids(found)
        assert ids(found).index(liked) < plain.index(liked)
        assert "towards 1 liked track and away from 1 disliked track" in found["notes"][0]

    def test_notes_are_for_people_without_a_terminal(self, read_only: TestClient) -> None:
        found = ask(read_only, track=tracks(read_only)[0]["audio_id"], count=100)
        assert found["notes"]
        assert not any("--" in note for note in found["notes"])

    @pytest.mark.parametrize(
        ("asked", "status"),
        [({}, 422), ({"track": "../../etc/passwd"}, 422), ({"track": "ab" * 16}, 404)],
    )
    def test_a_track_is_needed(self, read_only: TestClient, asked: Json, status: int) -> None:
        assert read_only.post("/api/next", json=asked).status_code == status

    @pytest.mark.parametrize(
        ("rest", "status"),
        [({"count": 1000}, 422), ({"rules": {"keys": []}}, 422), ({"rules": {"keys": ["wrong"]}}, 422),
         ({"rules": {"pitch_range": 0}}, 422), ({"rules": {"weights": {"sound": -1}}}, 422),
         ({"rules": {"weights": dict.fromkeys(["sound", "key", "tempo", "level", "energy", "variety"], 0)}}, 400),
         ({"filters": {"bpm": "140-120"}}, 400), ({"filters": {"typo": 1}}, 422), ({"unlikes": ["ab" * 16]}, 404)],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, read_only: TestClient, rest: Json, status: int) -> None:
        answer = read_only.post("/api/next", json={"track": tracks(read_only)[0]["audio_id"], **rest})
        assert answer.status_code == status, answer.text
