"""Artist names: split out of credit strings, and made comparable.

Splits by song leak where one artist stands on both sides, so the rule here is that *splitting never hides a
shared artist*: a credit is split at everything that can join two names. A duo split in two pseudo-artists
(``"Above & Beyond"`` into ``"Above"`` and ``"Beyond"``) would do no harm to that rule, but it reads badly and
joins strangers who share a common word, so the well-known ones are listed in `KEPT_WHOLE`.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

Role = Literal["performer", "presented", "featured"]
"""What a name's place in an artist credit says: before, after "pres." and after "feat."."""

# Only acts whose members do not release under the halves of the name: splitting "Myon & Shane 54" is right,
# since Myon releases alone too, and the split keeps that link.
KEPT_WHOLE: tuple[str, ...] = (
    "A & Z",
    "Above & Beyond",
    "Agnelli & Nelson",
    "Aly & Fila",
    "Blank & Jones",
    "Chase & Status",
    "Earth, Wind & Fire",
    "Fady & Mina",
    "Filo & Peri",
    "Gabriel & Dresden",
    "Kyau & Albert",
    "Metta & Glyde",
    "Parker & Hanson",
    "Pay & White",
    "Simon & Garfunkel",
    "Stoneface & Terminal",
    "Super8 & Tab",
    "Tyler, The Creator",
    "Vintage & Morelli",
)

_ROLES: dict[str, Role] = {"versus": "performer", "presents": "presented", "features": "featured"}
_SEPARATOR = re.compile(
    r"""
      (?P<features>  (?: ^ | \s*[,;]\s* | \s&\s | \s ) (?:feat(?:uring|\.)?|ft\.?|f/)\s+ )
    | (?P<presents>  \s+(?:pres\.?|presents?|presenting|introducing|a\.?k\.?a\.?)\s+(?=\S) )
    | (?P<versus>    \s+(?:vs\.?|versus)\s+(?=\S) )
    | (?P<joins>     \s+(?:&|\+|×|x|/|\||and|with|w/|meets|b2b)\s+(?=\S)
                   | \s*[;\0\n]\s* | (?<=\w{3})/(?=\w{3}) | \s*,\s+ | (?<!\d),(?!\d) | ,\s*$ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
# A slash without spaces joins names in ID3v2.3, but not the short ones of AC/DC.
# Letters that Unicode does not take apart into a base letter and an accent.
_PLAIN_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_ACCENTS = re.compile("[\u0300-\u036f]")
_BLANKS = re.compile(r"[^\S\n]+")
_SILENT = re.compile(r"[.'’‘`´]")


@lru_cache(maxsize=2**16)
def normalise(name: str) -> str:
    """The form of a name by which two spellings of it are known to be one.

    Case, accents, dots, apostrophes and spacing do not count; ``&`` and ``+`` are ``and``. A name that is
    nothing but signs (``"!!!"``) keeps them. Applying it twice changes nothing.

    Args:
        name: An artist, label or title as somebody wrote it.

    Returns:
        Lower-case words between single spaces.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)).translate(_PLAIN_LETTERS)
    plain = unicodedata.normalize("NFC", _SILENT.sub("", re.sub(r"[&+]", " and ", plain)))
    # Letters, numbers, and the vowel signs of scripts that write them as marks.
    words = "".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in plain)
    return " ".join(words.split()) or " ".join(name.split())


_KEPT_KEYS = frozenset(normalise(name) for name in KEPT_WHOLE)
_LONGEST_KEPT = 3


def split_names(credit: str) -> list[tuple[str, Role]]:
    """Split an artist credit into names.

    Args:
        credit: Such as ``"Solis & Sean Truby pres. Ultimate feat. Audrey Gallagher"``.

    Returns:
        Each name with its role, in the order written. Names that follow "feat." are featured and those that
        follow "pres." are presented, up to the next such word; "vs." starts over with performers. No word is
        lost: a credit without any name in it is one name, an empty credit none.
    """
    # Single blanks also keep the separators' patterns from walking a long run of them again and again.
    credit = _BLANKS.sub(" ", credit).strip()
    pieces: list[tuple[str, Role]] = []
    role: Role = "performer"
    begin, run = 0, _Run(credit)
    for found in _SEPARATOR.finditer(credit):
        run.add(begin, found.start())
        begin = found.end()
        if found.lastgroup is not None and found.lastgroup in _ROLES:
            pieces += [(name, role) for name in run.take()]
            role = _ROLES[found.lastgroup]
    run.add(begin, len(credit))
    pieces += [(name, role) for name in run.take()]
    whole = " ".join(credit.split())
    return pieces or ([(whole, "performer")] if whole.strip("\0") else [])


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repeats, the first spelling of each kept.

    Args:
        names: Names in order.
    """
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(normalise(name), name)
    return tuple(first.values())


class _Run:
    """Neighbouring pieces of a credit in one role, put together again where they are one known act."""

    def __init__(self, credit: str) -> None:
        self.credit = credit
        self.spans: list[tuple[int, int]] = []

    def add(self, begin: int, end: int) -> None:
        if self.credit[begin:end].strip():
            self.spans.append((begin, end))

    def take(self) -> list[str]:
        """The names of the run, which is emptied."""
        spans, self.spans = self.spans, []
        names = []
        while spans:
            size = next((n for n in range(_LONGEST_KEPT, 1, -1) if self._is_kept(spans[:n], n)), 1)
            names.append(self._text(spans[:size]))
            spans = spans[size:]
        return names

    def _is_kept(self, spans: list[tuple[int, int]], size: int) -> bool:
        return len(spans) == size and normalise(self._text(spans)) in _KEPT_KEYS

    def _text(self, spans: list[tuple[int, int]]) -> str:
        return " ".join(self.credit[spans[0][0] : spans[-1][1]].split())
