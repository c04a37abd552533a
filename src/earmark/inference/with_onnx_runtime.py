"""A graph run by ONNX Runtime on the CPU."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from earmark.errors import InputError
from earmark.inference.graph import FloatArray, Port, fitting, only_input

_ERRORS_ONLY: Final = 3


class OnnxRuntimeGraph:
    """A `earmark.inference.graph.Graph` run by ONNX Runtime.

    Args:
        graph: Bytes of an ONNX model with one input.
        threads: Threads of one operator; 0 for all cores.

    Raises:
        InputError: The bytes are no ONNX model, or it has not exactly one float32 input.
    """

    def __init__(self, graph: bytes, *, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = _ERRORS_ONLY
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # ONNX Runtime's exceptions share no public base class below Exception.
            raise InputError(f"the ONNX graph cannot be loaded: {error}") from error
        self.engine = "onnxruntime"
        self.input = only_input(_ports(self._session.get_inputs()))
        kind = self._session.get_inputs()[0].type
        if kind != "tensor(float)":
            raise InputError(f"the graph's input {self.input} has to be float32, but it is {kind}")
        self.outputs = _ports(self._session.get_outputs())

    def run(self, inputs: FloatArray) -> dict[str, FloatArray]:
        """Run the graph; see `earmark.inference.graph.Graph.run`.

        Raises:
            InputError: The array does not fit the input, or the graph fails on it.
        """
        try:
            values = self._session.run(None, {self.input.name: fitting(inputs, self.input)})
        except InputError:
            raise
        except Exception as error:  # as above: no public base class
            raise InputError(f"the ONNX graph fails on an input of {inputs.shape}: {error}") from error
        return {
            port.name: np.asarray(value, dtype=np.float32) for port, value in zip(self.outputs, values, strict=True)
        }


def _ports(nodes: Sequence[Any]) -> tuple[Port, ...]:
    """Read ports; an axis that may vary is a name or None in ONNX Runtime."""
    return tuple(
        Port(node.name, tuple(axis if isinstance(axis, int) else None for axis in node.shape)) for node in nodes
    )
