"""Tagging files as shops tag them: ID3v2 in MP3 and WAV, Vorbis comments in FLAC and Ogg, atoms in MP4.

A tag that the plan leaves out is not written at all, rather than written empty.
"""

from pathlib import Path
from typing import Any

from earmark.demo.planning import AudioFormat
from earmark.demo.tags import Tags

_ITUNES = "----:com.apple.iTunes:"

# Shops do not agree on the Vorbis comment that holds the label.
VORBIS_LABEL_FIELDS: tuple[str, ...] = ("label", "organization", "publisher")
"""Vorbis comments that hold the label's name, one of them in each file."""


def write_tags(path: Path, tags: Tags, *, audio_format: AudioFormat, variant: int = 0) -> None:
    """Write a track's tags into its file.

    Args:
        path: A finished audio file in ``audio_format``, whatever its name.
        tags: What to write; None leaves the tag out.
        audio_format: Decides the kind of tags.
        variant: Which of `VORBIS_LABEL_FIELDS` a FLAC or Ogg file uses, counted round.
    """
    if audio_format in ("mp3", "wav"):
        _write_id3(path, tags, audio_format)
    elif audio_format == "m4a":
        _write_mp4(path, tags)
    else:
        _write_vorbis(path, tags, audio_format, VORBIS_LABEL_FIELDS[variant % len(VORBIS_LABEL_FIELDS)])


def _write_id3(path: Path, tags: Tags, audio_format: AudioFormat) -> None:
    from mutagen import id3
    from mutagen.mp3 import MP3
    from mutagen.wave import WAVE

    file: Any = MP3(path) if audio_format == "mp3" else WAVE(path)
    if file.tags is None:
        file.add_tags()
    frames: dict[Any, str | None] = {
        id3.TIT2: tags.title,
        id3.TPE1: tags.artist,
        id3.TALB: tags.album,
        id3.TPUB: tags.label,
        id3.TCON: tags.genre,
        id3.TDRC: tags.date,
        id3.TBPM: None if tags.bpm is None else str(tags.bpm),
        id3.TKEY: tags.key,
    }
    for frame, value in frames.items():
        if value is not None:
            file.tags.add(frame(encoding=3, text=[value]))
    remixer = _remixer(tags.title)
    if remixer is not None:
        file.tags.add(id3.TPE4(encoding=3, text=[remixer]))
    if tags.catalog_number is not None:
        file.tags.add(id3.TXXX(encoding=3, desc="CATALOGNUMBER", text=[tags.catalog_number]))
    file.save()


def _remixer(title: str) -> str | None:
    """The name in "Title (Name Remix)" or "Title (Name Extended Remix)"; None where there is none."""
    version = title.rpartition("(")[2].removesuffix(")")
    name = version.removesuffix("Remix").removesuffix("Extended ").strip()
    return name if version.endswith("Remix") and name else None


def _write_vorbis(path: Path, tags: Tags, audio_format: AudioFormat, label_field: str) -> None:
    from mutagen.flac import FLAC
    from mutagen.oggvorbis import OggVorbis

    file: Any = FLAC(path) if audio_format == "flac" else OggVorbis(path)
    comments = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        label_field: tags.label,
        "catalognumber": tags.catalog_number,
        "genre": tags.genre,
        "date": tags.date,
        "bpm": None if tags.bpm is None else str(tags.bpm),
        "initialkey": tags.key,
    }
    file.update({name: value for name, value in comments.items() if value is not None})
    file.save()


def _write_mp4(path: Path, tags: Tags) -> None:
    from mutagen.mp4 import MP4, MP4FreeForm

    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    atoms = {
        "\xa9nam": tags.title,
        "\xa9ART": tags.artist,
        "\xa9alb": tags.album,
        "\xa9gen": tags.genre,
        "\xa9day": tags.date,
        "tmpo": tags.bpm,
    }
    free = {"LABEL": tags.label, "CATALOGNUMBER": tags.catalog_number, "initialkey": tags.key}
    for atom, value in atoms.items():
        if value is not None:
            file[atom] = [value]
    for name, text in free.items():
        if text is not None:
            file[_ITUNES + name] = [MP4FreeForm(text.encode())]
    file.save()
