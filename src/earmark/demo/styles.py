"""Artists' habits, and how they and a label's house style make the sound of one track.

A track's value is its label's mean, moved by its artist's lasting offset and by the track's own. Units are those of
`earmark.demo.labels`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from earmark.demo.harmony import ARPEGGIOS, PROGRESSIONS, Key, Mode
from earmark.demo.labels import BassPattern, Form, LabelStyle

Timbre = Literal["saw", "square", "supersaw", "bell", "reed"]
"""Waveform of plucks, arpeggios and leads; see `earmark.demo.oscillators.PARTIALS`."""

TIMBRES: tuple[Timbre, ...] = ("saw", "square", "supersaw", "bell", "reed")
GATES: tuple[str, ...] = ("", "", "x.xx.x.xx.xx.x.x", "xx.xx.xxx.xx.xx.", "x.x.x.xxx.x.xxxx")
"""Sixteen-step trance gates that chop the chords; empty for none."""

_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True)
class Habits:
    """What stays the same about one artist's tracks wherever they are released.

    The offsets are in standard deviations of the label's own spreads, in the order bpm, length, brightness,
    density, loudness, detune, reverb.
    """

    offsets: tuple[float, ...]
    minor_progressions: tuple[int, int]
    major_progressions: tuple[int, int]
    timbre: Timbre
    lead_timbre: Timbre
    arpeggio: int
    gate: str
    kick_pitch: float
    kick_decay: float
    kick_click: float
    bass: BassPattern


@dataclass(frozen=True, slots=True)
class Song:
    """What a release's mixes share: the key, the chords (scale degrees per bar) and the melody's seed."""

    key: Key
    progression: tuple[int, ...]
    melody_seed: int


@dataclass(frozen=True, slots=True)
class Sound:
    """Everything that the renderer needs to know about one track.

    Amounts (brightness, density, reverb) are in 0-1, ``length`` in seconds, ``loudness`` in dB, ``detune`` in
    cents, ``kick_pitch`` in Hz, ``kick_decay`` in seconds.
    """

    song: Song
    bpm: int
    length: float
    brightness: float
    density: float
    loudness: float
    detune: float
    reverb: float
    bass: BassPattern
    form: Form
    timbre: Timbre
    lead_timbre: Timbre
    arpeggio: int
    gate: str
    kick_pitch: float
    kick_decay: float
    kick_click: float


def weighted(rng: np.random.Generator, weights: Mapping[_Choice, float]) -> _Choice:
    """Draw one key of ``weights``, in proportion to its value."""
    options, values = list(weights), np.array(list(weights.values()), dtype=float)
    return options[int(rng.choice(len(options), p=values / values.sum()))]


def draw_habits(rng: np.random.Generator, home: LabelStyle) -> Habits:
    """Draw an artist's habits; only the favourite bass leans towards the home label."""

    def two(mode: Mode) -> tuple[int, int]:
        first, second = rng.choice(len(PROGRESSIONS[mode]), size=2, replace=False)
        return int(first), int(second)

    return Habits(
        offsets=tuple(float(v) for v in np.clip(rng.normal(0, 0.8, 7), -1.6, 1.6)),
        minor_progressions=two("minor"),
        major_progressions=two("major"),
        timbre=TIMBRES[rng.integers(len(TIMBRES))],
        lead_timbre=TIMBRES[rng.integers(len(TIMBRES))],
        arpeggio=int(rng.integers(len(ARPEGGIOS))),
        gate=GATES[rng.integers(len(GATES))],
        kick_pitch=float(rng.uniform(44, 58)),
        kick_decay=float(rng.uniform(0.16, 0.3)),
        kick_click=float(rng.uniform(0.1, 0.5)),
        bass=weighted(rng, home.bass),
    )


def draw_song(rng: np.random.Generator, label: LabelStyle, habits: Habits) -> Song:
    """Draw a release's key and chords: half its label's taste in keys, wholly its artist's in progressions."""
    mode: Mode = "minor" if rng.random() < label.minor_share else "major"
    tonic = label.tonics[rng.integers(len(label.tonics))] if rng.random() < 0.5 else rng.integers(12)
    favourites = habits.minor_progressions if mode == "minor" else habits.major_progressions
    progression = PROGRESSIONS[mode][favourites[int(rng.random() < 0.35)]]
    return Song(key=Key(int(tonic), mode), progression=progression, melody_seed=int(rng.integers(2**31)))


def draw_sound(rng: np.random.Generator, label: LabelStyle, song: Song, *, producer: Habits, partner: Habits) -> Sound:
    """Draw one track's sound.

    Args:
        rng: The randomness of this track's plan.
        label: Whose house style it follows.
        song: Key and chords, shared with the release's other mixes.
        producer: Habits that lead: the first credited artist's, or the remixer's.
        partner: Habits that colour the arpeggio and the gate: the second credited artist's; the producer's own
            where there is nobody else.

    Returns:
        Values in the ranges that `Sound` names.
    """
    spreads = (
        label.bpm, label.length, label.brightness, label.density, label.loudness, label.detune, label.reverb,
    )  # fmt: skip
    # The artist's lasting offset takes the larger part: on splits by artist that is what has to be seen through.
    bpm, length, brightness, density, loudness, detune, reverb = (
        spread.mean + spread.deviation * (offset + 0.5 * rng.normal())
        for spread, offset in zip(spreads, producer.offsets, strict=True)
    )
    bass = producer.bass if rng.random() < 0.5 else weighted(rng, label.bass)
    return Sound(
        song=song,
        bpm=round(bpm),
        length=float(np.clip(length, 52, 106)),
        brightness=float(np.clip(brightness, 0.05, 1)),
        density=float(np.clip(density, 0.05, 1)),
        loudness=float(loudness),
        detune=float(max(detune, 3.0)),
        reverb=float(np.clip(reverb, 0.03, 0.95)),
        bass=bass,
        form=weighted(rng, label.forms),
        timbre=producer.timbre,
        lead_timbre=producer.lead_timbre,
        arpeggio=partner.arpeggio,
        gate=partner.gate,
        kick_pitch=producer.kick_pitch,
        kick_decay=producer.kick_decay,
        kick_click=producer.kick_click,
    )
