from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_collection import made_collection, made_prints, made_track

from earmark.errors import InputError
from earmark.similarity.finding.picking import Caps, pick

ASKED = made_track("asked")
TRACKS = [
    made_track("a", artist="One", release="Dawn"),
    made_track("b", artist="One", release="Dawn"),
    made_track("c", artist="One", release="Dusk"),
    made_track("d", artist="Two", release="Dawn", label="Other"),
    made_track("e", artist="Three"),
    made_track("f", artist="Three"),
    made_track("g", artist="Three"),
]
COLLECTION = made_collection([ASKED, *TRACKS], np.eye(8))


def names(caps: Caps, twins: list[tuple[str, str]] | None = None) -> list[str | None]:
    picked = pick(TRACKS, ASKED, made_prints(COLLECTION, twins or []), COLLECTION.columns, caps)
    return [one.track.title for one in picked.tracks]


def test_no_artist_and_no_release_floods_the_list() -> None:
    assert names(Caps(count=10, per_artist=2, per_release=1)) == ["a", "c", "d", "e", "f"]
    assert names(Caps(count=10, per_artist=1, per_release=0)) == ["a", "d", "e"]
    assert names(Caps(count=10, per_artist=0, per_release=0)) == [track.title for track in TRACKS]
    assert names(Caps(count=3, per_artist=0, per_release=0)) == ["a", "b", "c"]


def test_those_passed_over_are_counted() -> None:
    picked = pick(TRACKS, ASKED, made_prints(COLLECTION), COLLECTION.columns, Caps(per_artist=1, per_release=1))
    assert picked.over_cap == 4


def test_versions_are_folded_even_after_the_list_is_full_and_own_ones_set_apart() -> None:
    ids = [track.audio_id for track in TRACKS]
    twins = [(ids[0], ids[5]), (ASKED.audio_id, ids[2])]
    prints = made_prints(COLLECTION, twins)
    picked = pick(TRACKS, ASKED, prints, COLLECTION.columns, Caps(count=2, per_artist=0, per_release=0))
    assert [one.track.title for one in picked.tracks] == ["a", "b"]
    assert [one.track.title for one in picked.tracks[0].versions] == ["f"]
    assert [one.track.title for one in picked.own_versions] == ["c"]


def test_a_folded_version_does_not_take_its_artists_share() -> None:
    ids = [track.audio_id for track in TRACKS]
    assert names(Caps(count=10, per_artist=2, per_release=0), [(ids[0], ids[1])]) == ["a", "c", "d", "e", "f"]


@given(st.integers(1, 8), st.integers(0, 3), st.integers(0, 3), st.permutations(range(7)))
def test_caps_hold_whatever_the_order(count: int, per_artist: int, per_release: int, order: list[int]) -> None:
    caps = Caps(count=count, per_artist=per_artist, per_release=per_release)
    picked = pick([TRACKS[i] for i in order], ASKED, made_prints(COLLECTION), COLLECTION.columns, caps)
    artists = Counter(one.track.artist_credit for one in picked.tracks)
    releases = Counter((one.track.label, one.track.release) for one in picked.tracks if one.track.release)
    assert len(picked.tracks) <= count
    assert not per_artist or max(artists.values()) <= per_artist
    assert not (per_release and releases) or max(releases.values()) <= per_release


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="at least 1 track"):
        Caps(count=0)
