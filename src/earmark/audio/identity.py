"""A track's identity is its sound: a moved, renamed or retagged file keeps its id, another encoding gets another.

The decoded mono samples are quantised to 16 bits before hashing, so that the last bits of a decoder's floating-point
arithmetic seldom matter. The id holds for one decoder: another decoder, or a release of it that rounds differently, may
give another id.
"""

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt

_CHUNK: Final = 65_536


def audio_id(samples: npt.NDArray[np.float32], sample_rate: int) -> str:
    """Return 32 hexadecimal digits: the BLAKE2b-128 hash of sample rate and samples.

    Args:
        samples: Mono, shape ``(n,)``, float32; values beyond [-1, 1] count as full scale.
        sample_rate: Hertz.
    """
    digest = hashlib.blake2b(f"{sample_rate}:{len(samples)}:".encode(), digest_size=16)
    scaled = np.empty(_CHUNK, dtype=np.float32)
    for start in range(0, len(samples), _CHUNK):
        chunk = samples[start : start + _CHUNK]
        values = scaled[: len(chunk)]
        np.multiply(chunk, 32_767.0, out=values)
        np.clip(values, -32_767.0, 32_767.0, out=values)
        np.rint(values, out=values)
        digest.update(values.astype("<i2").data)
    return digest.hexdigest()
