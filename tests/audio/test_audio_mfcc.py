"""MFCCs equal librosa's, and the mean needs one transform."""

import librosa
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from earmark.audio.mfcc import mfcc, mfcc_mean
from earmark.errors import InputError

DECIBELS = st.floats(-100, 40, width=32)


@pytest.mark.parametrize("n_mfcc", [1, 20, 40, 128])
def test_equal_to_librosa(n_mfcc: int) -> None:
    log_mel = np.random.default_rng(0).uniform(-80, 0, (50, 128)).astype(np.float32)
    ours = mfcc(log_mel, n_mfcc)
    assert ours.shape == (50, n_mfcc)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, librosa.feature.mfcc(S=log_mel.T, n_mfcc=n_mfcc).T, atol=1e-3)


def test_a_flat_frame_has_only_its_level() -> None:
    coefficients = mfcc(np.full((2, 64), -30.0, dtype=np.float32), 5)
    np.testing.assert_allclose(coefficients, [[-30 * 8, 0, 0, 0, 0]] * 2, atol=1e-4)


@given(npst.arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(40, 64)), elements=DECIBELS))
def test_the_mean_of_the_coefficients_is_that_of_the_mean_frame(log_mel: npt.NDArray[np.float32]) -> None:
    mean = mfcc_mean(log_mel)
    assert mean.shape == (40,)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, mfcc(log_mel).mean(axis=0, dtype=np.float64), atol=2e-3)


def test_the_mean_of_stored_float16_features_does_not_overflow() -> None:
    assert mfcc_mean(np.full((20_000, 128), -80, dtype=np.float16))[0] == pytest.approx(-80 * np.sqrt(128), rel=1e-5)


def test_too_few_bands_or_frames_are_refused() -> None:
    with pytest.raises(InputError, match="at least 40 bands"):
        mfcc(np.zeros((5, 20), dtype=np.float32))
    with pytest.raises(InputError, match="bands"):
        mfcc(np.zeros((5, 20), dtype=np.float32), 0)
    with pytest.raises(InputError, match="at least one frame"):
        mfcc_mean(np.zeros((0, 128), dtype=np.float32))
