from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library_sounds import write_sound
from tiny_library import make_track, tiny_library, tiny_tracks

import earmark.similarity.vectors.embedding as embedding
from earmark.errors import DecodeError, InputError, LibraryError
from earmark.executors import Outcome, SerialExecutor
from earmark.library.library import Library
from earmark.library.rows import feature_name, track_to_row
from earmark.library.scan import scan
from earmark.library.vectors import VectorTable, vector_keys
from earmark.similarity.vectors.embedding import drop_old, embed_file, embed_library
from earmark.similarity.vectors.opening import open_collection
from earmark.similarity.vectors.sources import mfcc_source

SOURCE = mfcc_source()
SERIAL = SerialExecutor()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return tiny_library(tmp_path / "library", tiny_tracks(4))


def table(library: Library) -> VectorTable:
    return VectorTable(library.storage, SOURCE.key, SOURCE.size)


def counts(summary: Any) -> tuple[int, ...]:
    return summary.made, summary.unchanged, summary.refreshed, summary.removed, len(summary.failures)


def test_only_what_is_lacking_is_made(library: Library) -> None:
    assert counts(embed_library(library, SOURCE, executor=SERIAL)) == (12, 0, 0, 0, 0)
    again = embed_library(library, SOURCE, executor=SERIAL)
    assert counts(again) == (0, 12, 0, 0, 0)
    assert again.vectors == 12
    assert again.index is not None
    assert (again.index.engine, again.index.tracks) == ("exact", 12)


def test_changed_tags_change_columns_and_keep_vectors(library: Library) -> None:
    embed_library(library, SOURCE, executor=SERIAL)
    before, vectors = table(library).read()
    track = replace(library.tracks()[0], bpm=99.0, label="Dolomite")
    library.tracks_table.merge([track_to_row(track)])
    summary = embed_library(library, SOURCE, executor=SERIAL)
    assert counts(summary) == (0, 11, 1, 0, 0)
    after, same = table(library).read()
    assert (vectors == same).all()
    assert [row for row in after if row not in before] == [table(library).rows()[track.audio_id]]
    assert table(library).rows()[track.audio_id].label == "dolomite"


def test_tracks_that_left_take_their_vectors_along(library: Library) -> None:
    embed_library(library, SOURCE, executor=SERIAL)
    gone = library.tracks()[0].audio_id
    library.tracks_table.delete([gone])
    assert counts(embed_library(library, SOURCE, executor=SERIAL)) == (0, 11, 0, 1, 0)
    assert gone not in table(library).audio_ids()
    assert len(open_collection(library, SOURCE).search) == 11


def test_a_track_without_features_fails_alone(library: Library) -> None:
    library.tracks_table.merge([track_to_row(make_track(999, "Amber", "Zoe"))])
    broken = library.tracks()[0]
    name = feature_name(broken.audio_id, "cf1793fdc79c")
    library.storage.write_array(name, np.zeros((0, 128), np.float16))
    summary = embed_library(library, SOURCE, executor=SERIAL)
    reasons = {one.audio_id: one.reason for one in summary.failures}
    assert reasons.keys() == {f"{999:032x}", broken.audio_id}
    assert reasons[f"{999:032x}"] == "its file is gone"
    assert summary.vectors == 11
    told = open_collection(library, SOURCE)
    assert len(told.search) == 11


class Interrupted(SerialExecutor):
    """Ctrl-C comes after so many tracks."""

    def run(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Generator[Outcome[Any, Any], None, None]:
        for place, outcome in enumerate(super().run(function, items)):
            if place == 5:
                raise KeyboardInterrupt
            yield outcome


def test_an_interruption_keeps_what_is_done(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "IN_PROCESS", 0)
    with pytest.raises(KeyboardInterrupt):
        embed_library(library, SOURCE, executor=Interrupted())
    assert len(table(library).audio_ids()) == 5
    with pytest.raises(InputError, match="make them with `earmark embed`"):
        open_collection(library, SOURCE)
    assert counts(embed_library(library, SOURCE, executor=SERIAL)) == (7, 5, 0, 0, 0)
    assert len(open_collection(library, SOURCE).search) == 12


def test_rebuilding_makes_everything_anew(library: Library) -> None:
    embed_library(library, SOURCE, executor=SERIAL)
    told: list[tuple[int, int, str]] = []
    summary = embed_library(
        library, SOURCE, executor=SERIAL, rebuild=True, progress=lambda done, of, doing: told.append((done, of, doing))
    )
    assert counts(summary) == (12, 0, 0, 0, 0)
    assert (12, 12, "embedding") in told


def test_an_index_that_cannot_be_opened_is_made_again(library: Library) -> None:
    embed_library(library, SOURCE, executor=SERIAL)
    folder = library.local_folder("vectors") / SOURCE.key
    for damage in ("*/bpm.npy", "built.json"):
        next(folder.glob(damage)).write_bytes(b"half")
        with pytest.raises(LibraryError, match="earmark embed --rebuild"):
            open_collection(library, SOURCE)
        assert counts(embed_library(library, SOURCE, executor=SERIAL)) == (0, 12, 0, 0, 0)
        assert len(open_collection(library, SOURCE).search) == 12


def test_old_sources_are_dropped_when_asked(library: Library) -> None:
    embed_library(library, SOURCE, executor=SERIAL)
    old = replace(SOURCE, key="0123456789ab")
    embed_library(library, old, executor=SERIAL)
    assert set(vector_keys(library.storage)) == {SOURCE.key, old.key}
    assert drop_old(library, [SOURCE]) == (old.key,)
    assert vector_keys(library.storage) == [SOURCE.key]
    assert len(open_collection(library, SOURCE).search) == 12


def test_an_empty_library_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tracks yet; fill it with `earmark scan FOLDER`"):
        embed_library(Library.create(tmp_path / "new"), SOURCE, executor=SERIAL)


def test_a_file_gets_the_vector_that_a_scan_would_give_it(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "music" / "Alpha" / "one.flac", 1, title="One", artist="Ann", label="Alpha Records")
    write_sound(tmp_path / "music" / "Alpha" / "two.flac", 2, title="Two", artist="Ben", label="Alpha Records")
    library, other = Library.create(tmp_path / "library"), Library.create(tmp_path / "other")
    scan(library, [tmp_path / "music"], executor=SERIAL)
    embed_library(library, SOURCE, executor=SERIAL)
    collection = open_collection(library, SOURCE)
    for where in (library, other):
        heard = embed_file(path, where, SOURCE)
        assert heard.track.title == "One"
        placed = collection.space.place(heard.embedding[None])[0]
        assert placed @ collection.search.vectors([heard.track.audio_id])[0] == pytest.approx(1.0, abs=5e-3)
        assert heard.log_mel.shape[1] == 128
    assert heard.measures.lufs == library.measures([heard.track.audio_id])[heard.track.audio_id].lufs


def test_a_file_that_is_none_is_told(library: Library, tmp_path: Path) -> None:
    (tmp_path / "broken.mp3").write_bytes(b"no music" * 100)
    with pytest.raises(DecodeError, match=r"broken\.mp3"):
        embed_file(tmp_path / "broken.mp3", library, SOURCE)
