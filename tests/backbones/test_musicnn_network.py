"""musicnn's network against a computation of its own in numpy, layer by layer from the authors' code."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from made_checkpoint import musicnn_variables

from earmark.backbones.building import made_patches
from earmark.backbones.musicnn_network import FoldedMusicnn, Musicnn, with_random_weights, with_variables
from earmark.errors import InputError

Array = npt.NDArray[np.float64]
VARIABLES = musicnn_variables(seed=5)


@pytest.fixture(scope="module")
def network() -> Musicnn:
    return with_variables(VARIABLES)


@pytest.fixture(scope="module")
def patches() -> npt.NDArray[np.float32]:
    return made_patches(seed=3, count=2)


def in_numpy(patch: npt.NDArray[np.float32]) -> Array:
    """The penultimate layer for one patch of shape (187, 96)."""
    normed = norm(patch.astype(np.float64)[:, :, np.newaxis], 0)[:, :, 0]
    front = [pooled(normed, number) for number in range(5)]
    heard = np.concatenate(front, axis=1)  # (187, 561)
    layers, before = [heard], heard
    for number in (5, 6, 7):
        out = norm(np.maximum(convolved(before, number), 0), number + 1)[:, 0]
        before = out if number == 5 else out + before
        layers.append(before)
    everything = np.concatenate(layers, axis=1)  # (187, 753)
    statistics = np.stack([everything.max(axis=0), everything.mean(axis=0)], axis=1).ravel()
    dense = norm(statistics, 9) @ VARIABLES["dense/kernel"].astype(np.float64) + VARIABLES["dense/bias"]
    return norm(np.maximum(dense, 0), 10)


def pooled(values: Array, number: int) -> Array:
    """A front layer, pooled over all of frequency."""
    pooled_over: Array = norm(np.maximum(convolved(values, number), 0), number + 1).max(axis=1)
    return pooled_over


def convolved(values: Array, number: int) -> Array:
    """One convolution over (time, bands), time kept by zeros as TensorFlow's ``same`` does, bands not."""
    name = f"conv2d_{number}" if number else "conv2d"
    kernel = VARIABLES[f"{name}/kernel"].astype(np.float64)[:, :, 0]
    length, width = kernel.shape[:2]
    padded = np.pad(values, (((length - 1) // 2, length // 2), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (length, width))
    return np.tensordot(windows, kernel, axes=2) + VARIABLES[f"{name}/bias"]


def norm(values: Array, number: int) -> Array:
    """Batch norm over the last axis, with the moving statistics."""
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    gamma, beta, mean, variance = (
        VARIABLES[f"{name}/{told}"].astype(np.float64) for told in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    normed: Array = gamma * (values - mean) / np.sqrt(variance + 1e-3) + beta
    return normed


def test_the_network_is_that_of_its_authors(network: Musicnn, patches: npt.NDArray[np.float32]) -> None:
    with torch.no_grad():
        found = network(torch.from_numpy(patches)).numpy()
    assert found.shape == (2, 200)
    expected = np.stack([in_numpy(patch) for patch in patches])
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_the_folded_network_is_the_same_function(network: Musicnn, patches: npt.NDArray[np.float32]) -> None:
    gammas = network.front[0].norm.weight
    assert (gammas < 0).any()
    assert (gammas > 0).any()
    with torch.no_grad():
        expected, found = (one.eval()(torch.from_numpy(patches)) for one in (network, FoldedMusicnn(network)))
    assert (found - expected).abs().max() <= 1e-4 * expected.abs().max()


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(InputError, match="it has no variable dense/kernel"):
        with_variables({name: values for name, values in VARIABLES.items() if name != "dense/kernel"})
    with pytest.raises(InputError, match=r"weights of shape \(204,\), but \(51,\) came"):
        with_variables({**VARIABLES, "conv2d/bias": VARIABLES["conv2d_2/bias"]})


def test_the_control_works_in_its_range_and_is_the_same_for_a_seed() -> None:
    patches = made_patches(seed=4, count=6)
    first, again, other = (with_random_weights(seed, patches[:2]).dense.weight for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    with torch.no_grad():
        embedded = with_random_weights(1, patches)(torch.from_numpy(patches)).numpy()
    assert np.isfinite(embedded).all()
    # The norms were set by these very patches, so that most values have a deviation of 1 over them;
    # torch divides by one patch less, hence the root.
    deviations = embedded.std(axis=0)
    assert np.median(deviations) == pytest.approx(np.sqrt(5 / 6), abs=0.1)
