"""How fast musicnn's two networks embed six minutes of sound on one thread, and how near the engines are.

    python benchmarks/backbones.py

Needs the backbone (``earmark backbones get musicnn``); OpenVINO is measured where it is installed. Times are processor
seconds, the least of five runs, so that other work on the machine tells little.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from earmark.audio.frontends import MusicnnMel
from earmark.backbones.adding import made_sound
from earmark.backbones.embed import patches_of, run_patches
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import find_backbone, read_graphs
from earmark.inference.choice import output_difference
from earmark.inference.graph import FloatArray, Graph
from earmark.inference.with_onnx_runtime import OnnxRuntimeGraph
from earmark.inference.with_openvino import OpenVinoGraph, best_precision, openvino_installed

RUNS = 5
SECONDS = 360.0


def main() -> None:
    """Measure and print."""
    settings = find_backbone("musicnn")
    audio = made_sound(MusicnnMel(sample_rate=44_100), SECONDS)
    front = least(lambda: patches_of(audio, settings))
    patches = patches_of(audio, settings)
    heard = len(patches) * settings.patch_seconds
    sys.stdout.write(f"front-end: {front:.2f} s for {SECONDS:g} s at 44.1 kHz: {len(patches)} patches, {heard:.0f} s\n")
    graphs = engines(settings)
    expected = embedded(graphs["ONNX Runtime"], patches, settings)
    for name, opened in graphs.items():
        seconds = least(lambda opened=opened: embedded(opened, patches, settings))  # type: ignore[misc]  # a default
        difference = output_difference({"": expected}, {"": embedded(opened, patches, settings)})
        told = f"{seconds:.2f} s, {heard / seconds:.0f} x real time, difference {difference:.1e} of the deviation"
        sys.stdout.write(f"{name}: {told}\n")


def engines(settings: BackboneSettings) -> dict[str, list[Graph]]:
    """Both networks, opened by each engine for one thread."""
    contents = read_graphs(settings)
    opened: dict[str, list[Graph]] = {"ONNX Runtime": [OnnxRuntimeGraph(one, threads=1) for one in contents]}
    if openvino_installed():
        opened["OpenVINO float32"] = [OpenVinoGraph(one, threads=1, precision="float32") for one in contents]
        if best_precision() == "bfloat16":
            opened["OpenVINO bfloat16"] = [OpenVinoGraph(one, threads=1, precision="bfloat16") for one in contents]
    return opened


def embedded(graphs: list[Graph], patches: FloatArray, settings: BackboneSettings) -> FloatArray:
    """Both networks' rows, side by side."""
    return np.concatenate([run_patches(graph, patches, settings) for graph in graphs], axis=1)


def least(work: Callable[[], object]) -> float:
    """The least processor seconds of some runs."""
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


if __name__ == "__main__":
    main()
