import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.settings import PRESETS
from earmark.errors import InputError, UnknownNameError
from earmark.models.registry import MODELS
from earmark.models.spec import ModelSpec, RegressionSettings, TrainingSettings


@pytest.mark.parametrize("name", MODELS)
def test_a_spec_survives_json(name: str) -> None:
    text = json.dumps(MODELS[name].to_json(), allow_nan=False)
    assert ModelSpec.from_json(json.loads(text)) == MODELS[name]


@given(
    rate=st.floats(1e-6, 10), decay=st.floats(0.01, 1), epochs=st.integers(1, 500), drawn=st.none() | st.integers(1, 99)
)
def test_changed_training_settings_survive_json(rate: float, decay: float, epochs: int, drawn: int | None) -> None:
    spec = MODELS["crnn"].with_training(
        learning_rate=rate, learning_rate_decay=decay, max_epochs=epochs, slices_per_song=drawn
    )
    assert ModelSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize("where", ["spec", "training"])
def test_unknown_and_missing_keys_are_refused_by_name(where: str) -> None:
    plain = MODELS["crnn"].to_json()
    changed = plain if where == "spec" else plain["training"]
    changed["sparkle"] = 1
    with pytest.raises(InputError, match="unknown: \\['sparkle'\\]"):
        ModelSpec.from_json(plain)
    del changed["sparkle"]
    key = "summary" if where == "spec" else "patience"
    del changed[key]
    with pytest.raises(InputError, match=f"missing: \\['{key}'\\]"):
        ModelSpec.from_json(plain)


def test_slice_seconds_change_the_slice_and_nothing_else() -> None:
    spec = MODELS["crnn"].with_slice_seconds(10)
    assert spec.slice_frames == 313
    assert replace(spec, slice_seconds=3.0) == MODELS["crnn"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
def test_impossible_slice_lengths_are_refused(seconds: float) -> None:
    with pytest.raises(InputError, match="above 0 seconds"):
        MODELS["crnn"].with_slice_seconds(seconds)


def test_models_without_slices_refuse_a_slice_length() -> None:
    with pytest.raises(InputError, match="mfcc reads a song as one input"):
        MODELS["mfcc"].with_slice_seconds(3)
    assert MODELS["mfcc"].slice_frames is None
    assert MODELS["metadata"].slice_frames is None


def test_an_unknown_training_setting_lists_the_known() -> None:
    with pytest.raises(UnknownNameError, match=r"momentum.*learning_rate"):
        MODELS["crnn"].with_training(momentum=0.9)
    with pytest.raises(UnknownNameError, match=r"max_epochs.*inverse_penalties"):
        MODELS["metadata"].with_training(max_epochs=3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"max_epochs": 1.5}, "max_epochs must be a whole number"),
        ({"patience": True}, "patience must be a whole number"),
        ({"slices_per_song": 0}, "slices_per_song must be a whole number"),
        ({"learning_rate": 0}, "learning_rate must be above 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0"),
        ({"learning_rate_decay": 1.1}, "at most 1"),
        ({"precision": "int8"}, "bfloat16"),
    ],
)
def test_training_settings_out_of_range_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        MODELS["crnn"].with_training(**change)


@pytest.mark.parametrize("penalties", [(), (0.0,), (1.0, -1.0), (float("inf"),)])
def test_penalties_out_of_range_are_refused(penalties: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="inverse_penalties"):
        RegressionSettings(inverse_penalties=penalties)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": None}, "features belongs to models of the kinds crnn, earmark, mfcc, and each"),
        ({"slice_seconds": None}, "slice_seconds belongs to models of the kinds crnn, earmark"),
        ({"training": RegressionSettings(inverse_penalties=(1.0,))}, "a crnn model takes TrainingSettings"),
        ({"standardise": True}, "normalises its own inputs"),
        ({"impute": True}, "impute belongs to metadata"),
        ({"kind": "metadata"}, "features belongs to"),
        ({"kind": "mfcc"}, "slice_seconds belongs to models of the kinds crnn, earmark"),
    ],
)
def test_parts_that_do_not_fit_the_kind_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(MODELS["crnn"], **change)


def test_a_metadata_model_takes_no_training_settings_of_networks() -> None:
    with pytest.raises(InputError, match="a metadata model takes RegressionSettings"):
        replace(MODELS["metadata"], training=TrainingSettings())
    with pytest.raises(InputError, match="features belongs to"):
        replace(MODELS["metadata"], features=PRESETS["paper"])
