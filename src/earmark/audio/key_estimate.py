"""The musical key of a recording, from its sound.

A key is one of 24. Each gets a score: a weighted sum of the recording's three summaries
(`earmark.audio.key_features`), turned so that its tonic stands first. There is one set of weights for minor and one for
major, so that a recording shifted by a semitone gets the same scores a semitone higher. The scores' softmax says how
likely each key is.

The weights (`earmark.audio.key_weights`) have the place that a key profile has had since Krumhansl and Kessler (1982).
They were fitted as a multinomial logistic regression, started from and held near to the profiles of Sha'ath (2011,
KeyFinder) for the pitch classes, and 0 for the triads.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.chroma import RATE, note_frames
from earmark.audio.estimates import KeyEstimate
from earmark.audio.key_features import contrast, key_features
from earmark.audio.key_weights import BIASES, WEIGHTS
from earmark.audio.resample import resample
from earmark.catalog.keys import Key, Mode
from earmark.errors import InputError

LEAST_SECONDS: Final = 3.0
"""Less sound than this has no key: it is a chord or two."""

CONTRAST: Final = (0.36, 2.6)
"""The range of contrasts between pitch classes that music with a key has: noise has less, and a single note more."""

ALTERNATIVES: Final = 3
"""How many other keys are told, besides the relative key."""

_MODES: Final[tuple[Mode, Mode]] = ("minor", "major")
KEYS: Final = tuple(Key(tonic, mode) for mode in _MODES for tonic in range(12))
"""The 24 keys in the order of `key_probabilities`: minor from C, then major from C."""


def estimate_key(samples: npt.NDArray[np.float32], sample_rate: int) -> KeyEstimate | None:
    """Estimate the key.

    Args:
        samples: Mono, shape ``(n,)``, float32, finite.
        sample_rate: Hertz.

    Returns:
        The likeliest key with its probability as confidence; the alternatives are the `ALTERNATIVES` next ones and the
        relative key, with theirs. None for silence, for noise, for a single note and for less than `LEAST_SECONDS`.

    Raises:
        InputError: The samples are not one-dimensional, or the rate is not above 0.
    """
    probabilities = key_probabilities(samples, sample_rate)
    if probabilities is None:
        return None
    order = np.argsort(-probabilities, kind="stable")
    key = KEYS[order[0]]
    others = [KEYS[index] for index in order[1 : ALTERNATIVES + 1]]
    # The relative key shares all notes: a DJ may mix with it as well as with the key itself.
    others += [_relative(key)] if _relative(key) not in others else []
    told = tuple((other, float(probabilities[KEYS.index(other)])) for other in others)
    return KeyEstimate(key, float(probabilities[order[0]]), told)


def key_probabilities(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float64] | None:
    """Return how likely each of the 24 keys is.

    Args:
        samples: Mono, shape ``(n,)``, float32, finite.
        sample_rate: Hertz.

    Returns:
        Shape ``(24,)``, float64, in the order of `KEYS`, with a sum of 1; None where `estimate_key` gives None.

    Raises:
        InputError: The samples are not one-dimensional, or the rate is not above 0.
    """
    if samples.ndim != 1 or sample_rate < 1:
        raise InputError(f"expected mono samples of shape (n,) and a rate above 0, got {samples.shape}, {sample_rate}")
    if len(samples) < LEAST_SECONDS * sample_rate:
        return None
    notes = note_frames(resample(samples, sample_rate, RATE))
    if notes is None or not CONTRAST[0] <= contrast(notes) <= CONTRAST[1]:
        return None
    scores = key_scores(key_features(notes))
    likely = np.exp(scores - scores.max())
    return np.asarray(likely / likely.sum(), dtype=np.float64)


def key_scores(features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Score the 24 keys.

    Args:
        features: What `key_features` returns, shape ``(3, 12)``.

    Returns:
        Shape ``(24,)``, float64, in the order of `KEYS`: the logarithm of how likely a key is, but for a constant.
    """
    turned = np.stack([np.roll(features, -tonic, axis=1) for tonic in range(12)])
    scores = np.einsum("tsp,msp->mt", turned, WEIGHTS) + BIASES[:, np.newaxis]
    return np.asarray(scores, dtype=np.float64).ravel()


def _relative(key: Key) -> Key:
    """Return the key of the other mode with the same notes: its neighbour in Camelot order."""
    return Key.from_index(key.index ^ 1)
