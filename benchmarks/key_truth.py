"""Keys of real music, told from its notes: a silver truth for `keys.py`.

MIDI files and LMMS projects hold the notes that are played. Nobody has written down their keys, so a key is taken
from the notes, and only where they leave no doubt (`silver_key`):

- at least two of three published profiles agree on tonic and mode, each over the time that every pitch class sounds:
  Krumhansl and Kessler (1982), Temperley (1999) and Albrecht and Shanahan (2013);
- the lowest sounding note is the tonic for more time than any other pitch class;
- the notes of the key's scales (in minor the natural, harmonic and melodic one) sound for at least `IN_SCALE` of the
  time.

What is left out is music that modulates, has modes other than major and minor, or two centres. So these scores flatter
every estimator alike: they are of the music that has one key. And a profile over notes is kin to a profile over a
spectrum, where an ear would hear a phrase; that is why the label is called silver.

Not read: percussion (MIDI's channel 10), and what plays samples, whose own pitch no project states (LMMS'
AudioFileProcessor). Tracker modules are left out altogether for that reason.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.keys import Key, Mode

IN_SCALE: Final = 0.85
LEAST_NOTES: Final = 60

MINOR_OR_MAJOR: Final[tuple[Mode, Mode]] = ("minor", "major")
SCALES: Final[dict[Mode, tuple[int, ...]]] = {
    "minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),
    "major": (0, 2, 4, 5, 7, 9, 11),
}
PROFILES: Final[dict[str, dict[Mode, tuple[float, ...]]]] = {
    "Krumhansl and Kessler 1982": {
        "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    },
    "Temperley 1999": {
        "major": (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        "minor": (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    },
    "Albrecht and Shanahan 2013": {
        "major": (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
        "minor": (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
    },
}
"""Weight of each pitch class above the tonic."""

# LMMS plays these at the pitch that the note says; its other instruments play samples or drums.
_PITCHED = {"tripleoscillator", "bitinvader", "zynaddsubfx", "sid", "lb302", "organic", "monstro", "watsyn", "mallets"}
_LMMS_A4, _MIDI_A4, _DRUMS = 57, 69, 9


@dataclass(frozen=True, slots=True)
class Note:
    """A note: its MIDI pitch (A4 is 69), and when it begins and ends in any one unit of time."""

    pitch: int
    start: float
    end: float


def silver_key(notes: list[Note]) -> Key | None:
    """Return the key that the notes leave no doubt of, else None."""
    if len(notes) < LEAST_NOTES:
        return None
    heard = _histogram(notes)
    if np.ptp(heard) == 0:
        return None
    votes = Counter(_best(heard, profile) for profile in PROFILES.values())
    key, agreeing = votes.most_common(1)[0]
    scale = [(key.pitch_class + step) % 12 for step in SCALES[key.mode]]
    in_bass = int(np.argmax(_bass_histogram(notes)))
    return key if agreeing >= 2 and in_bass == key.pitch_class and heard[scale].sum() >= IN_SCALE else None


def _histogram(notes: list[Note]) -> NDArray[np.float64]:
    """Share of the notes' time of each pitch class, shape (12,)."""
    heard = np.zeros(12)
    for note in notes:
        heard[note.pitch % 12] += note.end - note.start
    heard /= max(heard.sum(), 1e-9)
    return heard


def _bass_histogram(notes: list[Note]) -> NDArray[np.float64]:
    """Time for which each pitch class is the lowest that sounds, shape (12,)."""
    edges = np.unique([time for note in notes for time in (note.start, note.end)])
    lowest = np.full(len(edges), 999)
    for note in notes:
        first, last = np.searchsorted(edges, (note.start, note.end))
        np.minimum(lowest[first:last], note.pitch, out=lowest[first:last])
    sounding = lowest[:-1] < 999
    return np.bincount(lowest[:-1][sounding] % 12, np.diff(edges)[sounding], minlength=12).astype(np.float64)


def _best(heard: NDArray[np.float64], profile: dict[Mode, tuple[float, ...]]) -> Key:
    keys = [Key(tonic, mode) for mode in MINOR_OR_MAJOR for tonic in range(12)]
    scores = [np.corrcoef(np.roll(profile[key.mode], key.pitch_class), heard)[0, 1] for key in keys]
    return keys[int(np.argmax(scores))]


def lmms_notes(path: Path) -> list[Note]:
    """Read the pitched notes of an LMMS project (.mmp or .mmpz), in ticks of its song."""
    data = path.read_bytes()
    root = ElementTree.fromstring(zlib.decompress(data[4:]) if path.suffix == ".mmpz" else data)  # noqa: S314
    head = root.find("head")
    master = int(float(head.get("masterpitch", "0"))) if head is not None else 0
    song = root.find("song/trackcontainer")
    return [note for track in song.findall("track") for note in _lmms_track(track, master)] if song is not None else []


def _lmms_track(track: ElementTree.Element, master: int) -> Iterator[Note]:
    """Notes of a track of the song; a beat track holds tracks of its own, which repeat where it is placed."""
    if track.get("muted") == "1":
        return
    for inner in track.findall("bbtrack/trackcontainer/track"):
        # Every beat is kept in the first beat track; pitched notes are seldom there, and count once.
        yield from _lmms_track(inner, master)
    instrument, settings = track.find(".//instrument"), track.find("instrumenttrack")
    if instrument is None or settings is None or instrument.get("name") not in _PITCHED:
        return
    shift = _MIDI_A4 - int(float(settings.get("basenote", "57")))
    shift += master if settings.get("usemasterpitch", "1") == "1" else 0
    for pattern in track.findall("pattern"):
        if pattern.get("muted") == "1":
            continue
        begin = int(pattern.get("pos", "0"))
        for note in pattern.findall("note"):
            start, length = begin + int(note.get("pos", "0")), abs(int(note.get("len", "0")))
            yield Note(int(note.get("key", "0")) + shift, start, start + max(length, 12))


def midi_notes(data: bytes) -> list[Note]:
    """Read the notes of a standard MIDI file but for percussion, in its ticks."""
    position, notes = 8 + struct.unpack(">I", data[4:8])[0], []
    while position + 8 <= len(data):
        kind, length = data[position : position + 4], struct.unpack(">I", data[position + 4 : position + 8])[0]
        if kind == b"MTrk":
            notes += _midi_track(data[position + 8 : position + 8 + length])
        position += 8 + length
    return notes


def _midi_track(data: bytes) -> list[Note]:
    position, time, status = 0, 0, 0
    sounding: dict[tuple[int, int], int] = {}
    notes = []
    while position < len(data):
        delta, position = _midi_number(data, position)
        time += delta
        if data[position] & 0x80:
            status, position = data[position], position + 1
        if status in (0xFF, 0xF0, 0xF7):
            length, position = _midi_number(data, position + (status == 0xFF))
            position += length
            continue
        kind, channel = status & 0xF0, status & 0x0F
        first, second = data[position], data[position + 1] if kind not in (0xC0, 0xD0) else 0
        position += 1 if kind in (0xC0, 0xD0) else 2
        if kind not in (0x80, 0x90) or channel == _DRUMS:
            continue
        begun = sounding.pop((channel, first), None)
        if begun is not None and time > begun:
            notes.append(Note(first, begun, time))
        if kind == 0x90 and second:
            sounding[channel, first] = time
    return notes


def _midi_number(data: bytes, position: int) -> tuple[int, int]:
    """A number of variable length, seven bits a byte, and where it ends."""
    value = 0
    while True:
        byte = data[position]
        value, position = value << 7 | byte & 0x7F, position + 1
        if byte < 0x80:
            return value, position


def wad_midi(path: Path) -> dict[str, bytes]:
    """MIDI files by name out of a Doom WAD, as Freedoom's."""
    data = path.read_bytes()
    count, directory = struct.unpack("<ii", data[4:12])
    found = {}
    for entry in range(count):
        start, size, name = struct.unpack("<ii8s", data[directory + 16 * entry : directory + 16 * entry + 16])
        if data[start : start + 4] == b"MThd":
            found[name.rstrip(b"\0").decode("ascii")] = data[start : start + size]
    return found
