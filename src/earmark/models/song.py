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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.inputs import FloatArray, SongInputs, SongSource, song_inputs
from earmark.models.spec import ModelSpec

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
        slice_embeddings: float32 of shape (slices, size).
        padded: Whether the song was shorter than one slice and padded.
        parts: By part of an ensemble, its log-probabilities of the song, float64 of shape (labels,); empty for a single
            model. `mean` is then their fusion, while the slices and the vote are those of the part that cuts slices.
    """

    slice_log_probs: FloatArray
    slice_starts_seconds: NDArray[np.float64]
    vote: Verdict
    mean: Verdict
    embedding: FloatArray
    slice_embeddings: FloatArray
    padded: bool
    parts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The default verdict: by mean log-probability."""
        return self.mean


class SongModel(Protocol):
    """Anything that says which label a song is of: one model, or several fused."""

    def predict(self, source: SongSource, index: int, *, most_slices: int | None = None) -> SongPrediction:
        """What it says of one song of a source.

        Args:
            source: The songs.
            index: Which of them.
            most_slices: Slices that are heard at most, evenly over the song; all where None.

        Raises:
            InputError: The song's features do not fit the model's settings.
            MetadataError: The model needs BPM and key, and the song has none.
        """
        ...


@dataclass(frozen=True, slots=True)
class SingleModel:
    """One model as a `SongModel`.

    Attributes:
        spec: What it reads.
        classifier: What it has learnt.
    """

    spec: ModelSpec
    classifier: SliceClassifier

    def predict(self, source: SongSource, index: int, *, most_slices: int | None = None) -> SongPrediction:
        """What it says of one song of a source; see `SongModel.predict`."""
        inputs = song_inputs(self.spec, source, index)
        return predict_song(self.classifier, inputs if most_slices is None else spread(inputs, most_slices))


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
        slice_embeddings=outputs.embeddings,
        padded=inputs.padded,
    )


def spread(inputs: SongInputs, most: int) -> SongInputs:
    """Some of a song's slices, evenly over it; all where there are no more.

    Args:
        inputs: The song.
        most: How many slices at most, at least 1.
    """
    n = len(inputs.values)
    if n <= most:
        return inputs
    # The middles of equal stretches: neither the first slice, often silence, nor the last is favoured.
    kept: NDArray[np.int64] = ((np.arange(most) + 0.5) * n / most).astype(np.int64)
    return SongInputs(inputs.values[kept], inputs.starts_seconds[kept], inputs.padded)


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
