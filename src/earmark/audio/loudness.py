"""Loudness by ITU-R BS.1770-4 and EBU R 128, measured block by block while a file is decoded.

The meter is FFmpeg's filter ``ebur128``, reached through PyAV, so that the standard's filters and gates are not written
a second time. It sees every channel (a mono mix would lose what the channels do not share), and none is kept: memory
holds ten momentary values for a second of sound. A mono file counts as one channel, as the standard has it, which is
3 LU below the same sound on two.

References: ITU-R BS.1770-4 (2015); EBU R 128 (2020), EBU Tech 3341 (momentary 400 ms, short-term 3 s).
"""

from dataclasses import dataclass
from math import isfinite
from typing import Final

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.filter.context import FilterContext

from earmark.audio.estimates import FLOOR_LUFS

CURVE_SECONDS: Final = 1.0
"""Seconds from one value of a loudness curve to the next."""

_STEP_SECONDS: Final = 0.1
_LOUDEST_LUFS: Final = 60.0
_MOMENTARY_STEPS: Final = 4
_SHORT_TERM_STEPS: Final = 30

# FFmpeg weighs surround channels and leaves out the low-frequency one; it must know which they are.
_LAYOUTS: Final = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a recording is.

    Attributes:
        lufs: Integrated loudness in LUFS; None where every 400 ms of it are silent, or it is shorter than that.
        curve: Short-term loudness (3 s around the point, fewer at the ends) in LUFS, at least -70, one value for each
            `CURVE_SECONDS` begun; empty where the recording is shorter than 400 ms.
    """

    lufs: float | None
    curve: tuple[float, ...]


class LoudnessMeter:
    """Measures one recording's loudness from its blocks.

    Args:
        sample_rate: Hertz.
        channels: Number of channels. With more than eight, whose places nobody knows, their mean is measured as mono.
    """

    def __init__(self, *, sample_rate: int, channels: int) -> None:
        self._rate = sample_rate
        self._mixed = channels > len(_LAYOUTS)
        self._layout = "mono" if self._mixed else _LAYOUTS[channels - 1]
        self._graph = Graph()
        self._source = self._graph.add_abuffer(sample_rate=sample_rate, format="dbl", layout=self._layout)
        meter = self._graph.add("ebur128", "metadata=1:framelog=quiet")
        self._sink = self._graph.add("abuffersink")
        self._source.link_to(meter)
        meter.link_to(self._sink)
        self._graph.configure()
        self._frames = 0
        self._integrated = FLOOR_LUFS
        self._momentary: list[float] = []

    def add(self, block: npt.NDArray[np.float32]) -> None:
        """Measure one more block of shape ``(channels, n)``, finite."""
        sound = block.mean(axis=0, keepdims=True) if self._mixed else block
        # Interleaved float64 is what the filter works on; FFmpeg's own conversion takes longer than numpy's.
        samples = sound.T.reshape(1, -1).astype(np.float64)
        frame = av.AudioFrame.from_ndarray(samples, format="dbl", layout=self._layout)
        frame.sample_rate, frame.pts = self._rate, self._frames
        self._frames += frame.samples
        self._source.push(frame)
        self._drain(self._sink)

    def result(self) -> Loudness:
        """Return the loudness of all that was added."""
        momentary = np.array(self._momentary[_MOMENTARY_STEPS - 1 :])
        if len(momentary) == 0:
            return Loudness(None, ())
        heard = isfinite(self._integrated) and self._integrated > FLOOR_LUFS
        curve = _short_term(momentary, seconds=self._frames / self._rate)
        return Loudness(round(self._integrated, 2) if heard else None, curve)

    def _drain(self, sink: FilterContext) -> None:
        """Read what the filter notes on each 100 ms that it hands on."""
        while True:
            try:
                notes = sink.pull().metadata
            except av.error.BlockingIOError:  # it wants more sound first
                return
            if "lavfi.r128.M" in notes:
                self._momentary.append(float(notes["lavfi.r128.M"]))
                self._integrated = float(notes["lavfi.r128.I"])


def _short_term(momentary: npt.NDArray[np.float64], *, seconds: float) -> tuple[float, ...]:
    """The curve: the mean power of the momentary values whose 400 ms lie in the 3 s around each point."""
    # Float files may hold absurd levels, whose power would drown everything else in the sums.
    levels = np.clip(np.nan_to_num(momentary, nan=FLOOR_LUFS), -120.0, _LOUDEST_LUFS)
    power = np.concatenate([[0.0], np.cumsum(10 ** (levels / 10))])
    count = max(int(np.ceil(seconds / CURVE_SECONDS - 1e-9)), 1)
    centres = (np.arange(count) + 0.5) * CURVE_SECONDS / _STEP_SECONDS
    # The value at index i is of the steps i to i + 4, so 27 values lie in 30 steps.
    first = np.rint(centres - _SHORT_TERM_STEPS / 2).astype(int)
    low = np.clip(first, 0, len(momentary) - 1)
    high = np.clip(first + _SHORT_TERM_STEPS - _MOMENTARY_STEPS + 1, low + 1, len(momentary))
    mean = (power[high] - power[low]) / (high - low)
    return tuple(np.round(10 * np.log10(np.maximum(mean, 10 ** (FLOOR_LUFS / 10))), 1).tolist())
