"""A torch network as an ONNX graph, held equal to the network it came from.

The graph takes ``inputs`` (slices, ...) with any number of slices and gives ``log_probs`` (slices, labels) and
``embedding`` (slices, size). Torch's TorchScript exporter writes it: the newer one needs packages that nothing else
here does.
"""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

from earmark.catalog.keys import Key
from earmark.errors import EarmarkError
from earmark.models.inputs import FloatArray, SongMetadata, input_shape, metadata_vector
from earmark.models.networks import LogProbabilities, TorchClassifier
from earmark.models.onnx_classifier import INPUT_NAME, OUTPUT_NAMES, OnnxClassifier
from earmark.models.spec import ModelSpec

OPSET = 17
PARITY_TOLERANCE = 1e-3
"""Largest difference of log-probabilities at which a bundle is saved."""

_ROWS = 4


def export_onnx(network: nn.Module, spec: ModelSpec) -> bytes:
    """The network in evaluation mode as bytes of an ONNX model.

    Args:
        network: One that `earmark.models.networks.build_network` made from the spec, on the CPU.
        spec: The model, whose inputs fix the graph's shape.
    """
    example = torch.from_numpy(parity_inputs(spec, np.random.default_rng(0))[:2])
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        file = Path(folder) / "model.onnx"
        # The exporter warns of its own age and of what it traces; `check_parity` tests what the warnings are about.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            LogProbabilities(network).eval(),
            (example,),
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT_NAME],
            output_names=list(OUTPUT_NAMES),
            dynamic_axes={name: {0: "slices"} for name in (INPUT_NAME, *OUTPUT_NAMES)},
        )
        return file.read_bytes()


def check_parity(network: nn.Module, graph: bytes, spec: ModelSpec) -> float:
    """The largest difference between torch's and ONNX Runtime's log-probabilities.

    It is taken over random inputs, edge inputs, and stacks of one and of several; relative to the log-probability
    where that is beyond -1, because a label that is impossible to hundreds of nats is so in rounded numbers.

    Raises:
        EarmarkError: The difference is above `PARITY_TOLERANCE`.
    """
    inputs = parity_inputs(spec, np.random.default_rng(1))
    torch_side = TorchClassifier(network)
    onnx_side = OnnxClassifier(graph, input_shape=input_shape(spec))
    differences = []
    for stack in (inputs, inputs[:1]):
        ours, theirs = (side.classify(stack).log_probs.astype(np.float64) for side in (torch_side, onnx_side))
        differences.append((np.abs(ours - theirs) / np.maximum(1, np.abs(ours))).max())
    difference = float(np.max(differences))
    # Written so that a NaN on either side is refused too, which np.max passes on and max() may lose.
    if not difference <= PARITY_TOLERANCE:
        raise EarmarkError(
            f"the ONNX graph of {spec.name} differs from the network by {difference:g} in log-probability, "
            f"more than {PARITY_TOLERANCE:g}; the bundle was not saved"
        )
    return difference


def parity_inputs(spec: ModelSpec, rng: np.random.Generator) -> FloatArray:
    """Random inputs of the kind that the model reads, with its edge cases.

    Args:
        spec: The model.
        rng: Draws the inputs.

    Returns:
        float32 of shape (inputs, ...): noise, silence and full scale, or tags with and without gaps.
    """
    if spec.kind == "metadata":
        return np.stack([metadata_vector(song, impute=spec.impute) for song in _songs(rng, gaps=spec.impute)])
    shape = input_shape(spec)
    random = rng.uniform(-100.0, 40.0, (_ROWS, *shape))
    edges = [np.full((1, *shape), level) for level in (-100.0, 0.0, 60.0)]
    return np.concatenate([random, *edges]).astype(np.float32)


def _songs(rng: np.random.Generator, *, gaps: bool) -> list[SongMetadata]:
    songs = [
        SongMetadata(
            bpm=float(rng.uniform(60, 200)),
            key=Key(int(rng.integers(12)), "minor" if rng.integers(2) else "major"),
            seconds=float(rng.uniform(60, 900)),
        )
        for _ in range(_ROWS)
    ]
    if gaps:
        songs += [SongMetadata(bpm=None, key=Key(0, "major"), seconds=1.0), SongMetadata(None, None, 3600.0)]
    return songs
