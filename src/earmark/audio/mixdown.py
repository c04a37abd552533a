"""Mix blocks of channels to mono, and measure on the way what a model could take for a shortcut.

Mono is the mean of the channels: identical channels keep their amplitude, a sound on one of two channels halves. The
channels of a whole track are never held at once.
"""

from math import log10
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.streams import BLOCK_SAMPLES, UnusableSoundError

_LARGEST_FIRST_BUFFER: Final = 1 << 26
"""25 minutes at 44.1 kHz. A header may promise any length; memory beyond this is taken only as samples come."""

_SILENCE_DB: Final = -120.0


class Mixdown:
    """Collects one track's mono samples.

    Args:
        sample_rate: Hertz; for messages only.
        expected_frames: How many samples per channel to make room for; more or fewer may come.
    """

    def __init__(self, *, sample_rate: int, expected_frames: int | None) -> None:
        room = min(max(expected_frames or 0, BLOCK_SAMPLES), _LARGEST_FIRST_BUFFER)
        self._buffer = np.empty(room, dtype=np.float32)
        self._sample_rate = sample_rate
        self.frames = 0
        self.peak = 0.0
        self._mid_energy = 0.0
        self._mean_channel_energy = 0.0

    def add(self, block: npt.NDArray[np.float32]) -> None:
        """Mix one block of shape ``(channels, n)``.

        Raises:
            UnusableSoundError: The block holds a value that is not finite.
        """
        channels, count = block.shape
        peak = max(float(block.max()), -float(block.min()))
        if not np.isfinite(peak):
            at = self.frames / self._sample_rate
            raise UnusableSoundError(f"samples that are not finite numbers (NaN or infinity) after {at:.1f} s")
        mono = self._room_for(count)
        if channels == 1:
            mono[:] = block[0]
        else:
            np.add(block[0], block[1], out=mono)
            for channel in block[2:]:
                mono += channel
            mono *= 1.0 / channels
        # Both layouts that readers hand over are contiguous as they are or transposed, so this is a view.
        flat = block.ravel(order="K")
        self.frames += count
        self.peak = max(self.peak, peak)
        self._mid_energy += float(np.dot(mono, mono))
        self._mean_channel_energy += float(np.dot(flat, flat)) / channels

    @property
    def samples(self) -> npt.NDArray[np.float32]:
        """The mono samples so far, shape ``(frames,)``."""
        return self._buffer[: self.frames]

    @property
    def rms_db(self) -> float:
        """Level of the mono mix in decibels, 0 for a square wave at full scale; -120 for silence."""
        mean_power = self._mid_energy / max(self.frames, 1)
        return max(10 * log10(mean_power), _SILENCE_DB) if mean_power > 0 else _SILENCE_DB

    @property
    def side_ratio(self) -> float:
        """Energy that the mono mix loses over the energy it keeps.

        For stereo the energy of (L-R)/2 over that of (L+R)/2: the mean energy of the channels is the sum of the two.
        0 for one channel or identical channels; at most a million, which also stands for channels that cancel.
        """
        side = max(self._mean_channel_energy - self._mid_energy, 0.0)
        # Float32 sums leave a part in a million of difference between identical channels.
        if side <= 1e-6 * self._mean_channel_energy:
            return 0.0
        return min(side / self._mid_energy, 1e6) if self._mid_energy > 0 else 1e6

    def _room_for(self, count: int) -> npt.NDArray[np.float32]:
        needed = self.frames + count
        if needed > len(self._buffer):
            grown = np.empty(max(needed, len(self._buffer) * 3 // 2), dtype=np.float32)
            grown[: self.frames] = self._buffer[: self.frames]
            self._buffer = grown
        return self._buffer[self.frames : needed]
