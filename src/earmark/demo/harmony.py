"""Keys, chords and note patterns, as plain integers.

Conventions: pitch classes run 0-11 from C; MIDI note 69 is A4 = 440 Hz; a chord is three semitone offsets from
the tonic. Every chord is built of the key's own scale (natural minor or major), so that a track's strongest pitch
classes are those of its true key.
"""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["minor", "major"]
"""The two modes that occur."""

NoteName = Literal["camelot", "open_key", "short", "long"]
"""How a key is written: "8A", "1m", "Am", "A minor"."""

SCALES: dict[Mode, tuple[int, ...]] = {
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "major": (0, 2, 4, 5, 7, 9, 11),
}
"""Semitones above the tonic of each scale degree."""

PROGRESSIONS: dict[Mode, tuple[tuple[int, ...], ...]] = {
    "minor": (
        (0, 5, 2, 6),
        (0, 5, 6, 0),
        (0, 3, 5, 4),
        (0, 6, 5, 6),
        (0, 2, 6, 3),
        (0, 0, 5, 6),
        (0, 5, 3, 4),
        (0, 4, 5, 6),
    ),
    "major": ((0, 4, 5, 3), (0, 3, 5, 4), (0, 2, 3, 4), (0, 3, 0, 4), (0, 5, 3, 4), (0, 4, 3, 0)),
}
"""Four-bar progressions as scale degrees (0 is the tonic's chord); each begins at home."""

ARPEGGIOS: tuple[tuple[int, ...], ...] = (
    (0, 1, 2, 3, 2, 1, 0, 2, 3, 1, 2, 4, 3, 2, 1, 2),
    (0, 2, 1, 3, 0, 2, 1, 4, 0, 2, 1, 3, 0, 2, 4, 3),
    (0, -1, 2, 3, -1, 2, 4, -1, 0, -1, 2, 3, -1, 2, 4, 5),
    (3, 2, 1, 0, 3, 2, 1, 0, 4, 3, 2, 1, 4, 3, 2, 1),
    (0, -1, -1, 2, -1, -1, 3, -1, 0, -1, -1, 2, -1, 4, 3, -1),
    (0, 3, 0, 4, 0, 3, 0, 5, 0, 3, 0, 4, 0, 5, 4, 3),
    (2, -1, 2, 2, -1, 3, -1, 2, 2, -1, 2, 4, -1, 3, -1, 1),
)
"""Sixteen steps of one bar: which chord note sounds (3 and up continue in the next octave), -1 is a rest."""

_NAMES_BY_MODE: dict[Mode, tuple[str, ...]] = {
    "minor": ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"),
    "major": ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic's pitch class (0-11 from C) with a mode."""

    tonic: int
    mode: Mode

    @property
    def camelot(self) -> str:
        """The key on the Camelot wheel, such as ``"8A"`` for A minor."""
        return f"{self._wheel_position}{'A' if self.mode == 'minor' else 'B'}"

    @property
    def _wheel_position(self) -> int:
        # The wheel goes by fifths; C major and A minor stand at 8.
        relative_major = (self.tonic + 3) % 12 if self.mode == "minor" else self.tonic
        return (relative_major * 7 + 7) % 12 + 1

    def written(self, notation: NoteName) -> str:
        """Write the key in one of the notations that shops and DJ software put into tags."""
        name = _NAMES_BY_MODE[self.mode][self.tonic]
        if notation == "camelot":
            return self.camelot
        if notation == "open_key":
            position = (self._wheel_position + 4) % 12 + 1
            return f"{position}{'m' if self.mode == 'minor' else 'd'}"
        if notation == "short":
            return f"{name}m" if self.mode == "minor" else name
        return f"{name} {self.mode}"

    def pitch_classes(self) -> frozenset[int]:
        """The seven pitch classes of the key's scale."""
        return frozenset((self.tonic + step) % 12 for step in SCALES[self.mode])

    def chord(self, degree: int) -> tuple[int, int, int]:
        """The triad on a scale degree (0-6), in semitones above the tonic, root first and rising."""
        scale = SCALES[self.mode]
        notes = [scale[(degree + third) % 7] + 12 * ((degree + third) // 7) for third in (0, 2, 4)]
        return notes[0], notes[1], notes[2]


def frequency(midi_note: float) -> float:
    """Equal-tempered frequency in Hz of a MIDI note number, A4 = 69 = 440 Hz."""
    return float(440.0 * 2.0 ** ((midi_note - 69.0) / 12.0))


def chord_note(chord: tuple[int, int, int], index: int) -> int:
    """The ``index``-th note of a chord that goes on upwards through the octaves, in semitones above the tonic."""
    return chord[index % 3] + 12 * (index // 3)
