"""Tempo and key by Essentia, where its user has installed it.

Essentia (Bogdanov et al. 2013, https://essentia.upf.edu) is under the AGPL, so it is no part of Earmark and of none of
its extras; whoever wants it installs it (``pip install essentia``). It is imported when it is first asked for.

Essentia's own numbers are passed on as they are, and are not what `earmark.audio.tempo` and
`earmark.audio.key_estimate` mean by a confidence: the key's strength is a correlation and says little about whether the
key is right.
"""

import importlib
from types import ModuleType
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from earmark.audio.estimates import KeyEstimate, TempoEstimate
from earmark.audio.resample import resample
from earmark.audio.tempo import RATIOS
from earmark.catalog.keys import Key, parse_key
from earmark.errors import InputError, UnknownNameError

KeyProfile = Literal["bgate", "braw", "edma", "edmm", "shaath", "krumhansl", "temperley", "gomez", "noland"]
"""Key profiles of Essentia that Earmark passes on."""

KEY_PROFILES: Final[tuple[KeyProfile, ...]] = get_args(KeyProfile)

LEAST_SECONDS: Final = 3.0
"""Essentia has an answer for any sound, noise of a tenth of a second among it; less than this is not asked about."""

_RATE: Final = 44_100  # RhythmExtractor2013 takes no other
_MOST_CONFIDENCE: Final = 5.32  # the end of RhythmExtractor2013's scale
_SILENCE: Final = 1e-5
_SAME_TEMPO: Final = 0.04


def tempo_with_essentia(samples: npt.NDArray[np.float32], sample_rate: int) -> TempoEstimate | None:
    """Estimate the tempo with RhythmExtractor2013 (multi-feature; Zapata et al. 2014).

    Args:
        samples: Mono, shape ``(n,)``, float32, finite.
        sample_rate: Hertz.

    Returns:
        The tempo with Essentia's confidence, which is from 0 to 5.32, on a scale from 0 to 1. The alternatives are the
        simple ratios that the tempi of parts of the recording stand in, with their share as salience. None for
        silence, for less than `LEAST_SECONDS` and where Essentia finds no tempo.

    Raises:
        InputError: Essentia is not installed.
    """
    standard = _essentia()
    sound = _at_its_rate(samples, sample_rate)
    if sound is None:
        return None
    bpm, _, confidence, local, _ = standard.RhythmExtractor2013(method="multifeature")(sound)
    if not bpm > 0:
        return None
    shares = [(float(bpm * ratio), _share_near(np.asarray(local), bpm * ratio)) for ratio in RATIOS]
    likely = sorted((one for one in shares if one[1] > 0), key=lambda one: -one[1])
    return TempoEstimate(float(bpm), min(float(confidence) / _MOST_CONFIDENCE, 1.0), tuple(likely))


def key_with_essentia(
    samples: npt.NDArray[np.float32], sample_rate: int, *, profile: KeyProfile = "edma"
) -> KeyEstimate | None:
    """Estimate the key with KeyExtractor (Faraldo et al. 2016).

    Args:
        samples: Mono, shape ``(n,)``, float32, finite.
        sample_rate: Hertz.
        profile: One of `KEY_PROFILES`.

    Returns:
        The key with Essentia's strength, a correlation, as confidence. Essentia tells no other keys, so that the only
        alternative is the relative key, with salience 0. None for silence and for less than `LEAST_SECONDS`.

    Raises:
        InputError: Essentia is not installed.
        UnknownNameError: There is no such profile.
    """
    if profile not in KEY_PROFILES:
        raise UnknownNameError("key profile", profile, KEY_PROFILES)
    standard = _essentia()
    sound = _at_its_rate(samples, sample_rate)
    if sound is None:
        return None
    tonic, scale, strength = standard.KeyExtractor(profileType=profile)(sound)
    key = parse_key(f"{tonic} {scale}")
    return KeyEstimate(key, min(max(float(strength), 0.0), 1.0), ((Key.from_index(key.index ^ 1), 0.0),))


def _essentia() -> ModuleType:
    """Import Essentia's standard algorithms, without its greetings."""
    try:
        essentia = importlib.import_module("essentia")
        essentia.log.infoActive = False
        return importlib.import_module("essentia.standard")
    except ImportError as error:
        raise InputError(
            "the backend 'essentia' needs the package essentia, which is not installed "
            f"({error}); install it with: pip install essentia (it is under the AGPL, so Earmark does not bring it), "
            "or measure with Earmark: --measure-with earmark"
        ) from error


def _at_its_rate(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float32] | None:
    """Return the sound at 44.1 kHz; None where there is nothing to estimate from."""
    if len(samples) < LEAST_SECONDS * sample_rate or not max(samples.max(), -samples.min()) > _SILENCE:
        return None
    return np.ascontiguousarray(resample(samples, sample_rate, _RATE), dtype=np.float32)


def _share_near(tempi: npt.NDArray[np.float32], bpm: float) -> float:
    """Return the share of the tempi that are this one; 0 where there are none."""
    return float(np.mean(np.abs(tempi / bpm - 1) < _SAME_TEMPO)) if len(tempi) else 0.0
