"""What the tests of the command line share: tracks that are easily told apart, and what a command did."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import soundfile

RATE = 16_000
SECONDS = 7.0
LABELS = {"Low Street": (90.0, 128), "Mid Avenue": (700.0, 134), "High Road": (3500.0, 140)}
"""Each label's hum in hertz and its tempo: easily heard, so that what a test sees does not hang on luck."""
ARTISTS = 8
MODULE = [sys.executable, "-m", "earmark.cli.main"]


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


def write_track(
    path: Path, hum: float, seed: int, *, seconds: float = SECONDS, tags: dict[str, str] | None = None
) -> None:
    """A few seconds of hum with noise, as an MP3 with tags as shops write them."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(RATE * seconds)) / RATE
    pitch = hum * rng.uniform(0.9, 1.1)
    sound = 0.3 * np.sin(2 * np.pi * pitch * time) + 0.02 * rng.standard_normal(time.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound.astype(np.float32), RATE)
    if tags:
        frames = mutagen.id3.ID3()
        for name, text in tags.items():
            frames.add(getattr(mutagen.id3, name)(encoding=3, text=[text]))
        frames.save(path)
