"""From a decoded recording to the array that is stored: excerpt, resample, analyse, float16.

`FEATURES` lists every kind of feature. Each takes mono samples at the settings' rate and returns float32, time-major,
one row per frame; a contract test runs over all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.decode import DecodedAudio
from earmark.audio.excerpt import middle_excerpt
from earmark.audio.mel import log_mel
from earmark.audio.mfcc import mfcc
from earmark.audio.resample import resample
from earmark.audio.settings import FeatureSettings
from earmark.errors import UnknownNameError

_N_MFCC: Final = 40


@dataclass(frozen=True, slots=True)
class FeatureKind:
    """One kind of feature.

    Attributes:
        summary: What it is, in one line.
        bands: Number of columns under given settings.
        compute: Mono float32 samples of shape ``(n,)``, ``n >= 1``, at the settings' rate, to float32 of shape
            ``(1 + n // hop_length, bands)``.
    """

    summary: str
    bands: Callable[[FeatureSettings], int]
    compute: Callable[[npt.NDArray[np.float32], FeatureSettings], npt.NDArray[np.float32]]


def _mfcc_bands(settings: FeatureSettings) -> int:
    return min(_N_MFCC, settings.n_mels)


def _mfcc_of_samples(samples: npt.NDArray[np.float32], settings: FeatureSettings) -> npt.NDArray[np.float32]:
    return mfcc(log_mel(samples, settings), _mfcc_bands(settings))


FEATURES: Final[Mapping[str, FeatureKind]] = {
    "log-mel": FeatureKind(
        summary="power in mel bands, in decibels",
        bands=lambda settings: settings.n_mels,
        compute=log_mel,
    ),
    "mfcc": FeatureKind(
        summary="the first 40 mel-frequency cepstral coefficients",
        bands=_mfcc_bands,
        compute=_mfcc_of_samples,
    ),
}
"""Every kind of feature by name."""


def extract(audio: DecodedAudio, settings: FeatureSettings, *, kind: str = "log-mel") -> npt.NDArray[np.float16]:
    """Compute a recording's features as they are stored.

    The excerpt is cut before resampling, so that no sound is resampled in vain.

    Args:
        audio: A decoded recording.
        settings: What to compute.
        kind: A name in `FEATURES`.

    Returns:
        Shape ``(T, bands)``, float16, time-major. Rounding to float16 moves decibels by at most 0.03.

    Raises:
        UnknownNameError: There is no such kind of feature.
    """
    if kind not in FEATURES:
        raise UnknownNameError("kind of feature", kind, FEATURES)
    excerpt = middle_excerpt(audio.samples, audio.sample_rate, settings.middle_seconds)
    samples = resample(excerpt, audio.sample_rate, settings.sample_rate)
    return FEATURES[kind].compute(samples, settings).astype(np.float16)
