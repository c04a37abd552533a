"""From a library's tracks to tables without sound: of their files' facts, and of their metadata.

The two baselines that a model of sound must beat read these: "shortcut only" the first, "metadata only" the second.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from earmark.audio.decode import AudioFacts
from earmark.catalog.track import Track
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.shortcuts import ShortcutFacts
from earmark.library.library import Library
from earmark.models.inputs import SongMetadata


def shortcut_facts(library: Library, tracks: Sequence[Track]) -> list[ShortcutFacts]:
    """What is known of each track's own file.

    Several files may hold one sound; the one counts at which the track stands. Where that one was never analysed,
    nothing is known.

    Args:
        library: Where the files' records are.
        tracks: The tracks, in the order wanted.
    """
    files = library.files()
    return [
        _from_audio(record.facts) if (record := files.get(track.path)) is not None else ShortcutFacts()
        for track in tracks
    ]


def _from_audio(facts: AudioFacts) -> ShortcutFacts:
    return ShortcutFacts(
        codec=facts.codec,
        container=facts.container,
        bit_rate=facts.bit_rate,
        sample_rate=facts.sample_rate,
        channels=facts.channels,
        loudness_db=facts.rms_db,
        peak=facts.peak,
        side_ratio=facts.side_ratio,
        bandwidth_hz=facts.bandwidth_hz,
    )


def metadata_table(songs: Iterable[Track | SongMetadata]) -> AttributeTable:
    """Tempo, length, key and mode of each song.

    The release date is left out on purpose: it says when a song came out, not what it is, and a label that was founded
    last year would be known by it.

    Args:
        songs: Tracks, or what a metadata model knows of them.
    """
    known = list(songs)
    numbers = [[song.bpm, song.seconds] for song in known]
    return AttributeTable(
        numeric_names=("BPM", "length (s)"),
        # None becomes NaN.
        numeric=np.array(numbers, dtype=np.float64).reshape(len(known), 2),
        categorical_names=("key", "mode"),
        categorical=(
            tuple(None if song.key is None else song.key.camelot for song in known),
            tuple(None if song.key is None else song.key.mode for song in known),
        ),
    )
