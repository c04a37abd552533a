from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.audio.mfcc import mfcc_mean
from earmark.audio.settings import PRESETS
from earmark.backbones.settings import BackboneSettings
from earmark.catalog.keys import Key
from earmark.errors import InputError, MetadataError
from earmark.library.rows import StoredFeature
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
    song_level,
)
from earmark.models.ready import ready
from earmark.models.registry import MODELS

PAPER = PRESETS["paper"]
SINGLE = [name for name, spec in MODELS.items() if spec.kind != "ensemble"]
A_MINOR = Key(9, "minor")
FULL = SongMetadata(bpm=138.0, key=A_MINOR, seconds=400.0)


@dataclass(frozen=True)
class Tagged:
    tags: tuple[SongMetadata, ...]

    def __len__(self) -> int:
        return len(self.tags)

    def features(self, index: int, settings: StoredFeature) -> NDArray[np.float16]:
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


@pytest.mark.parametrize("name", SINGLE)
def test_every_models_inputs_have_the_shape_it_tells(
    name: str, one_song: Callable[..., OneSong], small_backbone: BackboneSettings
) -> None:
    spec, song = ready(MODELS[name])[0], one_song(frames=400)
    patches = np.ones((4, small_backbone.embedding_size), dtype=np.float16)
    song = replace(song, stored={**song.stored, small_backbone.key: patches})
    inputs = song_inputs(spec, song, 0)
    assert inputs.values.dtype == np.float32
    assert inputs.values.shape[1:] == input_shape(spec)
    assert inputs.starts_seconds.shape == (len(inputs.values),)
    if spec.slice_seconds is None:
        assert input_shape(spec) == (len(input_columns(spec)),)
        assert not inputs.padded


def test_crnn_slices_are_the_songs_own_frames(one_song: Callable[..., OneSong]) -> None:
    song = one_song(frames=200)
    inputs = song_inputs(MODELS["crnn"], song, 0)
    assert inputs.values.shape == (2, 94, 128)
    np.testing.assert_array_equal(inputs.values.reshape(-1, 128), song.features(0, PAPER)[:188].astype(np.float32))
    np.testing.assert_allclose(inputs.starts_seconds, [0, 94 * 512 / 16_000])
    assert not inputs.padded


def test_a_short_song_is_padded_with_its_silence_and_marked(one_song: Callable[..., OneSong]) -> None:
    song = one_song(frames=10)
    inputs = song_inputs(MODELS["crnn"], song, 0)
    assert inputs.padded
    np.testing.assert_array_equal(inputs.values[0, :10], song.features(0, PAPER).astype(np.float32))
    assert np.all(inputs.values[0, 10:] == song.features(0, PAPER).min())


def test_an_ensemble_has_no_inputs_of_its_own(one_song: Callable[..., OneSong]) -> None:
    with pytest.raises(InputError, match="ensemble is an ensemble, whose parts have inputs of their own"):
        song_inputs(MODELS["ensemble"], one_song(), 0)
    assert input_columns(MODELS["ensemble"]) == ()


@pytest.mark.parametrize("gain", [-12.0, 9.0])
def test_gain_says_nothing_to_the_own_network(one_song: Callable[..., OneSong], gain: float) -> None:
    song = one_song(frames=400)
    quiet = song.features(0, PAPER).astype(np.float64) / 4  # a quarter of the range, where float16 is exact to 0.02 dB
    inputs, louder = (
        song_inputs(MODELS["earmark"], OneSong({PAPER.key: (quiet + add).astype(np.float16)}), 0).values
        for add in (0.0, gain)
    )
    np.testing.assert_allclose(louder, inputs, atol=0.05)
    assert song_level(quiet.astype(np.float16)) == pytest.approx(quiet.mean(), abs=0.01)


def test_the_level_that_is_taken_off_is_the_songs_not_the_slices() -> None:
    # A quiet first slice and a loud second one: their difference stays.
    frames = MODELS["earmark"].slice_frames
    assert frames is not None
    log_mel = np.concatenate([np.full((frames, 128), -60), np.full((frames, 128), -20)]).astype(np.float16)
    values = song_inputs(MODELS["earmark"], OneSong({PAPER.key: log_mel}), 0).values
    assert np.unique(values[0]).tolist() == [-20]
    assert np.unique(values[1]).tolist() == [20]


def test_a_probe_reads_each_patch_where_it_lies(small_backbone: BackboneSettings) -> None:
    spec = ready(MODELS["probe"])[0]
    patches = np.array([[1, 2, 3, 4, 5, 6], [3, 2, 3, 4, 5, 10]], dtype=np.float16)
    inputs = song_inputs(spec, OneSong({small_backbone.key: patches}), 0)
    assert inputs.values.tolist() == patches.tolist()
    assert inputs.starts_seconds.tolist() == [0, small_backbone.patch_seconds], "without a length, one after another"
    seconds = 500 * small_backbone.patch_seconds
    many = np.ones((len(small_backbone.start_seconds(seconds)), 6), dtype=np.float16)
    tags = SongMetadata(bpm=None, key=None, seconds=seconds)
    placed = song_inputs(spec, OneSong({small_backbone.key: many}, tags), 0)
    assert placed.starts_seconds.tolist() == small_backbone.start_seconds(seconds).tolist()
    assert input_columns(spec) == tuple(f"value {column}" for column in range(6))
    for shape in ((0, 6), (4, 7), (6,)):
        with pytest.raises(InputError, match=r"reads embeddings of shape \(patches, 6\), at least one patch"):
            song_inputs(spec, OneSong({small_backbone.key: np.zeros(shape, dtype=np.float16)}), 0)


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
    np.testing.assert_array_equal(inputs.values[0], mfcc_mean(song.features(0, PAPER), n_mfcc=40))


@pytest.mark.parametrize("shape", [(0, 128), (50, 64), (50,)])
def test_features_of_other_settings_are_refused(shape: tuple[int, ...]) -> None:
    for name in ("crnn", "mfcc", "earmark"):
        with pytest.raises(InputError, match=r"reads log-mel of shape \(frames, 128\).*scan it again"):
            song_inputs(MODELS[name], OneSong({PAPER.key: np.zeros(shape, dtype=np.float16)}), 0)


def test_one_song_says_what_it_lacks() -> None:
    with pytest.raises(InputError, match="no such features"):
        OneSong().features(0, PAPER)
    with pytest.raises(InputError, match="no such features"):
        OneSong({PAPER.key: np.zeros((3, 128), dtype=np.float16)}).features(0, PRESETS["study"])
    with pytest.raises(InputError, match="no metadata"):
        OneSong().metadata(0)
    with pytest.raises(InputError, match="one song only"):
        OneSong(tags=FULL).metadata(1)
    assert len(OneSong()) == 1
