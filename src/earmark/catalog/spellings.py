"""One spelling for each label, so that "ARMIND" and "Armind" are not two labels."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from earmark.catalog.names import normalise
from earmark.catalog.track import Track


def unify_labels(tracks: Sequence[Track]) -> list[Track]:
    """Give tracks whose labels differ in case, accents or spacing only the most frequent spelling of them.

    Args:
        tracks: Tracks in any order.

    Returns:
        The tracks in the same order; of equally frequent spellings the first by alphabet is taken.
    """
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for track in tracks:
        if track.label is not None:
            spellings[normalise(track.label)][track.label] += 1
    usual = {key: min(counts, key=lambda name: (-counts[name], name)) for key, counts in spellings.items()}
    return [
        track
        if track.label is None or usual[normalise(track.label)] == track.label
        else replace(track, label=usual[normalise(track.label)])
        for track in tracks
    ]
