"""Batches of one epoch, drawn from songs on disk: which slices, in which order, from (seed, epoch) alone.

A slice is read when its batch is due, so a memory-mapped source never needs the whole set in memory, and an epoch
can be repeated exactly without the random state that led to it.
"""

import math
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.inputs import FloatArray, checked_features, read_slice, song_inputs
from earmark.models.spec import ModelSpec
from earmark.training.songs import SongSet

Batch = tuple[torch.Tensor, torch.Tensor]
"""Inputs, float32 of shape (batch, ...), and label indices, int64 of shape (batch,)."""


class InputPool(Protocol):
    """All inputs that an epoch may draw."""

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Positions of an epoch's inputs, shape (n, 2): song index and first frame. n is the same each time."""
        ...

    def gather(self, positions: NDArray[np.int64]) -> FloatArray:
        """The inputs at some positions, float32 of shape (len(positions), ...)."""
        ...


class SlicePool:
    """Slices of log-mel.

    Args:
        spec: A ``crnn`` model.
        train: The songs.
        slices_per_song: Slices drawn at random places from each song, at most as many as fit into it without overlap;
            ``None`` for the whole non-overlapping grid.
    """

    def __init__(self, spec: ModelSpec, train: SongSet, *, slices_per_song: int | None) -> None:
        if spec.slice_frames is None or spec.features is None:
            raise InputError(f"model {spec.name} has no slices")
        self._settings = spec.features
        self._songs, self._frames = train.songs, spec.slice_frames
        lengths = [len(checked_features(spec, train.songs, index)) for index in range(len(train.songs))]
        self._last_starts = np.maximum(np.asarray(lengths, dtype=np.int64) - self._frames, 0)
        fitting = np.maximum(np.asarray(lengths, dtype=np.int64) // self._frames, 1)
        self._random = slices_per_song is not None
        self._counts = fitting if slices_per_song is None else np.minimum(fitting, slices_per_song)

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Song and first frame of each slice of an epoch, by song."""
        songs = np.repeat(np.arange(len(self._counts), dtype=np.int64), self._counts)
        if self._random:
            starts = rng.integers(0, self._last_starts[songs], endpoint=True)
        else:
            firsts = np.cumsum(self._counts) - self._counts
            starts = (np.arange(len(songs), dtype=np.int64) - firsts[songs]) * self._frames
        return np.stack([songs, starts], axis=1)

    def gather(self, positions: NDArray[np.int64]) -> FloatArray:
        """The slices, float32 of shape (n, frames, n_mels)."""
        frames, settings = self._frames, self._settings
        rows = (read_slice(self._songs.features(int(s), settings), int(t), frames=frames) for s, t in positions)
        return np.stack(list(rows))


class RowPool:
    """One input per song, read once and kept: a song's mean MFCCs are 160 bytes.

    Args:
        spec: A model that reads a song as one input.
        train: The songs.
    """

    def __init__(self, spec: ModelSpec, train: SongSet) -> None:
        songs = range(len(train.songs))
        self.rows: FloatArray = np.concatenate([song_inputs(spec, train.songs, i).values for i in songs])

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:  # noqa: ARG002 - every row is in every epoch
        """Every song once."""
        songs = np.arange(len(self.rows), dtype=np.int64)
        return np.stack([songs, np.zeros_like(songs)], axis=1)

    def gather(self, positions: NDArray[np.int64]) -> FloatArray:
        """The rows, float32 of shape (n, columns)."""
        return self.rows[positions[:, 0]]


class EpochBatches:
    """The batches of the current epoch, as Lightning iterates over them.

    Args:
        pool: Where inputs come from.
        labels: Label index of each song.
        batch_size: Inputs in a batch; the last one holds the rest.
        seed: Seed of the whole training.
        epoch: Tells the current epoch, from 0, when an iteration begins.
    """

    def __init__(
        self,
        pool: InputPool,
        labels: NDArray[np.int64],
        *,
        batch_size: int,
        seed: int,
        epoch: Callable[[], int],
    ) -> None:
        self._pool, self._labels, self._size = pool, labels, batch_size
        self._seed, self._epoch = seed, epoch
        self._songs = pool.draw(epoch_generator(seed, 0))[:, 0]

    def __len__(self) -> int:
        return math.ceil(len(self._songs) / self._size)

    def __iter__(self) -> Iterator[Batch]:
        rng = epoch_generator(self._seed, self._epoch())
        positions = rng.permutation(self._pool.draw(rng))
        for first in range(0, len(positions), self._size):
            chosen = positions[first : first + self._size]
            inputs = torch.from_numpy(self._pool.gather(chosen))
            yield inputs, torch.from_numpy(self._labels[chosen[:, 0]].astype(np.int64))

    def inputs_per_label(self, n_labels: int) -> NDArray[np.int64]:
        """Inputs of each label in an epoch, shape (labels,)."""
        return np.bincount(self._labels[self._songs], minlength=n_labels)


def epoch_generator(seed: int, epoch: int) -> np.random.Generator:
    """The generator of an epoch's slices and their order."""
    return np.random.default_rng([seed, epoch])


def dropout_seed(seed: int, epoch: int) -> int:
    """Seed of torch's generator for an epoch's dropout, below 2**63."""
    return int(np.random.SeedSequence([seed, epoch, 1]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def label_weights(inputs_per_label: NDArray[np.int64]) -> FloatArray:
    """Loss weights that make every label count the same, with mean 1 over the inputs; 0 for an absent label.

    Args:
        inputs_per_label: Inputs of each label, shape (labels,).
    """
    present = inputs_per_label > 0
    share = inputs_per_label.sum() / (present.sum() * np.maximum(inputs_per_label, 1))
    return np.where(present, share, 0.0).astype(np.float32)
