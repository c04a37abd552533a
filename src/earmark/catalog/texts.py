"""From an importer's texts to values: every field's text read in one place, whatever file it came from.

A text that cannot be read is a problem that is told to the user, never a crash, and costs its own field only.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar, get_args

from earmark.catalog.credits import Credits, parse_credits
from earmark.catalog.keys import Key, parse_key
from earmark.catalog.names import normalise, unique_names
from earmark.catalog.titles import parse_title
from earmark.catalog.track import DatePrecision, Source, Values
from earmark.errors import MetadataError

Field = Literal[
    "title", "mix", "artists", "remixers", "label", "release", "catalogue_number", "genre", "released", "bpm", "key",
    "seconds",
]  # fmt: skip
"""A field of metadata that importers read."""

FIELDS: tuple[Field, ...] = get_args(Field)

LONGEST_TEXT = 500
"""Characters of one text that are kept; a longer one is cut, and told as a problem."""

BPM_RANGE = (20.0, 400.0)
"""Tempi outside of it are taken for mistakes."""

_MOST_TEXTS = 50
_NUMBER = re.compile(r"(\d{1,4}(?:[.,]\d{1,6})?)\s*(?:bpm)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d{1,6})?)")
_DATE = re.compile(r"(\d{4})(?:([-/.]?)(\d{2})(?:\2(\d{2}))?)?(?:[T ].*)?", re.DOTALL)
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\ufeff]+")
# Credits that stand for "we do not know"; as artists they would join every track that carries them.
_NOBODY = frozenset({"unknown artist", "unknown", "various artists", "various", "va", "n a", "none", "nan"})

T = TypeVar("T")


def parse_bpm(text: str) -> float | None:
    """Read a tempo.

    Args:
        text: Such as ``"132"``, ``"128.5"``, ``"127,99"`` or ``"140 BPM"``.

    Returns:
        Beats per minute; None for 0, by which software says that it does not know.

    Raises:
        MetadataError: If the text is no number, or no tempo between 20 and 400.
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise MetadataError(f"{text!r} is not a tempo; expected a number such as 132 or 128.5")
    bpm = float(found[1].replace(",", "."))
    low, high = BPM_RANGE
    if bpm and not low <= bpm <= high:
        raise MetadataError(f"{text!r} is not a tempo between {low:g} and {high:g} BPM")
    return bpm or None


def parse_seconds(text: str) -> float | None:
    """Read a length.

    Args:
        text: ``"6:47"``, ``"1:02:03"``, or seconds such as ``"407.0"``.

    Returns:
        Seconds; None for 0.

    Raises:
        MetadataError: If the text is no length.
    """
    if found := _CLOCK.fullmatch(text.strip()):
        return (int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3])) or None
    try:
        seconds = float(text.replace(",", "."))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise MetadataError(f"{text!r} is not a length; expected 6:47 or seconds such as 407")
    return seconds or None


def parse_release_date(text: str) -> tuple[dt.date, DatePrecision] | None:
    """Read a release date, of which only the year or month may be known.

    Args:
        text: Such as ``"2018-03-05"``, ``"20180305"``, ``"2018-03"``, ``"2018"`` or ``"2018-03-05T00:00:00"``;
            a month or day of ``00`` is not known.

    Returns:
        The day, or the first day of the month or year, and how exactly it is known; None for the year ``0000``.

    Raises:
        MetadataError: If the text is no date written year first. ``05/03/2018`` is refused since it can be read
            in two ways.
    """
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise MetadataError(f"{text!r} is not a date; expected year first, such as 2018-03-05, 2018-03 or 2018")
    year, month, day = int(found[1]), int(found[3] or 0), int(found[4] or 0)
    if year == 0:
        return None
    precision: DatePrecision = "year" if not month else "month" if not day else "day"
    try:
        return dt.date(year, month or 1, day or 1), precision
    except ValueError as error:
        raise MetadataError(f"{text!r} is not a date in the calendar ({error})") from error


def read_texts(source: Source, texts: Mapping[Field, Sequence[str]], problems: Sequence[str] = ()) -> Values:
    """Make values of an importer's texts.

    Args:
        source: The importer's kind.
        texts: Each field's texts, those that are believed first at the front. Artists and genres may be several;
            of any other field the first that can be read is taken.
        problems: Problems met before.

    Returns:
        The values, with a problem for every text that could not be read on the way to one that could.
    """
    reading = _Reading(source, texts, list(problems))
    released = reading.first("released", parse_release_date)
    title, mix, credit, artists = reading.credits()
    return Values(
        source=source,
        title=title,
        mix=mix,
        artist_credit=credit,
        artists=artists,
        label=reading.first("label", str),
        release=reading.first("release", str),
        catalogue_number=reading.first("catalogue_number", str),
        genre="; ".join(unique_names(reading.clean("genre"))) or None,
        released=released[0] if released else None,
        released_precision=released[1] if released else "day",
        bpm=reading.first("bpm", parse_bpm),
        key=reading.first("key", _parse_key_or_off),
        seconds=reading.first("seconds", parse_seconds),
        problems=tuple(reading.problems),
    )


def _parse_key_or_off(text: str) -> Key | None:
    """A key; None for ID3's "off key"."""
    return None if text == "o" else parse_key(text)


class _Reading:
    """One importer's texts being read, and the problems met."""

    def __init__(self, source: Source, texts: Mapping[Field, Sequence[str]], problems: list[str]) -> None:
        self.source, self.texts, self.problems = source, texts, problems

    def clean(self, field: Field) -> list[str]:
        """The field's texts on one line each, without signs that cannot be seen, none of them empty."""
        given = self.texts.get(field, ())
        if len(given) > _MOST_TEXTS:
            self._tell(field, f"{len(given)} texts; the first {_MOST_TEXTS} are read")
        cleaned = []
        for text in given[:_MOST_TEXTS]:
            # One character past the limit is enough to see that there is more.
            line = " ".join(_INVISIBLE.sub(" ", text[: 20 * LONGEST_TEXT]).split())
            if len(line) > LONGEST_TEXT:
                self._tell(field, f"a text of {len(text)} characters was cut to {LONGEST_TEXT}")
            cleaned.append(line[:LONGEST_TEXT].strip())
        return [line for line in cleaned if line]

    def first(self, field: Field, parse: Callable[[str], T | None]) -> T | None:
        """The field's first text that can be read."""
        for text in self.clean(field):
            try:
                return parse(text)
            except MetadataError as error:
                self._tell(field, str(error))
        return None

    def credits(self) -> tuple[str | None, str | None, str | None, Credits | None]:
        """Title, mix, artist credit and everyone credited."""
        title_text = next(iter(self.clean("title")), "")
        title = parse_title(title_text)
        mix = next(iter(self.clean("mix")), "")
        people = [text for text in self.clean("artists") if normalise(text) not in _NOBODY]
        artists = parse_credits(people, title_text, mix=mix, remixers=self.clean("remixers"))
        credit = ", ".join(unique_names(people)) or None
        return title.name or None, mix or title.mix, credit, artists if artists.everyone else None

    def _tell(self, field: Field, problem: str) -> None:
        self.problems.append(f"{field} ({self.source}): {problem}")
