from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from earmark.errors import InputError
from earmark.models.inputs import input_shape
from earmark.models.networks import LogProbabilities, TorchClassifier, build_network
from earmark.models.onnx_export import parity_inputs
from earmark.models.registry import MODELS

EMBEDDING_SIZES = {"earmark": 3 * 128, "crnn": 32, "mfcc": 256, "metadata": 31, "metadata-study": 29, "mfcc-study": 256}


@pytest.mark.parametrize("name", EMBEDDING_SIZES)
def test_every_kind_offers_head_and_embedding(name: str) -> None:
    spec = MODELS[name]
    torch.manual_seed(0)
    network = build_network(spec, 4).eval()
    inputs = torch.from_numpy(parity_inputs(spec, np.random.default_rng(0))[:2])
    log_probs, embedding = LogProbabilities(network)(inputs)
    assert embedding.shape == (2, EMBEDDING_SIZES[name])
    torch.testing.assert_close(log_probs, torch.log_softmax(network(inputs), dim=1))
    torch.testing.assert_close(log_probs.exp().sum(dim=1), torch.ones(2))


def test_the_classifier_takes_any_number_of_rows_in_the_same_way() -> None:
    torch.manual_seed(0)
    network = build_network(MODELS["mfcc"], 3)
    rows = np.random.default_rng(0).normal(size=(150, *input_shape(MODELS["mfcc"]))).astype(np.float32)
    outputs = TorchClassifier(network).classify(rows)
    assert outputs.log_probs.shape == (150, 3)
    single = np.concatenate([TorchClassifier(network).classify(row[None]).log_probs for row in rows[::30]])
    np.testing.assert_allclose(outputs.log_probs[::30], single, atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_the_classifier_puts_the_mode_back_and_never_drops(training: bool) -> None:
    network = build_network(MODELS["mfcc"], 3).train(training)
    rows = np.ones((1, 40), dtype=np.float32)
    first, second = (TorchClassifier(network).classify(rows).log_probs for _ in range(2))
    assert network.training is training
    np.testing.assert_array_equal(first, second)


def test_one_label_is_nothing_to_tell_apart() -> None:
    with pytest.raises(InputError, match="at least 2"):
        build_network(MODELS["mfcc"], 1)


def test_an_ensemble_has_no_network_of_its_own() -> None:
    with pytest.raises(InputError, match="its parts have networks of their own"):
        build_network(MODELS["ensemble"], 3)


def test_the_crnn_takes_its_mel_bands_from_the_features() -> None:
    spec = MODELS["crnn"]
    assert spec.features is not None
    wider = replace(spec, features=replace(spec.features, n_mels=256))
    bands = [m.num_features for m in build_network(wider, 2).modules() if isinstance(m, nn.BatchNorm1d)]
    assert bands == [256]
