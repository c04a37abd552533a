"""What is known of a label without comparing it: counts, years, tempos, keys, levels, who is on it.

This needs neither vectors nor other labels, so that it can be told of every label, also of one that is too small for
the atlas (`earmark.similarity.labels.profiles` has what the atlas tells on top).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from earmark.audio.estimates import Measures
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.errors import UnknownNameError
from earmark.library.library import LabelSummary, summarise_labels
from earmark.similarity.labels.label_facts import KeyUse, Numbers, keys_of, tempos_of

MOST_NAMED = 12
"""Artists, and genres, that an overview names."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is known of a label.

    Attributes:
        summary: Its name and its counts.
        years: Years of release.
        bpm: Tempo in beats per minute.
        keys: Keys.
        lufs: Integrated loudness in LUFS.
        energy: Energy, 0 to 1.
        artists: Who is credited on most of its tracks, with the number of them, most first.
        genres: The same for genres.
    """

    summary: LabelSummary
    years: Numbers
    bpm: Numbers
    keys: KeyUse
    lufs: Numbers
    energy: Numbers
    artists: tuple[tuple[str, int], ...]
    genres: tuple[tuple[str, int], ...]


def label_tracks(tracks: Iterable[Track], label: str) -> list[Track]:
    """Return the tracks of a label.

    Args:
        tracks: A collection in which each label has one spelling, such as `Library.tracks`.
        label: The label's name; case and accents do not count.

    Raises:
        UnknownNameError: No track is of this label.
    """
    known = list(tracks)
    found = [track for track in known if track.label is not None and normalise(track.label) == normalise(label)]
    if not found:
        raise UnknownNameError("label", label, sorted({track.label for track in known if track.label}))
    return found


def overview_of(tracks: Sequence[Track], measures: Mapping[str, Measures]) -> Overview:
    """Tell what is known of a label.

    Args:
        tracks: All of its tracks, at least one.
        measures: What was measured of their sound, by audio id; may lack any.
    """
    [summary] = summarise_labels(tracks)
    known = [measures[track.audio_id] for track in tracks if track.audio_id in measures]
    years = [float(track.released.year) for track in tracks if track.released is not None]
    return Overview(
        summary=summary,
        years=Numbers(tuple(sorted(years))),
        bpm=tempos_of(tracks),
        keys=keys_of(tracks),
        lufs=Numbers(tuple(sorted(one.lufs for one in known if one.lufs is not None))),
        energy=Numbers(tuple(sorted(one.energy for one in known))),
        artists=_most_frequent(name for track in tracks for name in set(track.artists.everyone)),
        genres=_most_frequent(track.genre for track in tracks if track.genre),
    )


def _most_frequent(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The most frequent names, each in its most frequent spelling, ties by name."""
    spellings: dict[str, Counter[str]] = {}
    for name in names:
        spellings.setdefault(normalise(name), Counter())[name] += 1
    told = [(min(own, key=lambda name: (-own[name], name)), own.total()) for own in spellings.values()]
    return tuple(sorted(told, key=lambda pair: (-pair[1], pair[0]))[:MOST_NAMED])
