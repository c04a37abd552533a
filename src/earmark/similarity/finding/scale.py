"""What a cosine means in a collection: how many pairs of tracks are less alike.

Cosines of one network's embeddings cannot be read as they are: in one space 0.3 is close, in another it is usual. So
they are told against pairs of tracks that were drawn from the collection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

PAIRS: Final = 20_000
"""Pairs that are drawn: they tell a share of 99.9 % by twenty pairs."""

ALIKE: Final = 0.999
"""Share of pairs that are less alike than two tracks that count as alike as can be."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundScale:
    """Cosines of pairs of a collection, in order.

    Attributes:
        cosines: float32 of shape (pairs,), rising, at least one.
    """

    cosines: FloatArray

    def share(self, cosine: float) -> float:
        """The share of pairs that are less alike, 0 to 1.

        Args:
            cosine: Of a pair.
        """
        return float(np.searchsorted(self.cosines, cosine) / len(self.cosines))

    def value(self, cosines: NDArray[np.floating]) -> FloatArray:
        """How alike pairs are, from 0 (half of all pairs are more alike) to 1 (as the nearest thousandth).

        Args:
            cosines: Of pairs, any shape.

        Returns:
            float32 of the same shape.
        """
        low, high = np.quantile(self.cosines, [0.5, ALIKE])
        return np.asarray(np.clip((cosines - low) / max(high - low, 1e-6), 0, 1), dtype=np.float32)


def sound_scale(units: FloatArray, *, seed: int = 0) -> SoundScale:
    """Draw pairs of a collection.

    Args:
        units: float32 of shape (tracks, dimensions), rows of length 1, at least one track.
        seed: For the drawing; not used where all pairs are few enough.
    """
    n = len(units)
    if n < 2:
        return SoundScale(np.zeros(1, dtype=np.float32))
    if n * (n - 1) // 2 <= PAIRS:
        first, second = np.triu_indices(n, 1)
    else:
        rng = np.random.default_rng(seed)
        first = rng.integers(n, size=PAIRS)
        second = (first + rng.integers(1, n, size=PAIRS)) % n
    return SoundScale(np.sort(np.einsum("ij,ij->i", units[first], units[second])))


def scale_of_ids(audio_ids: Sequence[str], *, seed: int = 0, most: int = 2 * PAIRS) -> list[str]:
    """Choose tracks from which a scale is drawn where vectors of all are too many to read.

    Args:
        audio_ids: All tracks.
        seed: For the drawing.
        most: How many are chosen at most.
    """
    if len(audio_ids) <= most:
        return list(audio_ids)
    chosen = np.random.default_rng(seed).choice(len(audio_ids), size=most, replace=False)
    return [audio_ids[place] for place in np.sort(chosen).tolist()]
