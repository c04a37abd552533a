import numpy as np
import pytest
from numpy.typing import NDArray

from earmark.similarity.finding.scale import PAIRS, SoundScale, scale_of_ids, sound_scale


def units(n: int, seed: int = 0) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(n, 6))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def test_of_few_tracks_all_pairs_count_once() -> None:
    placed = units(5)
    scale = sound_scale(placed)
    expected = sorted(float(placed[i] @ placed[j]) for i in range(5) for j in range(i))
    np.testing.assert_allclose(scale.cosines, expected, rtol=1e-5)
    assert scale.share(-2.0) == 0.0
    assert scale.share(2.0) == 1.0
    assert scale.share(expected[5]) in (0.5, 0.6)


def test_of_many_tracks_pairs_are_drawn_and_none_is_a_track_with_itself() -> None:
    placed = units(400)
    scale = sound_scale(placed, seed=3)
    assert len(scale.cosines) == PAIRS
    assert scale.cosines[-1] < 1 - 1e-6
    np.testing.assert_array_equal(scale.cosines, sound_scale(placed, seed=3).cosines)
    everything = (placed @ placed.T)[np.triu_indices(400, 1)]
    assert scale.share(0.5) == pytest.approx((everything < 0.5).mean(), abs=0.01)


def test_values_go_from_the_median_to_the_nearest_thousandth() -> None:
    scale = SoundScale(np.linspace(-1, 1, 20_001).astype(np.float32))
    found = scale.value(np.array([-0.5, 0.0, 0.4995, 0.999, 1.0]))
    np.testing.assert_allclose(found, [0, 0, 0.5005, 1, 1], atol=2e-3)


def test_a_single_track_has_a_scale() -> None:
    scale = sound_scale(units(1))
    assert scale.value(np.array([0.0])).tolist() == [0.0]


def test_tracks_of_a_large_collection_are_drawn_in_order() -> None:
    ids = [f"{number:05d}" for number in range(1000)]
    assert scale_of_ids(ids, most=2000) == ids
    drawn = scale_of_ids(ids, most=100)
    assert len(set(drawn)) == 100
    assert drawn == sorted(drawn) == scale_of_ids(ids, most=100)
