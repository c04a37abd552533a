"""Writing 16-bit stereo samples: WAV, FLAC and Ogg Vorbis by libsndfile, MP3 and AAC (in MP4) by PyAV's FFmpeg.

libsndfile writes MP3 too, but not here: version 1.2 garbles int16 input, and FFmpeg lets LAME run at its quicker
settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from earmark.demo.oscillators import SAMPLE_RATE
from earmark.demo.planning import AudioFormat

_BLOCK = 1 << 16

Pcm = npt.NDArray[np.int16]
"""int16 samples of shape (n, 2)."""


@dataclass(frozen=True, slots=True)
class _FfmpegCodec:
    container: str
    codec: str
    options: dict[str, str] = field(default_factory=dict)


_SNDFILE: dict[AudioFormat, tuple[str, str]] = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
}
_FFMPEG: dict[AudioFormat, _FfmpegCodec] = {
    # LAME's level 7 takes 0.6 of its default's time; FFmpeg's "fast" AAC coder a seventh of its default's.
    "mp3": _FfmpegCodec("mp3", "libmp3lame", {"compression_level": "7"}),
    "m4a": _FfmpegCodec("ipod", "aac", {"aac_coder": "fast"}),
}


def write_audio(path: Path, pcm: Pcm, *, audio_format: AudioFormat, bitrate: int) -> None:
    """Encode samples into a file, whatever its name.

    Args:
        path: File to write; overwritten.
        pcm: int16 of shape (n, 2) at 44.1 kHz.
        audio_format: Container and codec.
        bitrate: kbit/s of MP3 and AAC; not used by the others.
    """
    if audio_format in _FFMPEG:
        _write_ffmpeg(path, pcm, _FFMPEG[audio_format], bitrate)
    else:
        _write_sndfile(path, pcm, audio_format)


def _blocks(pcm: Pcm) -> Iterator[Pcm]:
    # libsndfile's Vorbis encoder overflows the stack when it is handed a whole track at once.
    for start in range(0, pcm.shape[0], _BLOCK):
        yield pcm[start : start + _BLOCK]


def _write_sndfile(path: Path, pcm: Pcm, audio_format: AudioFormat) -> None:
    import soundfile

    container, subtype = _SNDFILE[audio_format]
    with soundfile.SoundFile(path, "w", samplerate=SAMPLE_RATE, channels=2, format=container, subtype=subtype) as file:
        for block in _blocks(pcm):
            file.write(block)


def _write_ffmpeg(path: Path, pcm: Pcm, settings: _FfmpegCodec, bitrate: int) -> None:
    import av
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

    with av.open(str(path), "w", format=settings.container) as container:
        added = container.add_stream(settings.codec, rate=SAMPLE_RATE, layout="stereo", options=settings.options)
        stream = cast(AudioStream, added)  # PyAV knows the stream's kind only for a codec's literal name
        stream.bit_rate = bitrate * 1000
        stream.format = av.AudioFormat("fltp")
        position = 0
        for block in _blocks(pcm):
            planes = np.ascontiguousarray(block.T, dtype=np.float32) / np.float32(32768)
            frame = AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = SAMPLE_RATE, position
            position += block.shape[0]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
