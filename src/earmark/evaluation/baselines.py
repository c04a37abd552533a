"""What a score must beat before it says anything about sound: majority and artist look-up.

On the reference study's data the look-up scores about 0.77 on song-disjoint splits and falls below the
majority on artist-disjoint ones, since about 82 % of the test songs of a song split share a credited artist
with training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation.groups import Song
from earmark.evaluation.metrics import IntArray, label_indices

FloatArray: TypeAlias = NDArray[np.float64]

MAJORITY, ARTIST_LOOKUP = "majority", "artist look-up"
"""What the two baselines of this module are called in tables: the largest label, and the artists' names."""

METADATA_ONLY, SHORTCUT_ONLY = "metadata only", "shortcut only"
"""What the two that are fitted are called: a forest on tempo, key, mode and length, and one on the files' facts."""


@dataclass(frozen=True, slots=True, eq=False)
class BaselineResult:
    """What a baseline says of ``n`` test songs.

    Attributes:
        estimate: Label indices, int64 ``(n,)``.
        probabilities: float64 ``(n, L)``, rows summing to 1; ``estimate`` is their argmax.
        known: bool ``(n,)``: whether training says anything of the song itself (always False for the
            majority).
    """

    estimate: IntArray
    probabilities: FloatArray
    known: NDArray[np.bool_]


def majority(train_labels: ArrayLike, n_songs: int, *, n_labels: int) -> BaselineResult:
    """Call every song the label with the most training songs (the first of equals).

    Args:
        train_labels: Label indices of the training songs ``(m,)``, at least one.
        n_songs: How many songs to call, >= 0.
        n_labels: The number of labels.

    Returns:
        The calls; the probabilities are the labels' shares of training.

    Raises:
        InputError: There is no training song, ``n_songs`` is negative or a label index is out of range.
    """
    shares = _training_shares(label_indices(train_labels, n_labels=n_labels, what="train_labels"), n_labels)
    if n_songs < 0:
        raise InputError(f"expected n_songs of 0 or more, got {n_songs}")
    return _result(np.tile(shares, (n_songs, 1)), np.zeros(n_songs, dtype=np.bool_))


def artist_lookup(train: Sequence[Song], test: Sequence[Song], *, labels: Sequence[str]) -> BaselineResult:
    """Call every song the label on which its credited artists have the most training songs.

    Each credited artist, remixers and featured artists included, brings the counts of their training songs
    per label; the counts of all artists of the song are added up. The labels' shares of training are added as
    one further song, which breaks ties for the larger label and leaves songs by unknown artists with the
    majority.

    Args:
        train: The training songs, at least one.
        test: The songs to call.
        labels: The labels' names, index by index.

    Returns:
        The calls; ``known`` says of which songs training holds a credited artist.

    Raises:
        InputError: There is no training song.
        UnknownNameError: A training song has a label that is not among ``labels``.
    """
    index = {label: position for position, label in enumerate(labels)}
    strange = next((song.label for song in train if song.label not in index), None)
    if strange is not None:
        raise UnknownNameError("label", strange, labels)
    own = np.array([index[song.label] for song in train], dtype=np.int64)
    shares = _training_shares(own, len(labels))
    counts: dict[str, FloatArray] = {}
    for song, label in zip(train, own.tolist(), strict=True):
        for key in song.artist_keys:
            counts.setdefault(key, np.zeros(len(labels)))[label] += 1
    votes = np.zeros((len(test), len(labels)))
    for row, song in enumerate(test):
        for key in song.artist_keys & counts.keys():
            votes[row] += counts[key]
    table = votes + shares
    return _result(table / table.sum(axis=1, keepdims=True), votes.sum(axis=1) > 0)


def _training_shares(labels: IntArray, n_labels: int) -> FloatArray:
    if labels.size == 0:
        raise InputError("expected at least one training song, got none")
    return np.bincount(labels, minlength=n_labels) / labels.size


def _result(probabilities: FloatArray, known: NDArray[np.bool_]) -> BaselineResult:
    return BaselineResult(probabilities.argmax(axis=1), probabilities, known)
