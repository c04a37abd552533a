from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_backbones import put_small, shelf_with

from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import SHELF_VARIABLE
from earmark.errors import InputError, UnknownNameError
from earmark.models.ready import ready
from earmark.models.registry import MODELS


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf with nothing on it, not even its folder."""
    monkeypatch.setenv(SHELF_VARIABLE, str(tmp_path / "shelf"))
    return tmp_path / "shelf"


@pytest.fixture
def musicnn(tmp_path: Path) -> Iterator[BackboneSettings]:
    """A shelf with a small backbone that goes by the name of musicnn."""
    with shelf_with(tmp_path / "shelf", "musicnn") as settings:
        yield settings


def test_a_model_without_a_backbone_is_ready(empty: Path) -> None:
    for name in ("earmark", "crnn", "metadata"):
        assert ready(MODELS[name]) == (MODELS[name], ())


def test_a_probe_gets_its_backbone(musicnn: BackboneSettings) -> None:
    spec, notes = ready(MODELS["probe"])
    assert spec.backbone_settings == musicnn
    assert spec.stored == (musicnn,)
    assert notes == ()
    assert ready(spec) == (spec, ()), "once is enough"


def test_a_probe_without_its_backbone_says_how_to_get_it(empty: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"no backbone called 'musicnn'.*`earmark backbones get musicnn`"):
        ready(MODELS["probe"])
    with pytest.raises(InputError, match="the backbone of model probe is not looked up yet"):
        _ = MODELS["probe"].stored


def test_a_probe_of_another_backbone_lists_those_there_are(musicnn: BackboneSettings) -> None:
    with pytest.raises(UnknownNameError, match=r"no backbone called 'musicnn-random'; known: musicnn"):
        ready(MODELS["probe-random"])


def test_an_ensemble_goes_on_without_its_probe_and_says_so(empty: Path) -> None:
    spec, notes = ready(MODELS["ensemble"])
    assert [part.name for part in spec.parts] == ["earmark", "metadata"]
    assert notes == (
        "probe left out of ensemble: the backbone musicnn is not installed (`earmark backbones get musicnn`)",
    )


def test_an_ensemble_with_its_backbone_is_whole(musicnn: BackboneSettings) -> None:
    spec, notes = ready(MODELS["ensemble"])
    assert [part.name for part in spec.parts] == ["earmark", "probe", "metadata"]
    assert spec.parts[1].backbone_settings == musicnn
    assert musicnn in spec.stored
    assert MODELS["earmark"].features in spec.stored
    assert notes == ()


def test_an_ensemble_of_which_nothing_is_left_is_refused(empty: Path) -> None:
    with pytest.raises(InputError, match=r"no part of ensemble can be trained.*earmark backbones get musicnn"):
        ready(replace(MODELS["ensemble"], parts=(MODELS["probe"],)))


def test_a_backbone_that_came_later_is_found(empty: Path) -> None:
    assert len(ready(MODELS["ensemble"])[0].parts) == 2
    put_small(name="musicnn")
    assert len(ready(MODELS["ensemble"])[0].parts) == 3
