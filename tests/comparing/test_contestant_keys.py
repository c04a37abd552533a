"""Names of kept folds: hours of training lie under them, and nothing must be taken for something else."""

from dataclasses import replace

import pytest

from earmark.comparing import contestants
from earmark.comparing.contestants import Contestant, make_contestants, ready_contestants
from earmark.errors import UnknownNameError
from earmark.models.registry import model_spec
from earmark.models.spec import ModelSpec


def test_the_published_networks_are_called_what_they_were_before_there_were_backbones_and_parts() -> None:
    crnn, mfcc = make_contestants(["crnn", "mfcc"], max_epochs=40, baselines=())
    assert crnn.key == "crnn-a8ee0c097e"
    assert mfcc.key == "mfcc-7929cd42e1"


def test_how_often_a_contestant_takes_part_is_no_part_of_what_it_says() -> None:
    often, once = (make_contestants(["mfcc"], baselines=(), slow=slow)[0] for slow in ((), ("mfcc",)))
    assert (often.repeats, once.repeats) == (None, 1)
    assert often.key == once.key


def test_a_slow_model_is_one_of_those_compared() -> None:
    with pytest.raises(UnknownNameError, match="slow model among those compared called 'crnn'; known: mfcc"):
        make_contestants(["mfcc"], slow=["crnn"])


@pytest.mark.parametrize("name", ["earmark", "probe", "metadata", "ensemble"])
def test_what_is_still_worked_on_has_a_version(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Contestant(name, spec=model_spec(name))
    settled = Contestant("crnn", spec=model_spec("crnn"))
    before, settled_before = one.key, settled.key
    monkeypatch.setattr(contestants, "OWN_MODELS_VERSION", contestants.OWN_MODELS_VERSION + 1)
    assert one.key != before
    assert settled.key == settled_before


def another(spec: ModelSpec, backbone: str) -> ModelSpec:
    """The same model on another backbone."""
    if spec.parts:
        return replace(spec, parts=tuple(another(part, backbone) for part in spec.parts))
    return spec if spec.backbone is None else replace(spec, backbone=backbone)


@pytest.mark.parametrize("name", ["probe", "ensemble"])
def test_another_backbone_is_another_contestant(name: str) -> None:
    spec = model_spec(name)
    assert Contestant(name, spec=spec).key != Contestant(name, spec=another(spec, "other")).key


def test_an_ensemble_of_fewer_parts_is_another_contestant() -> None:
    spec = model_spec("ensemble")
    assert Contestant("e", spec=spec).key != Contestant("e", spec=replace(spec, parts=spec.parts[:-1])).key


def test_without_its_backbone_a_probe_is_not_run_and_an_ensemble_goes_on() -> None:
    made = ready_contestants(make_contestants(["probe", "ensemble", "mfcc"], baselines=("majority",)))
    assert [one.name for one in made.contestants] == ["ensemble", "mfcc", "majority"]
    assert "earmark backbones get musicnn" in made.not_run["probe"]
    assert any("probe left out of ensemble" in note for note in made.notes)
    ensemble = made.contestants[0].spec
    assert ensemble is not None
    assert [part.name for part in ensemble.parts] == ["earmark", "metadata"]


def test_only_networks_have_epochs_to_limit() -> None:
    earmark, crnn = make_contestants(["earmark", "crnn"], max_epochs=3, baselines=())
    assert earmark.spec == model_spec("earmark")
    assert crnn.spec == model_spec("crnn").with_training(max_epochs=3)
