"""The one path from a song to its verdict, shared by validation while training, by evaluation and by prediction.

Slices go through a classifier; their log-probabilities are pooled in two ways, and both are reported:

- ``vote``, the paper's (Nasrullah and Zhao 2019): each slice votes for its most probable label; only slices whose top
  probability exceeds 0.5 vote, or all slices where none does. The label with most votes wins; among equals the one
  with the largest summed probability over the voting slices; among those still equal the first. Its probabilities are
  shares of votes.
- ``mean``: the mean over slices of the log-probabilities, normalised again. It uses all that the slices say instead of
  their winners only, and is the verdict by default.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.inputs import FloatArray, SongInputs

CONFIDENT = 0.5
"""Top probability that a slice must exceed to vote where any slice does."""


_VALUES_AT_ONCE = 32 * 94 * 128
"""Input values that go through a network in one stack. A CRNN's first maps hold 64 times as many."""


@dataclass(frozen=True, slots=True)
class SliceOutputs:
    """What a classifier says of a stack of slices.

    Attributes:
        log_probs: Natural log-probabilities, float32 of shape (slices, labels), at most 0.
        embeddings: float32 of shape (slices, size): the last layer before the classification, 32 wide for a CRNN.
    """

    log_probs: FloatArray
    embeddings: FloatArray


class SliceClassifier(Protocol):
    """A trained model, whatever runs it: `TorchClassifier` while training, `OnnxClassifier` in a bundle."""

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        """Log-probabilities and embeddings of inputs of shape (slices, ...), as in `SongInputs.values`."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """A song's label by one way of pooling.

    Attributes:
        label: Index of the winning label.
        probabilities: float64 of shape (labels,), summing to 1.
    """

    label: int
    probabilities: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SongPrediction:
    """What a model says of one song.

    Attributes:
        slice_log_probs: Natural log-probabilities, float32 of shape (slices, labels).
        slice_starts_seconds: float64 of shape (slices,): where each slice starts within the analysed sound.
        vote: Verdict by the paper's majority vote.
        mean: Verdict by mean log-probability.
        embedding: float32 of shape (size,): mean over the slices.
        padded: Whether the song was shorter than one slice and padded.
    """

    slice_log_probs: FloatArray
    slice_starts_seconds: NDArray[np.float64]
    vote: Verdict
    mean: Verdict
    embedding: FloatArray
    padded: bool

    @property
    def verdict(self) -> Verdict:
        """The default verdict: by mean log-probability."""
        return self.mean


def predict_song(classifier: SliceClassifier, inputs: SongInputs) -> SongPrediction:
    """Classify the slices of one song and pool them.

    Args:
        classifier: The trained model.
        inputs: The song, as `earmark.models.inputs.song_inputs` prepares it.
    """
    outputs = classifier.classify(inputs.values)
    return SongPrediction(
        slice_log_probs=outputs.log_probs,
        slice_starts_seconds=inputs.starts_seconds,
        vote=vote(outputs.log_probs),
        mean=mean_log_probability(outputs.log_probs),
        embedding=outputs.embeddings.mean(axis=0, dtype=np.float64).astype(np.float32),
        padded=inputs.padded,
    )


def stacks(inputs: FloatArray) -> Iterator[FloatArray]:
    """The inputs in stacks whose size bounds a network's memory: 32 slices of 3 s, or a single one of 30 s.

    Args:
        inputs: Shape (slices, ...).
    """
    rows = max(1, _VALUES_AT_ONCE // max(1, math.prod(inputs.shape[1:])))
    for first in range(0, len(inputs), rows):
        yield inputs[first : first + rows]


def vote(log_probs: NDArray[np.floating]) -> Verdict:
    """The paper's majority vote over slices; see the module for its rule and its ties.

    Args:
        log_probs: Natural log-probabilities of shape (slices, labels), at least one of each.

    Raises:
        InputError: The array is empty or not two-dimensional.
    """
    probabilities = np.exp(_checked(log_probs))
    confident = probabilities.max(axis=1) > CONFIDENT
    voters = probabilities[confident] if confident.any() else probabilities
    votes = np.bincount(voters.argmax(axis=1), minlength=voters.shape[1])
    summed = np.where(votes == votes.max(), voters.sum(axis=0), -np.inf)
    return Verdict(label=int(summed.argmax()), probabilities=votes / votes.sum())


def mean_log_probability(log_probs: NDArray[np.floating]) -> Verdict:
    """Mean over slices of the log-probabilities, normalised to sum to 1 as probabilities.

    Args:
        log_probs: Natural log-probabilities of shape (slices, labels), at least one of each.

    Raises:
        InputError: The array is empty or not two-dimensional.
    """
    mean = _checked(log_probs).mean(axis=0)
    relative = np.exp(mean - mean.max())
    return Verdict(label=int(mean.argmax()), probabilities=relative / relative.sum())


def _checked(log_probs: NDArray[np.floating]) -> NDArray[np.float64]:
    if log_probs.ndim != 2 or 0 in log_probs.shape:
        raise InputError(f"expected log-probabilities of shape (slices, labels), none of them 0, got {log_probs.shape}")
    return np.asarray(log_probs, dtype=np.float64)
