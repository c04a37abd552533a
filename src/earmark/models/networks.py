"""From a spec to its torch network, and from a network to the classifier that the shared predict path takes."""

from collections.abc import Callable
from typing import Protocol, cast

import numpy as np
import torch
from torch import nn

from earmark.errors import InputError
from earmark.models.crnn import CRNN
from earmark.models.dictionary import DictionaryNetwork, Rhythm, Textures
from earmark.models.inputs import FloatArray, input_columns
from earmark.models.linear import LinearClassifier
from earmark.models.mfcc import FeedForward
from earmark.models.song import SliceOutputs, stacks
from earmark.models.spec import DictionarySettings, ModelKind, ModelSpec


class Embedder(Protocol):
    """What every network here offers beside ``forward``: its last layer's input, and that layer."""

    head: nn.Linear

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Embedding (batch, size) of inputs (batch, ...)."""
        ...


def build_network(spec: ModelSpec, n_labels: int) -> nn.Module:
    """A network with fresh weights, drawn from torch's current random state.

    Args:
        spec: The model.
        n_labels: Number of labels, at least 2.

    Raises:
        InputError: There are fewer than two labels to tell apart.
    """
    if n_labels < 2:
        raise InputError(f"a model tells labels apart, so it needs at least 2 of them, got {n_labels}")
    if spec.kind not in _NETWORKS:
        raise InputError(f"model {spec.name} is an ensemble: its parts have networks of their own")
    return _NETWORKS[spec.kind](spec, n_labels)


def _crnn(spec: ModelSpec, n_labels: int) -> nn.Module:
    if spec.features is None:
        raise InputError(f"model {spec.name} has no feature settings")
    return CRNN(n_labels, n_mels=spec.features.n_mels)


def _feed_forward(spec: ModelSpec, n_labels: int) -> nn.Module:
    return FeedForward(n_labels, n_columns=len(input_columns(spec)))


def _linear(spec: ModelSpec, n_labels: int) -> nn.Module:
    return LinearClassifier(n_labels, n_columns=len(input_columns(spec)))


def _dictionary(spec: ModelSpec, n_labels: int) -> nn.Module:
    if spec.features is None or not isinstance(spec.training, DictionarySettings):
        raise InputError(f"model {spec.name} has no feature settings")
    settings, n_mels, frames = spec.training, spec.features.n_mels, spec.slice_frames or 0
    blocks: list[Textures | Rhythm] = [
        Textures(
            n_mels=n_mels,
            together=together,
            frames=settings.frames,
            components=settings.components,
            atoms=settings.atoms,
            hop=max(1, settings.hop // together),
        )
        for together in settings.scales
    ]
    longest = settings.frames * max(settings.scales)
    if frames < longest:
        raise InputError(f"a slice of {spec.slice_seconds} s has {frames} frames; the longest patch needs {longest}")
    if settings.rhythm:
        blocks.append(Rhythm(n_mels=n_mels, frames=frames, frames_per_second=spec.features.frames_per_second))
    return DictionaryNetwork(n_labels, blocks, n_mels=n_mels, frames=frames, embedding_size=settings.embedding_size)


_NETWORKS: dict[ModelKind, Callable[[ModelSpec, int], nn.Module]] = {
    "crnn": _crnn,
    "earmark": _dictionary,
    "probe": _linear,
    "mfcc": _feed_forward,
    "metadata": _linear,
}


class LogProbabilities(nn.Module):
    """A network read out: log-probabilities and embedding in one pass. It is what the ONNX graph holds.

    Args:
        network: One that `build_network` made.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities (batch, labels) and embeddings (batch, size) of inputs (batch, ...)."""
        network = cast(Embedder, self.network)
        embedding = network.embed(inputs)
        return torch.log_softmax(network.head(embedding), dim=1), embedding


class TorchClassifier:
    """A `earmark.models.song.SliceClassifier` run by torch, in evaluation mode and without gradients.

    Args:
        network: One that `build_network` made; put back into the mode it was in after each call.
    """

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._read_out = LogProbabilities(network)

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        """Log-probabilities and embeddings of inputs of shape (slices, ...)."""
        device = next(self._network.parameters()).device
        was_training = self._network.training
        self._network.eval()
        try:
            with torch.inference_mode():
                outputs = [self._read_out(torch.from_numpy(stack).to(device)) for stack in stacks(inputs)]
        finally:
            self._network.train(was_training)
        log_probs, embeddings = (np.concatenate([_array(o[i]) for o in outputs]) for i in (0, 1))
        return SliceOutputs(log_probs=log_probs, embeddings=embeddings)


def _array(tensor: torch.Tensor) -> FloatArray:
    values: FloatArray = tensor.float().cpu().numpy()
    return values
