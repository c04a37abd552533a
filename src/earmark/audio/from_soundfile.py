"""Read WAV, AIFF, FLAC, OGG Vorbis, Opus, MP3 and more with libsndfile.

libsndfile never reads beyond the length that it found when it opened a file. For an MP3 without a header that tells its
length it estimates one from the first bit rate, and half of a track can be lost in silence; such a file is refused here
and left to the other decoder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from earmark.audio.streams import BLOCK_SAMPLES, AudioStream, UnreadableError

_CODECS: Final = {
    "PCM_S8": "pcm_s8",
    "PCM_U8": "pcm_u8",
    "PCM_16": "pcm_s16",
    "PCM_24": "pcm_s24",
    "PCM_32": "pcm_s32",
    "FLOAT": "pcm_f32",
    "DOUBLE": "pcm_f64",
    "MPEG_LAYER_I": "mp1",
    "MPEG_LAYER_II": "mp2",
    "MPEG_LAYER_III": "mp3",
    "ALAC_16": "alac",
    "ALAC_20": "alac",
    "ALAC_24": "alac",
    "ALAC_32": "alac",
}

_FIRST_FRAME_BYTES: Final = 2048
"""More than the longest MP3 frame (1,441 bytes), with room for padding after the tag."""


@contextmanager
def open_soundfile(path: Path) -> Iterator[AudioStream]:
    """Open a regular file with libsndfile.

    Raises:
        UnreadableError: libsndfile does not know the format, or fails while reading.
    """
    # By descriptor, so that a name in any encoding opens and an extension (".raw") is never taken for a format.
    with path.open("rb") as file:
        try:
            sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except (soundfile.SoundFileError, ValueError) as error:
            raise UnreadableError(_told(error)) from error
        with sound:
            if sound.format == "MP3" and not _tells_its_length(path):
                raise UnreadableError("an MP3 without a Xing, Info or VBRI header, whose length could only be guessed")
            yield AudioStream(
                container="wav" if sound.format == "WAVEX" else sound.format.lower(),
                codec=_codec(sound.format, sound.subtype),
                channels=sound.channels,
                sample_rate=sound.samplerate,
                declared_frames=sound.frames,
                bit_rate=None,
                blocks=_blocks(sound),
            )


def _blocks(sound: soundfile.SoundFile) -> Iterator[npt.NDArray[np.float32]]:
    buffer = np.empty((max(BLOCK_SAMPLES // sound.channels, 1), sound.channels), dtype=np.float32)
    while True:
        try:
            block = sound.read(out=buffer)
        except soundfile.SoundFileError as error:
            raise UnreadableError(_told(error)) from error
        if len(block) == 0:
            return
        yield block.T


def _tells_its_length(path: Path) -> bool:
    """Whether an MP3's first frame holds the header in which encoders store the number of frames."""
    with path.open("rb") as file:
        head = file.read(10)
        # An ID3v2 tag's size stands in its last four bytes, seven bits in each.
        tag_bytes = 10 + sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False))
        file.seek(tag_bytes if head.startswith(b"ID3") else 0)
        first_frame = file.read(_FIRST_FRAME_BYTES)
    return any(mark in first_frame for mark in (b"Xing", b"Info", b"VBRI"))


def _codec(container: str, subtype: str) -> str:
    codec = _CODECS.get(subtype, subtype.lower())
    return "flac" if container == "FLAC" else codec


def _told(error: Exception) -> str:
    """Return libsndfile's own words; it has none for some codes."""
    said = str(getattr(error, "error_string", "") or "").strip().rstrip(".")
    return said or f"libsndfile error code {getattr(error, 'code', 'unknown')}"
