from collections.abc import Callable

import numpy as np
import pytest

from earmark.errors import InputError, UnknownNameError
from earmark.evaluation.baselines import BaselineResult, artist_lookup, majority
from earmark.evaluation.groups import Song
from earmark.evaluation.splits import SplitMode, make_split

LABELS = ("A", "B", "C")


def song(label: str, artists: str) -> Song:
    return Song(f"{label} {artists}", label, artist_keys=frozenset(artists.split()))


TRAIN = [song("A", "x"), song("A", "x y"), song("B", "y"), song("B", "y z"), song("B", "q"), song("C", "w")]


def test_majority_calls_the_largest_training_label() -> None:
    result = majority([2, 0, 2, 1], 3, n_labels=3)
    assert result.estimate.tolist() == [2, 2, 2]
    assert result.probabilities.tolist() == [[0.25, 0.25, 0.5]] * 3
    assert not result.known.any()


def test_majority_of_equals_is_the_first_and_of_no_songs_is_empty() -> None:
    assert majority([1, 0], 1, n_labels=2).estimate.tolist() == [0]
    assert majority([1], 0, n_labels=2).probabilities.shape == (0, 2)


def test_lookup_adds_up_the_songs_of_every_credited_artist() -> None:
    result = artist_lookup(TRAIN, [song("C", "x"), song("C", "x y"), song("A", "w new")], labels=LABELS)
    assert result.estimate.tolist() == [0, 0, 2]
    assert result.known.tolist() == [True, True, True]
    # x: 2 on A; y: 1 on A and 2 on B; and the training shares 2/6, 3/6, 1/6 as one song more.
    assert result.probabilities[1] == pytest.approx(np.array([3 + 2 / 6, 2 + 3 / 6, 1 / 6]) / 6)


def test_lookup_of_unknown_artists_is_the_majority() -> None:
    result = artist_lookup(TRAIN, [song("A", "nobody"), song("A", "")], labels=LABELS)
    expected = majority([0, 0, 1, 1, 1, 2], 2, n_labels=3)
    assert result.estimate.tolist() == expected.estimate.tolist() == [1, 1]
    np.testing.assert_allclose(result.probabilities, expected.probabilities)
    assert not result.known.any()


def test_ties_go_to_the_larger_label() -> None:
    train = [song("A", "x"), song("B", "x"), song("B", "y"), song("C", "z")]
    assert artist_lookup(train, [song("A", "x")], labels=LABELS).estimate.tolist() == [1]


def test_one_song_more_outweighs_any_majority() -> None:
    train = [song("A", "x")] + [song("B", f"b{i}") for i in range(99)]
    assert artist_lookup(train, [song("A", "x")], labels=LABELS).estimate.tolist() == [0]


def lookup_on(songs: list[Song], mode: SplitMode) -> tuple[BaselineResult, BaselineResult, float]:
    """Look-up and majority on the test songs of a split, and the look-up's accuracy."""
    split = make_split(songs, mode=mode, seed=0, test_fraction=0.25)
    by_id = {song.id: song for song in songs}
    train, test = [by_id[i] for i in split.train], [by_id[i] for i in split.test]
    found = artist_lookup(train, test, labels=split.labels)
    most = majority([split.labels.index(song.label) for song in train], len(test), n_labels=len(split.labels))
    truth = np.array([split.labels.index(song.label) for song in test])
    return found, most, float((found.estimate == truth).mean())


def test_names_alone_do_well_on_a_song_split_and_know_nothing_on_an_artist_split(
    make_songs: Callable[..., list[Song]],
) -> None:
    songs = make_songs(240, shared=0.02)
    found, _, accuracy = lookup_on(songs, "song")
    assert accuracy > 0.8
    assert found.known.mean() > 0.8
    found, most, accuracy = lookup_on(songs, "artist")
    assert not found.known.any()
    np.testing.assert_array_equal(found.estimate, most.estimate)
    np.testing.assert_allclose(found.probabilities, most.probabilities)
    assert accuracy < 0.4


def test_without_training_songs_or_with_strange_labels_it_is_refused() -> None:
    with pytest.raises(InputError, match="at least one training song"):
        artist_lookup([], [song("A", "x")], labels=LABELS)
    with pytest.raises(InputError, match="at least one training song"):
        majority([], 1, n_labels=2)
    with pytest.raises(InputError, match="n_songs of 0 or more, got -1"):
        majority([0], -1, n_labels=2)
    with pytest.raises(UnknownNameError, match="no label called 'C'; known: A, B"):
        artist_lookup(TRAIN, [], labels=("A", "B"))
