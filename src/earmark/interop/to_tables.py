"""CSV and JSON: every value of every track, with the reason why it is there.

The CSV is UTF-8 with a header, commas and CRLF (RFC 4180); its columns are named as `earmark scan --csv` reads them.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from earmark.catalog.csv_cells import csv_cell
from earmark.catalog.track import Track
from earmark.interop.items import PlacedItem, Written

EXPORT_COLUMNS = (
    "position", "artists", "title", "mix", "remixers", "label", "release", "catalogue_number", "genre", "released",
    "bpm", "key", "open_key", "length", "start", "play_bpm", "lufs", "score", "reason", "file", "audio_id",
)  # fmt: skip
"""Columns of a CSV; an item's own facts follow them. Lengths and starts are seconds, keys Camelot and Open Key."""

CSV_MARK = ",".join(EXPORT_COLUMNS).encode()
"""The header is what says that a CSV is ours."""

JSON_FORMAT, JSON_VERSION = "earmark-export", 1
JSON_MARK = f'"format": "{JSON_FORMAT}"'.encode()
"""What says that a JSON file is ours."""


def write_csv(_name: str, items: Sequence[PlacedItem], _folder: Path | None = None) -> Written:
    """Write a CSV; texts that a spreadsheet would carry out as formulas are defused."""
    facts = list(dict.fromkeys(fact for one in items for fact in one.item.facts))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*EXPORT_COLUMNS, *map(csv_cell, facts)])
    for position, one in enumerate(items, start=1):
        row = row_values(position, one)
        own = [one.item.facts.get(fact) for fact in facts]
        writer.writerow([csv_cell(value) for value in (*(row[column] for column in EXPORT_COLUMNS), *own)])
    return Written(text.getvalue().encode("utf-8", errors="replace"))


def write_json_export(name: str, items: Sequence[PlacedItem], _folder: Path | None = None) -> Written:
    """Write JSON: the name, and each item with its track as the library has it."""
    from earmark.models.files import json_bytes

    rows = [
        row_values(position, one) | {"facts": dict(one.item.facts), "sources": dict(one.item.track.sources)}
        for position, one in enumerate(items, start=1)
    ]
    return Written(json_bytes({"format": JSON_FORMAT, "version": JSON_VERSION, "name": name, "tracks": rows}))


def row_values(position: int, one: PlacedItem) -> dict[str, Any]:
    """An item as plain values under `EXPORT_COLUMNS`."""
    item, track = one.item, one.item.track
    return {
        "position": position,
        "artists": one.artist or None,
        "title": one.title,
        "mix": track.mix,
        "remixers": ", ".join(track.artists.remixers) or None,
        "label": track.label,
        "release": track.release,
        "catalogue_number": track.catalogue_number,
        "genre": track.genre,
        "released": _released(track),
        "bpm": track.bpm,
        "key": None if track.key is None else track.key.camelot,
        "open_key": None if track.key is None else track.key.open_key,
        "length": round(track.seconds, 3),
        "start": _rounded(item.start_seconds, 1),
        "play_bpm": _rounded(item.play_bpm, 2),
        "lufs": _rounded(item.lufs, 1),
        "score": _rounded(item.score, 4),
        "reason": item.note,
        "file": one.path,
        "audio_id": track.audio_id,
    }


def _released(track: Track) -> str | None:
    """The date as exactly as it is known."""
    if track.released is None:
        return None
    return track.released.isoformat()[: {"day": 10, "month": 7, "year": 4}[track.released_precision]]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
