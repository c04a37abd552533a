from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.audio.mfcc import mfcc_mean
from earmark.catalog.keys import Key
from earmark.errors import InputError, MetadataError
from earmark.models.inputs import (
    METADATA_COLUMNS,
    MISSING_COLUMNS,
    OneSong,
    SongMetadata,
    input_columns,
    input_shape,
    metadata_matrix,
    metadata_vector,
    read_slice,
    song_inputs,
)
from earmark.models.registry import MODELS

A_MINOR = Key(9, "minor")
FULL = SongMetadata(bpm=138.0, key=A_MINOR, seconds=400.0)


@dataclass(frozen=True)
class Tagged:
    tags: tuple[SongMetadata, ...]

    def __len__(self) -> int:
        return len(self.tags)

    def features(self, index: int) -> NDArray[np.float16]:
        raise AssertionError(f"a metadata model read the sound of song {index}")

    def metadata(self, index: int) -> SongMetadata:
        return self.tags[index]


def test_a_metadata_vector_by_hand() -> None:
    named = dict(zip(METADATA_COLUMNS, metadata_vector(FULL), strict=True))
    assert {name: value for name, value in named.items() if value} == {
        "BPM": 138,
        "length (s)": 400,
        "key 8A": 1,
        "minor": 1,
        "BPM x length": 138 * 400,
    }
    assert len(METADATA_COLUMNS) == 29


@given(pitch_class=st.integers(0, 11), minor=st.booleans(), bpm=st.floats(1, 400), seconds=st.floats(0.1, 9000))
def test_exactly_one_key_and_one_mode_are_set(pitch_class: int, minor: bool, bpm: float, seconds: float) -> None:
    key = Key(pitch_class, "minor" if minor else "major")
    named = dict(zip(METADATA_COLUMNS, metadata_vector(SongMetadata(bpm, key, seconds)), strict=True))
    assert named.pop(f"key {key.camelot}") == 1
    assert named.pop(key.mode) == 1
    assert named.pop("BPM x length") == np.float32(bpm * seconds)
    assert sum(value for name, value in named.items() if name not in ("BPM", "length (s)")) == 0


def test_missing_values_are_marked_when_imputing() -> None:
    columns = METADATA_COLUMNS + MISSING_COLUMNS
    named = dict(zip(columns, metadata_vector(SongMetadata(None, None, 300.0), impute=True), strict=True))
    assert np.isnan(named.pop("BPM"))
    assert np.isnan(named.pop("BPM x length"))
    assert {name for name, value in named.items() if value} == {"length (s)", *MISSING_COLUMNS}
    assert metadata_vector(FULL, impute=True)[-2:].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bpm": None}, "has no BPM\\."),
        ({"key": None}, "has no key\\."),
        ({"bpm": None, "key": None}, "no BPM and no key"),
    ],
)
def test_missing_values_are_an_error_without_imputing(change: dict[str, Any], message: str) -> None:
    with pytest.raises(MetadataError, match=message):
        metadata_vector(replace(FULL, **change))


@pytest.mark.parametrize(("bpm", "seconds"), [(0.0, 300.0), (float("nan"), 300.0), (130.0, -1.0), (130.0, 0.0)])
def test_impossible_numbers_are_refused(bpm: float, seconds: float) -> None:
    with pytest.raises(MetadataError, match="must be above 0"):
        metadata_vector(SongMetadata(bpm, A_MINOR, seconds), impute=True)


def test_the_study_counts_the_songs_that_lack_tags() -> None:
    songs = Tagged((FULL, replace(FULL, bpm=None), replace(FULL, bpm=None, key=None)))
    with pytest.raises(MetadataError, match=r"metadata-study needs BPM and key.*of 3 songs 2 have no BPM and 1 no key"):
        metadata_matrix(MODELS["metadata-study"], songs)
    assert metadata_matrix(MODELS["metadata"], songs).shape == (3, 31)
    assert metadata_matrix(MODELS["metadata"], Tagged(())).shape == (0, 31)


@pytest.mark.parametrize("name", MODELS)
def test_every_models_inputs_have_the_shape_it_tells(name: str, one_song: Callable[..., OneSong]) -> None:
    spec = MODELS[name]
    inputs = song_inputs(spec, one_song(frames=200), 0)
    assert inputs.values.dtype == np.float32
    assert inputs.values.shape[1:] == input_shape(spec)
    assert inputs.starts_seconds.shape == (len(inputs.values),)
    if spec.kind != "crnn":
        assert input_shape(spec) == (len(input_columns(spec)),)
        assert not inputs.padded


def test_crnn_slices_are_the_songs_own_frames(one_song: Callable[..., OneSong]) -> None:
    song = one_song(frames=200)
    inputs = song_inputs(MODELS["crnn"], song, 0)
    assert inputs.values.shape == (2, 94, 128)
    np.testing.assert_array_equal(inputs.values.reshape(-1, 128), song.features(0)[:188].astype(np.float32))
    np.testing.assert_allclose(inputs.starts_seconds, [0, 94 * 512 / 16_000])
    assert not inputs.padded


def test_a_short_song_is_padded_with_its_silence_and_marked(one_song: Callable[..., OneSong]) -> None:
    song = one_song(frames=10)
    inputs = song_inputs(MODELS["crnn"], song, 0)
    assert inputs.padded
    np.testing.assert_array_equal(inputs.values[0, :10], song.features(0).astype(np.float32))
    assert np.all(inputs.values[0, 10:] == song.features(0).min())


@given(frames=st.integers(1, 40), length=st.integers(1, 60), data=st.data())
def test_read_slice_is_a_copy_of_what_is_there(frames: int, length: int, data: st.DataObject) -> None:
    features = np.arange(length * 3, dtype=np.float16).reshape(length, 3)
    start = data.draw(st.integers(0, max(length - frames, 0)))
    part = read_slice(features, start, frames=frames)
    assert part.shape == (frames, 3)
    assert part.dtype == np.float32
    there = min(frames, length)
    np.testing.assert_array_equal(part[:there], features[start : start + there])
    assert np.all(part[there:] == features.min())


def test_mfcc_inputs_are_the_mean_of_40_coefficients(one_song: Callable[..., OneSong]) -> None:
    song = one_song()
    inputs = song_inputs(MODELS["mfcc"], song, 0)
    np.testing.assert_array_equal(inputs.values[0], mfcc_mean(song.features(0), n_mfcc=40))


@pytest.mark.parametrize("shape", [(0, 128), (50, 64), (50,)])
def test_features_of_other_settings_are_refused(shape: tuple[int, ...]) -> None:
    for name in ("crnn", "mfcc"):
        with pytest.raises(InputError, match=r"reads log-mel of shape \(frames, 128\).*scan it again"):
            song_inputs(MODELS[name], OneSong(np.zeros(shape, dtype=np.float16)), 0)


def test_one_song_says_what_it_lacks() -> None:
    with pytest.raises(InputError, match="no log-mel"):
        OneSong().features(0)
    with pytest.raises(InputError, match="no metadata"):
        OneSong().metadata(0)
    with pytest.raises(InputError, match="one song only"):
        OneSong(tags=FULL).metadata(1)
    assert len(OneSong()) == 1
