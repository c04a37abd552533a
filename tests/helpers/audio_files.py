"""Signals, and files that soundfile cannot write, for the tests of this folder."""

from fractions import Fraction
from pathlib import Path
from typing import Protocol, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream

FRAME_SIZES = {"aac": 1024, "alac": 4096, "wmav2": 2048}

Samples = npt.NDArray[np.float32]


class WriteAudio(Protocol):
    """Writes samples of shape (n,) or (n, channels) to a file whose suffix names the format."""

    def __call__(
        self, name: str, samples: npt.NDArray[np.generic], rate: int = 44_100, *, subtype: str | None = None
    ) -> Path: ...


def chord(seconds: float, rate: int = 44_100, *, phase: float = 0.0) -> Samples:
    """Return a mono chord well below full scale, with a slow swell, float32."""
    time = np.arange(round(seconds * rate)) / rate
    tones = sum(np.sin(2 * np.pi * f * time + phase) for f in (220.0, 329.6, 659.3, 1318.5))
    return (0.1 * tones * (0.6 + 0.4 * np.sin(2 * np.pi * 1.5 * time))).astype(np.float32)


def stereo_chord(seconds: float, rate: int = 44_100) -> Samples:
    """Return a chord of shape (n, 2) whose channels differ."""
    return np.stack([chord(seconds, rate), chord(seconds, rate, phase=0.7)], axis=1)


def write_with_pyav(path: Path, samples: npt.NDArray[np.generic], rate: int, *, codec: str) -> None:
    """Write samples of shape (n, channels) with one of FFmpeg's encoders."""
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    with av.open(str(path), "w") as container:
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, layout=layout))
        stream.bit_rate = 128_000  # the WMA encoder has no default
        to_codec = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=FRAME_SIZES[codec])
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for ready in [*to_codec.resample(frame), *to_codec.resample(None)]:
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
