import json
from pathlib import Path

import pytest
from cli_runs import Ran, Run, run_apart
from small_catalogue import TRACKS_PER_LABEL, copy_catalogue


@pytest.fixture(scope="module")
def demo(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The smallest demo, gone on with while it rendered: three tracks are still to come."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    copy_catalogue(catalogue, folder / "catalogue", unfinished=3)
    return folder, run_apart(
        "demo", "--dir", folder, "--tracks-per-label", TRACKS_PER_LABEL, "--epochs", 1, "--jobs", 2
    )


def test_the_demo_goes_the_whole_way(demo: tuple[Path, Ran]) -> None:
    folder, ran = demo
    assert ran.code == 0, ran.err
    for told in ("metadata", "mfcc", "crnn", "earmark", "majority", "artist look-up", "earmark predict demo.mp3"):
        assert told in ran.out
    for told in ("earmark next", "earmark setlist --from", "earmark atlas", "36 vectors made", "transitions"):
        assert told in ran.err, told
    for told in ("36 tracks", "artist-disjoint", "can be told apart", "It was rendered in the style of"):
        assert told in ran.err or (told == "can be told apart" and "cannot be told apart" in ran.err)
    assert ran.out.rstrip().endswith(f"earmark serve --library {folder / 'library'} --open")
    files = {"card.json", "model.onnx", "weights.safetensors", "references.safetensors"}
    assert {path.name for path in (folder / "model").iterdir()} == files
    assert len(list((folder / "catalogue" / ".render").glob("[0-9]*.json"))) == 36 + 1, (
        "all are rendered, and one held back"
    )
    assert {path.name for path in folder.iterdir()} == {
        "catalogue",
        "library",
        "model",
        "atlas.html",
        "explore.html",
        "report.html",
    }


def test_its_commands_do_the_same(demo: tuple[Path, Ran], run: Run) -> None:
    folder, ran = demo
    commands = [line.split("$ earmark ", 1)[1] for line in ran.err.splitlines() if "$ earmark " in line]
    [training] = [command for command in commands if "train --model metadata" in command]
    card = json.loads((folder / "library" / "bundles" / "metadata" / "card.json").read_text())
    again = run(*training.split(), "--name", "again", "--json")
    assert again.code == 0, again.err
    assert again.json["split"]["digest"] == card["split"]["digest"]
    assert again.json["files"] == card["files"]


def test_a_catalogue_as_json(run: Run, demo: tuple[Path, Ran]) -> None:
    folder, _ = demo
    told = run("demo-catalogue", folder / "catalogue", "--tracks-per-label", TRACKS_PER_LABEL, "--json")
    assert told.code == 0, told.err
    assert told.json["tracks"] == 36
    other = run("demo-catalogue", folder / "catalogue", "--tracks-per-label", TRACKS_PER_LABEL + 1)
    assert (other.code, "earmark:" in other.err) == (2, True)
