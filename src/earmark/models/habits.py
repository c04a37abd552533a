"""How a track's tempo, key and length fit what its label is used to release.

A label's habits are those of its songs in a bundle's `References`, the track itself left out. Missing values are told
and never guessed, and so is a label of fewer than `FEW` songs, of which a median says little.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from earmark.catalog.keys import Key
from earmark.catalog.track import Track
from earmark.models.evidence import clock
from earmark.models.references import References, ReferenceSong

FEW = 5
"""A label with fewer songs that carry a value has no habit to speak of."""

Quantity = Literal["bpm", "seconds"]
"""``"bpm"``: tempo in beats per minute; ``"seconds"``: length."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A label's values of one quantity.

    Attributes:
        label: The label.
        songs: Its songs that carry a value.
        of: All of its songs.
        median: Their median; None where no song carries a value.
        low: Lower end of their middle half (first quartile).
        high: Upper end of their middle half (third quartile).
        percentile: Share of these songs, 0 to 100, that lie below the track, those equal to it counted half; None where
            the track or all songs lack the value.
    """

    label: str
    songs: int
    of: int
    median: float | None = None
    low: float | None = None
    high: float | None = None
    percentile: float | None = None

    @property
    def few(self) -> bool:
        """Whether there are too few songs to speak of a habit."""
        return self.songs < FEW


@dataclass(frozen=True, slots=True)
class NumberHabit:
    """A track's tempo or length beside its label's and the runner-up's.

    Attributes:
        quantity: Which of the two.
        value: The track's, or None where unknown.
        own: The label that the verdict names.
        other: The runner-up.
    """

    quantity: Quantity
    value: float | None
    own: Spread
    other: Spread


@dataclass(frozen=True, slots=True)
class KeySpread:
    """A label's keys.

    Attributes:
        label: The label.
        songs: Its songs with a key.
        of: All of its songs.
        same: How many of them are in the track's key.
        mixing: How many are in a key that mixes with the track's: the same, its relative, or a step along the Camelot
            wheel in the same mode.
        minor: How many are in minor.
        most: Its most frequent keys with their counts, three at most.
    """

    label: str
    songs: int
    of: int
    same: int
    mixing: int
    minor: int
    most: tuple[tuple[Key, int], ...]

    @property
    def few(self) -> bool:
        """Whether there are too few songs to speak of a habit."""
        return self.songs < FEW


@dataclass(frozen=True, slots=True)
class KeyHabit:
    """A track's key beside its label's and the runner-up's.

    Attributes:
        value: The track's, or None where unknown.
        own: The label that the verdict names.
        other: The runner-up.
    """

    value: Key | None
    own: KeySpread
    other: KeySpread


@dataclass(frozen=True, slots=True)
class Habits:
    """How a track fits what its label, and the runner-up, are used to release.

    Attributes:
        bpm: Tempo.
        key: Key and mode.
        seconds: Length.
        metadata_log_odds: What a model of tempo, key and length adds to the log-odds of the label against the
            runner-up; None where no such model took part.
    """

    bpm: NumberHabit
    key: KeyHabit
    seconds: NumberHabit
    metadata_log_odds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "bpm": _number_json(self.bpm),
            "seconds": _number_json(self.seconds),
            "key": {
                "value": None if self.key.value is None else self.key.value.camelot,
                "own": _key_json(self.key.own),
                "other": _key_json(self.key.other),
            },
            "metadata_log_odds": self.metadata_log_odds,
        }

    def sentences(self) -> tuple[str, ...]:
        """The habits in plain words, one sentence for each of tempo, key and length."""
        return (number_sentence(self.bpm), key_sentence(self.key), number_sentence(self.seconds))


def find_habits(
    references: References,
    track: Track,
    *,
    label: str,
    runner_up: str,
    metadata_log_odds: float | None = None,
) -> Habits:
    """Put a track beside what two labels are used to release.

    Args:
        references: The catalogue.
        track: The track; where it is of the catalogue, it is not counted among its label's songs.
        label: The label that the verdict names.
        runner_up: The label that it is weighed against.
        metadata_log_odds: What a model of tempo, key and length adds to the verdict, in log-odds of the two.
    """
    itself = frozenset({track.audio_id})
    own, other = (references.of_label(one, without_ids=itself) for one in (label, runner_up))

    def number(quantity: Quantity, value: float | None) -> NumberHabit:
        value = value if value is not None and value > 0 else None
        return NumberHabit(
            quantity, value, _spread(label, own, quantity, value), _spread(runner_up, other, quantity, value)
        )

    return Habits(
        bpm=number("bpm", track.bpm),
        key=KeyHabit(track.key, _keys(label, own, track.key), _keys(runner_up, other, track.key)),
        seconds=number("seconds", track.seconds),
        metadata_log_odds=metadata_log_odds,
    )


def _spread(label: str, songs: Sequence[ReferenceSong], quantity: Quantity, value: float | None) -> Spread:
    known = [one for song in songs if (one := getattr(song, quantity)) is not None and one > 0]
    if not known:
        return Spread(label, 0, len(songs))
    values = np.asarray(known, dtype=np.float64)
    low, median, high = (float(one) for one in np.quantile(values, (0.25, 0.5, 0.75)))
    percentile = None
    if value is not None:
        percentile = 100 * float((values < value).mean() + 0.5 * (values == value).mean())
    return Spread(label, len(known), len(songs), median, low, high, percentile)


def _keys(label: str, songs: Sequence[ReferenceSong], key: Key | None) -> KeySpread:
    known = [song.key for song in songs if song.key is not None]
    counts = Counter(known)
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].index))[:3]
    return KeySpread(
        label=label,
        songs=len(known),
        of=len(songs),
        same=0 if key is None else counts[key],
        mixing=0 if key is None else sum(mixes(key, one) for one in known),
        minor=sum(one.mode == "minor" for one in known),
        most=tuple(most),
    )


def mixes(one: Key, other: Key) -> bool:
    """Whether two keys mix as DJs say: the same, relatives, or neighbours on the Camelot wheel in one mode."""
    apart = (one.camelot_number - other.camelot_number) % 12
    return apart == 0 or (one.mode == other.mode and apart in (1, 11))


def number_sentence(habit: NumberHabit) -> str:
    """A tempo or a length beside its label's, in a sentence."""
    name, show = ("Tempo", _bpm) if habit.quantity == "bpm" else ("Length", clock)
    told = f"{name}: unknown" if habit.value is None else f"{name}: {show(habit.value)}"
    parts = []
    for spread in (habit.own, habit.other):
        if spread.median is None or spread.low is None or spread.high is None:
            parts.append(f"{_nothing(spread)} carries one")
            continue
        part = f"{spread.label} has a median of {show(spread.median)}, the middle half {show(spread.low)} to "
        part += show(spread.high)
        if spread.percentile is not None:
            part += f" ({_place(spread)})"
        parts.append(part + (f" (only {_songs(spread.songs)})" if spread.few else ""))
    return f"{told}; {'; '.join(parts)}."


def key_sentence(habit: KeyHabit) -> str:
    """A key beside its label's, in a sentence."""
    key = habit.value
    told = "Key: unknown" if key is None else f"Key: {key.camelot} ({key.name})"
    parts = []
    for spread in (habit.own, habit.other):
        if spread.songs == 0:
            parts.append(f"{_nothing(spread)} carries one")
            continue
        part = f"of {spread.label}'s {_songs(spread.songs)} with a key "
        if key is None:
            part += f"{100 * spread.minor / spread.songs:.0f} % are in minor"
        else:
            mode = spread.minor if key.mode == "minor" else spread.songs - spread.minor
            part += f"{spread.same} in it, {spread.mixing} mix with it, {100 * mode / spread.songs:.0f} % in {key.mode}"
        parts.append(part)
    return f"{told}; {'; '.join(parts)}."


def _nothing(spread: Spread | KeySpread) -> str:
    return f"none of {spread.label}'s {_songs(spread.of)}"


def _songs(count: int) -> str:
    return f"{count} {'song' if count == 1 else 'songs'}"


def _place(spread: Spread) -> str:
    percentile = spread.percentile or 0.0
    if 25 <= percentile <= 75:
        return "this lies within"
    side = "below" if percentile < 25 else "above"
    share = 100 - percentile if percentile < 25 else percentile
    return f"this lies {side} {share:.0f} % of them"


def _bpm(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") + " BPM"


def _number_json(habit: NumberHabit) -> dict[str, Any]:
    return {"value": habit.value, "own": _spread_json(habit.own), "other": _spread_json(habit.other)}


def _spread_json(spread: Spread) -> dict[str, Any]:
    return {name: getattr(spread, name) for name in (*Spread.__slots__, "few")}


def _key_json(spread: KeySpread) -> dict[str, Any]:
    plain = {name: getattr(spread, name) for name in (*KeySpread.__slots__, "few")}
    return plain | {"most": {key.camelot: count for key, count in spread.most}}
