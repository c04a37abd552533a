import json
import shutil
from pathlib import Path

import pytest
from cli_runs import Run, run_apart

from earmark.cli.atlas import checked_apart
from earmark.errors import UnknownNameError


@pytest.fixture(scope="module")
def library(scanned: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three labels by eight artists each, with vectors of MFCCs."""
    copy = tmp_path_factory.mktemp("atlas") / "library"
    shutil.copytree(scanned, copy)
    ran = run("embed", "--mfcc", library=copy)
    assert ran.code == 0, ran.err
    return copy


def test_an_atlas_is_written_and_told(library: Path, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "folder" / "atlas.html"
    ran = run("atlas", "--mfcc", "--out", page, "--love", "high road", "--bootstrap", 100, library=library)
    assert ran.code == 0, ran.err
    assert "Nearest labels" in ran.out
    assert "If you love High Road, try" in ran.out
    assert "What each label is like" in ran.out
    assert "Atlas of labels" in page.read_text(encoding="utf-8")


def test_the_numbers_are_printed_alone(library: Path, run: Run) -> None:
    ran = run_apart("atlas", "--mfcc", "--json", "--bootstrap", 100, "--seed", 3, library=library)
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert [one["label"] for one in data["labels"]] == ["High Road", "Low Street", "Mid Avenue"]
    assert data["labels"][0]["tracks"] == 8
    assert data["love"] is None
    assert data["apart"] == "artist"
    few = run("atlas", "--mfcc", "--json", "--bootstrap", 100, "--min-tracks", 9, library=library)
    assert few.code == 2
    assert "8 tracks; 9 are needed" in few.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--love", "Granite"], "no label on the atlas called 'Granite'"),
        (["--json", "--out", "x.html"], "--json prints the numbers and writes no page"),
    ],
)
def test_what_cannot_be_done_is_said(library: Path, run: Run, options: list[str], told: str) -> None:
    ran = run("atlas", "--mfcc", *options, library=library)
    assert ran.code == 2
    assert told in ran.err


def test_tracks_are_held_apart_in_three_ways() -> None:
    assert [checked_apart(name) for name in ("artist", "release", "song")] == ["artist", "release", "song"]
    with pytest.raises(UnknownNameError, match="no way to hold tracks apart called 'label'"):
        checked_apart("label")


def test_vectors_come_first(scanned: Path, run: Run) -> None:
    ran = run("atlas", "--mfcc", library=scanned)
    assert ran.code == 2
    assert "make them with `earmark embed" in ran.err
