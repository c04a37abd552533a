"""Metadata from a file's tags, as shops and DJ software write them. Tags are never written.

Read with mutagen are ID3v2.2 to v2.4 (MP3, WAV, AIFF), Vorbis comments (FLAC, OGG, Opus) and MP4 atoms. Damaged
tags are a problem to tell, not an error: the audio may be fine.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from earmark.catalog.texts import Field, read_texts
from earmark.catalog.titles import is_mix
from earmark.catalog.track import Values
from earmark.errors import InputError

# Frames by field, those that are believed first at the front; all compared in lower case.
_ID3: dict[Field, tuple[str, ...]] = {
    "title": ("tit2",),
    "mix": ("tit3", "txxx:mix", "txxx:version"),
    "artists": ("tpe1", "txxx:artists"),
    "remixers": ("tpe4", "txxx:remixer"),
    "label": ("tpub", "txxx:label", "txxx:publisher", "txxx:organization"),
    "release": ("talb",),
    "catalogue_number": ("txxx:catalognumber", "txxx:catalog number", "txxx:catalogue number", "txxx:catalog #"),
    "genre": ("tcon",),
    "released": ("tdrl", "tdrc", "tdor"),
    "bpm": ("tbpm", "txxx:bpm"),
    "key": ("tkey", "txxx:initialkey", "txxx:initial key", "txxx:key"),
}
_VORBIS: dict[Field, tuple[str, ...]] = {
    "title": ("title",),
    "mix": ("mix", "version", "subtitle"),
    "artists": ("artist", "artists"),
    "remixers": ("remixer", "mixartist"),
    "label": ("label", "publisher", "organization"),
    "release": ("album",),
    "catalogue_number": ("catalognumber", "catalog number", "catalogue number", "catalog", "labelno"),
    "genre": ("genre",),
    "released": ("releasedate", "date", "year", "originaldate"),
    "bpm": ("bpm", "tempo"),
    "key": ("initialkey", "initial key", "key"),
}
_MP4: dict[Field, tuple[str, ...]] = {
    "title": ("\xa9nam",),
    "mix": ("mix", "version", "subtitle"),
    "artists": ("\xa9art", "artists"),
    "remixers": ("remixer",),
    "label": ("label", "publisher", "\xa9pub"),
    "release": ("\xa9alb",),
    "catalogue_number": ("catalognumber", "catalog number", "catalogue number"),
    "genre": ("\xa9gen",),
    "released": ("releasedate", "\xa9day"),
    "bpm": ("tmpo", "bpm"),
    "key": ("initialkey", "initial key", "key"),
}
_FREEFORM = "----:com.apple.itunes:"
_LONGEST_BYTES = 20_000
_WHAT_MUTAGEN_RAISES = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError,
                        struct.error)  # fmt: skip


def read_tags(path: Path) -> Values:
    """Read a file's tags.

    Args:
        path: An audio file in any format.

    Returns:
        What the tags say; empty where there are none, with a problem where they are damaged or of an unknown kind.

    Raises:
        InputError: If there is no such file.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        texts, problems = _read_frames(path)
    except _mutagen_errors() as error:
        return Values(source="tag", problems=(f"the tags cannot be read ({error or type(error).__name__})",))
    return read_texts("tag", texts, problems)


def _mutagen_errors() -> tuple[type[Exception], ...]:
    """What reading damaged tags raises: mutagen's own error, and what slips through its parsers."""
    from mutagen import MutagenError

    return (MutagenError, *_WHAT_MUTAGEN_RAISES)


def _read_frames(path: Path) -> tuple[dict[Field, list[str]], list[str]]:
    """Every field's texts, and problems."""
    import mutagen
    from mutagen.id3 import ID3
    from mutagen.mp4 import MP4Tags

    opened = mutagen.File(path)
    if opened is None:
        return {}, ["no kind of tags is known for this file; expected MP3, FLAC, OGG, Opus, MP4, WAV or AIFF"]
    if isinstance(opened.tags, ID3):
        return _only_mixes(_by_field(_ID3, _id3_texts(opened.tags))), []
    if isinstance(opened.tags, MP4Tags):
        return _only_mixes(_by_field(_MP4, _mp4_texts(opened.tags))), []
    # Vorbis comments, and APEv2 which has the same names.
    frames = {str(name).lower(): _listed(values) for name, values in (opened.tags or {}).items()}
    return _only_mixes(_by_field(_VORBIS, frames)), []


def _by_field(table: Mapping[Field, Sequence[str]], frames: Mapping[str, list[str]]) -> dict[Field, list[str]]:
    """Texts by field. Of artists only the first frame that is there counts, since others repeat it."""
    found = {field: [frames[name] for name in names if name in frames] for field, names in table.items()}
    several: set[Field] = {"artists", "genre"}
    return {
        field: lists[0] if field in several else [text for texts in lists for text in texts]
        for field, lists in found.items()
        if lists
    }


def _only_mixes(texts: dict[Field, list[str]]) -> dict[Field, list[str]]:
    """Subtitles and versions count as mixes only where they read like one."""
    return texts | {"mix": [text for text in texts.get("mix", []) if is_mix(text)]}


def _id3_texts(tags: Any) -> dict[str, list[str]]:
    """Texts by frame, such as ``"tpe1"`` or ``"txxx:label"``; genre numbers as their names."""
    texts: dict[str, list[str]] = {}
    for frame in tags.values():
        if frame.FrameID == "TCON":
            texts["tcon"] = _listed(frame.genres)
        elif frame.FrameID.startswith("T") and hasattr(frame, "text"):
            name = f"txxx:{frame.desc}" if frame.FrameID == "TXXX" else frame.FrameID
            texts.setdefault(name.lower(), []).extend(_listed(frame.text))
    return texts


def _mp4_texts(tags: Any) -> dict[str, list[str]]:
    """Texts by atom, the iTunes free-form ones by their last part, such as ``"label"``."""
    return {name.lower().removeprefix(_FREEFORM): _listed(values) for name, values in tags.items()}


def _listed(values: Any) -> list[str]:
    """Texts of one frame, whatever it holds them in."""
    several = [values] if isinstance(values, str | bytes) or not isinstance(values, Iterable) else values
    return [
        bytes(value[:_LONGEST_BYTES]).decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
        for value in several
    ]
