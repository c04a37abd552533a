"""A triage as a table: the same columns for CSV and JSON.

CSV is UTF-8 with a header, commas and CRLF (RFC 4180), so that every spreadsheet opens it; a text that begins like a
formula is defused (`earmark.catalog.csv_cells`).
"""

import csv
import io
from collections.abc import Mapping
from typing import Any

from earmark.catalog.csv_cells import csv_cell
from earmark.models.predict import FailedFile
from earmark.models.triage import Triage, TriageRow

TRIAGE_COLUMNS = (
    "rank",
    "tied",
    "track",
    "probability",
    "label_rank",
    "in_set",
    "none_of_these",
    "verdict",
    "runner_up",
    "margin_log_odds",
    "loudest_start_seconds",
    "loudest_end_seconds",
    "nearest_track",
    "nearest_label",
    "nearest_likeness",
    "in_training",
    "duplicate_of",
    "bpm",
    "key",
    "seconds",
    "notes",
    "path",
)
"""Columns of a triage; ``runner_up`` is the most probable label beside the one that was asked for."""


def row_values(row: TriageRow) -> dict[str, Any]:
    """A demo as plain values under `TRIAGE_COLUMNS`."""
    track, loudest, nearest = row.track, row.loudest, row.nearest
    return {
        "rank": row.rank,
        "tied": row.tied,
        "track": track.display,
        "probability": round(row.probability, 4),
        "label_rank": row.label_rank,
        "in_set": row.in_set,
        "none_of_these": row.is_none,
        "verdict": row.verdict,
        "runner_up": row.other,
        "margin_log_odds": round(row.margin, 3),
        "loudest_start_seconds": None if loudest is None else round(loudest.start_seconds, 1),
        "loudest_end_seconds": None if loudest is None else round(loudest.end_seconds, 1),
        "nearest_track": None if nearest is None else nearest.song.name,
        "nearest_label": None if nearest is None else nearest.song.label,
        "nearest_likeness": None if nearest is None else round(nearest.similarity, 3),
        "in_training": row.in_training,
        "duplicate_of": list(row.duplicate_of),
        "bpm": track.bpm,
        "key": None if track.key is None else track.key.camelot,
        "seconds": round(track.seconds, 1),
        "notes": list(row.notes),
        "path": track.path,
    }


def triage_json(triage: Triage) -> dict[str, Any]:
    """A triage as plain values, each demo with its whole explanation."""
    return {
        "label": triage.label,
        "coverage": triage.coverage,
        "calibrated": triage.calibrated,
        "notes": list(triage.notes),
        "demos": [row_values(row) | {"explanation": row.explanation.to_json()} for row in triage.rows],
        "failures": [{"path": one.path, "reasons": one.reasons} for one in triage.failures],
    }


def triage_csv(triage: Triage) -> str:
    """A triage as the text of a CSV file; files that could not be heard stand at its end, without a rank."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TRIAGE_COLUMNS)
    rows = [*map(row_values, triage.rows), *map(_failure_values, triage.failures)]
    writer.writerows([csv_cell(row.get(column)) for column in TRIAGE_COLUMNS] for row in rows)
    return text.getvalue()


def _failure_values(failure: FailedFile) -> Mapping[str, Any]:
    reasons = "; ".join(f"{name}: {reason}" for name, reason in failure.reasons.items())
    return {"path": failure.path, "notes": [f"Could not be heard ({reasons})."]}
