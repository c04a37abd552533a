import numpy as np
import pytest

from earmark.errors import SplitError
from earmark.evaluation.groups import Song
from earmark.evaluation.song_table import TEST, TRAIN, VALIDATION, SongTable
from earmark.evaluation.split_file import Split


def song(song_id: str, label: str, artist: str = "", release: str | None = None) -> Song:
    return Song(song_id, label, frozenset({artist}) if artist else frozenset(), release, name=f"Title {song_id}")


def split_of(table: SongTable, parts: list[int]) -> Split:
    return table.split(np.array(parts), seed=0, test_fraction=0.25, validation_fraction=0.25)


def test_songs_are_ordered_by_id_and_labels_by_name() -> None:
    table = SongTable.of([song("3", "B"), song("1", "B"), song("2", "A"), song("4", "A")], "song")
    assert [s.id for s in table.songs] == ["1", "2", "3", "4"]
    assert table.labels == ("A", "B")
    assert table.label_of.tolist() == [1, 0, 1, 0]
    assert table.group_of.tolist() == [0, 1, 2, 3]
    assert table.groups_per_label().tolist() == [2, 2]


def test_parts_become_ids_and_counts() -> None:
    table = SongTable.of([song(str(i), "AB"[i % 2]) for i in range(8)], "song")
    split = split_of(table, [TRAIN, TRAIN, TRAIN, TRAIN, VALIDATION, VALIDATION, TEST, TEST])
    assert split.train == ("0", "1", "2", "3")
    assert split.validation == ("4", "5")
    assert split.test == ("6", "7")
    assert split.counts == ((2, 1, 1), (2, 1, 1))
    assert split.notes == ()


@pytest.mark.parametrize(
    ("mode", "songs", "message"),
    [
        ("song", [song("1", "A"), song("2", "B"), song("3", "B")], r"'A' has only one song, 'Title 1'; add songs"),
        (
            "release",
            [song("1", "A", release="Dawn"), song("2", "A", release="dawn"), song("3", "B"), song("4", "B")],
            r"'A' has only one release, 'Dawn' \(2 songs\); use --split song",
        ),
        (
            "artist",
            [song("1", "A", "x"), song("2", "A", "x"), song("3", "B", "x"), song("4", "B", "y")],
            r"'A' has only one artist group: all its 2 songs .* on most of the group's 3 songs: x \(3 songs\); use",
        ),
        ("artist", [], "got none; scan music with labels first"),
    ],
)
def test_what_cannot_be_split_is_refused_by_name(mode: str, songs: list[Song], message: str) -> None:
    with pytest.raises(SplitError, match=message):
        SongTable.of(songs, mode)


def test_many_lone_labels_are_cut_with_a_count() -> None:
    with pytest.raises(SplitError, match=r"'L4' has only one song.*; and 2 more labels; add songs"):
        SongTable.of([song(str(i), f"L{i}") for i in range(7)], "song")


def test_a_label_without_training_or_test_song_is_refused() -> None:
    table = SongTable.of([song(str(i), "AB"[i % 2]) for i in range(6)], "song")
    with pytest.raises(SplitError, match="'A' would have no song in training"):
        split_of(table, [TEST, TEST, TEST, TRAIN, TEST, TRAIN])
    with pytest.raises(SplitError, match="'B' would have no song in test"):
        split_of(table, [TEST, TRAIN, TRAIN, TRAIN, TRAIN, TRAIN])


def test_notes_tell_of_labels_far_from_what_was_asked() -> None:
    table = SongTable.of([song(f"{i:02}", "A") for i in range(20)], "song")
    split = split_of(table, [TEST] * 10 + [VALIDATION] * 5 + [TRAIN] * 5)
    assert split.notes == ("label 'A': 5 of 20 songs in training; 10 of its 20 songs in test, 25% was asked for",)


def test_notes_tell_of_a_giant_group_and_of_songs_without_artist() -> None:
    songs = [song(str(i), "A", "armin") for i in range(5)] + [song("5", "A"), song("6", "A", "ruben"), song("7", "A")]
    split = split_of(SongTable.of(songs, "artist"), [TRAIN] * 5 + [VALIDATION, TEST, TEST])
    assert split.notes == (
        "2 of 8 songs have no artist given; each counts as its own group",
        "one artist group holds 5 of 8 songs, all in train: armin (5 songs)",
    )


def test_notes_tell_of_a_giant_release() -> None:
    songs = [song(str(i), "A", release="Sampler") for i in range(5)] + [song("5", "A", release="EP"), song("6", "A")]
    split = split_of(SongTable.of(songs, "release"), [TRAIN] * 5 + [VALIDATION, TEST])
    assert split.notes == (
        "1 of 7 songs have no release given; each counts as its own group",
        "one release holds 5 of 7 songs, all in train: 'Sampler'",
    )
