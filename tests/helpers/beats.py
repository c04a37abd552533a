"""Sounds of known tempo and level for the tests of what is measured."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


def clicks(times: Sequence[float], seconds: float, *, rate: int = 22_050, seed: int = 0) -> Samples:
    """Short bursts of noise at some times."""
    rng = np.random.default_rng(seed)
    length = rate // 20
    burst = np.exp(-np.arange(length) / (rate / 100)) * rng.standard_normal(length)
    sound = np.zeros(round(seconds * rate) + length)
    for time in times:
        start = round(time * rate)
        if start < len(sound) - length:
            sound[start : start + length] += burst
    return (0.2 * sound[: round(seconds * rate)]).astype(np.float32)


def beat(bpm: float, seconds: float, *, rate: int = 22_050) -> Samples:
    """Four to the floor: a low thump on each beat, a hiss between two, a clap on every second."""
    rng = np.random.default_rng(1)
    time = np.arange(round(seconds * rate)) / rate
    phase = (time * bpm / 60) % 1
    into = phase * 60 / bpm  # seconds since the beat
    since_half = ((phase + 0.5) % 1) * 60 / bpm
    second = (time * bpm / 120) % 1 >= 0.5
    noise = rng.standard_normal(len(time))
    hiss = np.diff(noise, prepend=0.0)
    sound = np.sin(2 * np.pi * 55 * into) * np.exp(-into / 0.08)
    sound += 0.1 * hiss * np.exp(-since_half / 0.03) + 0.2 * noise * np.exp(-into / 0.04) * second
    return (0.4 * sound).astype(np.float32)
