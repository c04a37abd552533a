"""Read whatever FFmpeg reads (m4a/AAC, ALAC, WMA and more) with PyAV.

FFmpeg's own mix to mono is 3 dB too loud, so channels are handed on as they are. A damaged packet is skipped, as
players do; a file with more damaged packets than good frames is not audio.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from earmark.audio.streams import BLOCK_SAMPLES, AudioStream, UnreadableError, UnusableSoundError

_FORMATS: Final = (
    "aac,ac3,aiff,ape,asf,au,avi,caf,dsf,eac3,flac,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,ogg,rm,shn,tak,tta,w64,wav,wv"
)
"""Containers that hold sound themselves; a play list must not make FFmpeg open other files or addresses."""

_ESTIMATED: Final = ("aac", "ac3", "eac3", "mp3", "mpeg", "mpegts")
"""Containers without a declared length and bit rate; FFmpeg estimates them from the first frames."""

_CONTAINERS: Final = {"mov": "mp4", "matroska": "matroska"}


@contextmanager
def open_pyav(path: Path) -> Iterator[AudioStream]:
    """Open a regular file with FFmpeg.

    Raises:
        UnreadableError: FFmpeg does not know the format, finds no sound in it, or fails while reading.
    """
    try:
        container = av.open(f"file:{os.fspath(path)}", container_options={"format_whitelist": _FORMATS})
    except (av.error.FFmpegError, UnicodeError) as error:
        raise UnreadableError(_told(error)) from error
    with container:
        if not container.streams.audio:
            raise UnreadableError("no sound in the file")
        stream = container.streams.audio[0]
        if not stream.rate or not stream.channels:
            raise UnreadableError("no sample rate or channels in the file")
        name = container.format.name.split(",")[0]
        yield AudioStream(
            container=_CONTAINERS.get(name, name),
            codec=_codec(stream),
            channels=stream.channels,
            sample_rate=stream.rate,
            declared_frames=_declared_frames(stream, name),
            bit_rate=None if name in _ESTIMATED else stream.bit_rate,
            blocks=_blocks(container, stream),
        )


def _blocks(container: InputContainer, stream: av.AudioStream) -> Iterator[npt.NDArray[np.float32]]:
    # A codec's frames hold about a thousand samples; the queue gathers them so that numpy works on few, large blocks.
    queue = av.AudioFifo()
    buffer = np.empty((stream.channels, max(BLOCK_SAMPLES // stream.channels, 1)), dtype=np.float32)
    failure: Exception | None = None
    try:
        for frame in _frames(container, stream):
            frame.pts = None
            queue.write(frame)
            while queue.samples >= buffer.shape[1]:
                yield _take(queue, buffer)
    except (av.error.FFmpegError, ValueError) as error:
        failure = error
    if queue.samples_written > queue.samples_read:
        yield _take(queue, buffer)
    if failure is not None:
        raise UnreadableError(_told(failure)) from failure


def _take(queue: av.AudioFifo, buffer: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Move the queue's oldest samples into the buffer and return the filled part."""
    frame = queue.read(buffer.shape[1], partial=True)
    if frame is None or len(frame.planes) != len(buffer):
        raise UnreadableError(f"the number of channels changes from {len(buffer)} within the file")
    # PyAV's planes offer the buffer protocol, but their type stubs do not say so.
    for row, plane in zip(buffer, frame.planes, strict=True):
        row[: frame.samples] = np.frombuffer(cast("bytes", plane), dtype=np.float32, count=frame.samples)
    return buffer[:, : frame.samples]


def _frames(container: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    """Yield frames of planar float32 at the stream's own rate and layout, leaving damaged packets out."""
    to_float = av.AudioResampler(format="fltp")
    good = bad = 0
    reason = ""
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError as error:
            bad, reason = bad + 1, _told(error)
            continue
        for frame in frames:
            good += 1
            yield from to_float.resample(frame)
    yield from to_float.resample(None)
    if bad > good:
        raise UnusableSoundError(f"{bad} of {good + bad} packets are damaged, the last with: {reason}")


def _declared_frames(stream: av.AudioStream, container: str) -> int | None:
    if container in _ESTIMATED or stream.duration is None or stream.time_base is None:
        return None
    return round(stream.duration * stream.time_base * stream.rate)


def _codec(stream: av.AudioStream) -> str:
    name = stream.codec_context.codec.canonical_name
    return name.removesuffix("le").removesuffix("be") if name.startswith("pcm_") else name


def _told(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return said.rstrip(".") or type(error).__name__
