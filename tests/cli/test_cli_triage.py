import csv
import json
import shutil
from pathlib import Path

import pytest
from cli_runs import Run, run_apart, write_track

from earmark.cli.triage import check_outputs
from earmark.errors import InputError
from earmark.training.add_label import target_of

ENOUGH = ["--test-fraction", "0.34", "--validation-fraction", "0.2"]


@pytest.fixture(scope="module")
def library(scanned: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with Earmark's own network, trained on short hums."""
    copy = tmp_path_factory.mktemp("triage") / "library"
    shutil.copytree(scanned, copy)
    ran = run("train", "--model", "earmark", *ENOUGH, "--name", "own", library=copy)
    assert ran.code == 0, ran.err
    return copy


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    for number, hum in enumerate((700.0, 3500.0)):
        write_track(folder / f"8A - 134 - Nobody - Demo {number}.mp3", hum, 300 + number)
    (folder / "broken.mp3").write_bytes(b"no music" * 100)
    return folder


def test_demos_are_ranked_into_all_forms(library: Path, inbox: Path, run: Run, tmp_path: Path) -> None:
    outputs = [tmp_path / f"demos.{kind}" for kind in ("html", "csv", "json")]
    options = [part for path in outputs for part in ("--out", path)]
    command = ["triage", inbox, "--label", "mid avenue", *options]
    ran = run(*command, library=library)
    assert ran.code == 3, ran.err
    assert "Demo 0" in ran.out
    assert "broken.mp3" in ran.out
    with outputs[1].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == ["1", "2", ""]
    assert "Demo 0" in rows[0]["track"]
    plain = json.loads(outputs[2].read_text(encoding="utf-8"))
    assert plain["label"] == "Mid Avenue"
    assert [demo["track"] for demo in plain["demos"]] == [row["track"] for row in rows[:2]]
    assert "Demos for Mid Avenue" in outputs[0].read_text(encoding="utf-8")

    again = run_apart(*command, library=library)
    assert "2 of them had been heard before" in again.err


def test_what_cannot_be_done_is_said_first(library: Path, inbox: Path, run: Run) -> None:
    ran = run("triage", inbox, "--label", "Granite", "--out", "demos.csv", library=library)
    assert ran.code == 2
    assert "label of this bundle" in ran.err
    with pytest.raises(InputError, match=r"demos.xlsx says none of them by its ending"):
        check_outputs([Path("demos.xlsx")])


def test_a_label_is_added_and_found(library: Path, run: Run, tmp_path: Path) -> None:
    for number in range(6):
        tags = {"TIT2": f"New {number}", "TPE1": f"Newcomer {number}"}
        write_track(tmp_path / "new" / f"{number}.mp3", 1700.0, 500 + number, tags=tags)
    ran = run_apart("add-label", "Night Bloom", tmp_path / "new", "--bundle", "own", "--json", library=library)
    assert ran.code == 0, ran.err
    told = ran.json["label"]
    assert told["songs"] == 6
    assert 0.5 < told["auroc"]["value"] <= 1
    made = Path(ran.json["bundle"])
    assert made.name == "own+Night-Bloom"

    write_track(tmp_path / "fresh.mp3", 1700.0, 900)
    predicted = run("predict", tmp_path / "fresh.mp3", "--bundle", made, "--json")
    assert predicted.code == 0, predicted.err
    assert set(predicted.json["predictions"][0]["probabilities"]) >= {"Night Bloom", "Mid Avenue"}
    assert predicted.json["predictions"][0]["label"] == "Night Bloom"

    again = run("add-label", "Night Bloom", tmp_path / "new", "--bundle", "own", library=library)
    assert again.code == 2
    assert "there already" in again.err
    for name in ("../x", ".hidden"):
        with pytest.raises(InputError, match="plain folder name"):
            target_of(made, "Other", name)


def test_a_folder_without_music_is_refused(library: Path, run: Run, tmp_path: Path) -> None:
    ran = run("add-label", "Other", tmp_path, "--bundle", "own", library=library)
    assert ran.code == 2
    assert "no audio file" in ran.err
