import numpy as np
import pytest
from made_collection import made_collection, made_measures, made_prints, made_track, query_of

from earmark.similarity.finding.lookup import Query
from earmark.similarity.sets import set_material
from earmark.similarity.sets.set_material import gather_material
from earmark.similarity.vectors.filters import Filters

TRACKS = [made_track(f"t{i}", bpm=120.0 + i) for i in range(20)]
UNITS = np.random.default_rng(0).normal(size=(20, 4))
COLLECTION = made_collection(TRACKS, UNITS, {track.audio_id: made_measures(-9) for track in TRACKS})
NEW = made_track("new")
OUTSIDE = Query(NEW, np.array([1, 0, 0, 0], dtype=np.float32), made_measures(-20), in_library=False)


def test_all_tracks_are_material_and_filters_mark_those_that_may_be_played() -> None:
    ends = [query_of(COLLECTION, TRACKS[row]) for row in (3, 9)]
    prints = made_prints(COLLECTION)
    found = gather_material(COLLECTION, prints, Filters(bpm=(125.0, 130.0)), *ends)
    assert list(found.tracks) == TRACKS
    assert np.flatnonzero(found.allowed).tolist() == [5, 6, 7, 8, 9, 10]
    assert np.isfinite(found.decks.energy).all()
    assert found.same_recording(TRACKS[0].audio_id, TRACKS[0].audio_id)


def test_a_file_outside_of_the_library_may_be_an_end_only() -> None:
    found = gather_material(COLLECTION, made_prints(COLLECTION), Filters(), OUTSIDE, query_of(COLLECTION, TRACKS[0]))
    assert found.tracks[-1] is NEW
    assert not found.allowed[-1]
    assert found.allowed[:-1].all()
    assert found.decks.energy[-1] < found.decks.energy[0]
    assert found.decks.units[-1].tolist() == [1, 0, 0, 0]


def test_of_a_very_large_collection_only_what_lies_around_the_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_material, "MOST", 10)
    monkeypatch.setattr(set_material, "AROUND", 4)
    first, last = query_of(COLLECTION, TRACKS[3]), query_of(COLLECTION, TRACKS[9])
    found = gather_material(COLLECTION, made_prints(COLLECTION), Filters(bpm=(128.0, 140.0)), first, last)
    assert 4 < len(found.tracks) <= 14
    assert {TRACKS[3].audio_id, TRACKS[9].audio_id} <= {track.audio_id for track in found.tracks}
    for track, allowed in zip(found.tracks, found.allowed, strict=True):
        assert bool(allowed) == ((track.bpm or 0) >= 128)
