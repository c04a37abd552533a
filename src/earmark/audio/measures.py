"""From a decoded recording to its measures: tempo, key, loudness, energy."""

from typing import Final

import numpy as np
import numpy.typing as npt

from earmark.audio.decode import DecodedAudio
from earmark.audio.energy import sections
from earmark.audio.estimates import KeyEstimate, Measures, TempoEstimate
from earmark.audio.key_estimate import estimate_key
from earmark.audio.loudness import CURVE_SECONDS, Loudness, LoudnessMeter
from earmark.audio.measure_settings import MeasureSettings
from earmark.audio.streams import BLOCK_SAMPLES
from earmark.audio.tempo import estimate_tempo, folded

DEFAULT_MEASURES: Final = MeasureSettings()


def measure(audio: DecodedAudio, settings: MeasureSettings = DEFAULT_MEASURES) -> Measures:
    """Measure a recording.

    Args:
        audio: A recording, decoded with its loudness; without it, the loudness of the mono mix is measured.
        settings: The range of tempi, and who estimates.

    Raises:
        InputError: Essentia is asked for and not installed.
    """
    loudness = audio.loudness or _mono_loudness(audio.samples, audio.sample_rate)
    return Measures(
        tempo=measure_tempo(audio, settings),
        key=measure_key(audio, settings),
        lufs=loudness.lufs,
        curve=loudness.curve,
        curve_seconds=CURVE_SECONDS,
        sections=sections(loudness.curve, CURVE_SECONDS, audio.facts.seconds),
    )


def measure_tempo(audio: DecodedAudio, settings: MeasureSettings = DEFAULT_MEASURES) -> TempoEstimate | None:
    """Estimate a recording's tempo alone; as `measure`."""
    if settings.backend == "essentia":
        from earmark.audio.with_essentia import tempo_with_essentia

        told = tempo_with_essentia(audio.samples, audio.sample_rate)
        return None if told is None else folded(told, settings.bpm_range)
    return estimate_tempo(audio.samples, audio.sample_rate, bpm_range=settings.bpm_range)


def measure_key(audio: DecodedAudio, settings: MeasureSettings = DEFAULT_MEASURES) -> KeyEstimate | None:
    """Estimate a recording's key alone; as `measure`."""
    if settings.backend == "essentia":
        from earmark.audio.with_essentia import key_with_essentia

        return key_with_essentia(audio.samples, audio.sample_rate)
    return estimate_key(audio.samples, audio.sample_rate)


def _mono_loudness(samples: npt.NDArray[np.float32], sample_rate: int) -> Loudness:
    meter = LoudnessMeter(sample_rate=sample_rate, channels=1)
    for start in range(0, len(samples), BLOCK_SAMPLES):
        meter.add(samples[np.newaxis, start : start + BLOCK_SAMPLES])
    return meter.result()
