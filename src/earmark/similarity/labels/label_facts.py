"""Tempos, keys and levels of a label's tracks: what tags say, and how much of it was estimated from the sound."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from earmark.catalog.keys import Key
from earmark.catalog.track import Track

N_KEYS = 24


@dataclass(frozen=True, slots=True)
class Numbers:
    """Some known values of a quantity.

    Attributes:
        values: Every known value, rising.
        estimated: How many of them were estimated from the sound, and not told by tags.
    """

    values: tuple[float, ...]
    estimated: int = 0

    @property
    def quartiles(self) -> tuple[float, float, float] | None:
        """First quartile, median and third; None where nothing is known."""
        if not self.values:
            return None
        low, middle, high = np.quantile(self.values, (0.25, 0.5, 0.75)).tolist()
        return low, middle, high

    def histogram(self, width: float) -> dict[float, int]:
        """How many values lie in each bin, by the bin's middle, a whole multiple of its width, rising; no empty bins.

        Args:
            width: Of a bin, above 0.
        """
        counts = Counter(int(np.floor(value / width + 0.5)) for value in self.values)
        return {round(at * width, 6): counts[at] for at in sorted(counts)}

    def to_json(self) -> dict[str, Any]:
        """Plain values, with a histogram of whole numbers."""
        rounded = [None if self.quartiles is None else round(one, 2) for one in self.quartiles or ()]
        return {
            "known": len(self.values),
            "estimated": self.estimated,
            "quartiles": rounded or None,
            "histogram": {f"{value:.0f}": count for value, count in self.histogram(1).items()},
        }


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Keys of a label's tracks.

    Attributes:
        counts: How many tracks are in each key, in Camelot order, 24 numbers.
        estimated: How many of these keys were estimated from the sound.
    """

    counts: tuple[int, ...]
    estimated: int = 0

    @property
    def known(self) -> int:
        """Tracks with a key."""
        return sum(self.counts)

    @property
    def minor_share(self) -> float | None:
        """Share of keys that are minor, 0 to 1; None where no key is known."""
        minor = sum(count for index, count in enumerate(self.counts) if Key.from_index(index).mode == "minor")
        return minor / self.known if self.known else None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        share = self.minor_share
        return {
            "known": self.known,
            "estimated": self.estimated,
            "minor_share": None if share is None else round(share, 3),
            "counts": {Key.from_index(at).camelot: count for at, count in enumerate(self.counts) if count},
        }


def tempos_of(tracks: Sequence[Track]) -> Numbers:
    """Tempos of tracks in beats per minute, those of the sound counted as estimated."""
    known = [(track.bpm, track.sources.get("bpm") == "analysis") for track in tracks if track.bpm is not None]
    return Numbers(tuple(sorted(bpm for bpm, _ in known)), sum(estimated for _, estimated in known))


def keys_of(tracks: Sequence[Track]) -> KeyUse:
    """Keys of tracks, those of the sound counted as estimated."""
    known = [(track.key, track.sources.get("key") == "analysis") for track in tracks if track.key is not None]
    counts = Counter(key.index for key, _ in known)
    return KeyUse(tuple(counts[index] for index in range(N_KEYS)), sum(estimated for _, estimated in known))
