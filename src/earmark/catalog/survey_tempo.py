"""Tempos that were likely read an octave off: half or double of what is usual for the label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from earmark.catalog.track import Track

FEWEST_FOR_A_MEDIAN = 3
"""Of fewer tempos nobody can say what is usual for a label."""

# A reading at half or double the tempo is off by a factor of two, give or take the label's own spread.
_TOLERANCE = 0.08


@dataclass(frozen=True, slots=True)
class OctaveError:
    """A track with about half or double its label's median tempo.

    Attributes:
        track: Its artists and title.
        label: Its label.
        bpm: Its tempo in beats per minute.
        usual: The label's median tempo.
        path: Where it was found.
    """

    track: str
    label: str
    bpm: float
    usual: float
    path: str


def octave_errors(by_label: Mapping[str, Sequence[Track]]) -> tuple[OctaveError, ...]:
    """Find the tracks whose tempo is about half or double their label's median.

    Args:
        by_label: Each label's tracks; labels with fewer than three known tempos have none to go by.

    Returns:
        The tracks, in the order of the labels and by artists and title within one.
    """
    found = []
    for label, tracks in by_label.items():
        known = [(track, track.bpm) for track in tracks if track.bpm is not None and track.bpm > 0]
        if len(known) < FEWEST_FOR_A_MEDIAN:
            continue
        usual = median(bpm for _, bpm in known)
        own = [OctaveError(track.display, label, bpm, usual, track.path) for track, bpm in known if _is_off(bpm, usual)]
        found += sorted(own, key=lambda one: (one.track, one.path))
    return tuple(found)


def _is_off(bpm: float, usual: float) -> bool:
    return any(abs(bpm * factor / usual - 1) <= _TOLERANCE for factor in (0.5, 2.0))
