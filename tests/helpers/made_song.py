"""A song's prediction out of made-up slices, by the path that all models take."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.models.inputs import FloatArray, SongInputs
from earmark.models.song import SliceOutputs, SongPrediction, predict_song


@dataclass(frozen=True)
class _Told:
    """A classifier that says what it was told to say."""

    log_probs: FloatArray
    embeddings: FloatArray

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        return SliceOutputs(self.log_probs, self.embeddings)


def made_song(
    log_probs: NDArray[np.floating], *, embedding: NDArray[np.floating], hop_seconds: float = 3.0, padded: bool = False
) -> SongPrediction:
    """A prediction of slices side by side.

    Args:
        log_probs: What each slice says, shape (slices, labels).
        embedding: The embedding of each of them, shape (size,).
        hop_seconds: From one slice to the next.
        padded: Whether the song was padded.
    """
    n = len(log_probs)
    starts = np.asarray(hop_seconds * np.arange(n), dtype=np.float64)
    told = _Told(log_probs.astype(np.float32), np.tile(embedding, (n, 1)).astype(np.float32))
    return predict_song(told, SongInputs(np.zeros((n, 1), dtype=np.float32), starts, padded))
