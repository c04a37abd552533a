"""From intro to outro: which sections a track has, how long each is, and what plays in them.

Sections are counted in bars, always an even number, and begin on a phrase of the four-bar loops.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from earmark.demo.drums import Grid
from earmark.demo.labels import Form
from earmark.demo.oscillators import SAMPLE_RATE

SectionKind = Literal["intro", "groove", "breakdown", "build", "drop", "outro"]
"""Parts that a track is made of."""

Stem = Literal[
    "kick", "hats", "clap", "percussion", "bass", "chords_dark", "chords_bright", "arp_dark", "arp_bright", "lead"
]
"""Loops that the sections mix."""

FORMS: Mapping[Form, tuple[tuple[SectionKind, float], ...]] = {
    "classic": (
        ("intro", 6), ("groove", 7), ("breakdown", 7), ("build", 4), ("drop", 10), ("outro", 5),
    ),
    "long_breakdown": (
        ("intro", 5), ("groove", 6), ("breakdown", 11), ("build", 4), ("drop", 10), ("outro", 4),
    ),
    "driving": (
        ("intro", 7), ("groove", 12), ("breakdown", 4), ("build", 2), ("drop", 11), ("outro", 6),
    ),
    "double_drop": (
        ("intro", 4), ("build", 3), ("drop", 8), ("breakdown", 6), ("build", 3), ("drop", 9), ("outro", 4),
    ),
    "journey": (
        ("intro", 8), ("groove", 9), ("breakdown", 8), ("build", 3), ("groove", 8), ("outro", 6),
    ),
}  # fmt: skip
"""Sections in order, with their shares of the whole."""

LEVELS: Mapping[SectionKind, Mapping[Stem, tuple[float, float]]] = {
    "intro": {
        "kick": (1, 1), "hats": (0.1, 0.9), "clap": (0, 0.6), "percussion": (0.3, 1), "bass": (0, 0.7),
        "arp_dark": (0, 0.6),
    },
    "groove": {
        "kick": (1, 1), "hats": (0.8, 1), "clap": (0.8, 1), "percussion": (0.8, 1), "bass": (1, 1),
        "chords_dark": (0.2, 0.8), "arp_dark": (0.7, 0.5), "arp_bright": (0, 0.6),
    },
    "breakdown": {
        "chords_dark": (1, 0.5), "chords_bright": (0, 0.8), "arp_dark": (0.8, 0.2), "arp_bright": (0, 0.8),
        "percussion": (0.3, 0),
    },
    "build": {
        "chords_bright": (0.6, 1), "arp_bright": (0.6, 1), "hats": (0, 0.5), "lead": (0.2, 0.5),
    },
    "drop": {
        "kick": (1, 1), "hats": (1, 1), "clap": (1, 1), "percussion": (0.8, 1), "bass": (1, 1),
        "chords_bright": (1, 0.9), "arp_bright": (0.8, 0.8), "lead": (1, 1),
    },
    "outro": {
        "kick": (1, 1), "hats": (0.9, 0.3), "clap": (0.8, 0.2), "percussion": (0.9, 0.2), "bass": (0.9, 0.1),
        "arp_dark": (0.5, 0),
    },
}  # fmt: skip
"""Per section, each stem's level at its beginning and end; a stem that is not named is silent."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a track: its kind, first bar and number of bars."""

    kind: SectionKind
    first_bar: int
    bars: int


def arrange(form: Form, length: float, grid: Grid) -> tuple[Section, ...]:
    """Cut a track of about ``length`` seconds into the sections of a form.

    Args:
        form: Which sections, in which proportions.
        length: Seconds to fill; met within a few bars.
        grid: Tempo.

    Returns:
        Sections in order without gaps, each an even number of bars and at least two long.
    """
    kinds, shares = zip(*FORMS[form], strict=True)
    pairs = length * SAMPLE_RATE / grid.bar / 2
    edges = np.rint(np.cumsum((0.0, *shares)) / sum(shares) * pairs).astype(int)
    bars = np.maximum(np.diff(edges), 1) * 2
    starts = np.cumsum(bars) - bars
    return tuple(Section(kind, int(first), int(count)) for kind, first, count in zip(kinds, starts, bars, strict=True))


def levels_at(kind: SectionKind, stem: Stem, progress: float) -> float:
    """A stem's linear gain at ``progress`` (0-1) through a section."""
    begin, end = LEVELS[kind].get(stem, (0.0, 0.0))
    return begin + (end - begin) * progress
