"""A small real collection and a way to run the command as a user runs it."""

import shutil
from pathlib import Path

import pytest
from cli_runs import ARTISTS, LABELS, Run, run_apart, run_here, write_track
from shared_folders import SharedFolders


@pytest.fixture(scope="session")
def collection(shared: SharedFolders) -> Path:
    """24 tracks of three labels by eight artists each, one broken file, and one track outside of all labels."""
    return shared("cli-collection", write_collection)


def write_collection(root: Path) -> None:
    """Write the tracks of `collection`."""
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


@pytest.fixture(scope="session")
def run() -> Run:
    """Run ``earmark ARGS`` in this process and return what it did."""
    return run_here


@pytest.fixture(scope="session")
def scanned_once(collection: Path, shared: SharedFolders) -> Path:
    """A library of the collection; only to be read."""

    def scan(folder: Path) -> None:
        ran = run_apart("scan", collection / "labels", library=folder / "library")
        assert ran.code == 3, ran.err

    return shared("cli-scanned", scan) / "library"


@pytest.fixture(scope="session")
def trained_once(scanned_once: Path, shared: SharedFolders) -> Path:
    """The same with a trained metadata model and a small CRNN; only to be read."""

    def train(folder: Path) -> None:
        library = shutil.copytree(scanned_once, folder / "library")
        options = ["--test-fraction", "0.25", "--validation-fraction", "0.2"]
        for model in (["metadata"], ["crnn", "--max-epochs", "3", "--slice-seconds", "1"]):
            ran = run_apart("train", "--model", *model, *options, library=library)
            assert ran.code == 0, ran.err

    return shared("cli-trained", train) / "library"


@pytest.fixture(scope="session")
def scanned(scanned_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the scanned library for the tests of this process."""
    return Path(shutil.copytree(scanned_once, tmp_path_factory.mktemp("scanned") / "library"))


@pytest.fixture(scope="session")
def trained(trained_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the library with models for the tests of this process."""
    return Path(shutil.copytree(trained_once, tmp_path_factory.mktemp("trained") / "library"))
