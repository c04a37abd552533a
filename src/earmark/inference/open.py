"""Opens a graph with the engine that is asked for."""

import os
from pathlib import Path
from typing import Final, Literal, get_args

from earmark.errors import InputError, UnknownNameError
from earmark.inference.graph import Graph
from earmark.inference.with_onnx_runtime import OnnxRuntimeGraph
from earmark.inference.with_openvino import OpenVinoGraph, openvino_installed

EngineChoice = Literal["auto", "onnxruntime", "openvino"]
"""``auto``: OpenVINO where it is installed, was measured faster for the graph and agrees; else ONNX Runtime."""

ENGINE_CHOICES: Final[tuple[EngineChoice, ...]] = get_args(EngineChoice)

ENGINE_VARIABLE: Final = "EARMARK_ENGINE"
"""Environment variable that names the engine for every graph, whatever the caller asked for."""


def open_graph(graph: bytes | str | Path, *, threads: int = 0, engine: EngineChoice = "auto") -> Graph:
    """Open an ONNX graph for running on the CPU.

    Args:
        graph: The graph's bytes, or its file.
        threads: Threads of one operator; 0 for all cores.
        engine: What runs it; the environment variable ``EARMARK_ENGINE`` overrides it.

    Raises:
        InputError: The file cannot be read, is no ONNX model or has not exactly one float32 input; or OpenVINO is
            asked for and not installed.
        UnknownNameError: There is no such engine.
    """
    content = graph if isinstance(graph, bytes) else _read(Path(graph))
    chosen = os.environ.get(ENGINE_VARIABLE) or engine
    if chosen not in ENGINE_CHOICES:
        raise UnknownNameError("engine", chosen, ENGINE_CHOICES)
    if chosen == "openvino" and not openvino_installed():
        raise InputError("the engine openvino is not installed; install it with: pip install openvino")
    if chosen == "openvino":
        return OpenVinoGraph(content, threads=threads)
    if chosen == "auto" and openvino_installed():
        from earmark.inference.choice import open_chosen

        return open_chosen(content, threads=threads)
    return OnnxRuntimeGraph(content, threads=threads)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"the ONNX graph {path} cannot be read: {error.strerror}") from error
