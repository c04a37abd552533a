"""Notes out of MIDI files, LMMS projects and Doom WADs, and the keys that they leave no doubt of."""

import struct
import zlib
from pathlib import Path

import pytest
from benchmarks.key_truth import LEAST_NOTES, Note, lmms_notes, midi_notes, silver_key, wad_midi
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.catalog.keys import Key

MINOR_CHORDS = ((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7))
MAJOR_CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))


def progression(tonic: int, chords: tuple[tuple[int, ...], ...], *, rounds: int = 6) -> list[Note]:
    """Chords of one time each above their roots in the bass."""
    notes = []
    for time, chord in enumerate(chords * rounds):
        notes += [Note(36 + tonic + chord[0] % 12, time, time + 1)]
        notes += [Note(60 + tonic + step, time, time + 1) for step in chord]
    return notes


@pytest.mark.parametrize("tonic", range(12))
def test_a_plain_progression_has_its_key(tonic: int) -> None:
    assert silver_key(progression(tonic, MINOR_CHORDS)) == Key(tonic, "minor")
    assert silver_key(progression(tonic, MAJOR_CHORDS)) == Key(tonic, "major")


def test_what_leaves_a_doubt_has_none() -> None:
    few = progression(0, MINOR_CHORDS)[: LEAST_NOTES - 1]
    chromatic = [Note(48 + step, time, time + 1) for time, step in enumerate([*range(12)] * 8)]
    uneven = [*chromatic, *(Note(48, time, time + 1) for time in range(96, 110))]
    other_bass = [Note(31, note.start, note.end) if note.pitch < 60 else note for note in progression(0, MINOR_CHORDS)]
    assert silver_key(few) is None
    assert silver_key(chromatic) is None
    assert silver_key(uneven) is None
    assert silver_key(other_bass) is None


def number(value: int) -> bytes:
    """A MIDI number of variable length."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def midi(events: list[tuple[int, bytes]]) -> bytes:
    """A MIDI file of one track from (ticks since the last event, bytes)."""
    track = b"".join(number(delta) + event for delta, event in events) + b"\0\xff\x2f\0"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track)) + track


def test_midi_notes_with_running_status_and_without_drums() -> None:
    events = [
        (0, b"\xff\x03\x04name"),
        (0, b"\x90\x3c\x40"),  # C begins
        (0, b"\x99\x24\x40"),  # a drum
        (0, b"\xc0\x05"),
        (96, b"\x90\x3c\x00"),  # velocity 0 ends it
        (0, b"\x40\x40"),  # running status: E begins
        (200, b"\xf0\x02\x01\xf7"),
        (0, b"\x80\x40\x00"),
    ]
    assert midi_notes(midi(events)) == [Note(60, 0, 96), Note(64, 96, 296)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 127), st.integers(1, 100_000)), min_size=1, max_size=20))
def test_midi_notes_one_after_another(played: list[tuple[int, int]]) -> None:
    events = [
        (delta, bytes(event))
        for pitch, length in played
        for delta, event in ((0, (0x90, pitch, 64)), (length, (0x80, pitch, 0)))
    ]
    found = midi_notes(midi(events))
    assert [(note.pitch, note.end - note.start) for note in found] == played


PROJECT = """<lmms-project><head bpm="140" masterpitch="{master}"/><song><trackcontainer>
<track type="0" muted="0"><instrumenttrack basenote="{base}"><instrument name="{instrument}"/></instrumenttrack>
<pattern pos="192" muted="0"><note pos="0" len="48" key="57" vol="100"/></pattern>
<pattern pos="384" muted="1"><note pos="0" len="48" key="60" vol="100"/></pattern></track>
</trackcontainer></song></lmms-project>"""


@pytest.mark.parametrize(
    ("instrument", "base", "master", "expected"),
    [
        ("tripleoscillator", 57, 0, [Note(69, 192, 240)]),
        ("tripleoscillator", 45, 0, [Note(81, 192, 240)]),
        ("zynaddsubfx", 57, -2, [Note(67, 192, 240)]),
        ("audiofileprocessor", 57, 0, []),
        ("kicker", 57, 0, []),
    ],
)
def test_lmms_notes(tmp_path: Path, instrument: str, base: int, master: int, expected: list[Note]) -> None:
    xml = PROJECT.format(instrument=instrument, base=base, master=master).encode()
    plain, packed = tmp_path / "a.mmp", tmp_path / "a.mmpz"
    plain.write_bytes(xml)
    packed.write_bytes(len(xml).to_bytes(4, "big") + zlib.compress(xml))
    assert lmms_notes(plain) == lmms_notes(packed) == expected


def test_midi_out_of_a_wad(tmp_path: Path) -> None:
    tune = midi([(0, b"\x90\x3c\x40"), (96, b"\x80\x3c\x00")])
    other = b"not music"
    lumps = tune + other
    directory = struct.pack("<ii8s", 12, len(tune), b"D_E1M1") + struct.pack("<ii8s", 12 + len(tune), 9, b"PNAMES")
    path = tmp_path / "a.wad"
    path.write_bytes(b"IWAD" + struct.pack("<ii", 2, 12 + len(lumps)) + lumps + directory)
    assert wad_midi(path) == {"D_E1M1": tune}
