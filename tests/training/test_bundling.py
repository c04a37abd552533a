"""The contract that every registered model keeps: it trains, is saved, opened, and says the same as the network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from earmark.models.bundle import load_bundle
from earmark.models.inputs import song_inputs
from earmark.models.networks import TorchClassifier
from earmark.models.registry import MODELS
from earmark.models.saving import load_torch
from earmark.models.song import predict_song
from earmark.models.spec import ModelSpec
from earmark.training.bundling import Context, bundle_result
from earmark.training.fit import fit
from earmark.training.songs import SongSet

LABELS = ("North", "Süd", "東")


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.kind != "ensemble"])
def test_every_model_trains_is_saved_and_predicts_the_same_from_the_bundle(
    name: str,
    quick: Callable[[str], ModelSpec],
    train_songs: SongSet,
    validation_songs: SongSet,
    run_dir: Path,
) -> None:
    spec = quick(name)
    result = fit(spec, train_songs, validation_songs, labels=LABELS, seed=1, run_dir=run_dir)
    scores = {"song accuracy": {"value": 0.5, "interval": [0.1, float("nan")]}}
    bundle_result(result, run_dir / "bundle", Context(split={"mode": "song", "seed": 0}, scores=scores))

    bundle, network = load_bundle(run_dir / "bundle"), load_torch(run_dir / "bundle")
    assert bundle.spec == spec
    assert bundle.labels == LABELS
    for index in range(len(validation_songs.songs)):
        inputs = song_inputs(spec, validation_songs.songs, index)
        theirs = bundle.predict_song(validation_songs.songs, index)
        for model in (result.network, network):
            ours = predict_song(TorchClassifier(model), inputs)
            np.testing.assert_allclose(theirs.slice_log_probs, ours.slice_log_probs, atol=1e-4)
            np.testing.assert_allclose(theirs.mean.probabilities, ours.mean.probabilities, atol=1e-4)
            np.testing.assert_allclose(theirs.embedding, ours.embedding, rtol=1e-4, atol=1e-4)
        assert theirs.mean.label == ours.mean.label

    card = bundle.card
    assert card.training["curves"] == [dict(record) for record in result.curves]
    assert len(result.curves) >= 2
    assert card.songs == {"train": dict.fromkeys(LABELS, 4), "validation": dict.fromkeys(LABELS, 2)}
    assert all(count >= 2 for part in card.slices.values() for count in part.values())
    assert card.split == {"mode": "song", "seed": 0}
    assert card.scores == {"song accuracy": {"value": 0.5, "interval": [0.1, None]}}
    assert card.parity <= 1e-3
    assert {"earmark", "torch", "onnxruntime"} <= set(card.versions)
