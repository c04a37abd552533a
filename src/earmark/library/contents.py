"""What is in a library, counted: tracks, labels, formats, years, what is not known, and who told what is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from earmark.catalog.survey import SurveyField, missing_counts
from earmark.catalog.track import Track
from earmark.library.library import LabelSummary, Library, summarise_labels


@dataclass(frozen=True, slots=True)
class Contents:
    """A library in numbers.

    Attributes:
        tracks: Tracks.
        files: Files that were analysed; several may hold one track.
        hours: Music, in hours.
        artists: Everyone credited.
        releases: Releases, a release being a name at a label.
        labels: Labels with their counts, largest first.
        formats: Files by codec, most frequent first.
        years: Tracks by year of release, in order of time.
        missing: Tracks that lack a value, by its name.
        estimated: Tracks whose tempo or key nobody but the analysis tells, by ``bpm`` and ``key``.
        label_sources: Tracks by who told their label.
        truncated: Files that promise more sound than could be decoded.
    """

    tracks: int
    files: int
    hours: float
    artists: int
    releases: int
    labels: tuple[LabelSummary, ...]
    formats: Mapping[str, int]
    years: Mapping[int, int]
    missing: Mapping[SurveyField, int]
    estimated: Mapping[str, int]
    label_sources: Mapping[str, int]
    truncated: int


def contents(library: Library, tracks: Sequence[Track]) -> Contents:
    """Count what is in a library.

    Args:
        library: The library.
        tracks: Its tracks.
    """
    facts = [record.facts for record in library.files().values()]
    return Contents(
        tracks=len(tracks),
        files=len(facts),
        hours=sum(track.seconds for track in tracks) / 3600,
        artists=len(frozenset[str]().union(*(track.artist_keys for track in tracks))),
        releases=len({(track.label, track.release) for track in tracks if track.release}),
        labels=tuple(summarise_labels(tracks)),
        formats=dict(Counter(_format(one.container, one.codec) for one in facts).most_common()),
        years=dict(sorted(Counter(one.released.year for one in tracks if one.released).items())),
        missing=missing_counts(tracks),
        estimated={name: _told_by(tracks, name)["analysis"] for name in ("bpm", "key")},
        label_sources=dict(_told_by((one for one in tracks if one.label), "label").most_common()),
        truncated=sum(one.truncated for one in facts),
    )


def _told_by(tracks: Iterable[Track], field: str) -> Counter[str]:
    return Counter(source for track in tracks if (source := track.sources.get(field)))


def _format(container: str, codec: str) -> str:
    """How people call a format: by its container where that says enough."""
    if codec.startswith("pcm_") or container == codec:
        return container.upper()
    return {"vorbis": "Ogg Vorbis", "opus": "Opus", "aac": "AAC", "alac": "ALAC"}.get(codec, codec.upper())
