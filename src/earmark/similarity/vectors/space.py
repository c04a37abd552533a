"""From embeddings as a model gives them to unit vectors whose inner product says how alike two tracks sound.

Embeddings of one network share a direction, and much of it where the last layer is never negative; raw cosines are
then all near 1. So the mean over the collection is taken off first (`earmark.models.references` says more), and a
linear map may follow. The product of two placed vectors is a cosine: 1 for the same sound, 0 for two tracks that have
nothing to do with each other, -1 for opposites.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError

FloatArray = NDArray[np.float32]

_CONSTANT = 1e-9
"""A number that deviates by less over a collection tells nothing, and has no scale."""


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """How embeddings become comparable.

    Attributes:
        mean: float64 of shape (size,): what all have in common.
        matrix: float64 of shape (size, dimensions), applied after the mean is off; None for none.
    """

    mean: NDArray[np.float64]
    matrix: NDArray[np.float64] | None = None

    @property
    def size(self) -> int:
        """Numbers in an embedding."""
        return len(self.mean)

    @property
    def dimensions(self) -> int:
        """Numbers in a placed vector."""
        return len(self.mean) if self.matrix is None else int(self.matrix.shape[1])

    def place(self, embeddings: NDArray[np.floating]) -> FloatArray:
        """Place embeddings.

        Args:
            embeddings: Shape (n, size), finite.

        Returns:
            float32 of shape (n, dimensions), rows of length 1; a row without a direction is zeros.

        Raises:
            InputError: They are of another size, or not finite.
        """
        wide = np.asarray(embeddings, dtype=np.float64)
        if wide.ndim != 2 or wide.shape[1] != self.size or not np.isfinite(wide).all():
            raise InputError(f"expected finite embeddings of shape (n, {self.size}), got one of shape {wide.shape}")
        moved = wide - self.mean
        if self.matrix is not None:
            moved = moved @ self.matrix
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        placed = np.divide(moved, lengths, out=np.zeros_like(moved), where=lengths > 1e-12)
        return np.asarray(placed, dtype=np.float32)


def fit_space(embeddings: NDArray[np.floating], *, scaled: bool = False) -> Space:
    """Fit a space to a collection: its mean, and its deviations where numbers of different kinds stand side by side.

    Args:
        embeddings: Shape (n, size), n at least 1, finite.
        scaled: Whether each number counts in units of its own standard deviation.

    Raises:
        InputError: There is none.
    """
    if embeddings.ndim != 2 or len(embeddings) == 0:
        raise InputError(f"a space needs at least one embedding of shape (n, size), got {embeddings.shape}")
    mean = np.asarray(embeddings.mean(axis=0, dtype=np.float64))
    if not scaled:
        return Space(mean)
    deviations = embeddings.std(axis=0, dtype=np.float64)
    return Space(mean, np.diag(np.divide(1.0, deviations, out=np.zeros_like(mean), where=deviations > _CONSTANT)))
