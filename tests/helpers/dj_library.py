"""A library for DJ software, without music: tracks as a scan of tagged files leaves them, at paths asked for."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from earmark.audio.decode import AudioFacts
from earmark.catalog.keys import parse_key
from earmark.catalog.texts import Field, read_texts
from earmark.catalog.track import Track, Values, merge
from earmark.library.library import Library
from earmark.library.rows import FileRecord, Root, track_to_row

ROOT = "/mnt/music"
FACTS = AudioFacts(
    decoder="soundfile",
    container="mp3",
    codec="mp3",
    channels=2,
    sample_rate=44_100,
    seconds=300.0,
    bit_rate=320_000,
    peak=0.9,
    rms_db=-12.0,
    side_ratio=0.1,
    truncated=False,
)


def tagged(number: int, path: str, seconds: float, **tags: str) -> tuple[FileRecord, Track]:
    """A file with tags, below `ROOT` where its path is relative, and its track; the number is its audio id."""
    texts: Mapping[Field, Sequence[str]] = {field: [text] for field, text in tags.items()}  # type: ignore[misc]
    values: Values = read_texts("tag", texts)
    place = path if path.startswith("/") else f"{ROOT}/{path}"
    audio_id = f"{number:032x}"
    facts = dataclasses.replace(FACTS, seconds=seconds)
    record = FileRecord(place, 1000, 1, audio_id, facts, values)
    return record, merge([values], audio_id=audio_id, path=place, seconds=seconds)


def dj_library(address: Path, files: Sequence[tuple[FileRecord, Track]]) -> Library:
    """A library that scanned these files, with labels from tags."""
    library = Library.create(address)
    library.roots_table.merge([Root(ROOT, "tag", None).to_row()])
    library.files_table.merge(record.to_row() for record, _ in files)
    library.tracks_table.merge(track_to_row(track) for _, track in files)
    return library


def plain_track(path: str, *, number: int = 1, **values: object) -> Track:
    """A track with the values that an export writes."""
    known: dict[str, object] = {"title": "Viola", "bpm": 138.0, "key": parse_key("1A"), "seconds": 402.4}
    return Track(audio_id=f"{number:032x}", path=path, **{**known, **values})  # type: ignore[arg-type]
