import numpy as np
import pytest
import torch

from earmark.backbones.settings import BackboneSettings
from earmark.errors import EarmarkError
from earmark.models.inputs import input_shape
from earmark.models.networks import build_network
from earmark.models.onnx_export import check_parity, export_onnx, parity_inputs
from earmark.models.ready import ready
from earmark.models.registry import MODELS


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.kind != "ensemble"])
def test_parity_inputs_are_of_the_models_shape_and_repeat(name: str, small_backbone: BackboneSettings) -> None:
    spec = ready(MODELS[name])[0]
    ours, again = (parity_inputs(spec, np.random.default_rng(5)) for _ in range(2))
    assert ours.shape[1:] == input_shape(spec)
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(ours, again)
    assert np.isnan(ours).any() == (name == "metadata")


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_the_crnns_graph_equals_it_at_each_slice_length(seconds: float) -> None:
    spec = MODELS["crnn"].with_slice_seconds(seconds)
    torch.manual_seed(0)
    network = build_network(spec, 5).eval()
    assert check_parity(network, export_onnx(network, spec), spec) < 1e-5


def test_another_networks_graph_is_refused() -> None:
    spec = MODELS["mfcc"]
    torch.manual_seed(0)
    network, other = build_network(spec, 3).eval(), build_network(spec, 3).eval()
    with pytest.raises(EarmarkError, match=r"differs from the network by .* the bundle was not saved"):
        check_parity(network, export_onnx(other, spec), spec)


def test_weights_that_are_no_numbers_are_refused() -> None:
    spec = MODELS["mfcc"]
    network = build_network(spec, 3).eval()
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(EarmarkError, match="differs from the network by"):
        check_parity(network, export_onnx(network, spec), spec)
