import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from earmark.models.standardise import Standardise, column_statistics


def test_training_rows_come_out_with_mean_0_and_deviation_1() -> None:
    rows = np.random.default_rng(0).normal([100, -5], [30, 0.1], (200, 2)).astype(np.float32)
    layer = Standardise(2)
    layer.set_statistics(rows)
    out = layer(torch.from_numpy(rows)).numpy()
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(out.std(axis=0), 1, atol=1e-4)


def test_a_gap_becomes_the_training_mean() -> None:
    rows = np.asarray([[1, 10], [3, np.nan], [np.nan, 30]], dtype=np.float32)
    mean, deviation = column_statistics(rows)
    assert mean.tolist() == [2, 20]
    assert deviation.tolist() == [1, 10]
    layer = Standardise(2)
    layer.set_statistics(rows)
    assert layer(torch.from_numpy(rows)).tolist() == [[-1, -1], [1, 0], [0, 1]]


@pytest.mark.parametrize("value", [0.0, 140.0, 49_000.0, 0.1])
def test_a_column_that_never_varies_keeps_deviation_1(value: float) -> None:
    mean, deviation = column_statistics(np.full((7, 1), value, dtype=np.float32))
    assert deviation.tolist() == [1]
    assert mean[0] == pytest.approx(value)


def test_indicators_stay_as_they_are() -> None:
    mean, deviation = column_statistics(np.asarray([[0, 1, 0, 1], [1, 1, 0, 2], [0, 1, 0, 3]], dtype=np.float32))
    assert mean.tolist() == [0, 0, 0, 2]
    np.testing.assert_allclose(deviation, [1, 1, 1, np.sqrt(2 / 3)])


def test_a_column_without_values_is_left_alone() -> None:
    mean, deviation = column_statistics(np.full((3, 1), np.nan, dtype=np.float32))
    assert (mean[0], deviation[0]) == (0, 1)


def test_a_fresh_layer_is_the_identity_and_its_statistics_are_weights() -> None:
    layer = Standardise(3)
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(layer(x), x)
    assert set(layer.state_dict()) == {"mean", "deviation"}
    assert not list(layer.parameters())


@given(scale=st.floats(0.01, 1e4), shift=st.floats(-1e4, 1e4))
def test_units_do_not_matter(scale: float, shift: float) -> None:
    rows = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float64)
    plain, changed = Standardise(3), Standardise(3)
    moved = (rows * scale * max(1.0, abs(shift)) + shift).astype(np.float32)
    plain.set_statistics(rows.astype(np.float32))
    changed.set_statistics(moved)
    ours, theirs = plain(torch.from_numpy(rows.astype(np.float32))), changed(torch.from_numpy(moved))
    torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=1e-2)
