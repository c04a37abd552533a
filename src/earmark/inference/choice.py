"""Which engine runs a graph: measured once on this machine with real inputs, then remembered.

OpenVINO is taken for a graph only where it was `LEAST_GAIN` times as fast as ONNX Runtime on a real batch, and its
outputs differed by no more than `TOLERANCE`. The verdict lies in the user's cache folder under a key of the graph, the
number of threads, the processor, and both engines' versions, so that it is sought anew when one of them changes.
"""

import hashlib
import json
import os
import platform
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from earmark.errors import InputError
from earmark.inference.graph import ENGINES, Engine, FloatArray, Graph, Port
from earmark.inference.with_onnx_runtime import OnnxRuntimeGraph
from earmark.inference.with_openvino import OpenVinoGraph

LEAST_GAIN: Final = 1.15
"""OpenVINO has to be so many times as fast: less would be lost in the second that it takes to start."""

TOLERANCE: Final = 0.03
"""Largest root mean square difference of an output, as a share of its own deviation, at which OpenVINO is taken."""

LEAST_SECONDS: Final = 0.005
"""A batch that ONNX Runtime is done with sooner says nothing about speed; the verdict waits for a larger one."""

_ROUNDS: Final = 3
_ENOUGH_SECONDS: Final = 1.0
"""Graphs that take so long need no second round: little else on the machine lasts as long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured for one graph.

    Attributes:
        engine: Which engine runs it.
        onnxruntime_seconds: The fastest of up to three runs by ONNX Runtime.
        openvino_seconds: The same by OpenVINO; None where it cannot run the graph.
        difference: Largest difference of an output, as `output_difference` gives it; None where it cannot.
    """

    engine: Engine
    onnxruntime_seconds: float
    openvino_seconds: float | None
    difference: float | None


class ChosenGraph:
    """A `earmark.inference.graph.Graph` that finds out which engine is the better one for it.

    Until a batch is large enough to measure by, ONNX Runtime runs it.

    Args:
        graph: Bytes of an ONNX model with one input.
        threads: Threads of one operator; 0 for all cores.

    Raises:
        InputError: The bytes are no ONNX model, or it has not exactly one float32 input.
    """

    def __init__(self, graph: bytes, *, threads: int = 0) -> None:
        self._bytes: bytes | None = graph
        self._threads = threads
        self._key = verdict_key(graph, threads)
        self._graph: Graph = OnnxRuntimeGraph(graph, threads=threads)

    @property
    def engine(self) -> str:
        """Which engine runs it by now."""
        return self._graph.engine

    @property
    def input(self) -> Port:
        """The input."""
        return self._graph.input

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs."""
        return self._graph.outputs

    def run(self, inputs: FloatArray) -> Mapping[str, FloatArray]:
        """Run the graph; see `earmark.inference.graph.Graph.run`.

        Raises:
            InputError: The array does not fit the input.
        """
        content = self._bytes
        if content is None:
            return self._graph.run(inputs)
        started = time.perf_counter()
        outputs = self._graph.run(inputs)
        if time.perf_counter() - started < LEAST_SECONDS:
            return outputs
        self._graph, verdict = compared(content, self._graph, inputs, threads=self._threads)
        self._bytes = None
        remember(self._key, verdict)
        return self._graph.run(inputs)


def open_chosen(graph: bytes, *, threads: int) -> Graph:
    """Open a graph with the engine that was found better for it, or one that will find out.

    Raises:
        InputError: The bytes are no ONNX model, or it has not exactly one float32 input.
    """
    verdict = remembered(verdict_key(graph, threads))
    if verdict is None:
        return ChosenGraph(graph, threads=threads)
    if verdict.engine == "openvino":
        return OpenVinoGraph(graph, threads=threads)
    return OnnxRuntimeGraph(graph, threads=threads)


def compared(graph: bytes, reference: Graph, inputs: FloatArray, *, threads: int) -> tuple[Graph, Verdict]:
    """Run both engines on the same inputs in turns, and return the better one's graph with what was measured.

    Args:
        graph: Bytes of the ONNX model.
        reference: The same, opened by ONNX Runtime.
        inputs: A real batch.
        threads: Threads of one operator; 0 for all cores.
    """
    try:
        other = OpenVinoGraph(graph, threads=threads)
        other.run(inputs)
    except InputError:  # it lacks one of the graph's operators: the other engine has them all
        return reference, Verdict("onnxruntime", _seconds(reference, inputs), None, None)
    times: list[tuple[float, float]] = []
    while len(times) < _ROUNDS and sum(map(sum, times)) < _ENOUGH_SECONDS:
        times.append((_seconds(reference, inputs), _seconds(other, inputs)))
    ours, theirs = (min(column) for column in zip(*times, strict=True))
    difference = output_difference(reference.run(inputs), other.run(inputs))
    # Written so that a NaN, which is no number to compare, keeps ONNX Runtime.
    better = theirs * LEAST_GAIN <= ours and difference <= TOLERANCE
    verdict = Verdict("openvino" if better else "onnxruntime", ours, theirs, difference)
    return (other if better else reference), verdict


def output_difference(expected: Mapping[str, FloatArray], found: Mapping[str, FloatArray]) -> float:
    """Return the largest root mean square difference of an output, as a share of the expected output's deviation.

    Args:
        expected: Outputs by name.
        found: Outputs of the other engine; infinitely different where a name or a shape is another.
    """
    if expected.keys() != found.keys() or any(expected[name].shape != found[name].shape for name in expected):
        return float("inf")
    return max(_difference(expected[name], found[name]) for name in expected)


def _difference(expected: FloatArray, found: FloatArray) -> float:
    wide = expected.astype(np.float64)
    error = float(np.sqrt(np.mean((found - wide) ** 2)))
    # An output that is constant has no deviation; then its size is the measure.
    scale = float(wide.std()) or float(np.abs(wide).max()) or 1.0
    return error / scale


def _seconds(graph: Graph, inputs: FloatArray) -> float:
    started = time.perf_counter()
    graph.run(inputs)
    return time.perf_counter() - started


def verdict_key(graph: bytes, threads: int) -> str:
    """Return the name under which the verdict on a graph is kept."""
    told = [hashlib.sha256(graph).hexdigest(), threads, _processor(), version("onnxruntime"), version("openvino")]
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=12).hexdigest()


def remembered(key: str) -> Verdict | None:
    """Return the verdict that is kept under a key; None where none is, or it cannot be read."""
    try:
        data = json.loads(_verdict_file(key).read_bytes())
        verdict = Verdict(**data)
    except (OSError, ValueError, TypeError):  # not there, or damaged: it is measured anew
        return None
    return verdict if verdict.engine in ENGINES else None


def remember(key: str, verdict: Verdict) -> None:
    """Keep a verdict; where the cache folder cannot be written, the next process measures anew."""
    path = _verdict_file(key)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(verdict), file)
        Path(temporary).replace(path)


def _verdict_file(key: str) -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("earmark") / "engines" / f"{key}.json"


@lru_cache(maxsize=1)
def _processor() -> str:
    """Return what tells processors apart: Linux says it in a file, elsewhere Python knows something."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return " ".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
