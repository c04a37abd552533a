"""Which notes sound when: a recording's spectral peaks, on the recording's own tuning.

Sound at `RATE` is cut into Hann windows of 0.37 s, each overlapping half of the next. In a spectrum only peaks count:
what is larger than both neighbours and stands out of the mean of the 150 Hz around it. Drums and noise are wide in
frequency and make few peaks that do, so they fall away. A peak's frequency is refined by the parabola through the
logarithms of its three bins (Smith and Serra 1987), to about a tenth of a bin.

Recordings are not all tuned to A = 440 Hz, and DJ tools and tape shift them. The tuning is the circular mean of the
peaks' distances from the nearest semitone, weighted by magnitude (Gómez 2006, "Tonal description of music audio
signals"); notes are then counted from there. A recording a quarter tone off may be counted a semitone too high or low.

Pitches are MIDI numbers: 69 is A4, 440 Hz, and one is a semitone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft

RATE: Final = 11_025
"""Hertz at which notes are looked for: the highest that counts has its fundamental at 4.2 kHz."""

FRAME: Final = 4096
HOP: Final = FRAME // 2
LOWEST_PITCH: Final = 24
"""C1, 32.7 Hz."""

PITCHES: Final = 84
"""Seven octaves from there: the highest is B7, 3.95 kHz."""

_BINS: Final = int(4200 * FRAME / RATE)
_AROUND: Final = int(150 * FRAME / RATE) | 1
_STANDS_OUT: Final = 1.5
_FLOOR: Final = 1e-4  # of the largest magnitude in the frame: -80 dB
_FRAMES_AT_ONCE: Final = 64
_LOWEST_FOR_TUNING: Final = 48
_SILENCE: Final = 1e-5  # -100 dB of full scale: below the dither of 16 bits

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class NoteFrames:
    """The notes of a recording over time.

    Attributes:
        magnitudes: Shape ``(frames, PITCHES)``, float32, 0 and above: the sum of the magnitudes of each semitone's
            spectral peaks, from `LOWEST_PITCH` upwards.
        tuning: How far the recording is tuned above A = 440 Hz, in semitones from -0.5 to 0.5.
    """

    magnitudes: Floats
    tuning: float

    @property
    def levels(self) -> Floats:
        """Magnitude of each frame's notes together, shape ``(frames,)``, float32."""
        levels: Floats = np.sqrt(np.square(self.magnitudes).sum(axis=1))
        return levels


@dataclass(frozen=True, slots=True, eq=False)
class _Peaks:
    """Spectral peaks: the frame, the pitch (MIDI number with fraction) and the magnitude of each."""

    frames: npt.NDArray[np.int64]
    pitches: Floats
    magnitudes: Floats


def note_frames(samples: Floats) -> NoteFrames | None:
    """Find the notes of a recording.

    Args:
        samples: Mono at `RATE`, shape ``(n,)``, float32, finite.

    Returns:
        The notes; None for silence and where the sound is shorter than one window.
    """
    if len(samples) < FRAME or not max(samples.max(), -samples.min()) > _SILENCE:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    # Importing scipy.signal for the periodic Hann window would take longer than analysing a track.
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    blocks = [
        _peaks(np.abs(scipy.fft.rfft(frames[start : start + _FRAMES_AT_ONCE] * window, axis=1)[:, :_BINS]), start)
        for start in range(0, len(frames), _FRAMES_AT_ONCE)
    ]
    peaks = _Peaks(
        np.concatenate([block.frames for block in blocks]),
        np.concatenate([block.pitches for block in blocks]),
        np.concatenate([block.magnitudes for block in blocks]),
    )
    return _on_semitones(peaks, len(frames)) if len(peaks.frames) else None


def _peaks(spectra: Floats, first_frame: int) -> _Peaks:
    """Find the peaks of some neighbouring frames' magnitude spectra, shape ``(frames, bins)``."""
    middle = spectra[:, 1:-1]
    rises = (middle > spectra[:, :-2]) & (middle >= spectra[:, 2:])
    # Beneath the floor lie the ripples that rounding leaves of a constant or of a single tone.
    least = np.maximum(_STANDS_OUT * _local_mean(spectra)[:, 1:-1], _FLOOR * spectra.max(axis=1, keepdims=True))
    frame, index = np.nonzero(rises & (middle > least))
    below, at, above = (np.log(spectra[frame, index + step] + 1e-12) for step in (0, 1, 2))
    # At a peak the parabola opens downwards: the denominator is below 0 but for rounding.
    offset = 0.5 * (below - above) / np.minimum(below - 2 * at + above, -1e-6)
    hertz = np.maximum((index + 1 + offset) * (RATE / FRAME), 1.0)
    pitch = (69 + 12 * np.log2(hertz / 440)).astype(np.float32)
    kept = (pitch >= LOWEST_PITCH) & (pitch < LOWEST_PITCH + PITCHES - 1)
    return _Peaks(frame[kept] + first_frame, pitch[kept], spectra[frame, index + 1][kept])


def _local_mean(spectra: Floats) -> Floats:
    """Mean of the `_AROUND` bins around each bin, in float64 sums since a spectrum spans many decades."""
    half = _AROUND // 2
    padded = np.pad(spectra, ((0, 0), (half + 1, half)), mode="edge")
    sums = np.cumsum(padded, axis=1, dtype=np.float64)
    mean: Floats = ((sums[:, _AROUND:] - sums[:, :-_AROUND]) / _AROUND).astype(np.float32)
    return mean


def _on_semitones(peaks: _Peaks, frames: int) -> NoteFrames:
    """Count peaks by semitone; one between two semitones counts less, down to nothing half-way."""
    tuning = _tuning(peaks)
    from_lowest = peaks.pitches - np.float32(LOWEST_PITCH + tuning)
    nearest = np.rint(from_lowest)
    weights = peaks.magnitudes * np.cos(np.pi * (from_lowest - nearest)) ** 2
    cells = peaks.frames * PITCHES + np.clip(nearest, 0, PITCHES - 1).astype(np.int64)
    counted = np.bincount(cells, weights, minlength=frames * PITCHES)
    return NoteFrames(counted.reshape(frames, PITCHES).astype(np.float32), tuning)


def _tuning(peaks: _Peaks) -> float:
    """Return the circular mean of the distances from semitones; low notes are too coarse to tell it."""
    telling = peaks.pitches >= _LOWEST_FOR_TUNING
    phases = np.exp(2j * np.pi * peaks.pitches[telling])
    return float(np.angle(np.sum(peaks.magnitudes[telling] * phases)) / (2 * np.pi))
