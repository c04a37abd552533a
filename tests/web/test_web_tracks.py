"""Finding tracks and showing all of one."""

import time

import pytest
from fastapi.testclient import TestClient
from tiny_library import make_track

from earmark.catalog.searching import ORDERS, TrackFinder
from earmark.library.library import Library
from earmark.web.following import Gone
from earmark.web.values import JobOut


def items(client: TestClient, **asked: str | int | bool) -> list[dict[str, object]]:
    answer = client.get("/api/tracks", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def test_pages_make_up_the_whole(read_only: TestClient) -> None:
    whole = items(read_only, limit=500)
    total = read_only.get("/api/tracks").json()["total"]
    assert len(whole) == total
    pages = [one for offset in range(0, total, 7) for one in items(read_only, limit=7, offset=offset)]
    assert pages == whole
    assert items(read_only, offset=10_000) == []


def test_words_are_folded_and_all_asked(read_only: TestClient) -> None:
    whole = items(read_only, limit=500)
    first = whole[0]
    title, label = str(first["title"]), str(first["label"])
    found = items(read_only, words=f"{title.upper()} {label[:4].lower()}")
    assert found[0]["audio_id"] == first["audio_id"]
    assert items(read_only, words="no such words at all") == []
    assert items(read_only, words="'; DROP TABLE tracks; <b> \0", limit=3) == []


def test_label_and_genre(read_only: TestClient) -> None:
    label = str(items(read_only, limit=1)[0]["label"])
    own = items(read_only, label=label.upper(), limit=500)
    assert own
    assert {one["label"] for one in own} == {label}
    assert read_only.get("/api/tracks", params={"only": "unlabelled"}).json()["total"] == 0
    estimated = items(read_only, only="estimated")
    assert estimated
    assert all(one["bpm_estimated"] or one["key_estimated"] for one in estimated)


@pytest.mark.parametrize("order", ORDERS)
def test_orders(read_only: TestClient, order: str) -> None:
    up, down = items(read_only, sort=order, limit=500), items(read_only, sort=order, limit=500, descending=True)
    assert {one["audio_id"] for one in up} == {one["audio_id"] for one in down}
    if order in {"bpm", "seconds", "released"}:
        values = [one[order] for one in up]
        assert values == sorted(values)  # type: ignore[type-var]  # numbers, or texts
        assert [one[order] for one in down] == values[::-1]


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 501}, {"limit": 0}, {"offset": -1}, {"sort": "size"}, {"words": "x" * 201}, {"only": "all"},
        {"limit": "many"},
    ],
)  # fmt: skip
def test_what_cannot_be_asked(read_only: TestClient, asked: dict[str, str | int]) -> None:
    answer = read_only.get("/api/tracks", params=asked)
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.json()["message"]


def test_one_track_with_all_that_is_known(read_only: TestClient) -> None:
    plain = items(read_only, limit=1)[0]
    detail = read_only.get(f"/api/tracks/{plain['audio_id']}").json()
    assert {name: detail[name] for name in plain} == plain
    assert detail["sources"]["label"] == "tag"
    assert detail["tempo_estimate"]["confidence"] <= 1
    assert detail["sections"][0]["start"] == 0
    assert len(detail["loudness_curve"]) * detail["loudness_step"] == pytest.approx(detail["seconds"], abs=1)


def test_the_end_of_a_job_shows_what_it_has_changed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earmark.web.shared.LOOK_AGAIN_SECONDS", 3600.0)
    shared = client.app.state.shared  # type: ignore[attr-defined]  # a Starlette app, which the client does not tell
    first, *others = client.get("/api/tracks?limit=500").json()["items"]
    Library.open(shared.settings.library).tracks_table.delete([first["audio_id"]])
    assert client.get("/api/tracks").json()["total"] == len(others) + 1, "not looked at again so soon"
    totals: list[int] = []

    def look(job: JobOut | Gone) -> None:
        if isinstance(job, JobOut) and job.ended is not None:
            totals.append(len(shared.tracks().all))

    shared.jobs.board.follow(look)
    job = client.post("/api/imports?name=nothing.xml", content=b"no XML").json()
    begun = time.monotonic()
    while not totals:
        assert time.monotonic() - begun < 60, client.get(f"/api/jobs/{job['id']}").json()
        time.sleep(0.05)
    assert totals == [len(others)]


def test_finding_prefers_the_exact_and_sorts_the_unknown_last() -> None:
    tracks = [
        make_track(1, "Á Label", "A", title="Sun Rising", bpm=130.0),
        make_track(2, None, "B", title="Rising Sun", bpm=None),
        make_track(3, "B", "C", title="Sun", bpm=120.0),
    ]
    first, second, third = tracks
    finder = TrackFinder(tracks)
    assert finder.find("sun") == [third, first, second]
    assert finder.find("un") == []  # words are found by their beginnings
    assert finder.find(order="bpm") == [third, first, second]
    assert finder.find(order="bpm", descending=True) == [first, third, second]
    assert finder.find(label="a label") == [first]
    assert finder.find(only="unlabelled") == [second]
