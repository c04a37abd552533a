"""Track titles, taken apart into the song's name, its mix, and the artists a title credits.

Shops write the mix and its remixer into the title: ``"Viola (Elevation Extended Remix)"``. A bracket (or a last
part after a dash) is a mix when it ends in a word such as *mix*, *remix* or *edit*; what is left of it without
words that say what kind of mix it is names the remixers, so that ``"Extended Mix"`` names nobody.
"""

import re
from dataclasses import dataclass

from earmark.catalog.names import split_names, unique_names

# A mix ends in one of these words.
_MIX_NOUNS = frozenset({
    "mix", "remix", "rmx", "mixed", "edit", "rework", "reworked", "remake", "refix", "rewrite",
    "rebuild", "revamp", "reboot", "retouch", "rub", "dub", "version", "bootleg", "mashup",
    "mash-up", "vip", "instrumental", "acapella", "acappella", "remaster", "remastered",
    "rendition", "cut", "original", "extended", "live", "unplugged", "acoustic",
})  # fmt: skip
# Words at the end of a mix that say what kind it is; none of them ends the name of an act that we know of.
_KINDS = _MIX_NOUNS | {
    "extend", "club", "radio", "vocal", "album", "single", "full", "length", "short", "long",
    "intro", "outro", "main", "festival", "uplifting", "sunrise", "sunset", "ambient", "chillout",
    "orchestral", "progressive", "special", "anniversary", "bonus", "digital", "12\"", "7\"",
    "inch", "video", "official", "reprise", "session",
}  # fmt: skip
# Whatever follows these inside a mix describes it: "Sunny Lax Extended 303 Mix".
_NEVER_IN_NAMES = frozenset({"extended", "original"})

_YEAR = re.compile(r"['’]?\d{2}|(?:19|20)\d{2}")
_FULL_YEAR = re.compile(r"(?:19|20)\d{2}|['’]\d{2}")
_FEATURED = re.compile(r"(?:feat(?:uring|\.)?|ft\.?|with|w/)\s+(.+)", re.IGNORECASE | re.DOTALL)
_FEATURED_INSIDE = re.compile(r"\s+(?:feat(?:uring|\.)?|ft\.)\s+(?=\S)", re.IGNORECASE)
_MIXED_BY = re.compile(r"(?:re)?mix(?:ed)?\s+by\s+(.+)", re.IGNORECASE | re.DOTALL)
_POSSESSIVE = re.compile(r"(.*?\S)['’]s\s+\S.*|(.*?s)['’]\s+\S.*", re.DOTALL)
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Title:
    """A title in its parts.

    Attributes:
        name: The song's name without mix and featured artists.
        mix: The mix as written, such as ``"Elevation Extended Remix"``; None where the title has none.
        featured: Artists the title features.
        remixers: Artists the mix names.
    """

    name: str
    mix: str | None = None
    featured: tuple[str, ...] = ()
    remixers: tuple[str, ...] = ()


def parse_title(text: str) -> Title:
    """Take a title apart.

    Args:
        text: Such as ``"Fall For You feat. Lucy Pullin (Cold Blue Remix)"``.

    Returns:
        Its parts. Brackets that are neither a mix nor a featured artist stay in the name; a title that is nothing
        but a mix is its own name.
    """
    kept, mixes, featured = _sort_brackets(text)
    name = " ".join(kept.split())
    name, dash_mix = _split_dash_mix(name)
    if dash_mix is not None:
        mixes.append(dash_mix)
    name, *inside = _FEATURED_INSIDE.split(name)
    remixers = [remixer for mix in mixes for remixer in parse_mix(mix)]
    return Title(
        name=name or " ".join(text.split()),
        mix=", ".join(mixes) or None,
        featured=unique_names(one for credit in [*inside, *featured] for one, _ in split_names(credit)),
        remixers=unique_names(remixers),
    )


def parse_mix(mix: str) -> tuple[str, ...]:
    """The remixers that a mix names.

    Args:
        mix: Such as ``"Fady & Mina vs Omar Sherif Remix"`` or ``"Original Mix"``.

    Returns:
        Their names, none for a mix that names nobody. A mix's own name after the remixer's stays with it
        (``"Arkham Knights Dark Path Remix"`` gives ``"Arkham Knights Dark Path"``), since nothing here says
        where one ends; `earmark.catalog.groups` finds the artist in it.
    """
    if by := _MIXED_BY.fullmatch(mix.strip()):
        return unique_names(name for name, _ in split_names(by[1]))
    words = mix.split()
    for place, word in enumerate(words):
        if place and word.lower() in _NEVER_IN_NAMES:
            words = words[:place]
            break
    while words and (_plain(words[-1]) in _KINDS or _FULL_YEAR.fullmatch(words[-1])):
        words.pop()
    text = " ".join(words)
    if owner := _POSSESSIVE.fullmatch(" ".join(mix.split())):
        text = owner[1] or owner[2]
    return unique_names(name for name, _ in split_names(text))


def is_mix(text: str) -> bool:
    """Whether a bracket's text names a mix.

    Args:
        text: The text between the brackets.
    """
    words = text.split()
    while len(words) > 1 and _YEAR.fullmatch(words[-1]):
        words.pop()
    return bool(words) and (_plain(words[-1]) in _MIX_NOUNS or _MIXED_BY.fullmatch(text.strip()) is not None)


def _plain(word: str) -> str:
    return word.lower().strip(".,:;!?")


def _sort_brackets(text: str) -> tuple[str, list[str], list[str]]:
    """The text without its mix and featured brackets, those mixes, and those featured credits."""
    kept, mixes, featured, end = "", list[str](), list[str](), 0
    for begin, stop in _brackets(text):
        inner = text[begin + 1 : stop - 1].strip()
        guest = _FEATURED.fullmatch(inner)
        if guest is None and not is_mix(inner):
            continue
        kept, end = f"{kept}{text[end:begin]} ", stop
        if guest is not None:
            featured.append(guest[1])
        else:
            mixes.append(" ".join(inner.split()))
    return kept + text[end:], mixes, featured


def _brackets(text: str) -> list[tuple[int, int]]:
    """Where the outermost balanced brackets begin and end; an unbalanced one is not among them."""
    spans, opened = [], list[tuple[str, int]]()
    for place, sign in enumerate(text):
        if sign in _CLOSING:
            opened.append((_CLOSING[sign], place))
        elif opened and sign == opened[-1][0]:
            _, begin = opened.pop()
            if not opened:
                spans.append((begin, place + 1))
    return spans


def _split_dash_mix(name: str) -> tuple[str, str | None]:
    """Streaming services write ``"Title - E Remix"``: the name, and the mix after its last dash."""
    song, dash, last = name.rpartition(" - ")
    return (song, last) if dash and song.strip() and len(last.split()) > 1 and is_mix(last) else (name, None)
