"""Drum one-shots and the one-bar and four-bar loops they are placed in.

Every loop is float32 at 44.1 kHz; steps are sixteenth notes, sixteen to a bar, at whole samples (see `Grid`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from earmark.demo.oscillators import SAMPLE_RATE, Samples, decay, faded, noise
from earmark.demo.styles import Sound

LOOP_BARS = 4
"""Bars in every loop: one pass of a chord progression."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where bars and steps fall, in whole samples, so that loops tile without drift.

    Args:
        bar: Samples per bar of four beats.
    """

    bar: int

    @classmethod
    def at_bpm(cls, bpm: float) -> "Grid":
        """The grid nearest to a tempo; off by at most 8 samples a bar (0.01 %), steps being whole samples."""
        return cls(bar=round(240 * SAMPLE_RATE / bpm / 16) * 16)

    @property
    def step(self) -> int:
        """Samples per sixteenth note."""
        return self.bar // 16

    @property
    def beat(self) -> int:
        """Samples per beat."""
        return self.bar // 4

    @property
    def loop(self) -> int:
        """Samples per loop of `LOOP_BARS` bars."""
        return self.bar * LOOP_BARS

    @property
    def bpm(self) -> float:
        """The exact tempo, in beats per minute."""
        return 240 * SAMPLE_RATE / self.bar


def place(loop: Samples, hit: Samples, position: int, gain: float = 1.0) -> None:
    """Add a hit to a loop in place, wrapping what hangs over the end to the beginning.

    Args:
        loop: Shape (n,) or (2, n).
        hit: Shape (m,), or (2, m) for a stereo loop; m at most n.
        position: Sample at which it begins.
        gain: Linear gain.
    """
    size, start = loop.shape[-1], position % loop.shape[-1]
    head = min(hit.shape[-1], size - start)
    loop[..., start : start + head] += np.float32(gain) * hit[..., :head]
    if head < hit.shape[-1]:
        loop[..., : hit.shape[-1] - head] += np.float32(gain) * hit[..., head:]


def kick_hit(sound: Sound, samples: int) -> Samples:
    """A pitched-down sine with a click; peak about 1, shape (samples,)."""
    seconds = np.arange(samples) / SAMPLE_RATE
    sweep = sound.kick_pitch * (1 + 4.5 * np.exp(-seconds / 0.022))
    body = np.sin(2 * np.pi * np.cumsum(sweep) / SAMPLE_RATE) * np.exp(-seconds / sound.kick_decay)
    click = np.sin(2 * np.pi * 2200 * seconds) * np.exp(-seconds / 0.004) * sound.kick_click
    return faded(np.tanh(1.4 * (body + click)).astype(np.float32), 0.0015)


def _hits(samples: int, grid: Grid, hit: Samples, steps: Iterable[tuple[int, float]]) -> Samples:
    loop = np.zeros(samples, np.float32)
    for step, gain in steps:
        place(loop, hit, step * grid.step, gain)
    return loop


def kick_loop(sound: Sound, grid: Grid) -> Samples:
    """Four on the floor for one bar; shape (bar,)."""
    hit = kick_hit(sound, min(grid.beat, int(0.4 * SAMPLE_RATE)))
    return _hits(grid.bar, grid, hit, ((step, 0.66) for step in (0, 4, 8, 12)))


def hat_loop(sound: Sound, grid: Grid, rng: np.random.Generator) -> Samples:
    """Open hats on the off-beats, closed ones between as density asks; shape (2, bar)."""
    low = 5000 + 3500 * sound.brightness
    open_hit = noise(2 * grid.step, low, 15_000, rng) * decay(2 * grid.step, 0.05 + 0.05 * sound.density)
    closed_hit = noise(grid.step, low + 1500, 16_000, rng) * decay(grid.step, 0.016)
    left = _hits(grid.bar, grid, open_hit, ((step, 0.17) for step in (2, 6, 10, 14)))
    right = left.copy()
    for step in range(16):
        if rng.random() < 0.15 + 0.85 * sound.density:
            gain, balance = 0.06 + 0.075 * rng.random(), rng.uniform(0.6, 1.4)
            place(left, closed_hit, step * grid.step, gain * balance)
            place(right, closed_hit, step * grid.step, gain * (2 - balance))
    return np.stack([left, right])


def clap_loop(sound: Sound, grid: Grid, rng: np.random.Generator) -> Samples:
    """A clap, three bursts and a tail, on beats two and four; shape (2, bar)."""
    samples = min(int((0.16 + 0.25 * sound.reverb) * SAMPLE_RATE), grid.bar)
    bursts = sum(np.roll(decay(samples, 0.008), int(delay * SAMPLE_RATE)) for delay in (0, 0.011, 0.022))
    envelope = (bursts + 0.7 * decay(samples, 0.05 + 0.12 * sound.reverb)).astype(np.float32)
    sides = [noise(samples, 900, 6000 + 6000 * sound.brightness, rng) * envelope for _ in range(2)]
    return np.stack([_hits(grid.bar, grid, side, ((4, 0.19), (12, 0.19))) for side in sides])


def percussion_loop(sound: Sound, grid: Grid, rng: np.random.Generator) -> Samples:
    """Tuned blips and a ride over four bars, sparser where density is low; shape (2, loop)."""
    loop = np.zeros((2, grid.loop), np.float32)
    seconds = np.arange(2 * grid.step, dtype=np.float32) / SAMPLE_RATE
    for _ in range(2):
        pitch, pattern = rng.uniform(300, 900), rng.random(16) < 0.1 + 0.3 * sound.density
        blip = np.sin(2 * np.pi * pitch * seconds, dtype=np.float32) * decay(seconds.size, 0.03)
        placed = np.stack([blip, blip]) * rng.uniform(0.3, 1, (2, 1)).astype(np.float32)
        for step in np.flatnonzero(np.tile(pattern, LOOP_BARS)):
            place(loop, placed, int(step) * grid.step, 0.11)
    ride = noise(3 * grid.step, 6500, 11_000, rng) * decay(3 * grid.step, 0.09)
    for beat in range(4 * LOOP_BARS):
        place(loop, ride, beat * grid.beat, 0.1 * sound.density)
    return loop


def snare_roll(samples: int, grid: Grid, rng: np.random.Generator) -> Samples:
    """A roll that doubles its pace half-way and grows to its end; shape (samples,)."""
    roll = np.zeros(samples, np.float32)
    hit = noise(2 * grid.step, 700, 9000, rng) * decay(2 * grid.step, 0.045)
    for step in range(samples // grid.step):
        late = step * grid.step > samples // 2
        if late or step % 4 == 0:
            place(roll, hit[: samples - step * grid.step], step * grid.step, 0.15 * (step * grid.step / samples) ** 1.5)
    return roll
