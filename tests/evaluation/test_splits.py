import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.errors import InputError, SplitError, UnknownNameError
from earmark.evaluation.splits import SPLIT_MODES, Song, Split, SplitMode, deal_parts, folds, group_ids, make_split

SongFactory: TypeAlias = Callable[..., list[Song]]

modes = pytest.mark.parametrize("mode", SPLIT_MODES)


def placed(split: Split) -> list[str]:
    return [*split.train, *split.validation, *split.test]


def assert_whole(split: Split, songs: list[Song], mode: SplitMode) -> None:
    """Every song in exactly one part, every group in one part."""
    assert sorted(placed(split)) == sorted(song.id for song in songs)
    part = split.part_of()
    where: dict[int, set[str]] = {}
    for song, group in zip(songs, group_ids(songs, mode).tolist(), strict=True):
        where.setdefault(group, set()).add(part[song.id])
    assert all(len(parts) == 1 for parts in where.values())
    split.check(songs)


@st.composite
def song_lists(draw: st.DrawFn) -> list[Song]:
    """Songs of two to four labels; each label has three artists of its own at least, so that splits exist."""
    songs = []
    for label in range(draw(st.integers(2, 4))):
        for artist in range(draw(st.integers(3, 6))):
            for number in range(draw(st.integers(1, 4))):
                name = f"{label}-{artist}-{number}"
                songs.append(
                    Song(name, f"L{label}", frozenset({f"{label}-{artist}"}), f"{label}-{artist}-{number // 2}")
                )
    extra = draw(st.lists(st.tuples(st.sampled_from(songs), st.sampled_from(songs)), max_size=1))
    for number, (one, other) in enumerate(extra):
        songs.append(Song(f"remix {number}", one.label, one.artist_keys | other.artist_keys))
    return songs


@settings(max_examples=40, deadline=None)
@given(song_lists(), st.sampled_from(SPLIT_MODES), st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_parts_are_whole_and_the_order_of_songs_does_not_matter(
    songs: list[Song], mode: SplitMode, seed: int, random: Any
) -> None:
    split = make_split(songs, mode=mode, seed=seed)
    assert_whole(split, songs, mode)
    shuffled = list(songs)
    random.shuffle(shuffled)
    assert make_split(shuffled, mode=mode, seed=seed) == split
    assert all(count.train and count.test for count in split.counts)


@settings(max_examples=25, deadline=None)
@given(song_lists(), st.sampled_from(SPLIT_MODES), st.integers(2, 3), st.integers(0, 2**32))
def test_each_song_is_tested_in_exactly_one_fold(songs: list[Song], mode: SplitMode, k: int, seed: int) -> None:
    splits = folds(songs, mode=mode, k=k, seed=seed)
    for split in splits:
        assert_whole(split, songs, mode)
    assert sorted(song_id for split in splits for song_id in split.test) == sorted(song.id for song in songs)


@modes
def test_another_seed_gives_another_split(make_songs: SongFactory, mode: SplitMode) -> None:
    songs = make_songs(240)
    tests = {make_split(songs, mode=mode, seed=seed).test for seed in range(5)}
    assert len(tests) == 5
    assert make_split(songs, mode=mode, seed=3) == make_split(songs, mode=mode, seed=3)


def test_song_split_has_the_counts_of_the_reference_study() -> None:
    """273 songs of 4 labels: 28 in test, as in the study, and 25 of the other 245 in validation."""
    sizes = {"Anjunabeats": 92, "FSOE": 75, "WAO138": 58, "Coldharbour": 48}
    songs = [Song(f"{label} {i}", label) for label, n in sizes.items() for i in range(n)]
    split = make_split(songs, mode="song", seed=0)
    assert (len(split.train), len(split.validation), len(split.test)) == (220, 25, 28)
    for label, count in zip(split.labels, split.counts, strict=True):
        assert abs(count.test - 0.1 * sizes[label]) < 1
        assert abs(count.validation - 0.09 * sizes[label]) < 1
        assert sum(count) == sizes[label]
    assert split.notes == ()


def test_a_small_label_is_in_every_part_from_three_songs_on() -> None:
    songs = [Song(f"big {i}", "big") for i in range(200)] + [Song(f"small {i}", "small") for i in range(3)]
    split = make_split(songs, mode="song", seed=0)
    assert split.counts[1] == (1, 1, 1)
    pair = make_split(songs[:-1], mode="song", seed=0)
    assert pair.counts[1] == (1, 0, 1)
    assert pair.notes == ("label 'small': 1 of 2 songs in training; no validation song",)


@modes
def test_labels_come_out_near_their_shares(make_songs: SongFactory, mode: SplitMode) -> None:
    for seed in range(3):
        split = make_split(make_songs(300, seed=seed, shared=0.02), mode=mode, seed=seed)
        table = np.array(split.counts)
        shares = table / table.sum(axis=1, keepdims=True)
        assert np.abs(shares - [0.81, 0.09, 0.1]).max() < 0.06
        assert np.abs(table.sum(axis=0) / table.sum() - [0.81, 0.09, 0.1]).max() < 0.02


@modes
def test_asked_fractions_are_kept(make_songs: SongFactory, mode: SplitMode) -> None:
    songs = make_songs(240, shared=0.0)
    split = make_split(songs, mode=mode, seed=0, test_fraction=0.3, validation_fraction=0.2)
    assert len(split.test) == pytest.approx(72, abs=5)
    assert len(split.validation) == pytest.approx(33.6, abs=5)
    assert (split.test_fraction, split.validation_fraction) == (0.3, 0.2)


def test_an_artist_on_two_labels_is_in_one_part() -> None:
    songs = [Song(f"{label}{i}", label, frozenset({f"{label}{i}"})) for label in "AB" for i in range(10)]
    songs += [Song(f"{label} shared", label, frozenset({"Solarstone"})) for label in "AB"]
    for seed in range(5):
        part = make_split(songs, mode="artist", seed=seed).part_of()
        assert part["A shared"] == part["B shared"]


def test_two_labels_may_have_a_release_of_one_name_apart() -> None:
    """Were the label not part of the key, each label would have but one release, and no split."""
    songs = [Song(f"{label}{i}", label, release=f"EP {i % 2}") for label in "AB" for i in range(4)]
    assert [tuple(count) for count in make_split(songs, mode="release", seed=0).counts] == [(2, 0, 2), (2, 0, 2)]


def test_a_label_that_hangs_together_is_refused_by_name() -> None:
    songs = [Song(f"A{i}", "A", frozenset({"Aly & Fila", f"guest {i}"})) for i in range(4)]
    songs += [Song(f"B{i}", "B", frozenset({f"b{i}"})) for i in range(9)]
    with pytest.raises(SplitError) as caught:
        make_split(songs, mode="artist", seed=0)
    message = str(caught.value)
    assert "label 'A' has only one artist group: all its 4 songs" in message
    assert "Aly & Fila (4 songs)" in message
    assert "use --split release" in message


def test_a_puzzle_without_answer_is_refused() -> None:
    """Three labels, each in two of three groups: two parts cannot both hold every label."""
    songs = [
        Song(f"{label}{artist}", label, frozenset({artist}))
        for label, artists in {"A": "xy", "B": "yz", "C": "zx"}.items()
        for artist in artists
    ]
    with pytest.raises(SplitError, match=r"each artist group whole: '[ABC]' would have no song in test"):
        make_split(songs, mode="artist", seed=0)


def test_folds_are_even_and_name_themselves(make_songs: SongFactory) -> None:
    songs = make_songs(123)
    splits = folds(songs, mode="song", k=5, seed=0, repeats=2)
    assert [split.fold for split in splits] == [(number, 5, repeat) for repeat in (0, 1) for number in range(5)]
    assert {len(split.test) for split in splits} == {24, 25}
    for split in splits:
        assert all(count.test in {4, 5} for count in split.counts)
        assert split.test_fraction == 0.2
    tested = Counter(song_id for split in splits for song_id in split.test)
    assert set(tested.values()) == {2}
    assert splits[0].test != splits[5].test


def test_a_label_with_fewer_groups_than_folds_is_noted_and_always_trained_on() -> None:
    songs = [Song(f"A{i}", "A", frozenset({f"a{i}"})) for i in range(12)]
    songs += [Song(f"B{i}", "B", frozenset({f"b{i % 2}"})) for i in range(6)]
    splits = folds(songs, mode="artist", k=4, seed=0)
    assert sorted(split.counts[1].test for split in splits) == [0, 0, 3, 3]
    assert all(split.counts[1].train for split in splits)
    untested = [split for split in splits if not split.counts[1].test]
    assert all("label 'B': " in split.notes[0] and "no test song" in split.notes[0] for split in untested)


def test_more_folds_than_groups_are_refused(make_songs: SongFactory) -> None:
    songs = [Song(f"{label}{i}", label, frozenset({label + str(i % 2)})) for label in "AB" for i in range(6)]
    with pytest.raises(SplitError, match="at least 5 groups for 5 folds, got 4"):
        folds(songs, mode="artist", k=5, seed=0)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"seed": -1}, "seed of 0 or more, got -1"),
        ({"test_fraction": 0.0}, "test_fraction between 0 and 1"),
        ({"validation_fraction": 1.0}, "validation_fraction between 0 and 1"),
    ],
)
def test_settings_out_of_range_are_refused(make_songs: SongFactory, settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_split(make_songs(60), **{"mode": "song", "seed": 0, **settings_})


def test_folds_out_of_range_are_refused(make_songs: SongFactory) -> None:
    with pytest.raises(InputError, match="got k=1, repeats=1"):
        folds(make_songs(60), mode="song", k=1, seed=0)


def test_an_unknown_mode_is_refused(make_songs: SongFactory) -> None:
    unknown: Any = "album"
    with pytest.raises(UnknownNameError, match="no split mode called 'album'"):
        make_split(make_songs(60), mode=unknown, seed=0)


def test_an_id_twice_is_refused(make_songs: SongFactory) -> None:
    songs = make_songs(60)
    with pytest.raises(SplitError, match="'Song 7' came more than once"):
        make_split([*songs, dataclasses.replace(songs[7], label="Label 0")], mode="song", seed=0)


Dealt: TypeAlias = tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]


@st.composite
def dealt_songs(draw: st.DrawFn) -> Dealt:
    """Label and group of each song; groups may hold songs of several labels, and a label may be one group."""
    n = draw(st.integers(1, 40))
    labels = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    groups = draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    return np.array(labels, dtype=np.int64), np.array(groups, dtype=np.int64) * 7


def alone(labels: np.ndarray[Any, Any], groups: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which songs are of a label that is one group to which no other song belongs."""
    found = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        own = labels == label
        found[own] = len(np.unique(groups[own])) == 1 and (labels[np.isin(groups, groups[own])] == label).all()
    return found


@settings(max_examples=25, deadline=None)
@given(dealt_songs(), st.integers(2, 6), st.integers(0, 999))
def test_dealt_parts_keep_groups_whole_but_those_that_are_a_label(dealt: Dealt, k: int, seed: int) -> None:
    labels, groups = dealt
    parts = deal_parts(labels, k=k, rng=np.random.default_rng(seed), groups=groups)
    assert parts.shape == labels.shape
    assert ((parts >= 0) & (parts < k)).all()
    by_song = alone(labels, groups)
    for group in np.unique(groups[~by_song]):
        assert len(np.unique(parts[(groups == group) & ~by_song])) == 1
    for label in np.unique(labels[by_song]):
        counts = np.bincount(parts[labels == label], minlength=k)
        assert len(counts) == k
        if counts.sum() > 1:
            assert np.count_nonzero(counts) > 1, "every model must be able to learn the label"
    again = deal_parts(labels, k=k, rng=np.random.default_rng(seed), groups=groups)
    assert again.tolist() == parts.tolist()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(2, 6), st.integers(0, 999))
def test_songs_that_stand_alone_are_dealt_evenly(labels: list[int], k: int, seed: int) -> None:
    truth = np.array(labels, dtype=np.int64)
    parts = deal_parts(truth, k=k, rng=np.random.default_rng(seed))
    assert np.ptp(np.bincount(parts, minlength=k)) <= 1
    for label in set(labels):
        assert np.ptp(np.bincount(parts[truth == label], minlength=k)) <= 1, "each label as well"


def test_parts_of_groups_are_about_even() -> None:
    labels = np.arange(120) % 3
    groups = np.arange(120) // 4
    parts = deal_parts(labels, k=5, rng=np.random.default_rng(0), groups=groups)
    assert np.bincount(parts).tolist() == [24] * 5
    for label in range(3):
        assert np.ptp(np.bincount(parts[labels == label])) <= 2
