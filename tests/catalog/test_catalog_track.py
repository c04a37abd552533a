"""Tracks, and merging what importers found."""

import datetime as dt
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.credits import Credits
from earmark.catalog.keys import Key
from earmark.catalog.track import SOURCES, Track, Values, merge
from earmark.errors import MetadataError

TEXTS = st.none() | st.text(min_size=1, max_size=20)
NAMES = st.lists(st.text(min_size=1, max_size=10), max_size=3).map(tuple)
TRACKS = st.builds(
    Track,
    audio_id=st.text(max_size=32),
    path=st.text(max_size=50),
    seconds=st.floats(0.01, 1e5),
    title=TEXTS,
    mix=TEXTS,
    artist_credit=TEXTS,
    artists=st.builds(Credits, NAMES, NAMES, NAMES, NAMES),
    label=TEXTS,
    release=TEXTS,
    catalogue_number=TEXTS,
    genre=TEXTS,
    released=st.none() | st.dates(),
    released_precision=st.sampled_from(["day", "month", "year"]),
    bpm=st.none() | st.floats(20, 400),
    key=st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from(["minor", "major"])),
    sources=st.dictionaries(st.sampled_from(["title", "bpm"]), st.sampled_from(SOURCES)),
)


@given(TRACKS)
def test_json_round_trip(track: Track) -> None:
    assert Track.from_json(json.loads(json.dumps(track.to_json()))) == track


@given(TRACKS)
def test_tracks_travel_between_processes(track: Track) -> None:
    assert pickle.loads(pickle.dumps(track)) == track


def test_json_leaves_out_what_is_not_known() -> None:
    data = Track(audio_id="a", path="x.mp3", seconds=3.0).to_json()
    assert data == {
        "audio_id": "a", "path": "x.mp3", "seconds": 3.0, "artists": {}, "released_precision": "day", "sources": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"colour": "blue"}, {"released": "yesterday"}, {"released": 2018}, {"artists": {"drummers": ["A"]}}]
)
def test_json_that_is_no_track_is_refused(change: dict[str, object]) -> None:
    data = Track(audio_id="a", path="x.mp3", seconds=3.0).to_json()
    with pytest.raises(MetadataError, match="this is no track as Earmark writes one"):
        Track.from_json(data | change)
    del data["path"]
    with pytest.raises(MetadataError, match="path"):
        Track.from_json(data)


def test_display() -> None:
    track = Track(audio_id="a", path="x.mp3", seconds=3.0)
    assert track.display == "x.mp3"
    track = Track(audio_id="a", path="x.mp3", seconds=3.0, title="Song", artists=Credits(("A", "B")))
    assert track.display == "A & B - Song"
    track = Track(audio_id="a", path="x.mp3", seconds=3.0, title="Song", mix="Dub", artist_credit="A feat. B")
    assert track.display == "A feat. B - Song (Dub)"


def test_the_first_that_has_a_value_wins_field_by_field() -> None:
    track = merge(
        [
            Values(source="csv", label="Purple", bpm=132.0),
            Values(source="tag", label="purple rec.", bpm=66.0, title="Song", released=dt.date(2018, 1, 1),
                   released_precision="year"),
            Values(source="file-name", title="song", key=Key(9, "minor"), released=dt.date(2019, 5, 1)),
        ],
        audio_id="a", path="x.mp3", seconds=200.5,
    )  # fmt: skip
    assert (track.label, track.bpm, track.title, track.key) == ("Purple", 132.0, "Song", Key(9, "minor"))
    assert (track.released, track.released_precision) == (dt.date(2018, 1, 1), "year")
    assert track.sources == {
        "label": "csv", "bpm": "csv", "title": "tag", "released": "tag", "key": "file-name", "seconds": "analysis",
    }  # fmt: skip


def test_artists_merge_by_role() -> None:
    track = merge(
        [
            Values(source="csv", artist_credit="", artists=Credits(featured=("Seri",))),
            Values(source="tag", artist_credit="A pres. C", artists=Credits(("A",), presented=("C",))),
            Values(source="file-name", artist_credit="A", artists=Credits(("A",), remixers=("E",))),
        ],
        audio_id="a", path="x.mp3", seconds=1.0,
    )  # fmt: skip
    assert track.artists == Credits(("A",), ("Seri",), ("E",), ("C",))
    assert (track.artist_credit, track.sources["artists"]) == ("A pres. C", "tag")
    assert track.artist_keys == {"a", "seri", "e", "c"}


def test_a_remixer_alone_is_kept() -> None:
    track = merge([Values(source="tag", artists=Credits(remixers=("E",)))], audio_id="a", path="x", seconds=1.0)
    assert (track.artists, track.sources["artists"]) == (Credits(remixers=("E",)), "tag")


def test_label_from_one_source_alone() -> None:
    values = [Values(source="tag", label="Tagged"), Values(source="folder", label="Folder"), Values(source="csv")]
    labels = [
        merge(values, audio_id="a", path="x", seconds=1.0, label_from=source).label
        for source in (None, "tag", "folder", "csv")
    ]
    assert labels == ["Tagged", "Tagged", "Folder", None]


def test_the_decoded_length_stands_above_the_csv() -> None:
    values = [Values(source="csv", seconds=400.0)]
    assert merge(values, audio_id="a", path="x", seconds=390.0).seconds == 390.0
    track = merge(values, audio_id="a", path="x")
    assert (track.seconds, track.sources["seconds"]) == (400.0, "csv")
    with pytest.raises(MetadataError, match=r"x\.mp3 has no length"):
        merge([], audio_id="a", path="x.mp3")


def test_values_know_whether_anything_was_found() -> None:
    assert Values(source="tag", problems=("bpm: no",)).is_empty
    assert not Values(source="tag", bpm=1.0).is_empty
    assert not Values(source="tag", artists=Credits(("A",))).is_empty
