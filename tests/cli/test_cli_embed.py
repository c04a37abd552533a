import shutil
from pathlib import Path

import pytest
from cli_runs import Run, run_apart

MFCC = ("embed", "--mfcc")


@pytest.fixture
def library(scanned: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "library"
    shutil.copytree(scanned, copy)
    return copy


def test_vectors_are_made_once_and_the_doctor_tells(library: Path, run: Run) -> None:
    ran = run_apart(*MFCC, "--jobs", 1, "--json", library=library)
    assert ran.code == 0, ran.err
    assert (ran.json["made"], ran.json["failures"]) == (24, [])
    assert ran.json["index"]["engine"] == "exact"
    again = run(*MFCC, library=library)
    assert again.code == 0
    assert "0 vectors made by MFCCs" in again.err
    assert "24 tracks that can be compared, searched exactly" in again.err
    told = run("doctor", library=library)
    assert told.code == 0, told.err
    assert "mfcc mfcc" in told.out
    assert "exact" in told.out
    plain = run("doctor", "--json", library=library).json
    assert plain["library"]["vectors"][0]["vectors"] == 24
    assert plain["library"]["failures"] == 1


def test_a_bundle_gives_vectors_and_damaged_features_are_made_again(trained: Path, run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "library"
    shutil.copytree(trained, copy)
    damaged = next((copy / "features").rglob("*.npy"))
    damaged.write_bytes(b"half")
    ran = run("embed", "--jobs", 1, "--drop-old", library=copy)
    assert ran.code == 0, ran.err
    assert "24 vectors made by the bundle crnn" in ran.err
    assert "Deleted the vectors of 0 sources" in ran.err
    assert damaged.stat().st_size > 1000


def test_what_cannot_be_done_is_said(library: Path, run: Run, tmp_path: Path) -> None:
    ran = run("embed", "--mfcc", "--backbone", "musicnn", library=library)
    assert ran.code == 2
    assert "vectors come from one source" in ran.err
    ran = run("embed", "--backbone", "musicnn", library=library)
    assert ran.code == 2
    assert "no backbone called 'musicnn'" in ran.err
    ran = run("doctor", library=tmp_path / "nowhere")
    assert ran.code == 2
    assert "there is no library at" in ran.err
