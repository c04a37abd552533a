from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from tiny_library import make_track, tiny_library, tiny_tracks

import earmark.similarity.vectors.embedding as embedding
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.rows import track_to_row
from earmark.similarity.vectors.diagnosis import VectorState, advise, examine
from earmark.similarity.vectors.embedding import embed_library
from earmark.similarity.vectors.indexing import build_index
from earmark.similarity.vectors.sources import mfcc_source

SOURCE = mfcc_source()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return tiny_library(tmp_path / "library", tiny_tracks(4))


def test_a_fresh_library_is_told_what_to_run(library: Library, tmp_path: Path) -> None:
    found = examine(library)
    assert (found.library.tracks, found.library.features, found.library.vectors) == (12, 12, ())
    assert any("run `earmark embed`" in one for one in found.advice)
    assert any("`earmark train`" in one for one in found.advice)
    empty = examine(Library.create(tmp_path / "empty"))
    assert empty.advice == ("The library is empty; fill it with `earmark scan FOLDER`.",)


def test_vectors_are_fresh_until_the_library_changes(library: Library) -> None:
    embed_library(library, SOURCE, executor=SerialExecutor())
    [state] = examine(library).library.vectors
    assert (state.vectors, state.lacking, state.gone, state.stale, state.current) == (12, 0, 0, False, True)
    assert (state.engine, state.recall) == ("exact", None)
    assert state.ms is not None
    library.tracks_table.merge([track_to_row(make_track(999, "Amber", "Zoe"))])
    library.tracks_table.delete([library.tracks()[0].audio_id])
    found = examine(library)
    [state] = found.library.vectors
    assert (state.lacking, state.gone, state.stale) == (1, 1, True)
    assert any("tracks without one: 1, tracks that have left: 1" in one for one in found.advice)


def test_an_index_tells_its_recall_and_measures_it_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "build_index", partial(build_index, exact_up_to=5))
    embed_library(library, SOURCE, executor=SerialExecutor())
    for again in (False, True):
        [state] = examine(library, recall=again).library.vectors
        assert state.engine == "ivf"
        assert state.recall is not None
        assert min(state.recall.values()) >= 0.98


def test_old_sources_are_known(library: Library) -> None:
    embed_library(library, replace(SOURCE, key="0123456789ab", name="gone"), executor=SerialExecutor())
    found = examine(library)
    [state] = found.library.vectors
    assert not state.current
    assert any("earmark embed --drop-old" in one for one in found.advice)


def test_unfinished_and_poor_ones_are_told(library: Library) -> None:
    state = examine(library).library
    plain = VectorState(
        key="k",
        source="mfcc mfcc",
        current=True,
        vectors=5,
        lacking=7,
        gone=0,
        engine=None,
        stale=False,
        recall=None,
        ms=None,
        megabytes=0.0,
    )
    unfinished = advise(replace(state, vectors=(plain,)))
    assert any("unfinished; run `earmark embed` again" in one for one in unfinished)
    poor = replace(plain, engine="ivf", lacking=0, recall={"none": 0.99, "own bpm": 0.5})
    assert any("only 50 %" in one for one in advise(replace(state, vectors=(poor,))))


def test_parts_are_looked_up_without_importing_them(library: Library) -> None:
    parts = {part.name: part for part in examine(library).parts}
    assert parts["Lance"].version
    assert parts["Lance"].extra == ""
    assert parts["PyTorch"].extra == "train"
    assert examine(library).to_json()["parts"][0]["name"] == "soundfile"


def test_damage_is_told_and_hides_nothing_else(library: Library) -> None:
    embed_library(library, SOURCE, executor=SerialExecutor())
    folder = library.local_folder("bundles") / "broken"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{", encoding="utf-8")
    next((library.local_folder("vectors") / SOURCE.key).glob("*/bpm.npy")).write_bytes(b"half")
    found = examine(library)
    [state] = found.library.vectors
    assert (state.vectors, state.engine, state.current) == (12, None, True)
    assert any("broken" in one for one in found.advice)
    assert any("not a whole array" in one for one in found.advice)
