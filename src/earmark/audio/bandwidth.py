"""Where a recording's spectrum ends, by which a lossy codec gives itself away.

Encoders cut off what they have no bits for: MP3 at 128 kbit/s ends near 16 kHz, at 320 kbit/s near 20 kHz, and the cut
stays when the file is turned into a lossless one. A classifier could tell labels by it, so it is measured beside the
other facts of a file (`earmark.audio.decode.AudioFacts`).

The measure: the mean power spectrum of up to 48 windows of 8192 samples spread evenly over the track, silent ones left
out, smoothed over about 50 Hz; the bandwidth is the highest frequency whose power lies above both thresholds below. It
tells where sound ends, whoever ended it: a recording of a double bass alone has a low bandwidth too, and a click, such
as a sound that starts at once, has a high one.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.errors import InputError

_WINDOW: Final = 8192
_MOST_WINDOWS: Final = 48
"""About 9 s of sound at 44.1 kHz; more windows move the result by less than the smoothing does."""

_SMOOTHING_HERTZ: Final = 50.0

_BELOW_LOUDEST_DB: Final = -80.0
"""Music reaches its codec's cut at -50 to -75 dB against its loudest band; behind the cut lie -95 dB and less."""

_FLOOR_DBFS: Final = -115.0
"""Power of one bin against a full-scale sine. 16-bit quantisation noise has -134 dB in each bin, dither -130 dB."""

_SILENT_PEAK: Final = 1e-4
"""A window without a larger sample (three steps of 16 bits) holds the noise of its own quantisation at most."""


def bandwidth_hz(samples: npt.NDArray[np.float32], sample_rate: int) -> float:
    """Return the frequency at which a recording's spectrum ends.

    Args:
        samples: Mono, shape ``(n,)``, float32, ``n >= 1``, full scale at 1.
        sample_rate: Hertz, above 0.

    Returns:
        Hertz, from 0 to half the sample rate, exact to about 200 Hz (the window's leakage); 0 where all
        windows are silent.

    Raises:
        InputError: There are no samples, they are not one-dimensional, or the rate is not above 0.
    """
    if samples.ndim != 1 or len(samples) == 0 or sample_rate <= 0:
        raise InputError(
            f"expected mono samples of shape (n,), at least one, at a rate above 0 Hz; {samples.shape} at "
            f"{sample_rate} Hz came"
        )
    power = _mean_power(samples)
    if power is None:
        return 0.0
    width = max(1, round(_SMOOTHING_HERTZ * _WINDOW / sample_rate))
    smooth = np.convolve(power, np.full(width, 1.0 / width), mode="same")
    threshold = max(float(smooth.max()) * 10 ** (_BELOW_LOUDEST_DB / 10), 10 ** (_FLOOR_DBFS / 10))
    above = np.flatnonzero(smooth > threshold)
    return float(above[-1]) * sample_rate / _WINDOW if len(above) else 0.0


def _mean_power(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64] | None:
    """Return the mean power of each bin, 1 for a sine at full scale, shape ``(4097,)``; None without sound."""
    room, length = max(len(samples) - _WINDOW, 0), min(len(samples), _WINDOW)
    starts = np.linspace(0, room, min(_MOST_WINDOWS, 1 + room // _WINDOW)).astype(np.int64)
    taper = np.hanning(length + 2)[1:-1].astype(np.float32)
    squares, count = np.zeros(_WINDOW + 2, dtype=np.float32), 0
    for start in starts:
        window = samples[start : start + length]
        loudest = float(np.abs(window).max())
        if loudest < _SILENT_PEAK:
            continue
        if loudest > 1:  # floating-point files may go beyond full scale, so far that squares overflow
            window = window / loudest
        parts = np.fft.rfft(window * taper, _WINDOW).view(np.float32)  # real and imaginary parts in turns
        squares += parts * parts
        count += 1
    power = squares[::2].astype(np.float64) + squares[1::2]
    return power * (4.0 / (float(taper.sum()) ** 2 * count)) if count else None
