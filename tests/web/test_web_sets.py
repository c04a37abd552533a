from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

Json = dict[str, Any]


def ids(client: TestClient) -> list[str]:
    return [one["audio_id"] for one in client.get("/api/tracks", params={"limit": 100}).json()["items"]]


def judged(client: TestClient, **asked: Any) -> Json:
    answer = client.post("/api/transitions", json=asked)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_a_set_is_made_and_judged_alike(read_only: TestClient) -> None:
    start, end = ids(read_only)[0], ids(read_only)[-1]
    answer = read_only.post(
        "/api/setlist", json={"start": start, "end": end, "minutes": 6, "curve": "peak", "overlap": 16}
    )
    assert answer.status_code == 200, answer.text
    made = answer.json()
    order = [step["track"]["audio_id"] for step in made["steps"]]
    assert (order[0], order[-1]) == (start, end)
    assert len(set(order)) == len(order)
    assert made["seconds"] == pytest.approx(360, abs=60)
    assert made["curve"] == [[0, 0.25], [0.65, 0.95], [1, 0.5]]
    same = judged(read_only, audio_ids=order, overlap=16)
    assert [one["start_seconds"] for one in same["tracks"]] == [step["start_seconds"] for step in made["steps"]]
    assert [one["transition"] for one in same["tracks"]] == [step["transition"] for step in made["steps"]]
    assert [one["level"] for one in same["tracks"]] == [step["level"] for step in made["steps"]]
    assert same["seconds"] == made["seconds"]
    assert same["mixing"] == made["mixing"]


def test_another_seed_and_tracks_that_are_not_wanted(read_only: TestClient) -> None:
    start, *rest = ids(read_only)
    asked = {"start": start, "minutes": 5, "overlap": 16}
    first = read_only.post("/api/setlist", json=asked).json()
    chosen = [step["track"]["audio_id"] for step in first["steps"]][1:]
    other = read_only.post("/api/setlist", json={**asked, "filters": {"without": chosen}}).json()
    assert not set(chosen) & {step["track"]["audio_id"] for step in other["steps"]}
    seeds = [read_only.post("/api/setlist", json={**asked, "seed": seed}).json()["steps"] for seed in (0, 0, 1, 2, 3)]
    assert seeds[0] == seeds[1]
    assert any(steps != seeds[0] for steps in seeds[2:])
    assert rest


def test_a_blend_lies_within_both_tracks(read_only: TestClient) -> None:
    found = judged(read_only, audio_ids=ids(read_only)[:5], overlap=32)
    for before, after in pairwise(found["tracks"]):
        blend = after["blend"]
        assert 0 < blend["seconds"] <= 32
        assert 0 <= blend["out_seconds"] <= before["track"]["seconds"] - blend["seconds"] + 1
        assert 0 <= blend["in_seconds"] < after["track"]["seconds"] / 2


def test_what_breaks_rules_is_told_not_refused(read_only: TestClient) -> None:
    strict = {"keys": ["same"], "pitch_range": 0.1, "strict_key": True}
    found = judged(read_only, audio_ids=ids(read_only)[:12], rules=strict)
    broken = [one["transition"]["broken"] for one in found["tracks"][1:]]
    assert any(broken)
    assert len(found["tracks"]) == 12


@pytest.mark.parametrize("count", [0, 1])
def test_short_sets(read_only: TestClient, count: int) -> None:
    found = judged(read_only, audio_ids=ids(read_only)[:count])
    assert len(found["tracks"]) == count
    assert found["mixing"] is None


def test_tracks_that_have_left_are_told(read_only: TestClient) -> None:
    first, second = ids(read_only)[:2]
    found = judged(read_only, audio_ids=[first, "ab" * 16, second])
    assert found["gone"] == ["ab" * 16]
    assert [one["track"]["audio_id"] for one in found["tracks"]] == [first, second]


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"minutes": 0}, 422), ({"minutes": 0.5}, 400), ({"minutes": 1000}, 400), ({"curve": "hill"}, 404),
     ({"curve": "0:2"}, 400), ({"overlap": -1}, 422), ({"end": "ab" * 16}, 404), ({"typo": 1}, 422)],
)  # fmt: skip
def test_sets_that_cannot_be(read_only: TestClient, asked: Json, status: int) -> None:
    answer = read_only.post("/api/setlist", json={"start": ids(read_only)[0], "minutes": 5, **asked})
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]


def test_a_set_does_not_end_where_it_begins(read_only: TestClient) -> None:
    first = ids(read_only)[0]
    assert read_only.post("/api/setlist", json={"start": first, "end": first}).status_code == 400
