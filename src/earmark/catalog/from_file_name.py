"""Metadata from a file's name, as Mixed In Key and others write it.

The Mixed In Key pattern is ``8A - 132 - Artists - Title.ext``; key and tempo may be missing. Only a hyphen between
spaces separates, so that ``Jerome Isma-Ae`` is one name. A separator too many belongs to the title
(``Artists - Title - Subtitle``), since artists rarely have one.
"""

import re
from collections.abc import Callable
from pathlib import Path

from earmark.catalog.keys import parse_key
from earmark.catalog.texts import Field, parse_bpm, read_texts
from earmark.catalog.track import Values
from earmark.errors import MetadataError

AUDIO_SUFFIXES = frozenset({
    ".mp3", ".m4a", ".mp4", ".aac", ".alac", ".flac", ".ogg", ".oga", ".opus", ".wav", ".wave",
    ".aif", ".aiff", ".aifc", ".wma", ".ape", ".wv", ".caf", ".mka",
})  # fmt: skip
"""Endings that audio files have, in lower case; any other ending is part of the name."""

_SEPARATOR = re.compile(r"\s+[-–—]\s+")
_TIGHT_SEPARATOR = re.compile(r"(?<=\w)-\s+(?=\S)")
_SCENE_SEPARATOR = re.compile(r"(?<=\S)_+[-–—]_+(?=\S)")
_TRACK_NUMBER = re.compile(r"\d{1,3}\.?")
_WHEEL_LIKE = re.compile(r"\d{1,2}\s*[abmd]", re.IGNORECASE)
_NO_KEY = frozenset({"all", "off"})


def read_file_name(path: Path) -> Values:
    """Read a file's name.

    Args:
        path: The file; only its name is looked at.

    Returns:
        Key, tempo, artists, title and mix as far as the name tells them; empty for a name without a separator.
    """
    parts = _parts(path)
    if len(parts) < 2:
        return Values(source="file-name")
    texts: dict[Field, list[str]] = {}
    parts = _take_key_and_bpm(parts, texts)
    if len(parts) == 1:
        # "8A - 132 - Yoel Lewis- Commando", where the pattern lost a space.
        parts = _TIGHT_SEPARATOR.split(parts[0], maxsplit=1)
    if len(parts) == 1:
        texts["title"] = parts
    else:
        texts["artists"], texts["title"] = parts[:1], [" - ".join(parts[1:])]
    return read_texts("file-name", texts)


def stem_of(name: str) -> str:
    """A file's name without the ending of an audio file.

    Args:
        name: Such as ``"Feat. 54.mp3"`` or ``"Feat. 54"``, which are both ``"Feat. 54"``.
    """
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and f".{ending.lower()}" in AUDIO_SUFFIXES else name


def _parts(path: Path) -> list[str]:
    stem = stem_of(path.name)
    if " " not in stem:
        stem = _SCENE_SEPARATOR.sub(" - ", stem).replace("_", " ")
    return [part for part in (part.strip() for part in _SEPARATOR.split(stem)) if part]


def _take_key_and_bpm(parts: list[str], texts: dict[Field, list[str]]) -> list[str]:
    """Move a leading key and tempo, or a track number, out of the parts."""
    second_is_bpm = len(parts) > 2 and _reads(parse_bpm, parts[1])
    if second_is_bpm and (parts[0].lower() in _NO_KEY or _reads(parse_key, parts[0])):
        texts["key"] = [] if parts[0].lower() in _NO_KEY else parts[:1]
        texts["bpm"] = parts[1:2]
        return parts[2:]
    if _WHEEL_LIKE.fullmatch(parts[0]) and _reads(parse_key, parts[0]):
        texts["key"] = parts[:1]
        return parts[1:]
    return parts[1:] if len(parts) > 2 and _TRACK_NUMBER.fullmatch(parts[0]) else parts


def _reads(parse: Callable[[str], object], text: str) -> bool:
    """Whether a parser takes a text."""
    try:
        parse(text)
    except MetadataError:
        return False
    return True
