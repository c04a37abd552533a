"""The data sets that come with Earmark: every row read, nothing made up, and the structure that the study rests on."""

import csv
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

import earmark.datasets.registry as registry
from earmark.catalog.from_file_name import read_file_name
from earmark.catalog.groups import artist_keys
from earmark.catalog.select import Selection, select
from earmark.datasets import DATASETS, load_dataset, trance_four_labels
from earmark.errors import MetadataError, UnknownNameError
from earmark.evaluation.groups import Song, group_ids

TRACKS = trance_four_labels()


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_names_its_source_and_can_be_learnt_from(name: str) -> None:
    dataset = DATASETS[name]  # type: ignore[index]
    tracks = load_dataset(name)
    assert dataset.summary
    assert "." in dataset.source
    assert len({track.audio_id for track in tracks}) == len(tracks)
    assert all(re.fullmatch("[0-9a-f]{32}", track.audio_id) for track in tracks)
    assert all(track.label and track.artists.performers and track.title for track in tracks)


def test_unknown_dataset_lists_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match=r"no data set called 'techno'; known: trance-four-labels"):
        load_dataset("techno")


def test_four_labels_have_the_studys_counts() -> None:
    assert Counter(track.label for track in TRACKS) == {"FSOE": 76, "Anjunabeats": 76, "WAO138": 62, "Coldharbour": 59}
    assert {track.genre for track in TRACKS} == {"Trance"}
    majority = max(Counter(track.label for track in TRACKS).values()) / len(TRACKS)
    assert majority == pytest.approx(76 / 273)


def test_keys_tempi_and_lengths_are_those_of_trance() -> None:
    keys = Counter(track.key.camelot for track in TRACKS if track.key)
    assert (keys["8A"], keys["4A"], keys.total(), len(keys)) == (42, 28, 273, 24)
    assert sum(track.key is not None and track.key.mode == "minor" for track in TRACKS) == 241
    assert {track.bpm for track in TRACKS if track.bpm is not None and not 122 <= track.bpm <= 142} == set()
    assert all(120 < track.seconds < 900 for track in TRACKS)


def test_first_row_reads_as_its_file_was_named() -> None:
    first = TRACKS[0]
    assert first.path == "8A - 132 - Moogwai - Viola (Elevation Extended Remix).mp3"
    assert first.artists.keys == {"moogwai", "elevation"}
    assert (first.label, first.bpm, first.seconds, first.sources["bpm"]) == ("Coldharbour", 132, 407, "csv")


def test_paths_tell_what_the_rows_tell() -> None:
    for track in TRACKS:
        named = read_file_name(Path(track.path))
        assert (named.key, named.bpm) == (track.key, track.bpm)
        assert (named.title, named.mix, named.artists) == (track.title, track.mix, track.artists)


def test_most_songs_hang_together_through_shared_artists() -> None:
    songs = [
        Song(track.audio_id, track.label or "", keys) for track, keys in zip(TRACKS, artist_keys(TRACKS), strict=True)
    ]
    sizes = Counter(group_ids(songs, "artist").tolist())
    assert len(sizes) == 55
    assert max(sizes.values()) == 151


def test_labels_can_be_selected() -> None:
    assert len(select(TRACKS, Selection(labels=("fsoe", "WAO138"))).tracks) == 138


def test_ids_follow_from_the_rows_and_not_from_their_order() -> None:
    assert trance_four_labels() == TRACKS
    assert TRACKS[0].audio_id == "9194fd015f0cda72ce967d401b2273e1"  # as earlier versions gave it: splits name it


def test_cleaning_takes_blanks_endings_and_nothing_else() -> None:
    row = {"BPM": "129", "Genre": "Trance", "Label": "Anjunabeats", "Key": "6A ", "Length": "400.0"}
    row |= {"Song_name": " 43 + 86 = 129 (Sunny Lax Extended 303 Mix) .mp3", "Artists": " Ilan Bluestone & Sunny Lax"}
    cleaned = runpy.run_path(str(Path(__file__).with_name("make_trance_four_labels.py")))["cleaned"]
    assert cleaned(row) == {
        "label": "Anjunabeats",
        "artists": "Ilan Bluestone & Sunny Lax",
        "title": "43 + 86 = 129 (Sunny Lax Extended 303 Mix)",
        "bpm": "129",
        "key": "6A",
        "seconds": "400",
        "genre": "Trance",
    }


def test_a_damaged_file_is_told_with_its_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = Path(registry.__file__).with_name("trance_four_labels.csv").read_text("utf-8")
    lines = list(csv.reader(packaged.splitlines()))
    lines[1][4] = "25A"
    with (tmp_path / "trance_four_labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    with pytest.raises(MetadataError, match=r"trance_four_labels\.csv is damaged \(key .*25A.*install earmark again"):
        trance_four_labels()
