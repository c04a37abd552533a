"""Models on the page: cards, confusions, judged test songs, reports, and what may be asked."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from made_comparison import make_comparison
from web_server import SmallDemo

from earmark.library.library import Library
from earmark.models.bundle import load_bundle
from earmark.models.evaluate import evaluate
from earmark.models.registry import MODELS


def wait(client: TestClient, job: dict[str, Any], *, state: str = "done", seconds: float = 120) -> dict[str, Any]:
    """Wait until a job has ended, and expect it to have ended so."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        told: dict[str, Any] = client.get(f"/api/jobs/{job['id']}").json()
        if told["state"] not in ("waiting", "running"):
            assert told["state"] == state, told["problem"]
            return told
        time.sleep(0.05)
    raise AssertionError(f"job {job['id']} did not end in {seconds} s")


@pytest.fixture(scope="module")
def judged(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A client whose library's models have gone through their test songs."""
    from web_server import settings_for

    from earmark.web.app import make_app

    address = demo.copy(tmp_path_factory.mktemp("judged") / "library")
    with TestClient(make_app(settings_for(address, demo.music)), base_url="http://127.0.0.1") as client:
        wait(client, client.post("/api/evaluate", json={}).json())
        yield client


def test_every_model_of_the_registry_is_listed(read_only: TestClient) -> None:
    told = read_only.get("/api/models").json()
    assert [one["name"] for one in told["models"]] == list(MODELS)
    assert [one["name"] for one in told["models"] if one["default"]] == ["earmark"]
    by_name = {one["name"]: one for one in told["models"]}
    assert by_name["crnn"]["slice_seconds"] == 3.0
    assert by_name["metadata"]["max_epochs"] is None
    assert not by_name["metadata"]["hears"]
    assert told["can_train"]


def test_bundles_stand_with_their_scores_and_baselines(read_only: TestClient) -> None:
    told = read_only.get("/api/bundles").json()
    assert {one["name"] for one in told["bundles"]} == {"earmark", "metadata"}
    assert told["unreadable"] == []
    assert sum(one["newest"] for one in told["bundles"]) == 1
    for one in told["bundles"]:
        interval = one["test"]["accuracy_interval"]
        assert interval["low"] <= one["test"]["accuracy"] <= interval["high"]
        assert {row["name"] for row in one["baselines"]} >= {"majority", "artist look-up"}
        assert one["split"]["tested"] == one["test"]["n_songs"]
        assert one["bytes"] > 1000


def test_a_damaged_bundle_is_told_beside_the_others(client: TestClient, tmp_path: Path) -> None:
    card = tmp_path / "library" / "bundles" / "metadata" / "card.json"
    card.write_text("{")
    told = client.get("/api/bundles").json()
    assert [one["name"] for one in told["bundles"]] == ["earmark"]
    assert [one["name"] for one in told["unreadable"]] == ["metadata"]
    assert client.get("/api/bundles/metadata").status_code == 400


def test_a_damaged_comparison_is_told_beside_the_others(client: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "library" / "comparisons"
    make_comparison().save(folder / "sound.json")
    (folder / "cut off.json").write_text('{"format_version"')
    (folder / "odd.json").write_text("[]")
    told = client.get("/api/comparisons").json()
    assert [one["name"] for one in told["comparisons"]] == ["sound"]
    assert {one["name"] for one in told["unreadable"]} == {"cut off", "odd"}
    assert str(tmp_path) not in str(told["unreadable"])
    assert len(client.get("/api/comparisons/sound").json()["rows"]) > 5
    assert client.get("/api/comparisons/odd").status_code == 400


def test_a_damaged_judgement_is_as_none(client: TestClient, tmp_path: Path) -> None:
    kept = tmp_path / "library" / "judged" / "earmark.json"
    kept.parent.mkdir()
    for content in ("{", "[]", '{"format_version": 1}'):
        kept.write_text(content)
        assert not client.get("/api/bundles/earmark").json()["judged"]


def test_a_model_is_told_from_its_card_before_it_is_judged(read_only: TestClient) -> None:
    told = read_only.get("/api/bundles/earmark").json()
    assert told["verdicts"] is None
    assert not told["judged"]
    songs = next(one for one in told["readings"] if one["name"] == "mean")
    assert sum(map(sum, songs["confusion"])) == told["test"]["n_songs"]
    assert [len(row) for row in songs["confusion"]] == [len(told["labels"])] * len(told["labels"])
    assert {one["label"] for one in told["per_label"]} == set(told["labels"])
    assert told["curves"]["tried"] == "penalty"
    assert 1 <= told["curves"]["best"] <= len(told["curves"]["points"])
    assert told["cannot"]
    refused = read_only.get("/api/bundles/earmark/mistakes")
    assert refused.status_code == 409
    assert "POST /api/evaluate" in refused.json()["message"]


def test_mistakes_are_those_that_evaluate_counts(judged: TestClient, demo: SmallDemo) -> None:
    model = judged.get("/api/bundles/earmark").json()
    library = Library.open(str(demo.library))
    expected = evaluate(library, load_bundle(demo.library / "bundles" / "earmark")).judgement
    cells = {}
    for truth in model["labels"]:
        for said in model["labels"]:
            asked = {"truth": truth, "said": said, "right": True}
            cell = judged.get("/api/bundles/earmark/mistakes", params=asked).json()
            assert all((one["truth"], one["said"]) == (truth, said) for one in cell["songs"])
            cells[truth, said] = cell["total"]
    counted = [[cells[truth, said] for said in model["labels"]] for truth in model["labels"]]
    assert counted == expected.scores["mean"].confusion.tolist()
    every = judged.get("/api/bundles/earmark/mistakes").json()
    assert every["total"] == sum(map(sum, counted)) - sum(counted[at][at] for at in range(len(counted)))
    for one in every["songs"]:
        assert not one["right"]
        assert one["track"]["audio_id"] == one["audio_id"]
        assert one["probabilities"][0][1] >= one["truth_probability"]
        assert one["place"] >= 2
    assert judged.get("/api/bundles/earmark/mistakes", params={"truth": "Nobody"}).status_code == 404


def test_a_judged_model_tells_what_it_is_worth(judged: TestClient) -> None:
    told = judged.get("/api/bundles/earmark").json()
    verdicts = told["verdicts"]
    assert verdicts["headline"][0].startswith("earmark calls ")
    assert verdicts["finding"] in {"shortcut found", "none found", "cannot tell"}
    assert len(verdicts["audit"]) >= 3
    assert {row["name"] for row in verdicts["rows"]} >= {"earmark", "shortcut only", "metadata only", "majority"}
    bins = verdicts["reliability"]["after"]
    assert sum(one["n"] for one in bins) == told["test"]["n_songs"]
    for one in told["per_label"]:
        if one["n_songs"]:
            assert one["recall_interval"]["low"] <= one["recall"] <= one["recall_interval"]["high"]


def test_models_of_one_split_are_tested_in_pairs(judged: TestClient, read_only: TestClient) -> None:
    told = judged.get("/api/evaluate").json()
    assert told["unjudged"] == []
    assert [{one["first"], one["second"]} for one in told["pairs"]] == [{"earmark", "metadata"}]
    pair = told["pairs"][0]
    assert pair["low"] <= pair["mean"] <= pair["high"]
    assert (pair["better"] is None) == (pair["p_corrected"] > 0.05 or pair["mean"] == 0)
    assert judged.get("/api/evaluate", params={"bundles": "earmark"}).json()["pairs"] == []
    assert judged.get("/api/evaluate", params={"bundles": "earmark,nobody"}).status_code == 404
    assert set(read_only.get("/api/evaluate").json()["unjudged"]) == {"earmark", "metadata"}


def test_a_report_opens_in_a_sandbox_of_its_own(client: TestClient) -> None:
    assert client.delete("/api/bundles/earmark").status_code == 204  # a report is of all models of a split
    assert client.get("/api/bundles/metadata/report").status_code == 404
    wait(client, client.post("/api/bundles/metadata/report").json())
    page = client.get("/api/bundles/metadata/report")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy
    assert "<h2" in page.text
    assert client.get("/api/bundles/metadata").json()["report"]


def test_what_was_kept_belongs_to_the_very_model(judged: TestClient, client: TestClient, tmp_path: Path) -> None:
    theirs = Path(judged.app.state.shared.settings.library) / "judged"  # type: ignore[attr-defined]  # the app is FastAPI
    ours = tmp_path / "library" / "judged"
    shutil.copytree(theirs, ours)
    assert client.get("/api/bundles/metadata").json()["verdicts"] is not None, (
        "the same models, so what they said holds"
    )

    card = tmp_path / "library" / "bundles" / "metadata" / "card.json"
    told = json.loads(card.read_text())
    card.write_text(json.dumps(told | {"created": "2030-01-01T00:00:00+00:00"}))
    assert client.get("/api/bundles/metadata").json()["verdicts"] is None, "a model that was trained again"
    assert client.get("/api/bundles/earmark").json()["verdicts"] is not None

    assert client.delete("/api/bundles/metadata").status_code == 204
    assert {path.name for path in ours.iterdir()} == {"earmark.json"}
    assert [path.name for path in (tmp_path / "library" / "bundles").iterdir()] == ["earmark"]
    assert client.delete("/api/bundles/metadata").status_code == 404


def test_a_model_with_an_added_label_is_not_judged_on_songs_that_made_it(client: TestClient, tmp_path: Path) -> None:
    card = tmp_path / "library" / "bundles" / "earmark" / "card.json"
    told = json.loads(card.read_text())
    told["labels"].append("Newcomer")
    told["training"]["added"] = [
        {
            "name": "Newcomer", "songs": 7, "artists": 3, "auroc": {"value": 0.8, "low": 0.6, "high": 0.9},
            "recall": 0.5, "recall_interval": {"low": 0.2, "high": 0.8}, "before": 5, "after": 4, "tested": 6,
        }
    ]  # fmt: skip
    card.write_text(json.dumps(told))
    model = client.get("/api/bundles/earmark").json()
    assert model["added"] == ["Newcomer"]
    assert model["test"] is None
    assert model["readings"] == model["per_label"] == []
    assert model["calibration"] is None, "what is known of its sureness is about the labels before"
    assert "AUROC of 0.80" in model["newcomers"][0]
    assert "4 are right now, 5 were before" in model["newcomers"][0]
    refused = client.post("/api/evaluate", json={"bundles": ["earmark"]})
    assert refused.status_code == 400
    assert "cannot judge it" in refused.json()["message"]
    assert client.get("/api/evaluate").json()["unjudged"] == ["metadata"]


@pytest.mark.parametrize("name", ["..%2Fbundles%2Fearmark", ".hidden", "a/b", "%2e%2e", "a%5Cb", "%00", "nobody"])
def test_names_lead_nowhere_else(read_only: TestClient, name: str) -> None:
    for path in ("bundles/{}", "bundles/{}/mistakes", "bundles/{}/report", "comparisons/{}", "comparisons/{}/page"):
        answer = read_only.get(f"/api/{path.format(name)}")
        assert answer.status_code in {404, 422}, path
        assert set(answer.json()) == {"kind", "message"}


READS = """
import sys
from fastapi.testclient import TestClient
from earmark.web.app import make_app
sys.path.insert(0, sys.argv[2])
from earmark.web.settings import ServeSettings
with TestClient(make_app(ServeSettings(library=sys.argv[1])), base_url="http://127.0.0.1") as client:
    for path in ("models", "bundles", "bundles/earmark", "bundles/earmark/mistakes", "evaluate", "comparisons"):
        assert client.get(f"/api/{path}").status_code == 200, path
    assert client.post("/api/train/plan", json={}).json()["train"] > 0
    assert client.post("/api/train", json={"model": "nobody"}).status_code == 404
heavy = {"torch", "sklearn", "plotly", "openTSNE", "pytorch_lightning", "onnxruntime"} & set(sys.modules)
assert not heavy, heavy
"""


def test_reading_about_models_loads_nothing_heavy(judged: TestClient) -> None:
    library = judged.app.state.shared.settings.library  # type: ignore[attr-defined]  # the app is FastAPI
    ran = subprocess.run([sys.executable, "-c", READS, library, "."], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
