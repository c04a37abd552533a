from pathlib import Path

import numpy as np
import pytest
from tiny_library import make_track, tiny_library

from earmark.audio.decode import AudioFacts
from earmark.catalog.keys import Key
from earmark.catalog.track import Track, Values
from earmark.evaluation.shortcuts import ShortcutFacts
from earmark.library.library import Library
from earmark.library.rows import FileRecord
from earmark.models.inputs import SongMetadata
from earmark.models.shortcut_facts import metadata_table, shortcut_facts


def record(path: str, audio_id: str, codec: str) -> FileRecord:
    facts = AudioFacts("soundfile", codec, codec, 2, 44_100, 10.0, 128_000, 0.9, -12.0, 0.2, False, 16_000.0)
    return FileRecord(path, 1, 1, audio_id, facts, Values(source="tag"))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two tracks; of the first there are two files, and the second's was never analysed."""
    one, other = make_track(1, "Amber", "Ann"), make_track(2, "Basalt", "Ben")
    made = tiny_library(tmp_path / "library", [one, other])
    records = [record("/copies/1.flac", one.audio_id, "flac"), record(one.path, one.audio_id, "mp3")]
    made.files_table.merge(file.to_row() for file in records)
    return made


def test_a_tracks_own_file_counts(library: Library) -> None:
    by_title = {track.title: track for track in library.tracks()}
    facts = shortcut_facts(library, [by_title["Song 2"], by_title["Song 1"]])
    assert facts == [
        ShortcutFacts(),
        ShortcutFacts(
            codec="mp3",
            container="mp3",
            bit_rate=128_000,
            sample_rate=44_100,
            channels=2,
            loudness_db=-12.0,
            peak=0.9,
            side_ratio=0.2,
            bandwidth_hz=16_000.0,
        ),
    ]


def test_metadata_is_tempo_length_key_and_mode_with_gaps() -> None:
    songs: list[SongMetadata | Track] = [
        SongMetadata(bpm=132.0, key=Key(9, "minor"), seconds=301.5),
        make_track(7, None, "Ann", bpm=None, key=None, seconds=10.0),
    ]
    table = metadata_table(songs)
    assert table.columns == ("BPM", "length (s)", "key", "mode")
    np.testing.assert_array_equal(table.numeric, [[132.0, 301.5], [np.nan, 10.0]])
    assert table.categorical == (("8A", None), ("minor", None))
    assert len(metadata_table([])) == 0
