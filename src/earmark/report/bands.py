"""Bands of tempo, so that a map can be coloured by how fast its songs are.

The default bands are the reference study's: up to 130 BPM, 131 to 136, 137 and more. Tempos are rounded to whole beats
first, as DJs read them, so that no song falls between two bands. Where a band would be all but empty, as for a house
collection, thirds of the collection say more. Bands that a user asks for are taken as they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from earmark.errors import InputError

BandWish: TypeAlias = tuple[int, ...] | Literal["auto", "quantiles"]
"""Which bands are wanted: the last tempo of each but the last; ``"auto"``, the reference study's where each of them has
songs; ``"quantiles"``, thirds of the songs."""

STUDY_EDGES = (130, 136)
"""The last whole tempo of each of the reference study's bands but the last."""

SMALLEST_SHARE = 0.05
"""A band with less than this share of the songs makes way for quantiles."""

UNKNOWN = "unknown"
"""Band of songs whose tempo nobody knows."""

_THIRDS = (1 / 3, 2 / 3)
_ORIGINS = {
    "fixed": "The bands of BPM are those of the reference study.",
    "asked": "The bands of BPM are those that were asked for.",
    "quantiles": "The bands of BPM are thirds of these songs.",
}


@dataclass(frozen=True, slots=True)
class BpmBands:
    """Neighbouring bands of whole tempos.

    Attributes:
        edges: The last tempo of each band but the last, in beats per minute, rising.
        chosen: ``"fixed"`` for the reference study's, ``"asked"`` where the edges were asked for, ``"quantiles"`` where
            they come from the songs.
    """

    edges: tuple[int, ...]
    chosen: Literal["fixed", "asked", "quantiles"]

    @property
    def origin(self) -> str:
        """Where the bands come from, as a sentence."""
        return _ORIGINS[self.chosen]

    @property
    def names(self) -> tuple[str, ...]:
        """What each band is called, slowest first, without `UNKNOWN`."""
        if not self.edges:
            return ("all tempos",)
        between = [_between(low + 1, high) for low, high in zip(self.edges, self.edges[1:], strict=False)]
        return (f"up to {self.edges[0]} BPM", *between, f"{self.edges[-1] + 1} BPM and more")

    def name_of(self, bpm: float | None) -> str:
        """The band of a tempo in beats per minute, or `UNKNOWN`."""
        if bpm is None:
            return UNKNOWN
        # Half a beat counts up, as people round; Python's own rounding would send 130.5 to 130 and 131.5 to 132.
        whole = math.floor(bpm + 0.5)
        return self.names[sum(whole > edge for edge in self.edges)]


def parse_bands(text: str) -> BandWish:
    """Read what a user asked for: ``"130,136"``, ``"quantiles"`` or ``"auto"``.

    Raises:
        InputError: It is none of these, or the tempos do not rise.
    """
    match text.strip().casefold():
        case "auto":
            return "auto"
        case "quantiles":
            return "quantiles"
    try:
        edges = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "BPM bands are the last tempo of each band but the last, such as 130,136, or one of the words quantiles "
            f"and auto, not {text!r}"
        ) from None
    if any(edge < 1 for edge in edges) or list(edges) != sorted(set(edges)):
        raise InputError(f"the tempos of BPM bands are above 0 and rise, as in 130,136; not {text!r}")
    return edges


def bpm_bands(bpms: Sequence[float | None], wish: BandWish = "auto") -> BpmBands:
    """Choose the bands for some songs.

    Args:
        bpms: The songs' tempos in beats per minute, None where unknown.
        wish: Which are wanted. With ``"auto"`` the study's bands make way for thirds where one of them would hold less
            than a twentieth of the songs and the thirds are two bands or more; anything else is taken as asked.

    Returns:
        The bands; with ``"quantiles"`` fewer than three where the songs' tempos are nearly all the same.
    """
    known = [bpm for bpm in bpms if bpm is not None]
    if wish == "quantiles":
        return _thirds(known)
    if wish != "auto":
        return BpmBands(wish, "asked")
    fixed, thirds = BpmBands(STUDY_EDGES, "fixed"), _thirds(known)
    return fixed if not thirds.edges or _each_has_songs(fixed, known) else thirds


def _thirds(bpms: Sequence[float]) -> BpmBands:
    whole = np.floor(np.asarray(bpms, dtype=np.float64) + 0.5)
    cuts = sorted({int(np.quantile(whole, share, method="lower")) for share in _THIRDS}) if bpms else []
    return BpmBands(tuple(cut for cut in cuts if cut < whole.max()), "quantiles")


def _each_has_songs(bands: BpmBands, bpms: Sequence[float]) -> bool:
    names = [bands.name_of(bpm) for bpm in bpms]
    return all(names.count(name) >= SMALLEST_SHARE * len(bpms) for name in bands.names)


def _between(low: int, high: int) -> str:
    return f"{low} BPM" if low == high else f"{low}-{high} BPM"
