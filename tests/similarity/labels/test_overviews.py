import datetime as dt

import pytest
from made_atlas import made_measures
from tiny_library import make_track

from earmark.errors import UnknownNameError
from earmark.similarity.labels.label_facts import Numbers
from earmark.similarity.labels.overviews import MOST_NAMED, label_tracks, overview_of

TRACKS = [
    make_track(1, "Amber", "Iris & Nova", bpm=124.0, released=dt.date(2015, 1, 1), genre="House"),
    make_track(2, "Amber", "iris", bpm=126.0, released=dt.date(2019, 1, 1), genre="house"),
    make_track(3, "Amber", "Iris", bpm=None, released=None, genre="Techno"),
    make_track(4, "Basalt", "Nova"),
    make_track(5, None, "Nova"),
]


def test_the_tracks_of_a_label_are_found_by_any_spelling() -> None:
    assert label_tracks(TRACKS, "ÀMBER") == TRACKS[:3]
    with pytest.raises(UnknownNameError, match="Amber, Basalt"):
        label_tracks(TRACKS, "Umber")


def test_an_overview_counts_what_is_known() -> None:
    told = overview_of(TRACKS[:3], {TRACKS[0].audio_id: made_measures(-9.5)})
    assert (told.summary.label, told.summary.tracks) == ("Amber", 3)
    assert told.bpm.values == (124.0, 126.0)
    assert told.years.values == (2015.0, 2019.0)
    assert told.lufs.values == (-9.5,)
    assert told.energy.values == (0.7,)


def test_names_stand_in_their_most_frequent_spelling_most_tracks_first() -> None:
    told = overview_of(TRACKS[:3], {})
    assert told.artists == (("Iris", 3), ("Nova", 1))
    assert told.genres == (("House", 2), ("Techno", 1))


def test_only_the_most_frequent_names_are_told() -> None:
    many = [make_track(at, "Amber", f"Act {at:02d}") for at in range(MOST_NAMED + 5)]
    assert len(overview_of(many, {}).artists) == MOST_NAMED


def test_bins_are_named_by_their_middles() -> None:
    assert Numbers((0.5, 0.774, 0.776, 0.81)).histogram(0.05) == {0.5: 1, 0.75: 1, 0.8: 2}
    assert Numbers((-12.6, -12.4, -12.0)).histogram(1) == {-13: 1, -12: 2}
    assert Numbers(()).histogram(1) == {}
