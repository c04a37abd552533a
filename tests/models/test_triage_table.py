import csv
import io
import json
from dataclasses import replace

import pytest
from made_triage import made_row, made_triage
from tiny_library import make_track

from earmark.models.triage import ranked
from earmark.models.triage_table import TRIAGE_COLUMNS, row_values, triage_csv, triage_json


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_has_all_columns() -> None:
    assert tuple(row_values(made_row(1.0))) == TRIAGE_COLUMNS
    assert tuple(row_values(made_row(1.0, rich=False))) == TRIAGE_COLUMNS


def test_csv_holds_demos_then_failures() -> None:
    made = made_triage()
    rows = read(triage_csv(made))
    assert len(rows) == len(made.rows) + 1
    assert [row["rank"] for row in rows[:-1]] == [str(row.rank) for row in made.rows]
    assert rows[-1]["rank"] == ""
    assert rows[-1]["path"] == "/in/bad.mp3"
    assert "Could not be heard" in rows[-1]["notes"]
    assert float(rows[0]["probability"]) == pytest.approx(made.rows[0].probability, abs=1e-4)
    assert {row["in_training"] for row in rows[:-1]} == {"yes", "no"}
    assert "\r\n" in triage_csv(made)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_title_is_no_formula(start: str) -> None:
    track = make_track(7, None, f"{start}HYPERLINK(0)", title='1",2')
    made = replace(made_triage(), rows=ranked([made_row(-3.0, track=track)]))
    [row, _] = read(triage_csv(made))
    assert row["track"].startswith(f"'{start}HYPERLINK")
    assert float(row["margin_log_odds"]) < 0, "numbers stay numbers"


def test_unknown_values_are_empty() -> None:
    [row, _] = read(triage_csv(replace(made_triage(), rows=ranked([made_row(1.0, rich=False)]))))
    assert row["in_set"] == row["none_of_these"] == row["nearest_track"] == ""


def test_json_is_whole() -> None:
    made = made_triage()
    plain = json.loads(json.dumps(triage_json(made), allow_nan=False))
    assert plain["label"] == "Basalt"
    assert [demo["rank"] for demo in plain["demos"]] == [row.rank for row in made.rows]
    assert plain["demos"][0]["explanation"]["evidence"]["log_odds"]
    assert plain["failures"] == [{"path": "/in/bad.mp3", "reasons": made.failures[0].reasons}]
