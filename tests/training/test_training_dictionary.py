"""How Earmark's own network is made: each layer has the property that it is said to have."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from toy_songs import ToySongs

from earmark.errors import InputError
from earmark.models.dictionary import DictionaryNetwork, Textures
from earmark.models.inputs import FloatArray
from earmark.models.spec import DictionarySettings, ModelSpec
from earmark.training.dictionary import fuse_blocks, learn_textures, set_projection, spherical_k_means
from earmark.training.fit import fit
from earmark.training.held_out import HeldOutFit, Linear
from earmark.training.songs import FitResult, HeldOut, Progress, ProgressCallback, SongSet
from earmark.training.trained import trained_model

LABELS = ("a", "b", "c")
N_MELS = 6
Array = NDArray[np.float64]


def sound(n: int = 40, *, frames: int = 40, seed: int = 0) -> FloatArray:
    """Slices whose bands and frames hang together, as those of music do."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, frames + 2, N_MELS))
    smooth = noise[:, :-2] + noise[:, 1:-1] + noise[:, 2:]
    return (smooth @ rng.normal(size=(N_MELS, N_MELS)) * 5 - 3).astype(np.float32)


def learnt(slices: FloatArray, *, components: int = 12, seed: int = 0, together: int = 1, **changed: float) -> Textures:
    numbers = {"frames": 3, "components": components, "atoms": 20, "hop": 1}
    block = Textures(n_mels=N_MELS, together=together, **numbers)
    made = DictionarySettings(**{"ridge": 1e-6, "patches": 6000, "rounds": 4, **changed})  # type: ignore[arg-type]
    with torch.inference_mode():
        learn_textures(block, slices, settings=made, rng=np.random.default_rng(seed))
    return block


def whitened(block: Textures, slices: FloatArray) -> Array:
    """Every whitened patch of the slices, (patches, components)."""
    with torch.inference_mode():
        bands = torch.from_numpy(slices).transpose(1, 2)
        coarse = torch.nn.functional.avg_pool1d(bands, block.together)
        found = block.whiten(coarse).double().numpy()
    return np.asarray(np.moveaxis(found, 1, 2).reshape(-1, found.shape[1]))


@pytest.mark.parametrize("together", [1, 2])
def test_whitened_patches_have_unit_variances_and_nothing_in_common(together: int) -> None:
    slices = sound(200)
    white = whitened(learnt(slices, together=together), slices)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(np.cov(white.T), np.eye(12), atol=0.12)


def test_the_ridge_holds_weak_directions_down() -> None:
    slices = sound(200)
    plain, held = (whitened(learnt(slices, ridge=ridge), slices).var(axis=0) for ridge in (1e-6, 0.1))
    assert held[0] == pytest.approx(1 / 1.1, abs=0.1)
    assert (np.diff(held) < 0.02).all(), "less, the weaker the direction"
    assert held[-1] < 0.5 * plain[-1]


def test_components_that_patches_do_not_have_stay_silent() -> None:
    white = whitened(learnt(sound(), components=25), sound())
    np.testing.assert_allclose(white[:, 18:], 0, atol=1e-5)


@pytest.mark.parametrize("silent", [0.5, 0.8, 0.95])
def test_thresholds_leave_the_stated_share_silent(silent: float) -> None:
    slices = sound(200)
    block = learnt(slices, silent=silent)
    with torch.inference_mode():
        active = torch.relu(block.atoms(block.whiten(torch.from_numpy(slices).transpose(1, 2)))) > 0
    shares = 1 - active.double().mean(dim=(0, 2)).numpy()
    np.testing.assert_allclose(shares, silent, atol=0.03, err_msg="of every atom, on patches that it may not have seen")


def test_spherical_k_means_finds_planted_directions() -> None:
    rng = np.random.default_rng(0)
    planted, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    planted = planted[:5]
    which = rng.integers(0, 5, 2000)
    rows = planted[which] * rng.uniform(1, 9, (2000, 1)) + rng.normal(0, 0.15, (2000, 10))
    found = spherical_k_means(torch.from_numpy(rows).float(), 15, rounds=10, rng=rng).numpy()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    likeness = found @ planted.T
    assert (likeness.max(axis=0) > 0.99).all(), "each is found"
    assert (likeness.max(axis=1) > 0.7).all(), "and nothing far from all of them"


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 30), k=st.integers(1, 40), seed=st.integers(0, 99))
def test_atoms_are_unit_vectors_even_where_rows_are_few(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = torch.from_numpy(rng.normal(size=(n, 4)).astype(np.float32))
    found = spherical_k_means(rows, k, rounds=3, rng=rng)
    assert found.shape == (k, 4)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(k))


def test_a_projection_standardises_and_decorrelates_by_weight() -> None:
    rng = np.random.default_rng(1)
    rows = (rng.normal(size=(300, 4)) @ rng.normal(size=(4, 7)) * [1, 10, 100, 1, 1, 1, 1] + 50).astype(np.float32)
    rows[:, 6] = 3.0
    weights = rng.uniform(0.1, 2, 300)
    layer = torch.nn.Linear(7, 9)
    with torch.inference_mode():
        set_projection(layer, rows, weights)
        found = layer(torch.from_numpy(rows)).double().numpy()
    share = weights / weights.sum()
    np.testing.assert_allclose(share @ found, 0, atol=1e-3)
    covariance = (found * share[:, None]).T @ found
    variances = np.diag(covariance)
    np.testing.assert_allclose(covariance - np.diag(variances), 0, atol=1e-3)
    assert (np.diff(variances) < 1e-3).all(), "the strongest first"
    np.testing.assert_allclose(variances.sum(), 6, rtol=1e-3, err_msg="of six columns that tell anything")
    np.testing.assert_allclose(found[:, 7:], 0, err_msg="there are no more components")
    # The scale of a column says nothing.
    other = torch.nn.Linear(7, 9)
    scaled = rows * np.array([1e-3, 7, 1, 1, 50, 1, 1], dtype=np.float32)
    with torch.inference_mode():
        set_projection(other, scaled, weights)
        again = other(torch.from_numpy(scaled)).double().numpy()
    np.testing.assert_allclose(np.abs(again), np.abs(found), atol=2e-2)


def block_fit(log_probs: Array, truth: NDArray[np.int64], part_of: NDArray[np.int64]) -> HeldOutFit:
    nothing = Linear(np.zeros((3, 1)), np.zeros(3))
    return HeldOutFit(nothing, 0, HeldOut(log_probs, truth, None, out_of_fold=True), part_of, ())


def said(truth: NDArray[np.int64], right: float, rng: np.random.Generator) -> Array:
    called = np.where(rng.random(len(truth)) < right, truth, (truth + 1) % 3)
    probabilities = np.full((len(truth), 3), 0.1)
    probabilities[np.arange(len(truth)), called] = 0.8
    return np.asarray(np.log(probabilities))


def test_a_block_that_tells_nothing_loses_its_weight() -> None:
    rng, truth = np.random.default_rng(0), np.arange(90) % 3
    part_of = rng.permutation(90) % 5
    fits = [block_fit(said(truth, right, rng), truth, part_of) for right in (0.9, 0.33)]
    fused = fuse_blocks(fits, truth, shrinkage=1.0)
    assert fused.weights[0] > 0.7
    assert fused.weights[1] < 0.2
    assert (fused.held_out.argmax(axis=1) == truth).mean() > 0.8
    np.testing.assert_allclose(np.exp(fused.held_out).sum(axis=1), 1)


def test_the_weights_of_blocks_have_not_learnt_the_songs_they_are_held_against() -> None:
    rng, truth = np.random.default_rng(1), np.arange(60) % 3
    part_of = np.arange(60) // 3 % 5
    logs = [said(truth, right, rng) for right in (0.7, 0.5)]
    part = part_of == 2
    turned = np.where(part, (truth + 1) % 3, truth)
    before, after = (
        fuse_blocks([block_fit(one, labels, part_of) for one in logs], labels, shrinkage=1.0)
        for labels in (truth, turned)
    )
    np.testing.assert_array_equal(after.held_out[part], before.held_out[part])
    assert np.abs(after.held_out[~part] - before.held_out[~part]).max() > 1e-3
    assert np.abs(after.weights - before.weights).max() > 1e-3, "those that are kept have learnt all songs"


@pytest.fixture
def train(quick: Callable[[str], ModelSpec], run_dir: Path) -> Callable[..., FitResult]:
    own = quick("earmark")

    def run(
        songs: SongSet,
        validation: SongSet,
        *,
        spec: ModelSpec = own,
        seed: int = 0,
        name: str = "run",
        progress: ProgressCallback | None = None,
    ) -> FitResult:
        folder = run_dir.with_name(name)
        return fit(spec, songs, validation, labels=LABELS, seed=seed, run_dir=folder, progress=progress)

    return run


def test_it_learns_labels_that_can_be_told_apart(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    result = train(toy_songs(18, 0), toy_songs(6, 1))
    model, test = trained_model(result), toy_songs(9, 2)
    found = [model.predict(test.songs, index).verdict.label for index in range(9)]
    assert found == test.labels.tolist()
    assert result.stopped == "max_epochs"
    assert result.curves[result.best_epoch - 1]["val_loss"] == min(one["val_loss"] for one in result.curves)
    assert [one.label for one in result.without_label] == [0, 1, 2]
    assert result.songs["train"] == {"a": 6, "b": 6, "c": 6}
    assert all(count >= 2 for counts in result.slices.values() for count in counts.values())


def same_weights(one: FitResult, other: FitResult) -> bool:
    ours, theirs = one.network.state_dict(), other.network.state_dict()
    return list(ours) == list(theirs) and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_same_seed_gives_the_same_weights_bit_for_bit(
    train: Callable[..., FitResult], train_songs: SongSet, validation_songs: SongSet
) -> None:
    before = torch.random.get_rng_state(), np.random.get_state()[1].tobytes()  # type: ignore[index]  # noqa: NPY002
    first, again = (train(train_songs, validation_songs, name=name) for name in ("first", "again"))
    assert same_weights(first, again)
    assert first.held_out is not None
    assert again.held_out is not None
    np.testing.assert_array_equal(first.held_out.log_probs, again.held_out.log_probs)
    assert not same_weights(first, train(train_songs, validation_songs, seed=1, name="other"))
    assert np.random.get_state()[1].tobytes() == before[1], "chance is a generator's that is passed on"  # type: ignore[index]  # noqa: NPY002


def test_labels_that_are_unique_noise_are_learnt_but_not_foretold(
    train: Callable[..., FitResult], quick: Callable[[str], ModelSpec]
) -> None:
    # Every song has a spectrum of its own, and labels are drawn: only a song that was learnt can be told.
    rng = np.random.default_rng(5)
    labels = rng.permutation(np.arange(36) % 3)
    shapes = rng.normal(0, 15, (36, 128))
    arrays = tuple((-60 + shape + rng.normal(0, 1, (100, 128))).astype(np.float16) for shape in shapes)
    songs = SongSet(ToySongs(arrays, (), ()), labels)
    spec = quick("earmark").with_training(inverse_penalties=(100.0,), embedding_size=40)
    result = train(songs, songs_of(songs, slice(0, 3)), spec=spec)
    best = result.curves[-1]
    assert best["train_accuracy"] > 0.9
    assert result.held_out is not None
    assert result.held_out.out_of_fold
    # The first three songs are there twice, once for validation: those can be known from their double.
    alone = np.arange(3, 36)
    called = result.held_out.log_probs[alone].argmax(axis=1)
    assert (called == labels[alone]).mean() < 0.6
    for one in result.without_label:
        assert (one.log_probs[:, one.label] == -np.inf).all()


def songs_of(songs: SongSet, some: slice) -> SongSet:
    assert isinstance(songs.songs, ToySongs)
    return SongSet(replace(songs.songs, arrays=songs.songs.arrays[some]), songs.labels[some])


def test_no_label_is_seen_below_the_classifier(
    train: Callable[..., FitResult], train_songs: SongSet, validation_songs: SongSet
) -> None:
    turned = replace(train_songs, labels=(train_songs.labels + train_songs.labels // 2) % 3)
    one, other = train(train_songs, validation_songs), train(turned, validation_songs, name="turned")
    ours, theirs = one.network.state_dict(), other.network.state_dict()
    for name in ours:
        assert torch.equal(ours[name], theirs[name]) == (not name.startswith("head")), name


def test_songs_shorter_than_a_slice_are_learnt_too(
    train: Callable[..., FitResult], toy_songs: Callable[..., SongSet]
) -> None:
    result = train(toy_songs(12, 0, frames=(8, 20)), toy_songs(6, 1, frames=(8, 20)))
    assert all(torch.isfinite(value).all() for value in result.network.state_dict().values())


def test_progress_is_told_by_steps(
    train: Callable[..., FitResult], train_songs: SongSet, validation_songs: SongSet
) -> None:
    told: list[Progress] = []
    train(train_songs, validation_songs, progress=told.append)
    assert [one.step for one in told] == sorted(one.step for one in told)
    assert told[-1].step == told[-1].steps


def test_silent_songs_are_learnt_without_a_nan(
    train: Callable[..., FitResult], train_songs: SongSet, validation_songs: SongSet
) -> None:
    assert isinstance(train_songs.songs, ToySongs)
    assert isinstance(validation_songs.songs, ToySongs)
    silent = tuple(np.full_like(one, -100) for one in train_songs.songs.arrays)
    songs = replace(train_songs, songs=replace(train_songs.songs, arrays=silent))
    result = train(songs, replace(validation_songs, songs=replace(validation_songs.songs, arrays=silent[:6])))
    assert isinstance(result.network, DictionaryNetwork)
    assert result.held_out is not None
    assert np.isfinite(result.held_out.log_probs).all()
    assert all(torch.isfinite(value).all() for value in result.network.state_dict().values())


def test_another_kind_of_model_is_refused(train_songs: SongSet, validation_songs: SongSet, run_dir: Path) -> None:
    from earmark.models.registry import MODELS
    from earmark.training.dictionary import fit_dictionary
    from earmark.training.songs import FitRequest

    request = FitRequest(MODELS["mfcc"], train_songs, validation_songs, LABELS, 0, run_dir, None, "cpu")
    with pytest.raises(InputError, match="mfcc is not Earmark's own network"):
        fit_dictionary(request)
