"""Room, echo, side-chain, sweeps and the final limiter.

All signals are float32 at 44.1 kHz, stereo ones shaped (2, n); loops are processed as circles, so that their ends meet.
"""

import numpy as np
from scipy import fft

from earmark.demo.drums import Grid
from earmark.demo.oscillators import SAMPLE_RATE, Samples, decay, noise, window_length

_ROOM_SECONDS = 1.3


def room(amount: float, rng: np.random.Generator) -> Samples:
    """An impulse response of decaying noise, unit energy a side, longer for a larger ``amount`` (0-1); shape (2, n)."""
    samples = int(_ROOM_SECONDS * SAMPLE_RATE)
    envelope = decay(samples, 0.08 + 0.3 * amount)
    sides = np.stack([noise(samples, 250, 7000, rng) * envelope for _ in range(2)])
    energy = float((sides**2).sum(axis=1).mean())
    sides *= np.float32(energy**-0.5)
    return sides


def with_room(loop: Samples, response: Samples, amount: float) -> Samples:
    """The loop with ``amount`` (linear gain) of its circular convolution with a room added; shape (2, loop)."""
    size, tail = loop.shape[-1], response.shape[-1]
    window = window_length(size + tail)
    wet: Samples = fft.irfft(fft.rfft(loop, window) * fft.rfft(response, window), window)[:, : size + tail]
    wet[:, :tail] += wet[:, size:]
    mixed: Samples = loop + np.float32(amount) * wet[:, :size]
    return mixed


def with_echo(loop: Samples, grid: Grid, amount: float) -> Samples:
    """The loop with two echoes a dotted eighth apart that change sides; shape (2, loop)."""
    first = np.roll(loop[::-1], 3 * grid.step, axis=-1)
    second = np.roll(loop, 6 * grid.step, axis=-1)
    echoed: Samples = loop + np.float32(amount) * first + np.float32(amount**2) * second
    return echoed


def ducking(grid: Grid, depth: float) -> Samples:
    """Side-chain gain over one bar: down to ``1 - depth`` at each kick, back within the beat; shape (bar,)."""
    phase = np.arange(grid.beat, dtype=np.float32) / grid.beat
    dip = 1 - np.float32(depth) * (1 - np.clip(phase / 0.7, 0, 1)) ** 1.6
    return np.tile(dip.astype(np.float32), 4)


def riser(samples: int, rng: np.random.Generator) -> Samples:
    """Noise that swells while its band climbs from about 1 to 9 kHz; shape (2, samples), peak about 1."""
    ramp = np.linspace(0, 1, samples, dtype=np.float32)
    centres = (900.0, 2400.0, 5500.0)
    total = np.zeros((2, samples), np.float32)
    for index, centre in enumerate(centres):
        weight = np.clip(1 - np.abs(ramp * (len(centres) - 1) - index), 0, 1) * ramp**2
        band = noise(samples, centre * 0.7, centre * 1.6, rng)
        # The other side hears the same noise half-way round: decorrelated at no cost.
        total += weight * np.stack([band, np.roll(band, samples // 2)])
    return 0.3 * total


def crash(samples: int, brightness: float, rng: np.random.Generator) -> Samples:
    """A cymbal's noise that rings out; shape (2, samples), peak about 1."""
    envelope = 0.3 * decay(samples, 0.45)
    return np.stack([noise(samples, 3000 + 2500 * brightness, 14_000, rng) * envelope for _ in range(2)])


def impact(samples: int, pitch: float) -> Samples:
    """A falling low boom under a section's first beat; shape (samples,), peak about 1."""
    seconds = np.arange(samples, dtype=np.float32) / SAMPLE_RATE
    phase = 2 * np.pi * pitch * (seconds + 0.25 * (1 - np.exp(-seconds / 0.25)))
    return np.sin(phase).astype(np.float32) * decay(samples, 0.35)


def limited(mix: Samples, drive: float, ceiling: float) -> Samples:
    """Soft-limit in place with a hyperbolic tangent, which never passes ``ceiling`` (linear, up to 1).

    Args:
        mix: Shape (2, n); overwritten.
        drive: Linear gain into the curve.
        ceiling: Highest absolute sample value.

    Returns:
        The same array.
    """
    mix *= np.float32(drive)
    np.tanh(mix, out=mix)
    mix *= np.float32(ceiling)
    return mix
