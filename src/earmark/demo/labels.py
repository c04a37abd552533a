"""The six fictional labels and their house styles.

A style is a set of distributions, never constants, and the styles overlap on purpose, in metadata as in sound, so that
telling the labels apart takes both.

Units: BPM in beats per minute, lengths in seconds, detune in cents, loudness in dB about the catalogue's usual
level; brightness, density and reverb are amounts in 0-1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

BassPattern = Literal["off_beat", "rolling", "gallop", "driving", "pulse"]
"""Where the bass plays between the kicks; see `earmark.demo.voices.BASS_STEPS`."""

Form = Literal["classic", "long_breakdown", "driving", "double_drop", "journey"]
"""Order and relative lengths of a track's sections; see `earmark.demo.arrangement.FORMS`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A normal distribution by mean and standard deviation; the deviation is shared by artist and track."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """One label's house style.

    Args:
        name: The label's name, also its folder's.
        prefix: Letters of its catalogue numbers.
        bpm: Beats per minute.
        minor_share: Probability of a minor key.
        length: Track length in seconds.
        brightness: How far filters open, 0-1.
        density: How much plays at once, 0-1.
        loudness: dB about the catalogue's usual level.
        detune: Spread of the supersaw's voices in cents.
        reverb: Wet share, 0-1.
        bass: Weights of the bass patterns.
        forms: Weights of the arrangements.
        tonics: Pitch classes that its tracks favour.
    """

    name: str
    prefix: str
    bpm: Spread
    minor_share: float
    length: Spread
    brightness: Spread
    density: Spread
    loudness: Spread
    detune: Spread
    reverb: Spread
    bass: Mapping[BassPattern, float]
    forms: Mapping[Form, float]
    tonics: tuple[int, ...]


LABELS: tuple[LabelStyle, ...] = (
    LabelStyle(
        name="Tidelantern",
        prefix="TDL",
        bpm=Spread(137.5, 1.6),
        minor_share=0.85,
        length=Spread(84, 9),
        brightness=Spread(0.66, 0.1),
        density=Spread(0.72, 0.12),
        loudness=Spread(0.6, 0.7),
        detune=Spread(19, 3.5),
        reverb=Spread(0.55, 0.1),
        bass={"rolling": 5, "off_beat": 2, "gallop": 1},
        forms={"classic": 2, "long_breakdown": 5, "double_drop": 1},
        tonics=(9, 4, 5, 2),
    ),
    LabelStyle(
        name="Ferrowake Music",
        prefix="FWM",
        bpm=Spread(138.2, 2.2),
        minor_share=0.92,
        length=Spread(74, 8),
        brightness=Spread(0.42, 0.1),
        density=Spread(0.66, 0.12),
        loudness=Spread(0.9, 0.7),
        detune=Spread(10, 3.5),
        reverb=Spread(0.24, 0.1),
        bass={"driving": 5, "rolling": 2, "off_beat": 1},
        forms={"driving": 5, "classic": 2, "double_drop": 1},
        tonics=(5, 7, 10, 0),
    ),
    LabelStyle(
        name="Quillmere Recordings",
        prefix="QLR",
        bpm=Spread(130.2, 1.8),
        minor_share=0.62,
        length=Spread(82, 9),
        brightness=Spread(0.4, 0.1),
        density=Spread(0.38, 0.12),
        loudness=Spread(-0.7, 0.7),
        detune=Spread(12, 3.5),
        reverb=Spread(0.52, 0.1),
        bass={"off_beat": 5, "pulse": 3, "gallop": 1},
        forms={"journey": 5, "classic": 2, "long_breakdown": 1},
        tonics=(0, 2, 7, 9),
    ),
    LabelStyle(
        name="Brasslark",
        prefix="BRL",
        bpm=Spread(131.6, 1.9),
        minor_share=0.42,
        length=Spread(67, 8),
        brightness=Spread(0.72, 0.1),
        density=Spread(0.5, 0.12),
        loudness=Spread(0.5, 0.7),
        detune=Spread(22, 3.5),
        reverb=Spread(0.38, 0.1),
        bass={"pulse": 5, "off_beat": 3, "driving": 1},
        forms={"double_drop": 5, "classic": 3},
        tonics=(7, 0, 5, 10),
    ),
    LabelStyle(
        name="Oxbow Lumen",
        prefix="OXL",
        bpm=Spread(136.2, 2.4),
        minor_share=0.7,
        length=Spread(71, 9),
        brightness=Spread(0.6, 0.1),
        density=Spread(0.52, 0.12),
        loudness=Spread(-0.1, 0.7),
        detune=Spread(13, 3.5),
        reverb=Spread(0.34, 0.1),
        bass={"gallop": 5, "rolling": 3, "driving": 1},
        forms={"double_drop": 3, "driving": 2, "journey": 3},
        tonics=(4, 6, 11, 9),
    ),
    LabelStyle(
        name="Vellichrome",
        prefix="VCH",
        bpm=Spread(132.8, 2.2),
        minor_share=0.6,
        length=Spread(77, 10),
        brightness=Spread(0.5, 0.1),
        density=Spread(0.34, 0.12),
        loudness=Spread(-0.9, 0.7),
        detune=Spread(17, 3.5),
        reverb=Spread(0.68, 0.1),
        bass={"off_beat": 4, "gallop": 2, "rolling": 2, "pulse": 1},
        forms={"long_breakdown": 3, "journey": 3, "classic": 2},
        tonics=(11, 6, 1, 4),
    ),
)
"""The six labels of every catalogue."""
