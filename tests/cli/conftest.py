"""A small real collection and a way to run the command as a user runs it."""

import os
import subprocess
from pathlib import Path

import pytest
from cli_runs import ARTISTS, LABELS, MODULE, Ran, Run, write_track


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 tracks of three labels by eight artists each, one broken file, and one track outside of all labels."""
    root = tmp_path_factory.mktemp("collection")
    seed = 0
    for label, (hum, bpm) in LABELS.items():
        for artist in range(ARTISTS):
            seed += 1
            tags = {
                "TIT2": f"Song {seed} (Extended Mix)",
                "TPE1": f"{label} Artist {artist}",
                "TPUB": label,
                "TALB": f"{label} EP {artist}",
                "TCON": "Trance",
                "TDRC": f"2018-{1 + artist:02d}-15",
                "TBPM": str(bpm + artist % 3),
                "TKEY": "Am",
            }
            write_track(root / "labels" / label / f"song {seed}.mp3", hum, seed, tags=tags)
    (root / "labels" / "High Road" / "broken.mp3").write_bytes(b"this is no music" * 64)
    write_track(root / "demo" / "8A - 134 - Nobody - New One.mp3", 700.0, 99)
    return root


@pytest.fixture(scope="session")
def run() -> Run:
    """Run ``earmark ARGS`` in a process of its own and return what it did."""

    def run_command(*args: object, library: Path | None = None, **environment: str) -> Ran:
        variables = {**os.environ, "COLUMNS": "120", **environment}
        variables.pop("EARMARK_LIBRARY", None)
        if library is not None:
            variables["EARMARK_LIBRARY"] = str(library)
        done = subprocess.run(
            [*MODULE, *map(str, args)], capture_output=True, text=True, env=variables, timeout=240, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert "Warning" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run_command


@pytest.fixture(scope="session")
def scanned(collection: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the collection."""
    library = tmp_path_factory.mktemp("scanned") / "library"
    ran = run("scan", collection / "labels", library=library)
    assert ran.code == 3, ran.err
    return library


@pytest.fixture(scope="session")
def trained(scanned: Path, run: Run) -> Path:
    """The same library with a trained metadata model and a small CRNN."""
    options = ["--test-fraction", "0.25", "--validation-fraction", "0.2"]
    for model in (["metadata"], ["crnn", "--max-epochs", "3", "--slice-seconds", "1"]):
        ran = run("train", "--model", *model, *options, library=scanned)
        assert ran.code == 0, ran.err
    return scanned
