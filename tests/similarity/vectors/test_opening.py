from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from made_backbones import shelf_with
from tiny_library import LABELS, make_track, store_embeddings, tiny_library, tiny_tracks

import earmark.similarity.vectors.embedding as embedding
from earmark.errors import InputError
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.rows import track_to_row
from earmark.similarity.vectors.embedding import embed_library
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.indexing import build_index
from earmark.similarity.vectors.opening import open_collection, searchable_source
from earmark.similarity.vectors.sources import find_source, mfcc_source

SOURCE = mfcc_source()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = tiny_library(tmp_path / "library", tiny_tracks(6))
    embed_library(made, SOURCE, executor=SerialExecutor())
    return made


def test_tracks_of_a_label_are_near_each_other(library: Library) -> None:
    collection = open_collection(library, SOURCE)
    assert collection.notes == ()
    assert collection.space.dimensions == 80
    for track in collection.all_tracks():
        vector = collection.search.vectors([track.audio_id])[0]
        hits = collection.search.search(vector, 5, Filters(without_ids=frozenset({track.audio_id})))
        near = collection.tracks(hits.audio_ids)
        assert {one.label for one in near} == {track.label}


def test_columns_say_what_tracks_say(library: Library) -> None:
    collection = open_collection(library, SOURCE)
    for place, track in enumerate(collection.tracks(collection.columns.audio_ids.tolist())):
        assert collection.columns.labels[place] == (track.label or "").lower()
        assert collection.columns.bpm[place] == track.bpm
    assert collection.measures([collection.all_tracks()[0].audio_id]) == {}
    with pytest.raises(InputError, match="no track nowhere"):
        collection.tracks(["nowhere"])


def test_changed_tags_and_lost_tracks_are_taken_in_at_once(library: Library) -> None:
    tracks = library.tracks()
    library.tracks_table.merge([track_to_row(replace(tracks[0], label="Dolomite"))])
    library.tracks_table.merge([track_to_row(make_track(999, "Amber", "Zoe"))])
    library.tracks_table.delete([tracks[1].audio_id])
    collection = open_collection(library, SOURCE)
    vector = collection.search.vectors([tracks[2].audio_id])[0]
    assert collection.search.search(vector, 9, Filters(labels=frozenset({"dolomite"}))).audio_ids == (
        tracks[0].audio_id,
    )
    assert len(collection.search) == len(collection.columns) == 17
    assert tracks[1].audio_id not in collection.search.search(vector, 50).audio_ids
    assert collection.notes == ("1 track has no vector yet; run `earmark embed`.",)


def test_a_large_library_says_that_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tiny_library(tmp_path / "library", tiny_tracks(6))
    monkeypatch.setattr(embedding, "build_index", partial(build_index, exact_up_to=10))
    embed_library(made, SOURCE, executor=SerialExecutor())
    collection = open_collection(made, SOURCE)
    assert (collection.search.engine, collection.notes) == ("ivf", ())
    track = made.tracks()[0]
    vector = collection.search.vectors([track.audio_id])[0]
    assert collection.search.search(vector, 1).audio_ids == (track.audio_id,)
    made.tracks_table.merge([track_to_row(replace(track, label="Dolomite"))])
    made.tracks_table.delete([made.tracks()[1].audio_id])
    behind = open_collection(made, SOURCE)
    assert "run `earmark embed`" in behind.notes[0]
    found = behind.search.search(vector, 18).audio_ids
    assert {one.audio_id for one in behind.tracks(found)} == {one.audio_id for one in made.tracks()}
    assert len(behind.search) == len(found) + 1
    assert behind.search.engine == "ivf"


def test_another_source_asks_for_its_own_vectors(library: Library, tmp_path: Path) -> None:
    with shelf_with(tmp_path / "shelf", "small") as settings:
        source = find_source(library)
        with pytest.raises(InputError, match=r"no vectors by the backbone small yet \(there are vectors of another"):
            open_collection(library)
        store_embeddings(library, library.tracks(), settings)
        embed_library(library, source, executor=SerialExecutor())
        collection = open_collection(library)
        assert (collection.source, collection.space.dimensions) == (source, 6)
        assert "no trained bundle" in collection.notes[0]
        assert {track.label for track in collection.all_tracks()} == set(LABELS)


def test_until_a_new_source_has_vectors_the_old_ones_are_searched(library: Library, tmp_path: Path) -> None:
    assert searchable_source(library) == find_source(library)
    with shelf_with(tmp_path / "shelf", "small") as settings:
        between = searchable_source(library)
        assert (between.kind, between.key) == ("mfcc", SOURCE.key)
        told = "There are no vectors by the backbone small yet; those by MFCCs are searched until then."
        assert open_collection(library, between).notes == (told,)
        store_embeddings(library, library.tracks(), settings)
        embed_library(library, find_source(library), executor=SerialExecutor())
        assert searchable_source(library) == find_source(library)


def test_without_tracks_or_vectors_it_says_what_to_run(tmp_path: Path) -> None:
    empty = Library.create(tmp_path / "empty")
    with pytest.raises(InputError, match="no tracks yet; fill it with `earmark scan FOLDER`"):
        open_collection(empty, SOURCE)
    fresh = tiny_library(tmp_path / "fresh", tiny_tracks(1))
    with pytest.raises(InputError, match="no vectors by MFCCs yet; make them with `earmark embed`"):
        open_collection(fresh, SOURCE)
