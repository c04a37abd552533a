"""Training from the page: plans, refusals, live progress, cancelling and resuming, and a mistake that is heard."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from web_server import SmallDemo, visiting

from earmark.models.from_library import songs_to_split
from earmark.models.registry import MODELS
from earmark.training.songs import Progress
from earmark.web.bundles.requests import TrainIn
from earmark.web.jobs.training import EpochTeller

SLOW_MACHINE = 120_000
"""Milliseconds; nothing here is timed, it only has to happen."""


class Told:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int, int, str]] = []
        self.points: list[dict[str, float | None]] = []

    def progress(self, stage: str, done: int, total: int, text: str = "") -> None:
        """Keep where the job is."""
        self.stages.append((stage, done, total, text))

    def metrics(self, point: Mapping[str, float | None]) -> None:
        """Keep a point of the curves."""
        self.points.append(dict(point))


def test_each_epoch_is_told_once_and_those_of_an_earlier_run_first() -> None:
    told = Told()
    teller = EpochTeller(told, "mine")
    teller.resumed([{"epoch": 1, "val_loss": 2.0}, {"epoch": 2, "val_loss": None}])
    teller.progress(Progress(3, 10, 1, 4, {"epoch": 2, "val_loss": 1.5, "train_loss": 9.0}))
    teller.progress(Progress(3, 10, 4, 4, {"epoch": 3, "val_loss": 1.0, "train_loss": 1.1}))
    teller.progress(Progress(4, 10, 1, 4, {"epoch": 3, "val_loss": 1.0, "train_loss": 7.0}))
    assert told.points == [
        {"epoch": 1, "val_loss": 2.0},
        {"epoch": 2, "val_loss": None},
        {"epoch": 3, "val_loss": 1.0, "train_loss": 1.1},
    ]
    assert told.stages[0] == ("Training mine", 9, 40, "epoch 3 of at most 10, loss 9.00, validation loss 1.50")


def test_a_plan_tells_the_songs_of_each_label_and_part(read_only: TestClient) -> None:
    tracks = read_only.app.state.shared.tracks().all  # type: ignore[attr-defined]  # the app is FastAPI
    told = read_only.post("/api/train/plan", json={}).json()
    assert told["problem"] is None
    assert told["words"] == "artist-disjoint"
    assert told["train"] + told["validation"] + told["test"] == len(songs_to_split(tracks))
    for part in ("train", "validation", "test"):
        assert sum(one[part] for one in told["labels"]) == told[part]
    half = read_only.post("/api/train/plan", json={"test_fraction": 0.5, "split": "song"}).json()
    assert half["test"] > told["test"]
    assert half["mode"] == "song"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"labels": ["Nobody"]}, "Nobody"),
        ({"since": "2099"}, "two labels"),
        ({"since": "2020", "until": "2018"}, "2018"),
    ],
)
def test_a_plan_that_cannot_be_says_why(read_only: TestClient, wanted: dict[str, Any], words: str) -> None:
    answer = read_only.post("/api/train/plan", json=wanted)
    assert answer.status_code == 200
    assert words in answer.json()["problem"]
    assert read_only.post("/api/train", json=wanted).status_code in {400, 404}, "and nothing is started"
    assert read_only.get("/api/jobs").json() == []


@pytest.mark.parametrize(
    ("path", "wanted", "status"),
    [
        ("train", {"model": "nobody"}, 404),
        ("train", {"model": "mfcc", "slice_seconds": 3}, 400),
        ("train", {"model": "crnn", "slice_seconds": 0}, 422),
        ("train", {"name": "../elsewhere"}, 422),
        ("train", {"name": ".hidden"}, 422),
        ("train", {"sede": 1}, 422),
        ("train", {"seed": -1}, 422),
        ("train", {"test_fraction": 1}, 422),
        ("compare", {"models": []}, 422),
        ("compare", {"models": ["nobody"]}, 404),
        ("compare", {"models": ["mfcc", "mfcc"]}, 400),
        ("compare", {"folds": 0}, 422),
        ("evaluate", {"bundles": ["nobody"]}, 404),
        ("evaluate", {"bundles": ["../bundles/earmark"]}, 422),
        ("bundles/nobody/report", {}, 404),
        ("add-label", {"label": "New", "audio_ids": ["0123456789abcdef", "fedcba9876543210"]}, 404),
        ("add-label", {"label": "New", "audio_ids": ["../../etc/passwd", "x"]}, 422),
        ("triage", {"folder": "/etc", "label": "Brasslark"}, 403),
        ("triage", {"folder": "/etc/\0", "label": "Brasslark"}, 403),
        ("train", {"name": "\u5b57" * 80}, 422),
        ("embed", {"bundle": "/etc"}, 400),
        ("triage", {"folder": "../..", "label": "Brasslark"}, 403),
        ("evaluate-search", {"cutoffs": [0]}, 422),
        ("evaluate-search", {"bundle": "nobody"}, 404),
        ("add-label", {"label": "New", "bundle": "nobody", "audio_ids": ["0123456789abcdef"] * 2}, 404),
        ("add-label", {"label": " brasslark", "audio_ids": ["0123456789abcdef"] * 2}, 400),
    ],
)
def test_what_cannot_be_is_refused_before_a_job_starts(
    read_only: TestClient, path: str, wanted: dict[str, Any], status: int
) -> None:
    answer = read_only.post(f"/api/{path}", json=wanted)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]
    assert read_only.get("/api/jobs").json() == []


def test_demos_are_ranked_for_a_label_that_the_model_knows(read_only: TestClient, demo: SmallDemo) -> None:
    wanted = {"folder": str(demo.music), "label": "Nobody"}
    answer = read_only.post("/api/triage", json=wanted)
    assert (answer.status_code, "Brasslark" in answer.json()["message"]) == (404, True)
    assert read_only.post("/api/triage", json=wanted | {"bundle": "nobody"}).status_code == 404
    assert read_only.get("/api/jobs").json() == []


@pytest.mark.parametrize("name", MODELS)
def test_every_model_can_be_asked_for_as_it_is(name: str) -> None:
    request = TrainIn(model=name).request()
    assert request.spec == MODELS[name]
    assert TrainIn(**TrainIn(model=name).model_dump(mode="json")).request() == request


def asked(address: str, path: str) -> Any:
    """What the server answers."""
    with urllib.request.urlopen(f"{address}/api{path}") as answer:
        return json.loads(answer.read())


def training(address: str) -> dict[str, Any]:
    """The newest training."""
    told: dict[str, Any] = next(job for job in asked(address, "/jobs") if job["kind"] == "train")
    return told


def until(address: str, happened: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until something holds of the newest training."""
    end = time.monotonic() + SLOW_MACHINE / 1000
    while time.monotonic() < end:
        job = training(address)
        if happened(job):
            return job
        assert job["state"] != "failed", job["problem"]
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def only_two_labels(page: Page) -> None:
    """Leave two labels chosen: there is less to learn."""
    labels = page.get_by_role("region", name="Labels")
    labels.get_by_role("button", name="None").click()
    page.get_by_text("Choose two labels at least").wait_for()
    for box in labels.get_by_role("checkbox").all()[:2]:
        box.check()
    labels.get_by_text("2 of 6").wait_for()


def test_a_network_is_trained_from_the_page_and_a_mistake_is_heard(serve: Callable[[], str]) -> None:
    with visiting(serve()) as visitor:
        page = visitor.page
        page.set_default_timeout(SLOW_MACHINE)
        visitor.go("#/models")
        page.get_by_role("link", name="Train a model").click()
        page.get_by_role("radio", name="earmark", exact=True).check()
        only_two_labels(page)
        page.get_by_text("songs to learn from").wait_for()
        page.get_by_text("More", exact=True).click()
        page.get_by_label("Name of the model").fill("From the page")
        page.get_by_role("button", name="Start training").click()

        card = page.locator("article.training")
        card.get_by_text("running").wait_for()
        card.get_by_text("Training From the page").wait_for()
        assert card.get_by_role("progressbar").is_visible()
        visitor.keep("models-training")
        card.get_by_role("link", name="See the model").click()

        page.get_by_role("heading", name="From the page", exact=True).wait_for()
        page.get_by_role("heading", name="Could a shortcut explain it?").wait_for()  # its test songs were gone through
        visitor.keep("models-model")
        wrong = page.locator("button.confusion-cell.wrong")
        cell = wrong.first if wrong.count() else page.locator("button.confusion-cell.right").first
        cell.click()
        assert cell.get_attribute("aria-pressed") == "true"
        listed = page.locator(".cell-place .track-row")
        page.locator(".cell-heading").wait_for()
        assert listed.count() == int(cell.inner_text())
        listed.first.get_by_role("button", name="Play").click()
        page.wait_for_function("!document.querySelector('#player').hidden")
        page.locator(".cell-place .track-row[data-player='playing']").wait_for()


def test_a_training_is_cancelled_resumed_and_finished_early(serve: Callable[[], str]) -> None:
    address = serve()
    with visiting(address) as visitor:
        page = visitor.page
        page.set_default_timeout(SLOW_MACHINE)
        visitor.go("#/models?train=crnn")
        only_two_labels(page)
        page.get_by_text("More", exact=True).click()
        page.get_by_label("Slices of, in seconds").fill("1")
        page.get_by_label("Epochs at most").fill("500")
        page.get_by_role("button", name="Start training").click()
        card = page.locator("article.training")
        page.locator(".training-charts").wait_for()
        card.get_by_role("button", name="Cancel").click()
        card.get_by_text("stopped", exact=True).wait_for()
        stopped = training(address)
        assert stopped["state"] == "cancelled"
        assert stopped["metrics"]

        page.reload()
        card.get_by_role("button", name="Resume").click()
        first = until(address, lambda job: job["state"] == "running" and bool(job["metrics"]))
        assert first["id"] == stopped["id"]
        already = len(stopped["metrics"])
        resumed = until(address, lambda job: len(job["metrics"]) > already)
        assert resumed["metrics"][:already] == stopped["metrics"], "what was learnt is not learnt again"
        assert [point["epoch"] for point in resumed["metrics"]] == list(range(1, len(resumed["metrics"]) + 1))

        card.get_by_role("button", name="Finish now").click()
        card.get_by_role("link", name="See the model").wait_for()
        done = training(address)
        assert done["result"]["stopped"] == "interrupted"
        model = asked(address, f"/bundles/{done['result']['bundle']}")
        assert model["curves"]["points"][:already] == stopped["metrics"]
