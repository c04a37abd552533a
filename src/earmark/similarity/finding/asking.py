"""Filters as a user types them, checked against what the library holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from earmark.catalog.keys import Key, parse_key
from earmark.catalog.names import normalise
from earmark.catalog.select import parse_date
from earmark.errors import InputError, UnknownNameError
from earmark.similarity.vectors.filters import Columns, Filters

_NEAREST: Final = 8
"""Names that an error tells of many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedFilters:
    """Filters as typed.

    Attributes:
        bpm: ``126-132``, or ``128`` for 127.5 to 128.5.
        keys: Keys in any notation.
        labels: Only these labels.
        without_labels: None of these labels.
        artists: Only these artists.
        without_artists: None of these artists.
        since: First day of release; a month or year stands for its first day.
        until: Last day of release; a month or year stands for its last day.
    """

    bpm: str | None = None
    keys: Sequence[str] = ()
    labels: Sequence[str] = ()
    without_labels: Sequence[str] = ()
    artists: Sequence[str] = ()
    without_artists: Sequence[str] = ()
    since: str | None = None
    until: str | None = None

    def read(self, columns: Columns, *, without_ids: Sequence[str] = ()) -> Filters:
        """Read them.

        Args:
            columns: What there is in the library.
            without_ids: Audio ids of tracks that may not be found.

        Raises:
            UnknownNameError: No track has such a label or artist.
            MetadataError: A key or a date cannot be read.
            InputError: A range is empty or no range.
        """
        labels = set(columns.labels.tolist()) - {""}
        artists = frozenset[str]().union(*columns.artists)
        return Filters(
            bpm=None if self.bpm is None else parse_bpm_range(self.bpm),
            keys=frozenset(parse_keys(self.keys)),
            labels=_known("label", self.labels, labels),
            without_labels=_known("label", self.without_labels, labels),
            artists=_known("artist", self.artists, artists),
            without_artists=_known("artist", self.without_artists, artists),
            since=None if self.since is None else parse_date(self.since),
            until=None if self.until is None else parse_date(self.until, end=True),
            without_ids=frozenset(without_ids),
        )


def parse_keys(texts: Sequence[str]) -> list[Key]:
    """Read keys, several of which may stand in one text between commas.

    Args:
        texts: Keys in any notation.

    Raises:
        MetadataError: One of them is no key.
    """
    return [parse_key(part.strip()) for text in texts for part in text.split(",") if part.strip()]


def parse_bpm_range(text: str) -> tuple[float, float]:
    """Read a range of BPM.

    Args:
        text: ``126-132``, or ``128`` for 127.5 to 128.5.

    Raises:
        InputError: It is no range.
    """
    low, dash, high = text.replace("–", "-").partition("-")
    try:
        return (float(low), float(high)) if dash else (float(low) - 0.5, float(low) + 0.5)
    except ValueError as error:
        raise InputError(f"a BPM range is written as 126-132, or 128 for about that, not {text!r}") from error


def _known(kind: str, asked: Sequence[str], there: Iterable[str]) -> frozenset[str]:
    names: Mapping[str, None] = dict.fromkeys(sorted(there))
    for name in asked:
        if normalise(name) not in names:
            near = get_close_matches(normalise(name), names, n=_NEAREST, cutoff=0.3)
            raise UnknownNameError(kind, name, near or list(names)[:_NEAREST])
    return frozenset(normalise(name) for name in asked)
