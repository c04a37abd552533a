import datetime as dt
import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tiny_library import make_track

from earmark.catalog.keys import Key
from earmark.catalog.survey import FIELDS, KEYS, survey, tracks_by_label
from earmark.catalog.track import Track

LABELS = st.sampled_from(["Amber", "Basalt", "Cobalt", None])
KEY = st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from(["minor", "major"]))
BPM = st.none() | st.floats(60, 200)


@st.composite
def collections(draw: st.DrawFn) -> list[Track]:
    rows = draw(st.lists(st.tuples(LABELS, KEY, BPM, st.integers(0, 5)), max_size=25))
    return [
        make_track(number, label, f"Act {act}", key=key, bpm=bpm) for number, (label, key, bpm, act) in enumerate(rows)
    ]


def test_labels_are_counted_and_ordered_by_size_then_name() -> None:
    tracks = [
        make_track(1, "Basalt", "Ann", seconds=1800.0, release="One"),
        make_track(2, "Amber", "Ben & Ann", seconds=3600.0, release="Two"),
        make_track(3, "Cobalt", "Cid", release="Three"),
        make_track(4, "Cobalt", "Dee", release="THREE"),
        make_track(5, None, "Eve"),
    ]
    found = survey(tracks)
    assert found.label_names == ("Cobalt", "Amber", "Basalt")
    cobalt, amber, _ = found.labels
    assert (cobalt.tracks, cobalt.releases, cobalt.artists) == (2, 1, 2)
    assert (amber.tracks, amber.artists, amber.hours) == (1, 2, 1.0)
    assert (found.tracks, found.unlabelled, found.artists, found.releases) == (5, 1, 5, 4)


def test_values_that_are_not_known_are_left_out_and_counted() -> None:
    tracks = [
        make_track(1, "Amber", "Ann", bpm=140.0),
        make_track(2, "Amber", "Ann", bpm=None, key=None, title=None),
        make_track(3, None, "", bpm=120.0, seconds=0.0),
    ]
    found = survey(tracks)
    assert found.bpm.values == (120.0, 140.0)
    assert found.bpm.by_label == {"Amber": (140.0,)}
    assert found.seconds.values == (10.0, 10.0)
    assert found.missing.counts == {
        "label": 1, "artists": 1, "title": 1, "release": 0, "released": 3, "genre": 3, "bpm": 1, "key": 1, "length": 1,
    }  # fmt: skip
    assert found.missing.by_label["Amber"]["bpm"] == 1
    assert found.missing.by_label["Amber"]["artists"] == 0


def test_keys_are_counted_in_camelot_order() -> None:
    tracks = [
        make_track(n, "Amber", "Ann", key=key) for n, key in enumerate([Key(9, "minor"), Key(9, "minor"), KEYS[1]])
    ]
    counts = survey(tracks).keys.counts
    assert KEYS[14].camelot == "8A"
    assert (counts[14], counts[1], sum(counts)) == (2, 1, 3)


def test_no_tracks_give_zeros() -> None:
    found = survey([])
    assert (found.tracks, found.labels, found.hours, found.duplicates) == (0, (), 0.0, ())
    assert sum(found.keys.counts) == 0
    assert json.dumps(found.to_json())


def test_json_has_dates_and_camelot_codes() -> None:
    found = survey([make_track(1, "Amber", "Ann", released=dt.date(2018, 5, 3))])
    data = json.loads(json.dumps(found.to_json()))
    assert data["released"]["periods"] == ["2018-05-01"]
    assert data["keys"]["by_label"]["Amber"]["8A"] == 1
    assert data["labels"][0]["label"] == "Amber"


@given(collections())
def test_every_track_is_counted_once(tracks: list[Track]) -> None:
    found = survey(tracks)
    assert sum(one.tracks for one in found.labels) + found.unlabelled == len(tracks)
    for spread, gaps in ((found.bpm, found.missing.counts["bpm"]), (found.seconds, found.missing.counts["length"])):
        assert len(spread.values) + gaps == len(tracks)
        assert list(spread.values) == sorted(spread.values)
    assert sum(found.keys.counts) + found.missing.counts["key"] == len(tracks)
    for field in FIELDS:
        labelled = sum(counts[field] for counts in found.missing.by_label.values())
        assert labelled <= found.missing.counts[field]


@given(collections(), st.randoms())
def test_the_order_of_tracks_does_not_count(tracks: list[Track], random: Random) -> None:
    shuffled = list(tracks)
    random.shuffle(shuffled)
    assert survey(shuffled).to_json() == survey(tracks).to_json()


@given(collections())
def test_grouping_keeps_all_tracks_with_a_label(tracks: list[Track]) -> None:
    groups = tracks_by_label(tracks)
    assert sorted(track.audio_id for own in groups.values() for track in own) == sorted(
        track.audio_id for track in tracks if track.label is not None
    )
    sizes = [len(own) for own in groups.values()]
    assert sizes == sorted(sizes, reverse=True)
