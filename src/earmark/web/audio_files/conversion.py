"""What runs in the workshop's processes: say what a file is, take its outline, make a FLAC of it.

Each opens the file by the descriptor's path that the server has looked at; nothing is written but the FLAC.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from earmark.audio.decode import DECODERS, decode
from earmark.audio.envelope import envelope
from earmark.audio.identity import audio_id
from earmark.audio.quiet import quiet_native_stderr
from earmark.audio.streams import AudioStream, UnreadableError
from earmark.errors import DecodeError, LimitError

MOST_SECONDS: Final = 6 * 3600.0
"""As long as a scan accepts."""
MOST_FLAC_BYTES: Final = 1 << 30
FLAC_CHANNELS: Final = 2
FLAC_SAMPLE_BYTES: Final = 2
_FLAC_RATES: Final = (8_000, 192_000)
"""Sample rates that browsers play, lowest and highest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a file turned out to be.

    Attributes:
        audio_id: Hash of its decoded sound.
        container: File format.
        codec: Coding.
    """

    audio_id: str
    container: str
    codec: str


@dataclass(frozen=True, slots=True)
class OutlineTask:
    """A file whose outline is wanted, and in how many points."""

    path: str
    points: int


@dataclass(frozen=True, slots=True)
class FlacTask:
    """A file that a browser cannot play, and where the FLAC goes."""

    path: str
    target: str


def hear(path: str) -> Heard:
    """Say which sound is in a file.

    Args:
        path: The file.

    Raises:
        DecodeError: No decoder could read it.
    """
    with quiet_native_stderr():
        audio = decode(path, max_seconds=MOST_SECONDS)
    return Heard(audio_id(audio.samples, audio.sample_rate), audio.facts.container, audio.facts.codec)


def take_outline(task: OutlineTask) -> list[float]:
    """Return the greatest absolute sample in each of many equal parts of a file, from 0 to 1.

    Args:
        task: Which file, and how many parts.

    Raises:
        DecodeError: No decoder could read it.
    """
    with quiet_native_stderr():
        audio = decode(task.path, max_seconds=MOST_SECONDS)
    outline = envelope(audio.samples, audio.sample_rate, points=task.points)
    peaks = np.maximum(np.abs(outline.low), np.abs(outline.high))
    return [float(one) for one in peaks / max(float(peaks.max()), 1e-9)]


def make_flac(task: FlacTask) -> int:
    """Decode a file to a FLAC of 16 bits, stereo at most; returns its size in bytes.

    Args:
        task: Which file, and where to.

    Raises:
        DecodeError: No decoder could read it.
        LimitError: It is so long that the FLAC would not fit.
    """
    reasons: dict[str, str] = {}
    with quiet_native_stderr():
        for name, open_stream in DECODERS.items():
            try:
                with open_stream(Path(task.path)) as stream:
                    return _write_flac(stream, task.target)
            except UnreadableError as error:
                reasons[name] = str(error)
    raise DecodeError(task.path, reasons)


def _write_flac(stream: AudioStream, target: str) -> int:
    lowest, highest = _FLAC_RATES
    if not lowest <= stream.sample_rate <= highest:
        raise UnreadableError(f"its sample rate of {stream.sample_rate} Hz is not among those that browsers play")
    channels = min(stream.channels, FLAC_CHANNELS)
    with _flac(target, stream.sample_rate, channels) as file:
        for block in stream.blocks:
            file.write(np.clip(_transposed(block, channels), -1.0, 1.0))
            if Path(target).stat().st_size > MOST_FLAC_BYTES:
                raise LimitError(
                    f"the sound is too long to be decoded for a browser (over {MOST_FLAC_BYTES >> 20} MiB)"
                )
    return os.stat(target).st_size  # noqa: PTH116 - as above, by name


@contextmanager
def _flac(target: str, rate: int, channels: int) -> Iterator[soundfile.SoundFile]:
    # The least compression: making it takes half the time, and the file is a few percent larger.
    with soundfile.SoundFile(
        target, "w", samplerate=rate, channels=channels, format="FLAC", subtype="PCM_16", compression_level=0.0
    ) as file:
        yield file


def _transposed(block: npt.NDArray[np.float32], channels: int) -> npt.NDArray[np.float32]:
    """Time-major; of more than two channels the first two, which are front left and right in every layout."""
    return np.ascontiguousarray(block[:channels].T)
