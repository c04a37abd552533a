from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_song import made_song
from tiny_library import make_track

from earmark.library.discovery import FoundFile
from earmark.models.heard_shelf import HeardShelf
from earmark.models.predict import FilePrediction

LABELS = ("Amber", "Basalt")
FILE = FoundFile("/in/one.flac", "/in", 1000, 7)


def prediction(*, parts: bool = True) -> FilePrediction:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5, 2))
    song = made_song(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), embedding=rng.normal(size=4))
    if parts:
        song = replace(song, parts={"earmark": np.log([0.7, 0.3]), "metadata": np.log([0.4, 0.6])})
    return FilePrediction(make_track(3, None, "Ünsal & <Sons>"), LABELS, song, in_training=True)


@pytest.fixture
def shelf(tmp_path: Path) -> HeardShelf:
    return HeardShelf(tmp_path / "heard", "digest of a bundle")


@pytest.mark.parametrize("parts", [True, False])
def test_what_was_put_is_found(shelf: HeardShelf, parts: bool) -> None:
    told = prediction(parts=parts)
    assert shelf.find(FILE, LABELS) is None
    shelf.put(FILE, told)
    found = shelf.find(FILE, LABELS)
    assert found is not None
    assert found.track == told.track
    assert found.in_training
    assert found.label == told.label
    assert found.song.parts.keys() == told.song.parts.keys()
    for name in ("slice_log_probs", "slice_starts_seconds", "embedding"):
        np.testing.assert_array_equal(getattr(found.song, name), getattr(told.song, name))
    np.testing.assert_array_equal(found.song.mean.probabilities, told.song.mean.probabilities)


@pytest.mark.parametrize("change", [{"size": 1001}, {"mtime_ns": 8}, {"path": "/in/two.flac"}])
def test_a_changed_file_is_heard_again(shelf: HeardShelf, change: dict[str, object]) -> None:
    shelf.put(FILE, prediction())
    assert shelf.find(replace(FILE, **change), LABELS) is None  # type: ignore[arg-type]  # one field of several types


def test_another_bundle_hears_again(shelf: HeardShelf) -> None:
    shelf.put(FILE, prediction())
    assert HeardShelf(shelf.folder, "another digest").find(FILE, LABELS) is None


@pytest.mark.parametrize("cut", [0, 4, 40, 300])
def test_a_damaged_file_is_heard_again(shelf: HeardShelf, cut: int) -> None:
    shelf.put(FILE, prediction())
    [path] = shelf.folder.iterdir()
    path.write_bytes(path.read_bytes()[:cut])
    assert shelf.find(FILE, LABELS) is None


def test_clearing_forgets_all(shelf: HeardShelf) -> None:
    shelf.clear()
    shelf.put(FILE, prediction())
    shelf.clear()
    assert shelf.find(FILE, LABELS) is None
    assert list(shelf.folder.iterdir()) == []
