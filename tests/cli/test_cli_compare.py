import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cli_runs import LABELS, Run, run_apart
from tiny_library import tiny_library, tiny_tracks

pytestmark = pytest.mark.usefixtures("small_forests")

QUICK = ("compare", "--models", "mfcc,metadata", "--folds", "2", "--max-epochs", "4", "--seed", "3")


def test_a_table_a_test_for_each_pair_and_plain_sentences(scanned: Path, run: Run, tmp_path: Path) -> None:
    ran = run(*QUICK, "--name", "first", "--out", tmp_path / "page.html", library=scanned)
    assert ran.code == 0, ran.err
    for told in ("mfcc", "metadata", "majority", "artist look-up", "metadata only", "shortcut only", "95 %"):
        assert told in ran.out
    assert "metadata - majority" in ran.out
    assert "songs rightly; always naming the largest label would get" in ran.out
    assert (scanned / "comparisons" / "first.json").is_file()
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "What can be concluded" in page
    assert all(label in page for label in LABELS)
    shutil.rmtree(scanned / "comparisons")


def test_json_holds_what_the_tables_are_made_of(scanned: Path, run: Run) -> None:
    told = run(*QUICK, "--labels", "Low Street,High Road", "--split", "song", "--json", library=scanned).json
    assert told["labels"] == ["High Road", "Low Street"]
    assert told["mode"] == "song"
    assert {row["name"] for row in told["rows"]} == set(told["contestants"])
    pairs = len(told["contestants"]) * (len(told["contestants"]) - 1) // 2
    assert len(told["differences"]) == pairs
    assert told["audit"]["finding"] in ("shortcut found", "none found", "cannot tell")
    shutil.rmtree(scanned / "comparisons")


def test_who_cannot_take_part_is_told_and_the_exit_code_says_so(tmp_path: Path) -> None:
    tracks = [replace(track, key=None) for track in tiny_tracks(per_label=4)]
    library = Path(tiny_library(tmp_path / "library", tracks).address)
    ran = run_apart("compare", "--models", "metadata-study,metadata", "--folds", "2", library=library)
    assert ran.code == 3
    assert "metadata-study could not take part: model metadata-study needs BPM and key" in ran.err
    assert "shortcut only could not take part" in ran.err, "these tracks were never files"
    assert "metadata only" in ran.out, "the others went on"


def test_what_makes_no_sense_is_refused(scanned: Path, run: Run) -> None:
    assert "expected numbers of seconds" in run("compare", "--slice-seconds", "three", library=scanned).err
    unknown = run("compare", "--models", "crn", library=scanned)
    assert unknown.code == 2
    assert "crnn-paper" in unknown.err
    few = run("compare", "--models", "metadata", "--folds", "500", library=scanned)
    assert few.code == 2
    assert "ask for fewer folds" in few.err
