from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_library import make_track, tiny_library
from tiny_run import run_tracks, tiny_run

from earmark.errors import InputError
from earmark.library.library import Library
from earmark.models.bundle import bundle_split
from earmark.models.evaluate import evaluate
from earmark.models.inputs import SongInputs
from earmark.models.inspection import Inspection, inspect_bundle
from earmark.models.song import spread


@pytest.fixture(scope="module")
def crnn() -> Inspection:
    return tiny_run().named("crnn")


def test_every_song_of_the_split_is_heard_once(crnn: Inspection) -> None:
    ids = {part: {song.track.audio_id for song in crnn.part(part)} for part in ("train", "validation", "test")}
    assert ids == {part: set(own) for part, own in crnn.split.parts().items()}
    assert [song.part for song in crnn.songs] == sorted(
        (song.part for song in crnn.songs), key="test validation train".find
    )
    assert sum(crnn.gone.values()) == 0
    assert not crnn.unheard


def test_the_verdicts_are_those_that_evaluation_counts(crnn: Inspection) -> None:
    judged = evaluate(tiny_run().library, crnn.bundle)
    assert [song.track.audio_id for song in crnn.part("test")] == [track.audio_id for track in judged.tracks]
    assert [song.estimate for song in crnn.part("test")] == judged.judgement.estimate.tolist()
    assert crnn.judgement.rows["mean"] == judged.judgement.rows["mean"]


def test_embeddings_belong_to_the_slices(crnn: Inspection) -> None:
    for song in crnn.songs:
        slices = len(song.prediction.slice_log_probs)
        assert song.embeddings.shape == (slices, 32)
        assert len(song.prediction.slice_starts_seconds) == slices
        np.testing.assert_allclose(song.embeddings.mean(axis=0), song.prediction.embedding, rtol=1e-5, atol=1e-6)


def test_of_training_songs_only_some_slices_are_heard(crnn: Inspection) -> None:
    told = []
    found = inspect_bundle(
        tiny_run().library, crnn.bundle, train_slices=2, progress=lambda done, total: told.append((done, total))
    )
    assert {len(song.embeddings) for song in found.part("train")} == {2}
    assert {len(song.embeddings) for song in found.part("test")} == {3}
    assert told == [(done, 30) for done in range(1, 31)]
    with pytest.raises(InputError, match="at least 1 slice"):
        inspect_bundle(tiny_run().library, crnn.bundle, train_slices=0)


def test_a_model_of_whole_songs_has_one_embedding_for_each() -> None:
    assert {song.embeddings.shape for song in tiny_run().named("mfcc").songs} == {(1, 256)}
    assert {song.embeddings.shape for song in tiny_run().named("metadata").songs} == {(1, 31)}


def test_songs_that_are_gone_relabelled_or_without_sound_are_told(tmp_path: Path, crnn: Inspection) -> None:
    tracks = {track.audio_id: track for track in run_tracks()}
    gone, mute, moved = crnn.split.test[0], crnn.split.train[0], crnn.split.validation[0]
    tracks[moved] = replace(tracks[moved], label="Another label")
    library = tiny_library(tmp_path / "library", [track for one, track in tracks.items() if one != gone])
    assert crnn.bundle.spec.features is not None
    library.features_table.delete([f"{mute}-{crnn.bundle.spec.features.key}"])
    found = inspect_bundle(library, crnn.bundle)
    assert found.gone == {"train": 0, "validation": 1, "test": 1}
    assert list(found.unheard) == [tracks[mute].display]
    assert len(found.songs) == 27
    assert found.leakage.n_songs == 28


def test_a_leak_is_told_and_does_not_end_the_report(tmp_path: Path, crnn: Inspection) -> None:
    tracks = {track.audio_id: track for track in run_tracks()}
    for one in (crnn.split.test[0], crnn.split.train[0]):
        tracks[one] = make_track(int(one, 16), tracks[one].label, "Everybody")
    found = inspect_bundle(tiny_library(tmp_path / "library", list(tracks.values())), crnn.bundle)
    assert found.leakage.problem is not None
    assert "everybody" in found.leakage.problem
    assert found.leakage.shared_artist == 1


def test_without_test_songs_there_is_nothing_to_tell(tmp_path: Path, crnn: Inspection) -> None:
    library = Library.create(tmp_path / "empty")
    with pytest.raises(InputError, match="holds none of the test songs"):
        inspect_bundle(library, crnn.bundle)


def test_a_bundle_without_a_split_is_refused(crnn: Inspection) -> None:
    card = replace(crnn.bundle.card, split={})
    with pytest.raises(InputError, match="carries no split"):
        bundle_split(replace(crnn.bundle, card=card))


@given(n=st.integers(1, 60), most=st.integers(1, 20))
def test_spread_slices_are_even_rising_and_no_more_than_asked(n: int, most: int) -> None:
    values = np.arange(n, dtype=np.float32)[:, None]
    kept = spread(SongInputs(values, np.arange(n, dtype=np.float64) * 3.0, False), most)
    assert len(kept.values) == min(n, most)
    np.testing.assert_array_equal(kept.values[:, 0] * 3.0, kept.starts_seconds)
    gaps = np.diff(kept.values[:, 0])
    if len(gaps):
        assert gaps.min() >= 1
        assert gaps.max() - gaps.min() <= 1
