"""What a decoder opens a file into: facts from its header, then blocks of samples.

The contract between the readers (`from_soundfile`, `from_pyav`) and `earmark.audio.decode`. A reader is a context
manager that opens one file and yields an `AudioStream`; it raises `UnreadableError` when it cannot open it or go on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.errors import EarmarkError

BLOCK_SAMPLES: Final = 131_072
"""Samples in a block, over all channels: half a megabyte of float32, which stays in a core's cache."""


class UnreadableError(EarmarkError):
    """One decoder cannot open or go on with a file; `decode` turns it into that decoder's reason."""


class UnusableSoundError(UnreadableError):
    """What came out of a file is not its sound, so nothing of it is kept, not even what came before."""


@dataclass(frozen=True, slots=True)
class AudioStream:
    """An opened file.

    Attributes:
        container: File format in lower case, such as ``"mp3"``, ``"wav"`` or ``"mp4"``.
        codec: Coding in lower case, such as ``"mp3"``, ``"pcm_s16"`` or ``"aac"``.
        channels: Number of channels.
        sample_rate: Hertz.
        declared_frames: Samples per channel that the file promises; None where the promise is only an estimate.
        bit_rate: Bits per second that the file declares for its sound, or None.
        blocks: float32 arrays of shape ``(channels, n)``. A block may be overwritten by the next one.
    """

    container: str
    codec: str
    channels: int
    sample_rate: int
    declared_frames: int | None
    bit_rate: int | None
    blocks: Iterator[npt.NDArray[np.float32]]
