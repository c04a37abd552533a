"""Earmark's own network, layer by layer, against the same computed in numpy."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.audio.settings import PRESETS
from earmark.errors import InputError
from earmark.models.dictionary import RHYTHM_BANDS, RHYTHM_EDGES, DictionaryNetwork, Rhythm, Textures
from earmark.models.inputs import OneSong, input_shape
from earmark.models.networks import TorchClassifier, build_network
from earmark.models.onnx_classifier import OnnxClassifier
from earmark.models.onnx_export import check_parity, export_onnx
from earmark.models.registry import MODELS
from earmark.models.song import SingleModel

PAPER = PRESETS["paper"]
FRAMES, N_MELS, ATOMS = 24, 32, 6
SPEC = MODELS["earmark"].with_slice_seconds(1).with_training(components=9, atoms=12, embedding_size=8, scales=(1, 2))


def textures(*, together: int = 1, hop: int = 2) -> Textures:
    return Textures(n_mels=N_MELS, together=together, frames=4, components=5, atoms=ATOMS, hop=hop)


def network(n_labels: int = 3) -> DictionaryNetwork:
    torch.manual_seed(0)
    rhythm = Rhythm(n_mels=N_MELS, frames=FRAMES, frames_per_second=31.25)
    blocks: list[Textures | Rhythm] = [textures(), textures(together=3, hop=1), rhythm]
    return DictionaryNetwork(n_labels, blocks, n_mels=N_MELS, frames=FRAMES, embedding_size=7).eval()


def slices(n: int = 3, *, frames: int = FRAMES, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 10, (n, frames, N_MELS)).astype(np.float32))


def numpy_activity(block: Textures, x: NDArray[np.float64], *, hop: int) -> NDArray[np.float64]:
    """Activities (patches, atoms) of one slice (frames, n_mels), patch by patch."""
    weights = {name: value.detach().double().numpy() for name, value in block.state_dict().items()}
    coarse = x[: len(x) // block.together * block.together].reshape(-1, block.together, N_MELS).mean(axis=1)
    active = []
    for start in range(0, len(coarse) - 4 + 1, hop):
        patch = coarse[start : start + 4].T
        white = (weights["whiten.weight"] * patch).sum(axis=(1, 2)) + weights["whiten.bias"]
        active.append(np.maximum(weights["atoms.weight"][:, :, 0] @ white + weights["atoms.bias"], 0))
    return np.stack(active)


@pytest.mark.parametrize(("frames", "together", "hop"), [(4, 1, 1), (23, 1, 2), (24, 3, 1), (25, 4, 2)])
def test_textures_are_roots_of_mean_and_deviation_of_each_atoms_activity(frames: int, together: int, hop: int) -> None:
    torch.manual_seed(0)
    block, x = textures(together=together, hop=hop), slices(2, frames=frames)
    found = block(x.transpose(1, 2)).detach().numpy()
    assert found.shape == (2, block.size) == (2, 2 * ATOMS)
    for one, row in zip(x.double().numpy(), found, strict=True):
        active = numpy_activity(block, one, hop=hop)
        expected = np.concatenate([np.sqrt(active.mean(axis=0)), np.sqrt(active.std(axis=0))])
        # The root of a number near 0 is where rounding shows: the network adds a tiny number under it.
        np.testing.assert_allclose(row, expected, rtol=1e-3, atol=0.011)


def test_an_atom_that_is_never_active_says_next_to_nothing() -> None:
    block = textures()
    with torch.no_grad():
        block.state_dict()["atoms.bias"].fill_(-1e6)
    found = block(slices().transpose(1, 2)).detach()
    assert 0 < float(found.min()) < float(found.max()) < 0.011


@pytest.mark.parametrize(("hertz", "band"), [(2.0, 0), (4.1, 7), (9.0, RHYTHM_BANDS - 1)])
def test_rhythm_tells_which_band_swings_and_how_fast(hertz: float, band: int) -> None:
    rate, n_mels, frames = 31.25, 64, 188
    block = Rhythm(n_mels=n_mels, frames=frames, frames_per_second=rate)
    x = np.full((frames, n_mels), -30.0)
    width = n_mels // RHYTHM_BANDS
    x[:, band * width : (band + 1) * width] += 10 * np.sin(2 * np.pi * hertz * np.arange(frames) / rate)[:, None]
    found = block(torch.from_numpy(x.T[None].astype(np.float32))).reshape(RHYTHM_BANDS, -1).numpy()
    loudest = np.unravel_index(found.argmax(), found.shape)
    assert loudest[0] == band
    assert RHYTHM_EDGES[loudest[1]] <= hertz < RHYTHM_EDGES[loudest[1] + 1]
    assert np.delete(found, band, axis=0).max() < 1e-3, "the others are steady, however loud"


def test_rhythm_is_the_power_of_a_fourier_transform() -> None:
    frames, rate = 60, 31.25
    block, x = Rhythm(n_mels=RHYTHM_BANDS, frames=frames, frames_per_second=rate), slices(1, frames=60)[:, :, :16]
    found = block(x.transpose(1, 2)).reshape(RHYTHM_BANDS, -1).numpy()
    swing = (x[0].double() - x[0].double().mean(dim=0)).numpy() * np.hanning(frames + 2)[1:-1, None]
    logs = np.log(np.abs(np.fft.rfft(swing, axis=0)) ** 2 + 1)
    hertz = np.fft.rfftfreq(frames, 1 / rate)
    filled = 0
    for at, (low, high) in enumerate(pairwise(RHYTHM_EDGES)):
        inside = (hertz >= low) & (hertz < high)
        inside[np.abs(hertz - np.sqrt(low * high)).argmin()] = True
        filled += int(inside.sum())
        np.testing.assert_allclose(found[:, at], logs[inside].mean(axis=0), rtol=1e-4, atol=1e-4)
    assert filled >= len(RHYTHM_EDGES) - 1


@settings(deadline=None, max_examples=40)
@given(frames=st.integers(4, 200), n_mels=st.integers(1, 40))
def test_rhythm_has_a_number_for_each_band_and_rate_however_short(frames: int, n_mels: int) -> None:
    block = Rhythm(n_mels=n_mels, frames=frames, frames_per_second=31.25)
    x = torch.from_numpy(np.random.default_rng(frames).normal(size=(2, n_mels, frames)).astype(np.float32))
    found = block(x)
    assert found.shape == (2, block.size) == (2, min(RHYTHM_BANDS, n_mels) * (len(RHYTHM_EDGES) - 1))
    assert torch.isfinite(found).all()
    torch.testing.assert_close(block(x + 20), found, rtol=1e-3, atol=1e-3)


def test_shapes_of_every_layer() -> None:
    ours, x = network(), slices()
    assert [one.shape for one in ours.statistics(x)] == [(3, 12), (3, 12), (3, 16 * 14)]
    assert ours.embed(x).shape == (3, 21)
    assert ours(x).shape == (3, 3)
    torch.testing.assert_close(ours(x), ours.head(ours.embed(x)))
    first = ours.projections[0](ours.statistics(x)[0])
    torch.testing.assert_close(ours.embed(x)[:, :7], first)  # blocks stand side by side


@settings(deadline=None, max_examples=20)
@given(n=st.integers(1, 5), seed=st.integers(0, 9))
def test_a_slice_is_judged_alone(n: int, seed: int) -> None:
    ours, x = network(), slices(n, seed=seed)
    whole = ours.embed(x)
    assert torch.isfinite(whole).all()
    torch.testing.assert_close(torch.cat([ours.embed(one[None]) for one in x]), whole, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shape", [(2, FRAMES - 1, N_MELS), (2, FRAMES, 4), (FRAMES, N_MELS), (0,)])
def test_slices_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"takes \(batch, 24, 32\), got .*slice length"):
        network()(torch.zeros(shape))


def test_a_network_without_labels_or_blocks_is_refused() -> None:
    with pytest.raises(InputError, match="at least"):
        network(0)
    with pytest.raises(InputError, match="has a block"):
        DictionaryNetwork(3, [], n_mels=N_MELS, frames=FRAMES, embedding_size=7)
    with pytest.raises(InputError, match="at least"):
        DictionaryNetwork(3, [textures()], n_mels=N_MELS, frames=FRAMES, embedding_size=0)


def test_a_slice_too_short_for_the_longest_patch_is_refused() -> None:
    spec = MODELS["earmark"].with_slice_seconds(0.5)
    with pytest.raises(InputError, match=r"a slice of 0.5 s has 16 frames; the longest patch needs 32"):
        build_network(spec, 3)


def test_the_graph_equals_the_network() -> None:
    torch.manual_seed(1)
    ours = build_network(SPEC, 4).eval()
    graph = export_onnx(ours, SPEC)
    assert check_parity(ours, graph, SPEC) < 1e-4
    inputs = np.random.default_rng(3).normal(0, 12, (40, *input_shape(SPEC))).astype(np.float32)
    theirs = OnnxClassifier(graph, input_shape=input_shape(SPEC), threads=1).classify(inputs)
    here = TorchClassifier(ours).classify(inputs)
    assert here.embeddings.shape == (40, 24)
    np.testing.assert_allclose(theirs.log_probs, here.log_probs, atol=1e-4)
    np.testing.assert_allclose(theirs.embeddings, here.embeddings, atol=1e-3)


@pytest.mark.parametrize("gain", [-20.0, 6.0])
def test_the_same_song_louder_is_the_same_song(one_song: Callable[..., OneSong], gain: float) -> None:
    torch.manual_seed(0)
    model = SingleModel(SPEC, TorchClassifier(build_network(SPEC, 3)))
    # Whole decibels are exact in float16, so that nothing but the gain differs.
    whole = np.round(one_song(frames=200).features(0, PAPER).astype(np.float64) / 2)
    plain, louder = (model.predict(OneSong({PAPER.key: (whole + add).astype(np.float16)}), 0) for add in (0.0, gain))
    np.testing.assert_allclose(louder.slice_log_probs, plain.slice_log_probs, atol=1e-4)
    np.testing.assert_allclose(louder.embedding, plain.embedding, atol=1e-3)
    other = model.predict(one_song(1, frames=200), 0)
    assert np.abs(other.slice_log_probs - plain.slice_log_probs).max() > 1e-2, "the sound is heard"
