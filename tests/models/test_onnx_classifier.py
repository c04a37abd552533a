import numpy as np
import onnx
import pytest
import torch

from earmark.errors import InputError
from earmark.models.networks import TorchClassifier, build_network
from earmark.models.onnx_classifier import OnnxClassifier
from earmark.models.onnx_export import OPSET, export_onnx
from earmark.models.registry import MODELS

SPEC = MODELS["mfcc"]


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network(SPEC, 3).eval()


@pytest.fixture(scope="module")
def graph(network: torch.nn.Module) -> bytes:
    return export_onnx(network, SPEC)


@pytest.mark.parametrize("rows", [1, 2, 31, 32, 33, 100])
def test_any_number_of_rows(network: torch.nn.Module, graph: bytes, rows: int) -> None:
    inputs = np.random.default_rng(rows).normal(size=(rows, 40)).astype(np.float32)
    ours = TorchClassifier(network).classify(inputs)
    theirs = OnnxClassifier(graph, input_shape=(40,), threads=1).classify(inputs)
    np.testing.assert_allclose(theirs.log_probs, ours.log_probs, atol=1e-5)
    np.testing.assert_allclose(theirs.embeddings, ours.embeddings, atol=1e-5)


def test_the_graph_is_a_valid_model_of_standard_operators(graph: bytes) -> None:
    model = onnx.load_model_from_string(graph)
    onnx.checker.check_model(model, full_check=True)
    assert {(opset.domain, opset.version) for opset in model.opset_import} == {("", OPSET)}
    assert [put.name for put in model.graph.input] == ["inputs"]
    assert [put.name for put in model.graph.output] == ["log_probs", "embedding"]


@pytest.mark.parametrize("shape", [(2, 39), (0, 40), (40,), (2, 3, 40)])
def test_other_shapes_are_refused(graph: bytes, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"takes inputs of shape \(slices, \*\(40,\)\), got"):
        OnnxClassifier(graph, input_shape=(40,)).classify(np.zeros(shape, dtype=np.float32))


def test_bytes_that_are_no_graph_are_refused() -> None:
    with pytest.raises(InputError, match="cannot be loaded"):
        OnnxClassifier(b"not a graph", input_shape=(40,))
