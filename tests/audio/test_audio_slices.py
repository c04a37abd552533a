"""Slicing covers a track without overlap, and pads only what is shorter than a slice."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.slices import slice_frames
from earmark.errors import InputError


def numbered(length: int, bands: int = 3, dtype: type = np.float16) -> npt.NDArray[np.floating]:
    return np.repeat(np.arange(length, dtype=dtype)[:, None], bands, axis=1)


def test_a_worked_example() -> None:
    slices = slice_frames(numbered(10), 4)
    assert slices.values.shape == (2, 4, 3)
    assert slices.values.dtype == np.float16
    assert slices.values[:, :, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert slices.starts.tolist() == [0, 4]
    assert not slices.padded


@given(st.integers(1, 300), st.integers(1, 120))
def test_slices_cover_in_order_and_drop_less_than_one_slice(length: int, frames: int) -> None:
    features = numbered(length)
    slices = slice_frames(features, frames)
    assert slices.padded == (length < frames)
    assert len(slices.values) == len(slices.starts) == max(1, length // frames)
    covered = slices.values.reshape(-1, 3)[:length]
    assert np.array_equal(covered, features[: len(covered)])
    assert length - len(covered) < frames
    assert slices.starts.tolist() == [k * frames for k in range(len(slices.starts))]


@given(st.integers(1, 200), st.integers(1, 60), st.integers(1, 90))
def test_with_a_hop_each_slice_is_its_stretch(length: int, frames: int, hop: int) -> None:
    features = numbered(length)
    slices = slice_frames(features, frames, hop=hop)
    assert slices.starts.tolist() == list(range(0, max(length - frames, 0) + 1, hop))
    for start, values in zip(slices.starts, slices.values, strict=True):
        inside = features[start : start + frames]
        assert np.array_equal(values[: len(inside)], inside)


def test_slices_are_views_of_the_stored_array() -> None:
    features = numbered(20)
    assert np.shares_memory(slice_frames(features, 5).values, features)
    assert np.shares_memory(slice_frames(features, 5, hop=2).values, features)
    assert not slice_frames(features, 5).values.flags.writeable


def test_a_short_clip_is_padded_with_its_own_minimum_or_the_given_value() -> None:
    features = np.array([[-20.0, -30.0], [-10.0, -60.0]], dtype=np.float32)
    padded = slice_frames(features, 4)
    assert padded.padded
    assert padded.starts.tolist() == [0]
    assert np.array_equal(padded.values[0, :2], features)
    assert (padded.values[0, 2:] == -60).all()
    assert (slice_frames(features, 4, pad_value=-80.0).values[0, 2:] == -80).all()
    assert not slice_frames(features, 2).padded


@pytest.mark.parametrize("shape", [(0, 128), (5,), (2, 3, 4)])
def test_arrays_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="shape \\(frames, bands\\)"):
        slice_frames(np.zeros(shape, dtype=np.float32), 2)


@pytest.mark.parametrize("options", [{"frames": 0}, {"frames": 3, "hop": 0}])
def test_lengths_below_one_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(InputError, match="at least one frame"):
        slice_frames(numbered(5), **options)
