import pytest
from tiny_library import make_track, tiny_tracks

from earmark.catalog.select import Selection
from earmark.errors import InputError, UnknownNameError
from earmark.models.choosing import choose_tracks


def test_artists_are_known_so_the_split_is_by_artist() -> None:
    chosen = choose_tracks(tiny_tracks(), Selection())
    assert chosen.mode == "artist"
    assert len(chosen.tracks) == 24
    assert chosen.notes == ("split: artist-disjoint",)


def test_without_artists_the_split_is_by_release_and_without_releases_by_song() -> None:
    nameless = [make_track(n, label, "") for n, label in enumerate(["A"] * 4 + ["B"] * 4)]
    assert choose_tracks(nameless, Selection()).mode == "release"
    alone = [make_track(n, label, "", release=None) for n, label in enumerate(["A"] * 4 + ["B"] * 4)]
    chosen = choose_tracks(alone, Selection())
    assert chosen.mode == "song"
    assert "too few artists are known" in chosen.notes[-1]


def test_what_the_user_says_stands() -> None:
    assert choose_tracks(tiny_tracks(), Selection(), "song").mode == "song"


def test_unlabelled_tracks_are_left_out_and_counted() -> None:
    chosen = choose_tracks([*tiny_tracks(), make_track(900, None, "Nobody")], Selection())
    assert len(chosen.tracks) == 24
    assert "1 tracks left out: no label" in chosen.notes


def test_a_label_of_one_artist_is_left_out_unless_it_was_named() -> None:
    solo = [make_track(900 + n, "Solo", "The Only One") for n in range(5)]
    chosen = choose_tracks([*tiny_tracks(), *solo], Selection())
    assert {track.label for track in chosen.tracks} == {"Amber", "Basalt", "Cobalt"}
    assert any("Solo" in note for note in chosen.notes)
    named = choose_tracks([*tiny_tracks(), *solo], Selection(labels=("Solo", "Amber")))
    assert {track.label for track in named.tracks} == {"Solo", "Amber"}


def test_leaving_one_label_out_can_take_another_with_it() -> None:
    # The bridge's tracks hold Pair's artists together only as long as Bridge is there: none is left with three groups.
    tracks = [
        *tiny_tracks(),
        *(make_track(800 + n, "Pair", f"Pair Act {n % 2}") for n in range(6)),
        make_track(850, "Bridge", "Pair Act 0 & Pair Act 1"),
    ]
    chosen = choose_tracks(tracks, Selection())
    assert {track.label for track in chosen.tracks} == {"Amber", "Basalt", "Cobalt"}


def test_too_little_music_is_told() -> None:
    with pytest.raises(InputError, match="at least two labels"):
        choose_tracks([], Selection())
    with pytest.raises(InputError, match="label Amber left out"):
        choose_tracks(tiny_tracks(1), Selection())
    with pytest.raises(UnknownNameError, match="Amber, Basalt, Cobalt"):
        choose_tracks(tiny_tracks(), Selection(labels=("Anjuna",)))
