import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from earmark.errors import FormatVersionError, SplitError
from earmark.evaluation.groups import Song
from earmark.evaluation.split_file import Fold, PartCounts, Split, split_from_json

SPLIT = Split(
    mode="artist",
    seed=3,
    test_fraction=0.1,
    validation_fraction=0.2,
    train=("1", "2"),
    validation=("3",),
    test=("4", "5"),
    labels=("Ánjuna", "FSOE"),
    counts=(PartCounts(1, 1, 1), PartCounts(1, 0, 1)),
    notes=("label 'FSOE': no validation song",),
)
SONGS = [
    Song("1", "FSOE", frozenset({"aly", "fila"}), "EP 1", "One"),
    Song("2", "Ánjuna", frozenset({"oliver"}), "EP 2", "Two"),
    Song("3", "Ánjuna", frozenset({"gabriel"}), "EP 3", "Three"),
    Song("4", "FSOE", frozenset({"ruben"}), "EP 4", "Four"),
    Song("5", "Ánjuna", frozenset(), None, "Five"),
]


def changed(position: int, **values: Any) -> list[Song]:
    songs = list(SONGS)
    songs[position] = dataclasses.replace(songs[position], **values)
    return songs


@pytest.mark.parametrize("fold", [None, Fold(1, 5, 0)])
def test_saved_and_loaded_is_the_same(tmp_path: Path, fold: Fold | None) -> None:
    split = dataclasses.replace(SPLIT, fold=fold)
    path = tmp_path / "new folder" / "split.json"
    split.save(path)
    assert Split.load(path) == split
    assert Split.load(str(path)).digest == split.digest
    assert [entry.name for entry in path.parent.iterdir()] == ["split.json"]


def test_the_file_can_be_read_by_people(tmp_path: Path) -> None:
    SPLIT.save(tmp_path / "split.json")
    values = json.loads((tmp_path / "split.json").read_text(encoding="utf-8"))
    assert values["format_version"] == 1
    assert values["seed"] == 3
    assert values["counts"]["Ánjuna"] == {"train": 1, "validation": 1, "test": 1}


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "split.json"
    SPLIT.save(path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        dataclasses.replace(SPLIT, seed=4).save(path)
    assert Split.load(path) == SPLIT
    assert list(tmp_path.iterdir()) == [path]


def test_another_format_version_names_both(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    path.write_text(json.dumps({**SPLIT.to_json(), "format_version": 7}))
    with pytest.raises(FormatVersionError, match=r"split\.json has format version 7, but .* version 1; make the split"):
        Split.load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not JSON", "cannot read a split from"),
        ("[1, 2]", "is no split: expected a JSON object with a format_version"),
        ('{"format_version": 1}', "is damaged .*KeyError: 'labels'"),
        (json.dumps({**SPLIT.to_json(), "mode": "album"}), "is damaged .*no split mode called 'album'"),
        (json.dumps({**SPLIT.to_json(), "seed": "x"}), "is damaged .*ValueError"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "split.json"
    path.write_text(text)
    with pytest.raises(SplitError, match=message):
        Split.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SplitError, match=r"cannot read a split from .*nowhere\.json"):
        Split.load(tmp_path / "nowhere.json")


def test_json_without_a_file() -> None:
    assert split_from_json(json.loads(json.dumps(SPLIT.to_json()))) == SPLIT


def test_digest_tells_splits_apart() -> None:
    assert len(SPLIT.digest) == 16
    assert dataclasses.replace(SPLIT, train=("1", "3"), validation=("2",)).digest != SPLIT.digest
    assert dataclasses.replace(SPLIT, notes=()).digest == SPLIT.digest


def test_part_of_every_song() -> None:
    assert SPLIT.part_of() == {"1": "train", "2": "train", "3": "validation", "4": "test", "5": "test"}


def test_a_good_split_passes_and_later_songs_are_left_aside() -> None:
    SPLIT.check([*SONGS, Song("9", "FSOE", frozenset({"aly", "ruben"}))])


@pytest.mark.parametrize(
    ("mode", "songs", "message"),
    [
        ("artist", changed(3, artist_keys=frozenset({"fila", "ruben"})), r"1 artist is .*: 'fila \(train, test\)'"),
        ("artist", changed(2, artist_keys=frozenset({"ruben"})), r"1 artist is .*: 'ruben \(validation, test\)'"),
        ("release", changed(3, release="ep 1"), r"1 release is .*: 'ep 1 on FSOE \(train, test\)'"),
        ("artist", SONGS[:-1], "1 songs that are not here: '5'; scan the music"),
        ("artist", changed(0, label="Armada"), "labels 'Ánjuna', 'FSOE', but its songs are now also of 'Armada'"),
        ("artist", [*SONGS, SONGS[1]], "'Two' came more than once"),
    ],
)
def test_a_split_that_leaks_is_refused_by_name(mode: Any, songs: list[Song], message: str) -> None:
    with pytest.raises(SplitError, match=message):
        dataclasses.replace(SPLIT, mode=mode).check(songs)


def test_what_another_mode_keeps_apart_is_no_leak() -> None:
    songs = changed(3, release="EP 1", artist_keys=frozenset({"aly"}))
    dataclasses.replace(SPLIT, mode="song").check(songs)


def test_a_song_in_two_parts_is_refused_by_name() -> None:
    with pytest.raises(SplitError, match="1 song is in it more than once: 'Two'"):
        dataclasses.replace(SPLIT, test=("2", "4", "5")).check(SONGS)


def test_many_leaks_are_counted(make_songs: Callable[..., list[Song]]) -> None:
    songs = make_songs(120, artists_per_label=10, shared=0.0)
    ids = [song.id for song in songs]
    leaky = Split(
        "artist", 0, 0.1, 0.1, tuple(ids[:60]), (), tuple(ids[60:]), tuple(f"Label {i}" for i in range(6)), ()
    )
    with pytest.raises(
        SplitError, match=r"the split leaks: it is artist-disjoint, but \d\d artists are .* and \d+ more"
    ):
        leaky.check(songs)


def test_what_by_label_decided_goes_with_the_split(tmp_path: Path) -> None:
    split = dataclasses.replace(SPLIT, mode="by-label", apart={"FSOE": "artist", "Ánjuna": "song"})
    split.save(tmp_path / "split.json")
    loaded = Split.load(tmp_path / "split.json")
    assert loaded == split
    assert loaded.apart == {"FSOE": "artist", "Ánjuna": "song"}
    loaded.check(changed(4, artist_keys=frozenset({"oliver"})))  # two songs of Ánjuna by one artist: they may be parted
    with pytest.raises(SplitError, match="aly"):
        loaded.check(changed(3, artist_keys=frozenset({"aly"})))


def test_splits_from_before_by_label_are_still_read() -> None:
    values = SPLIT.to_json()
    del values["apart"]
    assert split_from_json(values) == SPLIT
