import json
from pathlib import Path
from typing import Any

import pytest
from cli_runs import Ran, Run, run_apart
from made_backbones import small_graph

SPEC: dict[str, Any] = {
    "front_end": {"kind": "musicnn-mel", "sample_rate": 8000, "n_fft": 256, "hop_length": 128, "bands": 12},
    "patch_rows": 10,
    "patch_hop": 5,
    "licence": "MIT",
    "source": "made for a test",
}


@pytest.fixture
def on_shelf(run: Run, tmp_path: Path) -> Any:
    """Run ``earmark backbones ARGS`` with a shelf of its own."""

    def run_command(*args: object) -> Ran:
        ran: Ran = run("backbones", *args, EARMARK_BACKBONES=str(tmp_path / "shelf"))
        return ran

    return run_command


def test_the_way_of_a_users_own_backbone(on_shelf: Any, tmp_path: Path) -> None:
    graph, spec = tmp_path / "made.onnx", tmp_path / "spec.json"
    graph.write_bytes(small_graph())
    spec.write_text(json.dumps(SPEC))

    added = on_shelf("add", graph, "--spec", spec, "--name", "mine", "--json")
    assert added.code == 0, added.err
    assert added.json[0]["name"] == "mine"
    assert added.json[0]["embedding_size"] == 6

    listed = on_shelf("--json").json
    assert [(row["name"], row["installed"]) for row in listed] == [
        ("mine", True),
        ("musicnn", False),
        ("musicnn-random", False),
    ]
    assert listed[0]["key"] == added.json[0]["key"]
    assert listed[0]["bytes"] == len(small_graph())
    table = on_shelf()
    assert "made for a test" in table.out
    assert "earmark backbones get musicnn" in table.out

    told = on_shelf("spec", "mine").json
    assert told["patch_rows"] == 10
    assert told["input_name"] == "patches"

    removed = on_shelf("remove", "mine")
    assert (removed.code, removed.out) == (0, "")
    assert "Removed mine" in removed.err
    assert [row["name"] for row in on_shelf("--json").json] == ["musicnn", "musicnn-random"]


def test_ready_specs_are_listed_and_printed(on_shelf: Any) -> None:
    assert "essentia-discogs-label" in run_apart("backbones", "spec").out
    told = on_shelf("spec", "clap-music").json
    assert told["front_end"]["kind"] == "clap-mel"
    assert told["patch_rows"] == 1001


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--json", "spec"), "--json belongs behind the verb: earmark backbones spec ... --json"),
        (("get", "vggish"), "known: musicnn, musicnn-random"),
        (("get", "musicnn", "--wheel", "gone.whl"), "the wheel gone.whl cannot be read"),
        (("remove", "mine"), "there is no backbone called 'mine'; known: none yet"),
        (("spec", "vggish"), "there is no spec of a backbone called 'vggish'"),
        (("add", "gone.onnx", "--spec", "mert"), "the ONNX file gone.onnx cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told_without_a_traceback(on_shelf: Any, args: tuple[str, ...], message: str) -> None:
    ran = on_shelf(*args)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""
