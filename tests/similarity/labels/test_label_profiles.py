import dataclasses
import json

import numpy as np
import pytest
from made_atlas import made_atlas
from survey_tracks import EVIL
from tiny_library import make_track

from earmark.catalog.keys import Key
from earmark.similarity.labels.atlas import Atlas
from earmark.similarity.labels.drift import Drift
from earmark.similarity.labels.label_facts import KeyUse, Numbers, keys_of, tempos_of
from earmark.similarity.labels.profiles import one_per_lead


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return made_atlas()


def test_numbers_are_of_all_tracks(atlas: Atlas) -> None:
    amber = atlas.profiles[atlas.labels.index("Amber")]
    assert (amber.label, amber.tracks, amber.compared, amber.artists, amber.releases) == ("Amber", 36, 36, 12, 12)
    assert amber.years == (2012, 2021)
    assert amber.bpm.values == (*[122.0] * 12, *[124.0] * 12)
    assert amber.bpm.quartiles == (122.0, 123.0, 124.0)
    assert amber.bpm.estimated == 2
    assert amber.keys.known == 24
    assert amber.keys.minor_share == pytest.approx(2 / 3)
    assert amber.lufs.quartiles is not None
    assert amber.energy.values == pytest.approx([0.7] * 36)


def test_typical_tracks_are_in_the_middle_and_outliers_are_not(atlas: Atlas) -> None:
    for at, profile in enumerate(atlas.profiles):
        rows = atlas.choice.placed.rows_of(at)
        own = atlas.distances.to_label[rows, at]
        assert profile.typical[0].distance == pytest.approx(float(own.min()))
        assert profile.outliers[0].distance == pytest.approx(float(own.max()))
        for some in (profile.typical, profile.outliers):
            artists = [one.track.artist_credit for one in some]
            assert len(set(artists)) == len(artists)
        typical = {one.track.audio_id for one in profile.typical}
        assert typical.isdisjoint(one.track.audio_id for one in profile.outliers)


def test_a_stray_track_is_an_outlier_nearer_to_where_it_belongs(atlas: Atlas) -> None:
    far = atlas.labels.index(EVIL)
    assert all(one.nearer_to is None for one in atlas.profiles[far].typical)
    scores = atlas.distances.track_scores(slice(None))
    wrong = [row for row in range(len(scores)) if scores[row].argmin() != atlas.choice.placed.label_of[row]]
    told = [one.track.audio_id for profile in atlas.profiles for one in profile.outliers if one.nearer_to is not None]
    assert set(told) <= {atlas.choice.tracks[row].audio_id for row in wrong}


def test_one_per_lead_keeps_the_first() -> None:
    assert one_per_lead([4, 2, 0, 1], np.array([7, 8, 7, 8, 8])) == [4, 2]


def test_unknown_values_are_no_numbers() -> None:
    tracks = [make_track(1, "A", "x", bpm=None, key=None)]
    assert tempos_of(tracks) == Numbers(())
    assert tempos_of(tracks).quartiles is None
    assert keys_of(tracks).minor_share is None
    assert tempos_of(tracks).to_json() == {"known": 0, "estimated": 0, "quartiles": None, "histogram": {}}


def test_what_was_estimated_is_counted() -> None:
    tracks = [
        make_track(1, "A", "x", bpm=127.6, key=Key(9, "minor"), sources={"bpm": "analysis", "key": "analysis"}),
        make_track(2, "A", "x", bpm=128.0, key=Key(9, "minor"), sources={"bpm": "tag", "key": "csv"}),
    ]
    assert tempos_of(tracks).to_json() == {
        "known": 2, "estimated": 1, "quartiles": [127.7, 127.8, 127.9], "histogram": {"128": 2},
    }  # fmt: skip
    assert keys_of(tracks).to_json() == {"known": 2, "estimated": 1, "minor_share": 1.0, "counts": {"8A": 2}}
    assert KeyUse((0,) * 24).minor_share is None


def test_a_move_is_told_with_its_direction() -> None:
    moved = made_atlas(move=0.4)
    drift = moved.profiles[moved.labels.index("Amber")].drift
    assert isinstance(drift, Drift)
    assert drift.is_told
    last = moved.profiles[moved.labels.index(EVIL)]
    still = last.drift
    assert isinstance(still, Drift)
    assert not still.is_told
    assert last.drifts_to is None


def test_profiles_are_plain_data(atlas: Atlas) -> None:
    data = json.loads(json.dumps(atlas.profiles[0].to_json()))
    assert set(data["drift"]) >= {"per_year", "interval", "told"}
    unknown = dataclasses.replace(atlas.profiles[0], drift="too few years", years=None)
    assert unknown.to_json()["drift"] == {"unknown": "too few years"}
    assert unknown.to_json()["years"] is None
