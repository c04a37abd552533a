from typing import get_args

import pytest

from earmark.errors import UnknownNameError
from earmark.models.registry import DEFAULT_MODEL, MODELS, model_spec
from earmark.models.spec import ModelKind, RegressionSettings, TrainingSettings


def test_each_name_is_its_specs_name_and_can_be_looked_up() -> None:
    assert all(model_spec(name).name == name for name in MODELS)
    assert DEFAULT_MODEL in MODELS
    assert {spec.kind for spec in MODELS.values()} == set(get_args(ModelKind))
    assert MODELS[DEFAULT_MODEL].kind == "earmark"


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(
        UnknownNameError, match="no model called 'resnet'; known: earmark, ensemble, probe, probe-random"
    ):
        model_spec("resnet")


@pytest.mark.parametrize(
    ("name", "rate", "middle", "frames"),
    [("crnn-paper", 16_000, None, 94), ("crnn-study", 44_100, 180.0, 2584), ("crnn", 16_000, None, 94)],
)
def test_crnn_inputs_are_the_published_ones(name: str, rate: int, middle: float | None, frames: int) -> None:
    spec = MODELS[name]
    assert spec.features is not None
    assert (spec.features.sample_rate, spec.features.middle_seconds, spec.slice_frames) == (rate, middle, frames)
    assert (spec.features.n_mels, spec.features.n_fft, spec.features.hop_length) == (128, 2048, 512)


@pytest.mark.parametrize(("name", "patience"), [("crnn-paper", 10), ("crnn-study", 10), ("mfcc-study", 30)])
def test_published_training_is_unweighted_over_every_slice(name: str, patience: int) -> None:
    training = MODELS[name].training
    assert isinstance(training, TrainingSettings)
    assert (training.batch_size, training.max_epochs, training.patience) == (16, 200, patience)
    assert not training.balanced
    assert training.slices_per_song is None
    assert training.learning_rate_decay == 1
    assert training.learning_rate == (1e-3 if name == "mfcc-study" else 1e-4)
    assert not MODELS[name].standardise


def test_the_published_regression_is_unscaled_and_ours_is_not() -> None:
    study, ours = MODELS["metadata-study"], MODELS["metadata"]
    assert study.training == RegressionSettings(inverse_penalties=(0.1, 0.5, 1, 2, 5, 10), balanced=False)
    assert isinstance(ours.training, RegressionSettings)
    assert ours.training.balanced
    assert ours.training.parts == 5
    assert (study.standardise, study.impute) == (False, False)
    assert (ours.standardise, ours.impute) == (True, True)


def test_every_model_says_what_it_is_and_where_it_comes_from() -> None:
    for spec in MODELS.values():
        assert 20 < len(spec.summary) < 120
        assert spec.source
    assert len({spec.summary for spec in MODELS.values()}) == len(MODELS)
