"""Decode a file of any common format to mono samples and facts about the recording.

Two decoders stand in `DECODERS`, soundfile (libsndfile) first and PyAV (FFmpeg) second. The first that reads the whole
file is taken. Where a file is cut off or damaged, so that the first one stops early, the one that reads more of it is
taken and the result is marked as truncated. A file that is not a regular file is refused before any decoder sees it.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.bandwidth import bandwidth_hz
from earmark.audio.from_pyav import open_pyav
from earmark.audio.from_soundfile import open_soundfile
from earmark.audio.loudness import Loudness, LoudnessMeter
from earmark.audio.mixdown import Mixdown
from earmark.audio.streams import AudioStream, UnreadableError, UnusableSoundError
from earmark.errors import DecodeError, InputError

DECODERS: Final[Mapping[str, Callable[[Path], AbstractContextManager[AudioStream]]]] = {
    "soundfile": open_soundfile,
    "pyav": open_pyav,
}
"""Every decoder, in the order tried."""

_TRUNCATION_TOLERANCE_SECONDS: Final = 0.1
"""Encoders' delay and padding make a file shorter than it declares by less than this."""


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What the file and its sound say apart from the music: what a model must not go by.

    Attributes:
        decoder: Which of `DECODERS` read the file.
        container: File format in lower case, such as ``"mp3"``, ``"wav"`` or ``"mp4"``.
        codec: Coding in lower case, such as ``"mp3"``, ``"pcm_s16"`` or ``"aac"``.
        channels: Number of channels.
        sample_rate: Hertz, as stored in the file.
        seconds: Length of what was decoded.
        bit_rate: Bits per second as the file declares them, else the file's mean; None where only a part was decoded
            and the file does not tell its length.
        peak: Largest absolute sample in any channel; 1 is full scale.
        rms_db: Level of the mono mix in decibels against full scale; at least -120.
        side_ratio: Energy of (L-R)/2 over that of (L+R)/2; 0 for mono, at most 1e6.
        truncated: True where the file promises more sound than could be decoded.
        bandwidth_hz: Where the spectrum of the mono mix ends, 0 for silence; None in libraries that were analysed
            before it was measured.
    """

    decoder: str
    container: str
    codec: str
    channels: int
    sample_rate: int
    seconds: float
    bit_rate: int | None
    peak: float
    rms_db: float
    side_ratio: float
    truncated: bool
    bandwidth_hz: float | None = None


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """One recording in mono.

    Attributes:
        samples: Shape ``(n,)``, float32, ``n >= 1``, finite: the mean of the channels at unit gain.
        sample_rate: Hertz, as stored in the file.
        facts: What else the file says.
        loudness: Loudness of all channels; None where it was not asked for.
    """

    samples: npt.NDArray[np.float32]
    sample_rate: int
    facts: AudioFacts
    loudness: Loudness | None = None


def decode(path: str | os.PathLike[str], *, max_seconds: float | None = None, loudness: bool = False) -> DecodedAudio:
    """Decode a file.

    Args:
        path: A regular file.
        max_seconds: Stop after this much sound; None decodes all of it.
        loudness: Measure the loudness on the way.

    Raises:
        DecodeError: Nothing could be decoded; the error holds each decoder's reason.
        InputError: `max_seconds` is not above 0.
    """
    if max_seconds is not None and not max_seconds > 0:
        raise InputError(f"max_seconds must be above 0, but {max_seconds!r} came")
    file = Path(path)
    size = _regular_size(file)
    reasons: dict[str, str] = {}
    best: DecodedAudio | None = None
    promised = 0.0
    for name, open_stream in DECODERS.items():
        try:
            with open_stream(file) as stream:
                decoded = _read(stream, decoder=name, file_bytes=size, max_seconds=max_seconds, loudness=loudness)
                promised = max(promised, _promised_seconds(stream, max_seconds))
        except UnreadableError as error:
            reasons[name] = str(error)
            continue
        if best is None or decoded.facts.seconds > best.facts.seconds:
            best = decoded
        if not decoded.facts.truncated:
            break
    if best is None:
        raise DecodeError(str(file), reasons)
    # One decoder may know the promise (an MP3's Xing header) and another read more of the sound.
    short = best.facts.truncated or best.facts.seconds < promised - _TRUNCATION_TOLERANCE_SECONDS
    return replace(best, facts=replace(best.facts, truncated=short))


def declared_seconds(path: str | os.PathLike[str]) -> float | None:
    """Read how much sound a file promises, without decoding it; None where it promises nothing, or cannot be opened.

    Args:
        path: A regular file.

    Raises:
        DecodeError: It is no regular file, or an empty one.
    """
    file = Path(path)
    _regular_size(file)
    for open_stream in DECODERS.values():
        with contextlib.suppress(UnreadableError), open_stream(file) as stream:
            return None if stream.declared_frames is None else stream.declared_frames / stream.sample_rate
    return None


def _regular_size(file: Path) -> int:
    """Return the size in bytes of a file that decoders may open; opening a pipe would wait for its writer."""
    try:
        status = file.stat()
    except OSError as error:
        raise DecodeError(str(file), {"file": error.strerror or str(error)}) from error
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
        raise DecodeError(str(file), {"file": f"expected a regular file, but this is {kind}"})
    if status.st_size == 0:
        raise DecodeError(str(file), {"file": "it is empty (0 bytes)"})
    return status.st_size


def _promised_seconds(stream: AudioStream, max_seconds: float | None) -> float:
    """Return how much sound the file declares, as far as it was asked for; 0 where it declares nothing."""
    seconds = (stream.declared_frames or 0) / stream.sample_rate
    return seconds if max_seconds is None else min(seconds, max_seconds)


def _read(
    stream: AudioStream, *, decoder: str, file_bytes: int, max_seconds: float | None, loudness: bool
) -> DecodedAudio:
    limit = None if max_seconds is None else max(1, round(max_seconds * stream.sample_rate))
    room = [frames for frames in (stream.declared_frames, limit) if frames is not None]
    mixdown = Mixdown(sample_rate=stream.sample_rate, expected_frames=min(room, default=None))
    meter = LoudnessMeter(sample_rate=stream.sample_rate, channels=stream.channels) if loudness else None
    failure = _mix(stream, mixdown, meter, limit=limit)
    if mixdown.frames == 0:
        raise UnreadableError(failure or "no samples in the file")
    seconds = mixdown.frames / stream.sample_rate
    short = seconds < _promised_seconds(stream, max_seconds) - _TRUNCATION_TOLERANCE_SECONDS
    facts = AudioFacts(
        decoder=decoder,
        container=stream.container,
        codec=stream.codec,
        channels=stream.channels,
        sample_rate=stream.sample_rate,
        seconds=seconds,
        bit_rate=stream.bit_rate or _mean_bit_rate(stream, mixdown.frames, file_bytes=file_bytes, limit=limit),
        peak=mixdown.peak,
        rms_db=mixdown.rms_db,
        side_ratio=mixdown.side_ratio,
        truncated=failure is not None or short,
        bandwidth_hz=bandwidth_hz(mixdown.samples, stream.sample_rate),
    )
    heard = None if meter is None else meter.result()
    return DecodedAudio(mixdown.samples, stream.sample_rate, facts, heard)


def _mean_bit_rate(stream: AudioStream, frames: int, *, file_bytes: int, limit: int | None) -> int | None:
    """Return the whole file's bits per second of sound; what was decoded is the whole unless the limit cut it."""
    cut = limit is not None and frames >= limit
    whole = stream.declared_frames if cut else frames
    return round(8 * file_bytes * stream.sample_rate / whole) if whole else None


def _mix(stream: AudioStream, mixdown: Mixdown, meter: LoudnessMeter | None, *, limit: int | None) -> str | None:
    """Mix until the end, the limit or a failure, and return the reason of a failure that leaves what came before."""
    try:
        for block in stream.blocks:
            room = block.shape[1] if limit is None else limit - mixdown.frames
            mixdown.add(block[:, :room])
            if meter is not None:
                meter.add(block[:, :room])
            if limit is not None and mixdown.frames >= limit:
                break
    except UnusableSoundError:
        raise
    except UnreadableError as error:
        return str(error)
    return None
