"""Musical keys: read in every notation that DJ software and shops write, shown as the user likes.

A key is stored as a pitch class (C is 0, B is 11) and a mode, so that enharmonic spellings such as
A♭ minor and G♯ minor are one key. Four notations are written, and many more are read:

============  ==========  ====================================================
notation      A minor     where it comes from
============  ==========  ====================================================
``camelot``   ``8A``      Mixed In Key's wheel, A for minor and B for major
``open-key``  ``1m``      Traktor's wheel, m for minor and d (dur) for major
``plain``     ``A minor`` musicians, Beatport
``short``     ``Am``      the ID3 ``TKEY`` frame, rekordbox, Serato
============  ==========  ====================================================

One step along either wheel is a fifth, which is seven semitones.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from earmark.errors import InputError, MetadataError

Mode = Literal["minor", "major"]
"""``"minor"`` or ``"major"``."""

Notation = Literal["camelot", "open-key", "plain", "short"]
"""How a key is shown: ``8A``, ``1m``, ``A minor`` or ``Am``."""

NOTATIONS: tuple[Notation, ...] = get_args(Notation)

# The spelling with the fewest accidentals in each key signature (E♭ minor and F♯ major by custom).
_MINOR_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B")
_MAJOR_NAMES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# German notes differ where "dur" or "moll" is written: B is English B♭, H is English B.
_GERMAN = {
    "c": 0, "cis": 1, "des": 1, "d": 2, "dis": 3, "es": 3, "e": 4, "fes": 4, "eis": 5, "f": 5, "fis": 6,
    "ges": 6, "g": 7, "gis": 8, "as": 8, "a": 9, "ais": 10, "b": 10, "bb": 10, "h": 11, "ces": 11, "his": 0,
}  # fmt: skip

_WHEEL = re.compile(r"0?(1[0-2]|[1-9])\s*([ABab]|[MmDd])")
_GERMAN_KEY = re.compile(r"([a-h](?:is|es|s|b)?)[\s_-]*(dur|moll|mol)", re.IGNORECASE)
_NAMED_KEY = re.compile(r"([A-Ga-g])[\s_-]*(#|b|sharp|flat)?[\s_-]*((?i:minor|major|min|maj)\.?|m|M)?", re.IGNORECASE)
_BETWEEN_SPELLINGS = re.compile(r"\s*[/|(),;=]\s*|\s+-\s+")
_LONGEST_KEY_TEXT = 60


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One of the 24 keys.

    Attributes:
        pitch_class: The tonic in semitones above C, 0 to 11.
        mode: ``"minor"`` or ``"major"``.
    """

    pitch_class: int
    mode: Mode

    def __post_init__(self) -> None:
        if self.pitch_class not in range(12) or self.mode not in get_args(Mode):
            raise InputError(
                "a key is a pitch class from 0 (C) to 11 (B) and the mode 'minor' or 'major', "
                f"not {self.pitch_class!r} and {self.mode!r}"
            )

    @property
    def camelot_number(self) -> int:
        """Place on the Camelot wheel, 1 to 12; a key and its relative share it."""
        minor_tonic = self.pitch_class if self.mode == "minor" else self.pitch_class - 3
        return (7 * (minor_tonic - 9) + 7) % 12 + 1

    @property
    def camelot(self) -> str:
        """Camelot code such as ``"8A"``."""
        return f"{self.camelot_number}{'A' if self.mode == 'minor' else 'B'}"

    @property
    def open_key(self) -> str:
        """Open Key code such as ``"1m"``."""
        return f"{(self.camelot_number - 8) % 12 + 1}{'m' if self.mode == 'minor' else 'd'}"

    @property
    def tonic(self) -> str:
        """The tonic's name such as ``"B♭"``, spelt with the fewest accidentals."""
        return (_MINOR_NAMES if self.mode == "minor" else _MAJOR_NAMES)[self.pitch_class]

    @property
    def name(self) -> str:
        """Plain name such as ``"A minor"`` or ``"B♭ major"``."""
        return f"{self.tonic} {self.mode}"

    @property
    def short(self) -> str:
        """ASCII short name such as ``"Am"`` or ``"Bb"``, as the ID3 ``TKEY`` frame has it."""
        return self.tonic.replace("♭", "b").replace("♯", "#") + ("m" if self.mode == "minor" else "")

    @property
    def index(self) -> int:
        """Place in Camelot order, 0 to 23: 1A, 1B, 2A, 2B, ... 12A, 12B."""
        return 2 * (self.camelot_number - 1) + (self.mode == "major")

    @classmethod
    def from_index(cls, index: int) -> "Key":
        """The key at a place in Camelot order.

        Args:
            index: 0 (1A) to 23 (12B).

        Raises:
            InputError: If the index is not in that range.
        """
        if index not in range(24):
            raise InputError(f"a key's index is from 0 (1A) to 23 (12B), not {index!r}")
        return _from_wheel(index // 2 + 1, "major" if index % 2 else "minor")


def parse_key(text: str) -> Key:
    """Read a key in any notation.

    Read are Camelot (``8A``, ``08a``), Open Key (``1m``, ``1d``), English names long and short (``Am``,
    ``A minor``, ``A♭ maj``, ``Abmin``, ``B flat minor``), German names (``a-Moll``, ``As-Dur``) and two
    spellings of one key side by side (``8A/Am``, ``Fm (4A)``, ``G#/Ab minor``). A note alone is major, as
    in ID3's ``TKEY``; a lone ``m`` is minor and a lone ``M`` major.

    Args:
        text: The key as somebody wrote it.

    Returns:
        The key.

    Raises:
        MetadataError: If the text is no key, or names two different ones.
    """
    if len(text) > _LONGEST_KEY_TEXT:
        raise _not_a_key(text)
    return _read_key(text)


@lru_cache(maxsize=1024)  # tens of thousands of tracks are spelt in a few dozen ways
def _read_key(text: str) -> Key:
    cleaned = unicodedata.normalize("NFKC", text).replace("♭", "b").replace("♯", "#").strip(" \t\r\n\0")
    parts = [part for part in _BETWEEN_SPELLINGS.split(cleaned) if part]
    spellings = [_parse_spelling(part) for part in parts]
    if not parts or None in spellings:
        raise _not_a_key(text)
    read = [spelling for spelling in spellings if spelling is not None]
    # In "G#/Ab minor" the mode is written once for both spellings.
    modes = {mode for _, mode in read if mode is not None} or {"major"}
    pitch_classes = {pitch_class for pitch_class, _ in read}
    if len(modes) > 1 or len(pitch_classes) > 1:
        raise MetadataError(f"{_shown(text)} names more than one key; write one, such as 8A or A minor")
    return Key(pitch_classes.pop(), "minor" if "minor" in modes else "major")


def format_key(key: Key, notation: Notation) -> str:
    """Show a key.

    Args:
        key: The key.
        notation: One of `NOTATIONS`.

    Returns:
        The key's text, which `parse_key` reads back to the same key.

    Raises:
        InputError: If there is no such notation.
    """
    match notation:
        case "camelot":
            return key.camelot
        case "open-key":
            return key.open_key
        case "plain":
            return key.name
        case "short":
            return key.short
        case other:
            raise InputError(f"a key is shown in one of {', '.join(NOTATIONS)}, not in {other!r}")


def _parse_spelling(text: str) -> tuple[int, Mode | None] | None:
    """One spelling's pitch class and mode, the mode None where none is written; None if it is no key."""
    if found := _WHEEL.fullmatch(text):
        return _parse_wheel(int(found[1]), found[2].upper())
    if found := _GERMAN_KEY.fullmatch(text):
        pitch_class = _GERMAN.get(found[1].lower())
        return None if pitch_class is None else (pitch_class, "major" if found[2].lower() == "dur" else "minor")
    if found := _NAMED_KEY.fullmatch(text):
        return _parse_named(found[1], found[2] or "", found[3])
    return None


def _parse_wheel(number: int, letter: str) -> tuple[int, Mode]:
    """A Camelot (A, B) or Open Key (M, D) code."""
    mode: Mode = "minor" if letter in "AM" else "major"
    camelot_number = number if letter in "AB" else (number + 6) % 12 + 1
    return _from_wheel(camelot_number, mode).pitch_class, mode


def _parse_named(letter: str, accidental: str, mode_text: str | None) -> tuple[int, Mode | None]:
    """An English key name in its three parts."""
    shift = {"": 0, "#": 1, "sharp": 1, "b": -1, "flat": -1}[accidental.lower()]
    pitch_class = (_LETTERS[letter.upper()] + shift) % 12
    if mode_text is None:
        return pitch_class, None
    # Only the single letter tells minor from major by its case: Am, but AM is A major.
    is_minor = mode_text == "m" or mode_text.lower().startswith("min")
    return pitch_class, "minor" if is_minor else "major"


def _from_wheel(camelot_number: int, mode: Mode) -> Key:
    """The key at a place of the Camelot wheel, where 8A is A minor (pitch class 9)."""
    minor_tonic = 9 + 7 * (camelot_number - 8)
    return Key((minor_tonic if mode == "minor" else minor_tonic + 3) % 12, mode)


def _shown(text: str) -> str:
    """The text as a message shows it: quoted, and cut where it is long."""
    return repr(text if len(text) <= _LONGEST_KEY_TEXT else text[:_LONGEST_KEY_TEXT] + "…")


def _not_a_key(text: str) -> MetadataError:
    if text.strip() == "o":
        return MetadataError("'o' is ID3's sign for a track that is off key, so it names no key")
    return MetadataError(
        f"{_shown(text)} is no key; a key is written as 8A (Camelot), 1m (Open Key), Am, A minor or A♭ major"
    )
