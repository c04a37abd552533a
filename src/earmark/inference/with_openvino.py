"""A graph run by OpenVINO on the CPU, which the user may install beside Earmark.

Where the CPU multiplies bfloat16 by itself (AVX-512 BF16, AMX), OpenVINO is asked to: about twice as fast, with two to
three significant digits. What it may cost is measured for each graph by `earmark.inference.choice`.
"""

from functools import lru_cache
from importlib.util import find_spec
from threading import Lock
from typing import Any, Literal

import numpy as np

from earmark.errors import InputError
from earmark.inference.graph import FloatArray, Port, fitting, only_input

Precision = Literal["float32", "bfloat16"]


def openvino_installed() -> bool:
    """Tell whether the package ``openvino`` can be imported."""
    return find_spec("openvino") is not None


def best_precision() -> Precision:
    """Return bfloat16 where this CPU multiplies it by itself, else float32."""
    return "bfloat16" if "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "float32"


class OpenVinoGraph:
    """A `earmark.inference.graph.Graph` run by OpenVINO.

    Args:
        graph: Bytes of an ONNX model with one input.
        threads: Threads; 0 for all cores.
        precision: What it multiplies; `best_precision()` when None.

    Raises:
        InputError: OpenVINO cannot read or compile the graph, or it has not exactly one input.
    """

    def __init__(self, graph: bytes, *, threads: int = 0, precision: Precision | None = None) -> None:
        chosen = best_precision() if precision is None else precision
        try:
            self._compiled = _compile(graph, threads, chosen)
        except Exception as error:
            # OpenVINO raises plain RuntimeError and subclasses of it that it does not export.
            raise InputError(f"OpenVINO cannot run the ONNX graph: {error}") from error
        self._request = self._compiled.create_infer_request()
        self._one_at_a_time = Lock()
        self.engine = f"openvino ({chosen})"
        self.input = only_input(tuple(_port(node) for node in self._compiled.inputs))
        self.outputs = tuple(_port(node) for node in self._compiled.outputs)

    def run(self, inputs: FloatArray) -> dict[str, FloatArray]:
        """Run the graph; see `earmark.inference.graph.Graph.run`.

        Raises:
            InputError: The array does not fit the input, or the graph fails on it.
        """
        fitted = fitting(inputs, self.input)
        # A request runs one input at a time, and its next run writes into the same memory: hence the lock and the copy.
        with self._one_at_a_time:
            try:
                values = self._request.infer([fitted])
            except RuntimeError as error:
                raise InputError(f"the ONNX graph fails on an input of {inputs.shape}: {error}") from error
            return {port.name: np.array(values[at], dtype=np.float32) for at, port in enumerate(self.outputs)}


@lru_cache(maxsize=1)
def _core() -> Any:
    import openvino

    return openvino.Core()


def _compile(graph: bytes, threads: int, precision: Precision) -> Any:
    import openvino
    from openvino.properties import hint, inference_num_threads

    kind = openvino.Type.bf16 if precision == "bfloat16" else openvino.Type.f32
    asked: dict[str, Any] = {
        hint.inference_precision(): kind,
        hint.performance_mode(): hint.PerformanceMode.LATENCY,
    }
    if threads:
        asked[inference_num_threads()] = threads
    return _core().compile_model(_core().read_model(graph), "CPU", asked)


def _port(node: Any) -> Port:
    axes = (int(axis.get_length()) if axis.is_static else None for axis in node.partial_shape)
    return Port(node.any_name, tuple(axes))
