import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.decode import AudioFacts
from earmark.audio.settings import PRESETS
from earmark.catalog.credits import Credits, parse_credits
from earmark.catalog.keys import Key
from earmark.catalog.track import SOURCES, DatePrecision, Track, Values
from earmark.errors import LibraryError
from earmark.executors import FailureKind
from earmark.library.rows import (
    LABEL_FROM,
    Failure,
    FeatureRecord,
    FileRecord,
    Root,
    feature_name,
    track_from_row,
    track_to_row,
    values_from_json,
    values_to_json,
)
from earmark.library.tables import _COLUMNS, Row

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
ids = st.text("0123456789abcdef", min_size=32, max_size=32)
whole = st.integers(0, 2**62)
above_zero = st.floats(1e-3, 1e6)
credits = st.lists(text, max_size=3).map(lambda names: parse_credits(" & ".join(names)))
metadata: Mapping[str, st.SearchStrategy[object]] = {
    "title": text,
    "mix": text,
    "artist_credit": text,
    "label": text,
    "release": text,
    "catalogue_number": text,
    "genre": text,
    "released": st.dates(),
    "bpm": above_zero,
    "key": st.builds(Key, st.integers(0, 11), st.sampled_from(["major", "minor"])),
}
maybe = {name: st.none() | strategy for name, strategy in metadata.items()}
precision = st.sampled_from(get_args(DatePrecision))
values = st.builds(
    Values,
    source=st.sampled_from(SOURCES),
    **maybe,
    artists=st.none() | credits,
    released_precision=precision,
    seconds=st.none() | above_zero,
    problems=st.lists(text, max_size=2).map(tuple),
)
tracks = st.builds(
    Track,
    audio_id=ids,
    path=text,
    seconds=above_zero,
    **maybe,
    artists=credits,
    released_precision=precision,
    sources=st.dictionaries(st.sampled_from(sorted(metadata)), st.sampled_from(SOURCES)),
)
facts = st.builds(
    AudioFacts,
    decoder=text,
    container=text,
    codec=text,
    channels=st.integers(1, 8),
    sample_rate=st.integers(1, 384_000),
    seconds=above_zero,
    bit_rate=st.none() | whole,
    peak=st.floats(0, 2),
    rms_db=st.floats(-120, 6),
    side_ratio=st.floats(0, 1e6),
    truncated=st.booleans(),
    bandwidth_hz=st.none() | st.floats(0, 192_000),
)
files = st.builds(FileRecord, path=text, size=whole, mtime_ns=whole, audio_id=ids, facts=facts, values=values)
feature_records = st.builds(FeatureRecord, audio_id=ids, settings=text, frames=whole, bands=whole, bytes=whole)
failures = st.builds(
    Failure,
    path=text,
    size=whole,
    mtime_ns=whole,
    kind=st.sampled_from(get_args(FailureKind)),
    reasons=st.dictionaries(text, text, max_size=3),
    failed_at=text,
)
roots = st.builds(Root, path=text, label_from=st.sampled_from(LABEL_FROM), csv=st.none() | text)


def fits(row: Row, table: str) -> bool:
    """Whether a row has no value that its table does not hold; the types are the table's own business."""
    kinds = {"string": str, "int64": int, "float64": float}
    columns = _COLUMNS[table]
    return row.keys() <= columns.keys() and all(
        value is None or isinstance(value, kinds[columns[name]]) for name, value in row.items()
    )


def stored(row: Row, table: str) -> Row:
    """The row as it comes back out of a table, which gives every column."""
    return {name: row.get(name) for name in _COLUMNS[table]}


@given(values)
def test_values_survive_json(one: Values) -> None:
    assert values_from_json(json.loads(json.dumps(values_to_json(one)))) == one


@given(files)
def test_file_records_survive_their_row(one: FileRecord) -> None:
    row = one.to_row()
    assert fits(row, "files")
    assert FileRecord.from_row(stored(row, "files")) == one


@given(files)
def test_a_file_that_was_analysed_before_bandwidth_was_measured_is_read(one: FileRecord) -> None:
    row = one.to_row()
    facts = json.loads(row["facts"])
    del facts["bandwidth_hz"]
    assert FileRecord.from_row(stored(row | {"facts": json.dumps(facts)}, "files")).facts == replace(
        one.facts, bandwidth_hz=None
    )


@given(tracks)
def test_tracks_survive_their_row(one: Track) -> None:
    row = track_to_row(one)
    assert fits(row, "tracks")
    assert track_from_row(stored(row, "tracks")) == one


@given(feature_records)
def test_feature_records_survive_their_row(one: FeatureRecord) -> None:
    row = one.to_row()
    assert fits(row, "features")
    assert row["feature_id"] == f"{one.audio_id}-{one.settings}"
    assert FeatureRecord.from_row(stored(row, "features")) == one


@given(failures)
def test_failures_survive_their_row(one: Failure) -> None:
    row = one.to_row()
    assert fits(row, "failures")
    assert Failure.from_row(stored(row, "failures")) == one
    assert json.loads(json.dumps(one.to_json()))["reasons"] == dict(one.reasons)


@given(roots)
def test_roots_survive_their_row(one: Root) -> None:
    assert fits(one.to_row(), "roots")
    assert Root.from_row(stored(one.to_row(), "roots")) == one


def test_a_track_as_it_is_stored() -> None:
    track = Track(
        audio_id="ab" * 16,
        path="/music/a.flac",
        seconds=61.5,
        title="Viola",
        artists=Credits(performers=("Ann",)),
        released=dt.date(2018, 3, 1),
        released_precision="month",
        bpm=132.0,
        key=Key(9, "minor"),
        sources={"title": "tag", "bpm": "file-name"},
    )
    row = track_to_row(track)
    assert (row["key"], row["released"], row["released_precision"]) == ("8A", "2018-03-01", "month")
    assert json.loads(row["sources"]) == {"title": "tag", "bpm": "file-name"}
    assert "label" not in row


def test_a_damaged_track_row_says_which_file_to_scan_again() -> None:
    row = stored(track_to_row(Track(audio_id="0" * 32, path="/music/a.flac", seconds=1.0)), "tracks")
    with pytest.raises(LibraryError, match=r"row of /music/a\.flac is damaged .*scan it again"):
        track_from_row(row | {"artists": "{cut"})
    with pytest.raises(LibraryError, match=r"row of /music/a\.flac is damaged"):
        track_from_row(row | {"sources": None})
    with pytest.raises(LibraryError, match=r"row of /music/a\.flac is damaged"):
        track_from_row(row | {"released": "yesterday"})


def test_features_lie_by_settings_then_in_256_folders() -> None:
    paper = PRESETS["paper"]
    name = f"features/{paper.key}/ab/{'ab' * 16}.npy"
    assert feature_name("ab" * 16, paper) == feature_name("ab" * 16, paper.key) == name
    assert FeatureRecord("ab" * 16, paper.key, 1, 128, 256).name == name


def test_a_long_length_is_not_rounded() -> None:
    track = Track(audio_id="0" * 32, path="a", seconds=math.pi * 1000)
    assert track_from_row(stored(track_to_row(track), "tracks")).seconds == track.seconds
