"""Tracks of known key, for `keys.py` and `fit_keys.py`; as a command, renders MIDI files whose key is beyond doubt.

    python -m benchmarks.key_tracks --soundfont FluidR3_GM.sf2 --out FOLDER FILE.mid ... FILE.wad ...

writes FOLDER/NAME.flac and FOLDER/keys.csv (file, key in Camelot notation) for those of the files, Doom WADs unpacked,
that `key_truth.silver_key` gives a key. It needs libfluidsynth (Debian: libfluidsynth3).
"""

import argparse
import csv
import ctypes
import ctypes.util
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from benchmarks.key_truth import lmms_notes, midi_notes, silver_key, wad_midi
from numpy.typing import NDArray

from earmark.catalog.keys import Key, Mode, parse_key

RATE: Final = 44_100
LONGEST_SECONDS: Final = 240


@dataclass(frozen=True, slots=True)
class KeyedTrack:
    """A file, its key, and the song it is of: mixes of one song are no independent tests."""

    path: Path
    key: Key
    song: str


def demo_tracks(catalogue: Path) -> list[KeyedTrack]:
    """The tracks of a catalogue that `earmark demo-catalogue` rendered, with the keys they were composed in."""
    truth = json.loads((catalogue / "truth.json").read_text(encoding="utf-8"))["tracks"]
    return [
        KeyedTrack(catalogue / path, Key(one["tonic"], _mode(one["mode"])), f"{catalogue}/{_song(path)}")
        for path, one in truth.items()
        if (catalogue / path).is_file()
    ]


def _mode(text: str) -> Mode:
    return "minor" if text == "minor" else "major"


def _song(path: str) -> str:
    """Artist and title without the mix: what stands before the bracket."""
    return Path(path).stem.split(" (")[0]


def lmms_tracks(data: Path) -> list[KeyedTrack]:
    """The LMMS projects that `free_music/fetch.py` renders, of those whose notes leave no doubt of their key."""
    tracks = []
    for project in sorted((data / "unpacked").glob("*.mmp*")):
        rendered, key = data / "tempo" / f"project-{project.stem}.flac", silver_key(lmms_notes(project))
        if key is not None and rendered.is_file():
            tracks.append(KeyedTrack(rendered, key, project.stem))
    return tracks


def listed_tracks(folder: Path) -> list[KeyedTrack]:
    """The tracks of a folder that holds a keys.csv with the columns file and key."""
    with (folder / "keys.csv").open(encoding="utf-8", newline="") as file:
        return [KeyedTrack(folder / row["file"], parse_key(row["key"]), row["file"]) for row in csv.DictReader(file)]


def render(paths: Sequence[Path], folder: Path, soundfont: Path) -> int:
    """Render what has a key, write keys.csv, and return how many files that are."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    seen: set[str] = set()
    for name, data in _midi_files(paths):
        digest = hashlib.sha256(data).hexdigest()
        key = None if digest in seen else silver_key(midi_notes(data))
        seen.add(digest)
        if key is None:
            continue
        target = folder / f"{name}.flac"
        if not target.is_file():
            soundfile.write(target, _synthesised(data, soundfont), RATE)
        rows.append({"file": target.name, "key": key.camelot})
    with (folder / "keys.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "key"])
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _midi_files(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if path.suffix.lower() == ".wad":
            yield from ((f"{path.stem}-{name}", data) for name, data in wad_midi(path).items())
        else:
            yield path.stem, path.read_bytes()


def _synthesised(data: bytes, soundfont: Path) -> NDArray[np.float32]:
    """Play a MIDI file with FluidSynth: stereo, shape (n, 2), its peak just below 1."""
    library = _fluidsynth()
    settings = ctypes.c_void_p(library.new_fluid_settings())
    library.fluid_settings_setnum(settings, b"synth.sample-rate", ctypes.c_double(RATE))
    library.fluid_settings_setint(settings, b"synth.lock-memory", 0)
    synth = ctypes.c_void_p(library.new_fluid_synth(settings))
    if library.fluid_synth_sfload(synth, str(soundfont).encode(), 1) < 0:
        sys.exit(f"FluidSynth cannot read the SoundFont {soundfont}")
    player = ctypes.c_void_p(library.new_fluid_player(synth))
    library.fluid_player_add_mem(player, data, ctypes.c_size_t(len(data)))
    library.fluid_player_play(player)
    second = np.zeros((RATE, 2), np.float32)
    blocks: list[NDArray[np.float32]] = []
    address = ctypes.c_void_p(second.ctypes.data)
    while library.fluid_player_get_status(player) == 1 and len(blocks) < LONGEST_SECONDS:
        library.fluid_synth_write_float(synth, RATE, address, 0, 2, address, 1, 2)
        blocks.append(second.copy())
    library.delete_fluid_player(player)
    library.delete_fluid_synth(synth)
    library.delete_fluid_settings(settings)
    sound = np.concatenate(blocks)
    return np.asarray(0.98 * sound / max(float(np.abs(sound).max()), 1e-9), dtype=np.float32)


def _fluidsynth() -> Any:
    found = ctypes.util.find_library("fluidsynth")
    if found is None:
        sys.exit("libfluidsynth is not installed; on Debian: apt-get install libfluidsynth3")
    library = ctypes.CDLL(found)
    for maker in (library.new_fluid_settings, library.new_fluid_synth, library.new_fluid_player):
        maker.restype = ctypes.c_void_p
    return library


def main() -> None:
    parser = argparse.ArgumentParser(description="Render MIDI files whose key is beyond doubt.")
    parser.add_argument("--soundfont", type=Path, required=True, help="a SoundFont such as FluidR3_GM.sf2")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("files", type=Path, nargs="+", help="MIDI files and Doom WADs")
    arguments = parser.parse_args()
    print(f"{render(arguments.files, arguments.out, arguments.soundfont)} files have a key, in {arguments.out}")


if __name__ == "__main__":
    main()
