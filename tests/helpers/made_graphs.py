"""ONNX graphs whose answer is known: the mean over time of each band, times a matrix."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[np.float32]
Axis = int | str

OPSET = 17


def matrix(bands: int, size: int, seed: int = 0) -> Array:
    """The matrix of a made graph, of shape (bands, size)."""
    return np.random.default_rng(seed).normal(size=(bands, size)).astype(np.float32)


def mean_graph(
    axes: Sequence[Axis],
    *,
    mean_over: Sequence[int],
    bands: int,
    outputs: Sequence[tuple[str, int]] = (("embedding", 8),),
    input_name: str = "patches",
    time: bool = False,
) -> bytes:
    """A graph that averages its input over some axes and multiplies what is left, of so many bands, by a matrix.

    Args:
        axes: The input's axes; a text is an axis of any length.
        mean_over: The axes that are averaged over.
        bands: What is left in a row.
        outputs: Names and sizes; the matrix of each has its own seed, 0, 1 and so on.
        input_name: The input's name.
        time: Give the outputs an axis of time of length 2 whose mean is the embedding.
    """
    nodes = [helper.make_node("ReduceMean", [input_name], ["mean"], axes=list(mean_over), keepdims=0)]
    nodes.append(helper.make_node("Reshape", ["mean", "shape"], ["rows"]))
    weights = [numpy_helper.from_array(np.array([-1, bands], dtype=np.int64), "shape")]
    ports = []
    for seed, (name, size) in enumerate(outputs):
        weights.append(numpy_helper.from_array(matrix(bands, size, seed), f"matrix {seed}"))
        product = f"product {seed}" if time else name
        nodes.append(helper.make_node("MatMul", ["rows", f"matrix {seed}"], [product]))
        if time:
            weights.append(numpy_helper.from_array(np.array([[[0.5], [1.5]]], dtype=np.float32), f"times {seed}"))
            weights.append(numpy_helper.from_array(np.array([1], dtype=np.int64), f"axis {seed}"))
            nodes.append(helper.make_node("Unsqueeze", [product, f"axis {seed}"], [f"flat {seed}"]))
            nodes.append(helper.make_node("Mul", [f"flat {seed}", f"times {seed}"], [name]))
        shape = [axes[0], 2, size] if time else [axes[0], size]
        ports.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    inputs = [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, list(axes))]
    return model(nodes, inputs, ports, weights)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Sequence[onnx.TensorProto],
) -> bytes:
    """The bytes of a checked ONNX model."""
    graph = helper.make_graph(list(nodes), "made", list(inputs), list(outputs), list(weights))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def patches_graph(
    rows: int = 4,
    bands: int = 3,
    *,
    size: int = 8,
    batch: Axis = "batch",
    outputs: Sequence[tuple[str, int]] | None = None,
) -> bytes:
    """A graph over patches of shape (batch, rows, bands) that gives ``embedding``."""
    told = outputs or (("embedding", size),)
    return mean_graph((batch, rows, bands), mean_over=(1,), bands=bands, outputs=told)
