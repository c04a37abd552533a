"""What a track's tags will claim, which for a few tracks is wrong or missing."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from earmark.demo.harmony import Key, NoteName

Flaw = Literal["no bpm", "no key", "bpm halved", "wrong key"]
"""What can be the matter with a track's tags."""

FLAWS: tuple[Flaw, ...] = ("no bpm", "no key", "bpm halved", "wrong key")
NOTATIONS: tuple[NoteName, ...] = ("camelot", "open_key", "short", "long")
_FLAW_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file's tags will say; None where the tag is left out."""

    title: str
    artist: str
    album: str | None
    label: str | None
    catalog_number: str | None
    genre: str
    date: str
    bpm: int | None
    key: str | None


def draw_flaws(rng: np.random.Generator, tracks: int) -> dict[int, Flaw]:
    """At least one track for each flaw, one flaw for each such track."""
    each = max(1, round(_FLAW_SHARE * tracks))
    chosen = rng.choice(tracks, size=each * len(FLAWS), replace=False).tolist()
    return {track: FLAWS[place % len(FLAWS)] for place, track in enumerate(chosen)}


def tagged_bpm(bpm: int, flaw: Flaw | None) -> int | None:
    """The BPM that the tag claims; None for no tag."""
    if flaw == "no bpm":
        return None
    return bpm // 2 if flaw == "bpm halved" else bpm


def tagged_key(key: Key, notation: NoteName, flaw: Flaw | None) -> str | None:
    """The key that the tag claims, in a notation; None for no tag."""
    if flaw == "no key":
        return None
    # A fifth off is the mistake that key detectors make most.
    written = Key((key.tonic + 7) % 12, key.mode) if flaw == "wrong key" else key
    return written.written(notation)
