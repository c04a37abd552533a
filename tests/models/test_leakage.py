import pytest

from earmark.evaluation.groups import Song
from earmark.evaluation.splits import PartCounts, Split, SplitMode
from earmark.models.leakage import check_leakage, songs_present


def song(name: str, *artists: str, release: str | None = None, label: str = "A") -> Song:
    return Song(id=name, label=label, artist_keys=frozenset(artists), release=release, name=f"Song {name}")


def split(train: str, validation: str, test: str, mode: SplitMode = "song") -> Split:
    parts = [tuple(part) for part in (train, validation, test)]
    counts = (PartCounts(*(len(part) for part in parts)),)
    return Split(
        mode=mode, seed=0, test_fraction=0.1, validation_fraction=0.1, train=parts[0], validation=parts[1],
        test=parts[2], labels=("A",), counts=counts,
    )  # fmt: skip


def test_what_test_songs_share_is_counted() -> None:
    songs = [
        song("a", "ann", release="One EP"),
        song("b", "bob"),
        song("c", "ann", "cid"),  # shares an artist with a training song
        song("d", "bob"),  # shares one with a validation song
        song("e", "eve", release="one  ep"),  # is from a's release, however it is spelt
        song("f"),
    ]
    found = check_leakage(split("a", "b", "cdef"), songs)
    assert found.problem is None, "a song split allows all of it"
    assert (found.n_songs, found.n_test) == (6, 4)
    assert (found.shared_artist, found.shared_release, found.unknown_artist) == (2, 1, 1)
    assert found.in_two_parts == 0


@pytest.mark.parametrize(
    ("mode", "told"), [("artist", "1 artist is in more than one part: 'ann"), ("release", "'one ep on A")]
)
def test_a_split_that_leaks_is_told_and_not_raised(mode: SplitMode, told: str) -> None:
    songs = [song("a", "ann", release="One EP"), song("b", "ann", release="One EP"), song("c", "cid")]
    found = check_leakage(split("a", "c", "b", mode), songs)
    assert found.problem is not None
    assert told in found.problem


def test_one_recording_in_two_parts_is_a_leak() -> None:
    found = check_leakage(split("ab", "", "b"), [song("a"), song("b")])
    assert found.in_two_parts == 1
    assert found.problem is not None
    assert "Song b" in found.problem


def test_songs_that_are_gone_are_left_out_and_others_ignored() -> None:
    songs = [song("a", "ann"), song("c", "cid"), song("new", "ann")]
    asked = split("ab", "", "cd", "artist")
    found = check_leakage(asked, songs)
    assert (found.problem, found.n_songs, found.n_test) == (None, 2, 1)
    present = songs_present(asked, {one.id: one for one in songs})
    assert (present.train, present.test) == (("a",), ("c",))
    assert present.mode == "artist"


def test_without_test_songs_nothing_is_shared() -> None:
    found = check_leakage(split("a", "", ""), [song("a", "ann")])
    assert (found.n_test, found.shared_artist, found.problem) == (0, 0, None)
