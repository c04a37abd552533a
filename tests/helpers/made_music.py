"""Folders of short music, quickly made: one folder a label, and a file that is none."""

from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050
BROKEN = "Interrupted Download.mp3"


def make_music(folder: Path, *, files: int = 12, seconds: float = 6.0, labels: int = 2) -> Path:
    """Write chords with a pulse, each file another, and one file that holds no sound.

    Args:
        folder: A folder that does not exist yet.
        files: How many, dealt to the labels in turn.
        seconds: Length of each.
        labels: How many folders.
    """
    time = np.arange(round(seconds * RATE)) / RATE
    for number in range(files):
        label = folder / f"Label {number % labels + 1}"
        label.mkdir(parents=True, exist_ok=True)
        root = 110.0 * 2 ** (number / 12)
        chord = sum(np.sin(2 * np.pi * root * ratio * time) for ratio in (1.0, 1.25, 1.5))
        pulse = 0.4 + 0.6 * np.exp(-8 * (time % (60 / (120 + number))))
        soundfile.write(label / f"Act {number} - Song {number}.wav", 0.2 * chord * pulse, RATE)
    (folder / BROKEN).write_bytes(b"<html>not found</html>")
    return folder
