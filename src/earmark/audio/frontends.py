"""What frozen networks hear: each front-end turns samples into the rows that its networks were trained on.

A front-end is a frozen value whose fields are the numbers that decide its output. `FRONT_ENDS` lists every kind; a
contract test runs over all of them. Rows are time-major: frames of a spectrogram, or single samples for a network that
takes the waveform.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from earmark.audio.frontend_spectra import ClapMel, KaldiMel
from earmark.audio.mel import _mel_power
from earmark.audio.settings import FeatureSettings
from earmark.errors import InputError, UnknownNameError

FloatArray = npt.NDArray[np.float32]


class FrontEnd(Protocol):
    """Samples to rows."""

    @property
    def sample_rate(self) -> int:
        """Rate in hertz that the sound has to have."""
        ...

    @property
    def hop_length(self) -> int:
        """Samples from one row to the next."""
        ...

    @property
    def bands(self) -> int:
        """Values in a row."""
        ...

    def n_rows(self, n_samples: int) -> int:
        """Return how many rows come of so many samples, at least one."""
        ...

    def rows(self, samples: FloatArray) -> FloatArray:
        """Analyse a recording.

        Args:
            samples: Mono at `sample_rate`, shape ``(n,)``, float32, ``n >= 1``, nominally in [-1, 1].

        Returns:
            Shape ``(n_rows(n), bands)``, float32, finite.
        """
        ...

    def prepare(self, patches: FloatArray) -> FloatArray:
        """Finish patches of shape ``(patches, rows, bands)`` where a network wants each patch treated by itself."""
        ...


@dataclass(frozen=True, slots=True)
class MusicnnMel:
    """The log-mel of musicnn and of Essentia's networks: ``log10(1 + 10000 x)`` of Slaney mel power.

    As J. Pons and X. Serra compute it ("musicnn: pre-trained convolutional neural networks for music audio tagging",
    arXiv 1909.06654): frames centred on multiples of the hop with zeros beyond the ends, a periodic Hann window,
    filters of area 1. Their package then rounds to float16, which is infinite on loud music; this does not.

    Attributes:
        sample_rate: Hertz.
        n_fft: Window and transform length in samples; even.
        hop_length: Samples from one frame to the next.
        bands: Mel bands from 0 Hz to half the sample rate.
    """

    sample_rate: int = 16_000
    n_fft: int = 512
    hop_length: int = 256
    bands: int = 96

    def __post_init__(self) -> None:
        self._mel_settings()

    def _mel_settings(self) -> FeatureSettings:
        return FeatureSettings(
            sample_rate=self.sample_rate, n_fft=self.n_fft, hop_length=self.hop_length, n_mels=self.bands
        )

    def n_rows(self, n_samples: int) -> int:
        """Return how many frames come of so many samples."""
        return 1 + n_samples // self.hop_length

    def rows(self, samples: FloatArray) -> FloatArray:
        """Return compressed mel power, at least 0; see `FrontEnd.rows`."""
        power = _mel_power(_checked_samples(samples), self._mel_settings())
        power *= np.float32(10_000)
        power += np.float32(1)
        np.log10(power, out=power)
        return power

    def prepare(self, patches: FloatArray) -> FloatArray:
        """Return the patches as they are."""
        return patches


@dataclass(frozen=True, slots=True)
class Waveform:
    """The samples themselves, a row each: for networks that bring their own analysis, such as MERT and MuQ.

    Attributes:
        sample_rate: Hertz.
        normalise: Give each patch mean 0 and deviation 1, as the processors of wav2vec 2.0 and MERT do.
    """

    sample_rate: int = 24_000
    normalise: bool = False

    def __post_init__(self) -> None:
        if self.sample_rate < 1:
            raise InputError(f"the sample rate has to be above 0 Hz, but {self.sample_rate} came")

    @property
    def hop_length(self) -> int:
        """One sample."""
        return 1

    @property
    def bands(self) -> int:
        """One value in a row."""
        return 1

    def n_rows(self, n_samples: int) -> int:
        """Return the number of samples."""
        return n_samples

    def rows(self, samples: FloatArray) -> FloatArray:
        """Return the samples as a column; see `FrontEnd.rows`."""
        return _checked_samples(samples)[:, np.newaxis]

    def prepare(self, patches: FloatArray) -> FloatArray:
        """Return the patches, each normalised where that is asked for."""
        if not self.normalise:
            return patches
        centred = patches - patches.mean(axis=1, keepdims=True)
        # The constant is that of the Transformers library's Wav2Vec2FeatureExtractor.
        scaled: FloatArray = centred / np.sqrt(centred.var(axis=1, keepdims=True) + np.float32(1e-7))
        return scaled


FRONT_ENDS: Final[Mapping[str, type[FrontEnd]]] = {
    "musicnn-mel": MusicnnMel,
    "clap-mel": ClapMel,
    "kaldi-mel": KaldiMel,
    "waveform": Waveform,
}
"""Every kind of front-end by name."""


def front_end_to_json(front_end: FrontEnd) -> dict[str, object]:
    """Return a front-end as plain values: its kind and its numbers."""
    kind = next(name for name, made in FRONT_ENDS.items() if made is type(front_end))
    return {"kind": kind, **asdict(front_end)}  # type: ignore[call-overload]  # every kind is a dataclass


def front_end_from_json(data: Mapping[str, object]) -> FrontEnd:
    """Rebuild a front-end from `front_end_to_json`'s mapping; absent numbers take their defaults.

    Raises:
        UnknownNameError: There is no such kind of front-end.
        InputError: A name is unknown, or a value is of the wrong type or out of range.
    """
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in FRONT_ENDS:
        raise UnknownNameError("front-end", str(kind), FRONT_ENDS)
    made = FRONT_ENDS[kind]
    defaults = {field.name: field.default for field in fields(made)}  # type: ignore[arg-type]  # every kind is a dataclass
    numbers = {name: value for name, value in data.items() if name != "kind"}
    unknown = sorted(set(numbers) - set(defaults))
    if unknown:
        raise InputError(f"the front-end {kind} has no {', '.join(unknown)}; it has {', '.join(defaults)}")
    return made(**{name: _as(kind, name, value, defaults[name]) for name, value in numbers.items()})


def _as(kind: str, name: str, value: object, default: object) -> object:
    """Return a number in the type of its default, so that 180 and 180.0 have one key."""
    if isinstance(default, bool) or isinstance(value, bool):
        fits = isinstance(default, bool) and isinstance(value, bool)
    elif isinstance(default, float):
        fits = isinstance(value, int | float) and math.isfinite(value)
        value = float(value) if fits else value  # type: ignore[arg-type]  # a number, as was just seen
    else:
        fits = isinstance(value, int)
    if not fits:
        raise InputError(f"{name} of the front-end {kind} is a {type(default).__name__}, but {value!r} came")
    return value


def _checked_samples(samples: FloatArray) -> FloatArray:
    if samples.ndim != 1 or len(samples) == 0:
        raise InputError(f"expected mono samples of shape (n,), at least one; {samples.shape} came")
    return np.asarray(samples, dtype=np.float32)
