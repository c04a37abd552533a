import json
from pathlib import Path

import pytest
from made_atlas import LABELS, by_track, made_atlas, made_collection
from survey_tracks import EVIL
from tiny_library import tiny_library, tiny_tracks

from earmark.catalog.select import Selection
from earmark.errors import InputError
from earmark.executors.serial import SerialExecutor
from earmark.similarity.labels.atlas import Atlas, atlas_of, make_atlas
from earmark.similarity.vectors.embedding import embed_library
from earmark.similarity.vectors.opening import open_collection
from earmark.similarity.vectors.sources import mfcc_source


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return made_atlas()


def test_labels_lie_as_they_were_laid(atlas: Atlas) -> None:
    assert atlas.labels == tuple(sorted(LABELS))
    assert [one.label for one in atlas.nearest(atlas.labels.index(EVIL))] == ["Cobalt", "Basalt", "Amber"]
    near = atlas.nearest(atlas.labels.index("Amber"))
    assert [one.label for one in near] == ["Basalt", "Cobalt", EVIL]
    assert not near[2].tied
    assert all(one.interval[0] <= one.distance <= one.interval[1] for one in near)
    assert atlas.map.neighbours_kept == 1
    assert atlas.tree.branches[0].support > 0.4


def test_what_is_left_out_is_told(atlas: Atlas) -> None:
    assert [one.label for one in atlas.left_out] == ["Lonely"]
    assert atlas.notes[0] == "A note."
    assert "1 tracks without a label are not on the atlas." in atlas.notes


def test_everything_is_plain_data(atlas: Atlas) -> None:
    data = json.loads(json.dumps(atlas.to_json(), allow_nan=False))
    assert data["labels"][1]["nearest"][0]["label"] == "Basalt"
    assert data["love"]["suggestions"][0]["label"] == "Basalt"
    assert data["resamples"] == 120
    assert len(data["tree"]) == 3
    assert data["left_out"] == [{"label": "Lonely", "tracks": 1, "why": "1 track; 5 are needed"}]


def test_the_same_seed_gives_the_same_atlas() -> None:
    tracks, units = made_collection()
    vectors = by_track(tracks, units)
    one, other, third = (
        make_atlas(tracks, vectors, source="x", resamples=30, seed=seed).to_json() for seed in (5, 5, 6)
    )
    assert one == other
    assert one != third


def test_other_ways_to_hold_tracks_apart_say_what_they_leave_in() -> None:
    tracks, units = made_collection(artists=4)
    for apart in ("release", "song"):
        made = make_atlas(tracks, by_track(tracks, units), source="x", apart=apart, resamples=10)
        assert f"held apart by {apart}" in made.notes[0]
    assert make_atlas(tracks, by_track(tracks, units), source="x", resamples=10).notes == ()


def test_an_atlas_of_a_library(tmp_path: Path) -> None:
    library = tiny_library(tmp_path / "library", tiny_tracks())
    embed_library(library, mfcc_source(), executor=SerialExecutor())
    opened = open_collection(library, mfcc_source())
    made = atlas_of(opened, resamples=10, love=["Amber"])
    assert made.labels == ("Amber", "Basalt", "Cobalt")
    assert made.source == "MFCCs"
    assert made.advice is not None
    assert made.profiles[0].bpm.values == (*[120.0] * 4, *[121.0] * 4)
    some = atlas_of(opened, selection=Selection(labels=("Amber", "Cobalt")), resamples=10)
    assert some.labels == ("Amber", "Cobalt")
    with pytest.raises(InputError, match="only Amber has them"):
        atlas_of(opened, selection=Selection(labels=("Amber",)), resamples=10)
