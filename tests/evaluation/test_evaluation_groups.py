import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import SplitError, UnknownNameError
from earmark.evaluation.groups import (
    Song,
    apart_keys,
    checked_mode,
    distinct_songs,
    group_ids,
    held_apart,
    linking_names,
    listed,
    release_key,
)


def song(song_id: str, artists: str = "", *, label: str = "A", release: str | None = None) -> Song:
    return Song(song_id, label, artist_keys=frozenset(artists.split()), release=release)


def test_artists_link_songs_through_chains_and_across_labels() -> None:
    songs = [
        song("1", "solarstone"),
        song("2", "ruben solarstone"),
        song("3", "ruben", label="B"),
        song("4", "dakota"),
        song("5"),
        song("6"),
        song("7", "dakota coldharbour"),
    ]
    assert group_ids(songs, "artist").tolist() == [0, 0, 0, 1, 2, 3, 1]


def test_a_late_remix_joins_two_groups() -> None:
    assert group_ids([song("1", "a"), song("2", "b"), song("3", "a b")], "artist").tolist() == [0, 0, 0]


def test_releases_are_told_apart_by_label_and_joined_despite_case() -> None:
    songs = [
        song("1", release="Dawn EP"),
        song("2", release=" dawn  ep"),
        song("3", release="Dawn EP", label="B"),
        song("4"),
        song("5", release="  "),
    ]
    assert group_ids(songs, "release").tolist() == [0, 0, 1, 2, 3]
    assert release_key(songs[4]) is None


def test_each_song_is_its_own_group_in_song_mode() -> None:
    assert group_ids([song("1", "a", release="r"), song("2", "a", release="r")], "song").tolist() == [0, 1]


def test_no_songs_have_no_groups() -> None:
    assert group_ids([], "artist").shape == (0,)


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=3), max_size=15))
def test_artist_groups_are_the_connected_components(credits: list[frozenset[str]]) -> None:
    n = len(credits)
    reach = np.eye(n, dtype=bool)
    for i, one in enumerate(credits):
        for j, other in enumerate(credits):
            reach[i, j] |= bool(one & other)
    for _ in range(n):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    ids = group_ids([Song(str(i), "A", artist_keys=keys) for i, keys in enumerate(credits)], "artist")
    np.testing.assert_array_equal(ids[:, None] == ids[None, :], reach)


def test_an_unknown_mode_lists_the_modes() -> None:
    with pytest.raises(UnknownNameError, match="known: song, release, artist"):
        checked_mode("album")


def test_linking_names_ranks_by_songs() -> None:
    songs = [song("1", "x y"), song("2", "x"), song("3", "z x")]
    assert linking_names(songs, most=2) == "x (3 songs), y (1 song)"


def test_an_id_twice_is_refused_by_name() -> None:
    twice = Song("1", "A", name="Seven Cities")
    assert [s.id for s in distinct_songs([song("2"), song("1")])] == ["1", "2"]
    with pytest.raises(SplitError, match=r"'Seven Cities' came more than once"):
        distinct_songs([twice, song("2"), twice])


def test_long_lists_are_cut_with_a_count() -> None:
    assert listed(["a", "b"], most=1) == "'a' and 1 more"
    assert listed(["a", "b"]) == "'a', 'b'"


def test_each_label_is_held_apart_by_the_strictest_that_it_allows() -> None:
    songs = [
        *(song(f"a{i}", "ana" if i < 3 else "bo", label="Many artists", release="One") for i in range(5)),
        *(song(f"k{i}", "kenta", label="One artist", release=f"Game {i // 2}") for i in range(4)),
        *(song(f"m{i}", "max" if i else "", label="One release", release="OST") for i in range(8)),
        *(song(f"n{i}", label="Nothing known") for i in range(3)),
    ]
    assert held_apart(songs) == {
        "Many artists": "artist",
        "Nothing known": "song",
        "One artist": "release",
        "One release": "song",  # seven of eight songs are by one artist
    }
    groups = group_ids(songs, "by-label").tolist()
    assert groups == [0, 0, 0, 1, 1, 2, 2, 3, 3, *range(4, 4 + 8 + 3)]


def test_an_artist_of_two_labels_joins_them_only_where_both_are_held_apart_by_artist() -> None:
    apart = [
        song("1", "ana", label="A"),
        song("2", "bo", label="A"),
        song("3", "ana", label="B"),
        song("4", "x", label="B"),
    ]
    assert group_ids(apart, "by-label").tolist() == [0, 1, 0, 2]
    one_artist = [*apart[:2], song("3", "ana", label="B", release="x"), song("4", "ana", label="B", release="y")]
    assert group_ids(one_artist, "by-label").tolist() == [0, 1, 2, 3]


def test_what_must_stay_apart_is_told_in_names() -> None:
    songs = [
        song("1", "ana", label="A"),
        song("2", "bo", label="A"),
        song("3", "ana", label="B", release="Night"),
        song("4", "ana", label="B", release="Day"),
        song("5", label="C"),
    ]
    assert apart_keys(songs, "by-label") == [{"ana"}, {"bo"}, {"night on B"}, {"day on B"}, set()]
    assert apart_keys(songs, "song") == [set()] * 5
    assert apart_keys(songs, "release")[2:] == [{"night on B"}, {"day on B"}, set()]


def test_artists_shared_across_labels_make_a_label_give_way() -> None:
    """Each label by itself has three artists; B's collaboration ties all of A's together."""
    songs = [
        *(song(f"a{i}", f"a{i}", label="A", release=f"EP {i}") for i in range(3)),
        song("b0", "a0 a1 a2", label="B"),
        song("b1", "b", label="B"),
        song("b2", "c", label="B"),
    ]
    assert held_apart(songs) == {"A": "release", "B": "artist"}
    assert len(set(group_ids(songs, "by-label").tolist())) == 6


def test_a_decision_that_is_kept_does_not_change_with_the_songs() -> None:
    songs = [song(f"{i}", "ana" if i < 7 else f"other{i}", label="A", release=f"EP {i % 3}") for i in range(9)]
    decided = held_apart(songs)
    assert decided == {"A": "release"}
    fewer = songs[1:]
    assert held_apart(fewer) == {"A": "artist"}, "decided anew, six of eight songs by ana are few enough"
    assert len(set(group_ids(fewer, "by-label", apart=decided).tolist())) == 3
    assert group_ids([song("x", "ana", label="Newcomer")], "by-label", apart=decided).tolist() == [0]
