"""What a file says apart from its music, as a table: all that a shortcut model may see.

A model that was shown a label's MP3s and another label's WAVs can tell the labels without hearing music (the "horse" of
B. L. Sturm, "A simple method to determine if a music information retrieval system is a horse", IEEE Transactions on
Multimedia 16(6), 2014). A classifier of these columns shows how far that alone goes, and
`earmark.evaluation.confounds` whether it goes anywhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from earmark.evaluation.attributes import AttributeTable

MASTERING_COLUMNS = ("level (dB)", "peak", "stereo width (dB)", "bandwidth (Hz)")
"""Columns that the file's encoding changes, but the music's mastering too, which may be part of a label's sound."""

_LOSSLESS = ("flac", "pcm", "alac", "wavpack", "ape", "tta")
"""Beginnings of the names of codecs whose bit rate says how well the music compresses, not how the file was made."""

_LOWEST_SIDE_DB = -60.0
"""Stands for mono, whose side has no energy at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutFacts:
    """What is known of one file; None where nobody knows.

    Attributes:
        codec: Such as ``"mp3"``.
        container: File format, such as ``"mp4"``.
        bit_rate: Bits per second.
        sample_rate: Hertz.
        channels: Number of channels.
        loudness_db: Level in decibels against full scale.
        peak: Largest absolute sample; 1 is full scale.
        side_ratio: Energy of (L-R)/2 over that of (L+R)/2; 0 for mono.
        bandwidth_hz: Where the spectrum ends.
    """

    codec: str | None = None
    container: str | None = None
    bit_rate: int | None = None
    sample_rate: int | None = None
    channels: int | None = None
    loudness_db: float | None = None
    peak: float | None = None
    side_ratio: float | None = None
    bandwidth_hz: float | None = None


def shortcut_table(facts: Sequence[ShortcutFacts]) -> AttributeTable:
    """Lay facts out in columns.

    Sample rate and channels are categories: 44.1 and 48 kHz differ in kind, not in degree. The stereo width is the side
    ratio in decibels, at least -60, since ratios span many powers of ten.

    Files that were analysed before bandwidths were measured lack it, and when a file was analysed tells nothing of how
    it was made: the bandwidth counts only where it is known of all files. The bit rate of a lossless codec is left out:
    it comes from the music.

    Args:
        facts: What is known of each file.
    """
    measured = all(one.bandwidth_hz is not None for one in facts)
    numbers = [
        [
            _made_bit_rate(one),
            one.loudness_db,
            one.peak,
            _width_db(one.side_ratio),
            one.bandwidth_hz if measured else None,
        ]
        for one in facts
    ]
    names = ("bit rate (bit/s)", "level (dB)", "peak", "stereo width (dB)", "bandwidth (Hz)")
    return AttributeTable(
        numeric_names=names,
        # None becomes NaN.
        numeric=np.array(numbers, dtype=np.float64).reshape(len(facts), len(names)),
        categorical_names=("codec", "container", "sample rate", "channels"),
        categorical=(
            tuple(one.codec for one in facts),
            tuple(one.container for one in facts),
            tuple(None if one.sample_rate is None else f"{one.sample_rate} Hz" for one in facts),
            tuple(None if one.channels is None else str(one.channels) for one in facts),
        ),
    )


def _made_bit_rate(facts: ShortcutFacts) -> int | None:
    return None if facts.codec is not None and facts.codec.startswith(_LOSSLESS) else facts.bit_rate


def _width_db(side_ratio: float | None) -> float | None:
    if side_ratio is None:
        return None
    return max(10 * math.log10(side_ratio), _LOWEST_SIDE_DB) if side_ratio > 0 else _LOWEST_SIDE_DB
