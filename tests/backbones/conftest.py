"""A shelf of its own for each test, and musicnn built once from a made wheel."""

import hashlib
from functools import partial
from pathlib import Path

import made_checkpoint
import pytest

from earmark.backbones import building
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import SHELF_VARIABLE
from earmark.backbones.sources import Wheel


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shelf, and an engine that gives the same numbers everywhere."""
    monkeypatch.setenv(SHELF_VARIABLE, str(tmp_path / "shelf"))
    monkeypatch.setenv("EARMARK_ENGINE", "onnxruntime")
    return tmp_path / "shelf"


@pytest.fixture(scope="session")
def made_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel like musicnn's, with random weights."""
    file = tmp_path_factory.mktemp("wheel") / "musicnn-0.1.0-py3-none-any.whl"
    file.write_bytes(made_checkpoint.wheel())
    return file


@pytest.fixture(scope="session")
def built_shelf(made_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf with musicnn from the made wheel and its control; not to be changed."""
    folder = tmp_path_factory.mktemp("built") / "shelf"
    pinned = Wheel("musicnn==0.1.0", hashlib.sha256(made_wheel.read_bytes()).hexdigest())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SHELF_VARIABLE, str(folder))
        patch.setattr(building, "WHEEL", pinned)
        # Fewer patches to set the control's norms by, for the tests' sake.
        patch.setattr(building, "made_patches", partial(building.made_patches, count=4))
        made = building.get("musicnn", wheel=made_wheel)
    assert [settings.name for settings in made] == ["musicnn", "musicnn-random"]
    return folder


@pytest.fixture
def musicnn(built_shelf: Path, monkeypatch: pytest.MonkeyPatch) -> BackboneSettings:
    """The made musicnn, on the shelf."""
    monkeypatch.setenv(SHELF_VARIABLE, str(built_shelf))
    from earmark.backbones.shelf import find_backbone

    return find_backbone("musicnn")
