"""The common path that every track takes, so that its codec, level or width cannot tell its label.

Mono (mean of the channels), 16 kHz (soxr HQ), one integrated loudness (ITU-R BS.1770-4, measured on the 16 kHz mono
signal), 16 bits with TPDF dither, FLAC. The gain is one number per track: nothing is compressed or limited, and a track
that would clip is refused rather than made quieter than the rest.

The dither lays the same floor of noise (-96 dB against full scale) under every track, also where a module renders to
digital silence and a decoder would leave noise of its own.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earmark.audio.decode import decode
from earmark.audio.resample import resample
from earmark.errors import InputError

SAMPLE_RATE = 16_000
"""Hertz of the collection."""

TARGET_LUFS = -26.0
"""Loudness of the collection: every track of the list reaches it without clipping."""

_SHORTEST_SECONDS = 0.4  # one block of BS.1770
_FULL_SCALE = 32_767
_DITHER_PEAK = 1.0  # in steps of 16 bits
_ABSOLUTE_GATE_LUFS = -70.0

Samples = npt.NDArray[np.float32]
"""Mono samples of shape (n,), float32, 1 at full scale."""


@dataclass(frozen=True, slots=True)
class Levels:
    """What normalising did to a track.

    Attributes:
        seconds: Length.
        loudness_before: Integrated loudness in LUFS of the 16 kHz mono signal, before the gain.
        gain_db: The gain in decibels.
        peak_after: Largest absolute sample after the gain; 1 is full scale.
    """

    seconds: float
    loudness_before: float
    gain_db: float
    peak_after: float


def loudness(samples: Samples, sample_rate: int) -> float:
    """Return the integrated loudness in LUFS after ITU-R BS.1770-4 of a mono signal.

    Raises:
        InputError: The signal is shorter than one block of 0.4 s, or never louder than the gate of -70 LUFS.
    """
    import pyloudnorm

    seconds = len(samples) / sample_rate
    if seconds < _SHORTEST_SECONDS:
        raise InputError(f"loudness needs at least {_SHORTEST_SECONDS} s of sound, but {seconds:.2f} s came")
    measured = float(pyloudnorm.Meter(sample_rate).integrated_loudness(samples.astype(np.float64)))
    if not measured >= _ABSOLUTE_GATE_LUFS:
        raise InputError(f"the sound is silent: it is nowhere louder than the gate of {_ABSOLUTE_GATE_LUFS:g} LUFS")
    return measured


def level(samples: Samples, sample_rate: int, *, target: float = TARGET_LUFS) -> tuple[Samples, Levels]:
    """Bring a mono signal to a loudness by one gain.

    Args:
        samples: The sound.
        sample_rate: Hertz.
        target: Integrated loudness in LUFS.

    Raises:
        InputError: The sound is too short or silent, or would clip at the target.
    """
    before = loudness(samples, sample_rate)
    gain_db = target - before
    louder = samples * np.float32(10 ** (gain_db / 20))
    peak = float(np.abs(louder).max())
    room = (_FULL_SCALE - _DITHER_PEAK) / (_FULL_SCALE + 1)
    if peak > room:
        highest = target - 20 * np.log10(peak / room)
        raise InputError(f"clips at {target:g} LUFS; all tracks need a common target of {highest:.2f} LUFS or lower")
    return louder, Levels(len(samples) / sample_rate, before, gain_db, peak)


def to_16_bits(samples: Samples, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """Quantise to 16 bits with triangular dither of two steps' width.

    Rounding errors are then noise of constant power that does not depend on the sound (Lipshitz, Wannamaker and
    Vanderkooy, "Quantization and dither: a theoretical survey", J. Audio Eng. Soc. 40(5), 1992).

    Args:
        samples: Float sound with a peak that leaves one step of room.
        rng: Source of the dither.
    """
    dither = rng.random(len(samples), dtype=np.float32) - rng.random(len(samples), dtype=np.float32)
    steps = np.rint(samples * np.float32(_FULL_SCALE + 1) + dither)
    return np.clip(steps, -_FULL_SCALE - 1, _FULL_SCALE).astype(np.int16)


def normalise(source: Path, target: Path, *, tags: dict[str, str], rng: np.random.Generator,
              loudness_target: float = TARGET_LUFS) -> Levels:  # fmt: skip
    """Bring one file into the collection.

    Args:
        source: Anything that `earmark.audio.decode` reads.
        target: FLAC file to write, all at once: it is there only when it is whole.
        tags: Vorbis comments; empty values are left out.
        rng: Source of the dither.
        loudness_target: Integrated loudness in LUFS.

    Raises:
        DecodeError: No decoder reads the file.
        InputError: It is cut off, too short or silent, or would clip.
    """
    audio = decode(source)
    if audio.facts.truncated:
        raise InputError(f"{source.name} is cut off after {audio.facts.seconds:.1f} s; delete it and fetch it again")
    samples, levels = level(
        resample(audio.samples, audio.sample_rate, SAMPLE_RATE), SAMPLE_RATE, target=loudness_target
    )
    _write(target, to_16_bits(samples, rng), tags)
    return levels


def _write(target: Path, pcm: npt.NDArray[np.int16], tags: dict[str, str]) -> None:
    import soundfile
    from mutagen.flac import FLAC

    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder that people scan, never in it: half a file is no track.
    part = target.parent.parent / f"part-{target.name}"
    soundfile.write(part, pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    file = FLAC(part)
    file.update({name: value for name, value in tags.items() if value})
    file.save()
    part.replace(target)
