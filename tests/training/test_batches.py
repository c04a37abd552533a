from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.inputs import song_inputs
from earmark.models.registry import MODELS
from earmark.training.batches import EpochBatches, RowPool, SlicePool, dropout_seed, epoch_generator, label_weights
from earmark.training.songs import SongSet

SPEC = MODELS["crnn"].with_slice_seconds(1)  # 32 frames


def batches(songs: SongSet, *, epoch: int, seed: int = 0, size: int = 4, drawn: int | None = None) -> EpochBatches:
    pool = SlicePool(SPEC, songs, slices_per_song=drawn)
    return EpochBatches(pool, songs.labels, batch_size=size, seed=seed, epoch=lambda: epoch)


def stacked(epoch: EpochBatches) -> tuple[torch.Tensor, torch.Tensor]:
    parts = list(epoch)
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])


def test_the_grid_holds_each_slice_of_each_song_once(train_songs: SongSet) -> None:
    epoch = batches(train_songs, epoch=0)
    inputs, labels = stacked(epoch)
    whole = [song_inputs(SPEC, train_songs.songs, index).values for index in range(len(train_songs.songs))]
    expected = np.concatenate(whole)
    order = np.lexsort(inputs[:, 0, :2].numpy().T)
    expected_order = np.lexsort(expected[:, 0, :2].T)
    np.testing.assert_array_equal(inputs[order].numpy(), expected[expected_order])
    np.testing.assert_array_equal(labels[order], np.repeat(train_songs.labels, [len(w) for w in whole])[expected_order])
    assert len(list(epoch)) == len(epoch) == -(-len(expected) // 4)


def test_an_epoch_repeats_from_seed_and_number_alone(train_songs: SongSet) -> None:
    for drawn in (None, 2):
        first, again = (stacked(batches(train_songs, epoch=3, drawn=drawn))[0] for _ in range(2))
        assert torch.equal(first, again)
        assert not torch.equal(first, stacked(batches(train_songs, epoch=4, drawn=drawn))[0])
        assert not torch.equal(first, stacked(batches(train_songs, epoch=3, seed=1, drawn=drawn))[0])


def test_the_epoch_is_asked_for_when_an_iteration_begins(train_songs: SongSet) -> None:
    now = 0
    pool = SlicePool(SPEC, train_songs, slices_per_song=None)
    epoch = EpochBatches(pool, train_songs.labels, batch_size=4, seed=0, epoch=lambda: now)
    waiting = iter(epoch)
    now = 5
    assert torch.equal(next(waiting)[0], next(iter(batches(train_songs, epoch=5)))[0])


@given(seed=st.integers(0, 50), drawn=st.integers(1, 9))
def test_random_slices_lie_within_their_songs(seed: int, drawn: int, toy_songs: Callable[..., SongSet]) -> None:
    songs = toy_songs(4, seed, frames=(20, 200))
    lengths = np.asarray([len(songs.songs.features(index, *SPEC.stored)) for index in range(4)])
    pool = SlicePool(SPEC, songs, slices_per_song=drawn)
    positions = pool.draw(np.random.default_rng(seed))
    counts = np.bincount(positions[:, 0], minlength=4)
    np.testing.assert_array_equal(counts, np.clip(lengths // 32, 1, drawn))
    assert np.all(positions[:, 1] >= 0)
    assert np.all(positions[:, 1] <= np.maximum(lengths[positions[:, 0]] - 32, 0))
    assert pool.gather(positions).shape == (len(positions), 32, 128)


def test_random_slices_reach_both_ends_of_a_song(toy_songs: Callable[..., SongSet]) -> None:
    songs = toy_songs(1, 0, frames=(40, 41))
    pool = SlicePool(SPEC, songs, slices_per_song=1)
    starts = {int(pool.draw(epoch_generator(0, epoch))[0, 1]) for epoch in range(200)}
    assert starts == set(range(9))


def test_songs_of_one_input_are_drawn_once_each(train_songs: SongSet) -> None:
    pool = RowPool(MODELS["mfcc"], train_songs)
    epoch = EpochBatches(pool, train_songs.labels, batch_size=5, seed=0, epoch=lambda: 0)
    inputs, labels = stacked(epoch)
    assert [len(b[0]) for b in epoch] == [5, 5, 2]
    assert sorted(map(tuple, inputs.tolist())) == sorted(map(tuple, pool.rows.tolist()))
    found = {tuple(row): int(label) for row, label in zip(inputs.tolist(), labels, strict=True)}
    assert all(found[tuple(row)] == label for row, label in zip(pool.rows.tolist(), train_songs.labels, strict=True))


def test_a_model_without_slices_has_no_slice_pool(train_songs: SongSet) -> None:
    with pytest.raises(InputError, match="mfcc has no slices"):
        SlicePool(MODELS["mfcc"], train_songs, slices_per_song=None)


@given(counts=st.lists(st.integers(0, 500), min_size=1, max_size=8).filter(any))
def test_weights_make_labels_count_the_same(counts: list[int]) -> None:
    per_label: NDArray[np.int64] = np.asarray(counts)
    weights = label_weights(per_label)
    shares = (weights * per_label)[per_label > 0]
    np.testing.assert_allclose(shares, shares[0], rtol=1e-5)
    np.testing.assert_allclose((weights * per_label).sum() / per_label.sum(), 1, rtol=1e-5)
    assert np.all(weights[per_label == 0] == 0)


def test_dropout_seeds_differ_and_fit_torch() -> None:
    seeds = {dropout_seed(seed, epoch) for seed in range(10) for epoch in range(10)}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert dropout_seed(3, 4) == dropout_seed(3, 4)
