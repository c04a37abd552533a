"""Fingerprints: whether two files hold the same recording, told by their sound alone.

After J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", ISMIR 2002: in about eight frames a
second, 32 bits say whether the energy difference of two neighbouring bands grew or shrank. What a re-encoding, a change
of gain or a mix to mono does to the sound leaves most of these signs as they are. Here they come from the stored
log-mel spectrogram instead of a Fourier transform of their own, so that a scanned track needs no decoding.

Two fingerprints are laid over each other at the offsets where most bits agree, all offsets at once by a Fourier
transform. Agreement is 1 - 2 * (bit error rate): 1 for the same bits, 0 for unrelated ones. Where it stays high over
ten seconds, that stretch is the same sound; an edit that was cut or extended has several such stretches, each at an
offset of its own. Silent frames say nothing and count for neither side.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft

from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.errors import InputError

FINGERPRINT_SETTINGS: Final[FeatureSettings] = PRESETS["paper"]
"""The log-mel spectrogram that fingerprints are made from; every scan stores it."""

FINGERPRINT_VERSION: Final = 1
"""Raised whenever the same sound would give other bits."""

BITS: Final = 32

_HOP_FRAMES, _WINDOW_FRAMES, _LAG = 4, 12, 3
"""Log-mel frames from one fingerprint frame to the next and in one; a frame is compared with the one it does not share
sound with."""
_FIRST_BAND, _BAND_WIDTH = 8, 3
"""33 groups of three mel bands from about 0.2 to 5 kHz, which survives a low bit rate."""
_SILENT_DB: Final = 45.0
"""Frames further than this below the loud ones of the track say nothing."""

FRAMES_PER_SECOND: Final = FINGERPRINT_SETTINGS.frames_per_second / _HOP_FRAMES

SAME_AGREEMENT: Final = 0.50
"""Agreement over ten seconds from which two stretches are the same sound (``docs/results/versions.md``)."""
SAME_SHARE: Final = 0.40
"""Share of the shorter recording that must be found in the other one."""
SAME_SECONDS: Final = 12.0
"""Seconds that must be found at least; a shorter recording is found whole."""

_SMOOTH_FRAMES: Final = round(10 * FRAMES_PER_SECOND)
_OFFSETS: Final = 6
"""Offsets that are looked at: an extended mix is a radio edit with a few stretches put in."""
_LEAST_SCORE: Final = 60.0
"""Offsets at which fewer bits agree, by the root of the overlap, are not looked at; most strangers have none above."""

Signs = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """The fingerprint of a recording.

    Attributes:
        signs: int8 of shape (frames, 32): 1 where the energy difference grew, -1 where it shrank, 0 in silence. At
            least one frame.
    """

    signs: Signs

    @property
    def seconds(self) -> float:
        """Seconds of sound in it that are not silent."""
        return float(self.signs.any(axis=1).sum() / FRAMES_PER_SECOND)

    def to_array(self) -> npt.NDArray[np.uint32]:
        """Pack it to uint32 of shape (frames, 2): the bits, and which of them say something."""
        packed = [
            np.packbits(part, axis=1, bitorder="little").view("<u4") for part in (self.signs > 0, self.signs != 0)
        ]
        return np.concatenate(packed, axis=1)

    @classmethod
    def from_array(cls, packed: npt.NDArray[np.uint32]) -> "Fingerprint":
        """Unpack what `to_array` made.

        Raises:
            InputError: It is no array of that kind.
        """
        if packed.ndim != 2 or packed.shape[1] != 2 or not len(packed):
            raise InputError(f"a fingerprint is an array of shape (frames, 2), at least one frame; {packed.shape} came")
        both = np.ascontiguousarray(packed, dtype="<u4").view(np.uint8).reshape(len(packed), 2, 4)
        bits, known = (np.unpackbits(both[:, part], axis=1, bitorder="little").astype(np.int8) for part in (0, 1))
        return cls((2 * bits - 1) * known)


@dataclass(frozen=True, slots=True)
class Match:
    """How much of two recordings is the same sound.

    Attributes:
        seconds: Length of what they have in common.
        share: That of the shorter recording, 0 to 1.
        agreement: Mean agreement in it, 0 to 1.
        offset_seconds: Where the first recording's beginning lies in the second, for the longest stretch.
        offsets: At how many offsets stretches were found; more than one where something was cut out or put in.
    """

    seconds: float
    share: float
    agreement: float
    offset_seconds: float
    offsets: int

    @property
    def same_recording(self) -> bool:
        """Whether both are one recording, as copies or as versions cut from it."""
        return self.share >= SAME_SHARE and (self.seconds >= SAME_SECONDS or self.share >= 0.9)


NOTHING_SHARED: Final = Match(0.0, 0.0, 0.0, 0.0, 0)


def fingerprint(log_mel: npt.NDArray[np.floating]) -> Fingerprint:
    """Make the fingerprint of a recording.

    Args:
        log_mel: Decibels of shape (frames, 128) under `FINGERPRINT_SETTINGS`, at least one frame; float16 as stored.

    Raises:
        InputError: It is of another shape.
    """
    if log_mel.ndim != 2 or log_mel.shape[1] != FINGERPRINT_SETTINGS.n_mels or not len(log_mel):
        raise InputError(
            f"a fingerprint is made from a log-mel of shape (frames, {FINGERPRINT_SETTINGS.n_mels}), at least one "
            f"frame; {log_mel.shape} came"
        )
    power = np.power(np.float32(10), np.asarray(log_mel, dtype=np.float32) / 10)
    bands = power[:, _FIRST_BAND : _FIRST_BAND + _BAND_WIDTH * (BITS + 1)]
    grouped = bands.reshape(len(power), BITS + 1, _BAND_WIDTH).sum(axis=2)
    energies, levels = _windowed(grouped), _windowed(power.sum(axis=1, keepdims=True))[:, 0]
    edges = energies[:, :-1] - energies[:, 1:]
    signs = np.sign(edges[_LAG:] - edges[:-_LAG]).astype(np.int8)
    if not len(signs):
        return Fingerprint(np.zeros((1, BITS), dtype=np.int8))
    signs[levels[_LAG:] < np.percentile(levels, 95) - _SILENT_DB] = 0
    return Fingerprint(signs)


def _windowed(power: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Decibels of the sums over overlapping windows of frames."""
    summed = np.zeros((len(power) + 1, power.shape[1]))
    np.cumsum(power, axis=0, out=summed[1:])
    starts = np.arange(0, max(len(power) - _WINDOW_FRAMES + 1, 1), _HOP_FRAMES)
    ends = np.minimum(starts + _WINDOW_FRAMES, len(power))
    return np.asarray(10 * np.log10(np.maximum(summed[ends] - summed[starts], 1e-12)))


class Matcher:
    """A fingerprint ready to be laid over others: its spectra are kept, so that comparing many with many stays fast.

    Args:
        fingerprint: The fingerprint.
        least_agreement: Agreement over ten seconds from which a stretch is the same sound.
    """

    def __init__(self, fingerprint: Fingerprint, *, least_agreement: float = SAME_AGREEMENT) -> None:
        self.fingerprint = fingerprint
        self.seconds = fingerprint.seconds
        self.least_agreement = least_agreement
        self._spectra: dict[int, npt.NDArray[np.complexfloating]] = {}

    def match(self, other: "Matcher") -> Match:
        """Find what another recording has in common with this one.

        Args:
            other: The other recording.
        """
        a, b = self.fingerprint.signs, other.fingerprint.signs
        shorter = min(self.seconds, other.seconds)
        if shorter < 1.0:
            return NOTHING_SHARED
        found = [_stretches(a, b, offset, self.least_agreement) for offset in self._offsets(other)]
        return _judge(found, a, b, shorter)

    def _spectrum(self, n: int) -> npt.NDArray[np.complexfloating]:
        if n not in self._spectra:
            signs = np.ascontiguousarray(self.fingerprint.signs.T, dtype=np.float32)
            # Bits side by side: their products, which are most of the work, are then eight times as fast.
            self._spectra[n] = np.ascontiguousarray(scipy.fft.rfft(signs, n, axis=1).T)
        return self._spectra[n]

    def _offsets(self, other: "Matcher") -> Iterator[int]:
        """The offsets in another recording at which more bits agree than chance has it, the best first."""
        own, length = len(self.fingerprint.signs), len(other.fingerprint.signs)
        n = 1 << (own + length - 1).bit_length()  # a power of two, so that recordings of about a length share spectra
        agreeing = scipy.fft.irfft(np.vecdot(self._spectrum(n), other._spectrum(n)), n)
        offsets = np.arange(n)
        offsets[offsets >= length] -= n
        overlap = np.minimum(offsets + own, length) - np.maximum(offsets, 0)
        # Chance agreement grows with the root of the overlap, so this puts all overlaps on one scale.
        score = agreeing / np.sqrt(np.maximum(overlap, _SMOOTH_FRAMES))
        for _ in range(_OFFSETS):
            best = int(score.argmax())
            if score[best] < _LEAST_SCORE:
                return
            yield int(offsets[best])
            score[np.arange(best - 2, best + 3) % n] = -np.inf


def match_fingerprints(first: Fingerprint, second: Fingerprint) -> Match:
    """Find what two recordings have in common.

    Args:
        first: A recording's fingerprint.
        second: Another one's.
    """
    return Matcher(first).match(Matcher(second))


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """Two fingerprints at one offset: the first frame in each, which frames are the same sound, and how sure."""

    offset: int
    start_a: int
    start_b: int
    same: npt.NDArray[np.bool_]
    agreement: npt.NDArray[np.float64]


def _stretches(a: Signs, b: Signs, offset: int, least_agreement: float) -> _Laid:
    start_a, start_b = max(-offset, 0), max(offset, 0)
    length = min(len(a) - start_a, len(b) - start_b)
    product = a[start_a : start_a + length] * b[start_b : start_b + length]
    told = np.abs(product).sum(axis=1, dtype=np.float64)
    window = min(_SMOOTH_FRAMES, length)
    agreement = _moving_sum(product.sum(axis=1, dtype=np.float64), window) / np.maximum(_moving_sum(told, window), BITS)
    # A window of the same sound holds it from its first frame to its last.
    inside = np.zeros(length + 1, dtype=np.int64)
    starts = np.flatnonzero(agreement >= least_agreement)
    np.add.at(inside, starts, 1)
    np.add.at(inside, starts + window, -1)
    same = (np.cumsum(inside[:-1]) > 0) & (told > 0)
    return _Laid(offset, start_a, start_b, same, product.sum(axis=1) / np.maximum(told, 1))


def _moving_sum(values: npt.NDArray[np.float64], window: int) -> npt.NDArray[np.float64]:
    summed = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(summed[window:] - summed[:-window])


def _judge(found: list[_Laid], a: Signs, b: Signs, shorter: float) -> Match:
    """Count what lies in the same sound at any offset, each frame of either recording once."""
    in_a, in_b = np.zeros(len(a), dtype=np.bool_), np.zeros(len(b), dtype=np.bool_)
    kept: list[tuple[int, int]] = []
    agreements: list[npt.NDArray[np.float64]] = []
    for laid in found:
        places = np.flatnonzero(laid.same)
        places = places[~in_a[laid.start_a + places] & ~in_b[laid.start_b + places]]
        if len(places) < _SMOOTH_FRAMES // 2:
            continue
        in_a[laid.start_a + places] = True
        in_b[laid.start_b + places] = True
        kept.append((len(places), laid.offset))
        agreements.append(laid.agreement[places])
    if not kept:
        return NOTHING_SHARED
    seconds = float(in_a.sum() / FRAMES_PER_SECOND)
    return Match(
        seconds=seconds,
        share=min(seconds / shorter, 1.0),
        agreement=float(np.concatenate(agreements).mean()),
        offset_seconds=max(kept)[1] / FRAMES_PER_SECOND,
        offsets=len(kept),
    )
