import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.report.maps import balanced_sample, map_vectors, neighbour_agreement


def clusters(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label_of = np.arange(n) % 3
    return rng.normal(size=(n, 8)) + 20 * np.eye(8)[label_of], label_of


def test_clusters_stay_apart_and_a_seed_gives_the_same_map() -> None:
    vectors, label_of = clusters(45)
    made = map_vectors(vectors, perplexity=10, seed=4)
    assert made.points.shape == (45, 2)
    assert made.points.dtype == np.float32
    assert made.perplexity == 10
    np.testing.assert_array_equal(map_vectors(vectors, perplexity=10, seed=4).points, made.points)
    distances = np.linalg.norm(made.points[:, None] - made.points[None], axis=2) + np.eye(45) * 1e9
    assert (label_of[distances.argmin(axis=1)] == label_of).all()


def test_the_perplexity_fits_the_number_of_points() -> None:
    assert map_vectors(clusters(10)[0], perplexity=30).perplexity == 3


@pytest.mark.parametrize(
    ("vectors", "perplexity", "told"),
    [
        (np.zeros((5, 2)), 30, "at least 8 points; 5 came"),
        (np.ones((20, 4)), 30, "the same embedding"),
        (np.full((20, 4), np.nan), 30, "the same embedding"),
        (np.eye(20), 1, "perplexity is at least 2"),
    ],
)
def test_what_cannot_be_mapped_is_told(vectors: np.ndarray, perplexity: float, told: str) -> None:
    with pytest.raises(InputError, match=told):
        map_vectors(vectors, perplexity=perplexity)


@settings(max_examples=40)
@given(st.data())
def test_a_sample_is_balanced_over_labels_and_songs(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 12), min_size=3, max_size=12))
    limit = data.draw(st.integers(1, 60))
    song_of = np.repeat(np.arange(len(sizes)), sizes)
    label_of = song_of % 3
    kept = balanced_sample(label_of, song_of, limit, rng=np.random.default_rng(0))
    assert len(set(kept.tolist())) == len(kept)
    assert (np.diff(kept) > 0).all()
    if len(song_of) <= limit:
        assert len(kept) == len(song_of)
        return
    if limit < 3:  # more labels than places
        assert len(set(label_of[kept].tolist())) == len(kept) == limit
        return
    share = limit // 3
    for label in range(3):
        own = kept[label_of[kept] == label]
        assert len(own) == min(share, int((label_of == label).sum()))
        songs = np.flatnonzero(np.arange(len(sizes)) % 3 == label)
        taken = np.array([(song_of[own] == song).sum() for song in songs])
        # Nobody may have two more than another who still had slices to give.
        short = taken < np.array(sizes)[songs]
        if short.any():
            assert taken.max() <= taken[short].min() + 1


def test_neighbours_by_the_same_artist_do_not_count() -> None:
    vectors = np.array([[0.0], [0.1], [1.0], [5.0], [5.2]])
    labels = np.array([0, 0, 1, 1, 1])
    artists = [frozenset({"ann"}), frozenset({"ann"}), frozenset({"bob"}), frozenset({"cid"}), frozenset({"dan"})]
    tested = np.array([True, False, False, True, False])
    found = neighbour_agreement(vectors, labels, artists, tested)
    # Song 0's nearest is 1, by the same artist; then comes 2, of another label. Song 3's nearest is 4, of its label.
    assert (found.same, found.n, found.unknown) == (1, 2, 0)
    assert found.chance == pytest.approx((0 / 3 + 2 / 4) / 2)
    assert 0 < found.interval.low < 0.5 < found.interval.high < 1


def test_songs_without_artists_may_be_by_anyone_and_do_not_count() -> None:
    vectors, labels = np.array([[0.0], [0.1], [1.0]]), np.array([0, 0, 1])
    artists = [frozenset({"ann"}), frozenset[str](), frozenset({"bob"})]
    found = neighbour_agreement(vectors, labels, artists, np.ones(3, dtype=np.bool_))
    assert (found.same, found.n, found.unknown) == (0, 2, 1), "the nearest song is by nobody knows whom"
    assert found.chance == 0


def test_no_neighbour_is_no_count() -> None:
    vectors, both = np.array([[0.0], [1.0]]), np.array([True, True])
    nobody = neighbour_agreement(vectors, np.array([0, 0]), [frozenset[str]()] * 2, both)
    assert (nobody.same, nobody.n, nobody.unknown) == (0, 0, 2)
    alone = neighbour_agreement(vectors, np.array([0, 0]), [frozenset({"ann"})] * 2, both)
    assert (alone.same, alone.n) == (0, 0)
    assert np.isnan(alone.chance)


def test_a_sample_without_places_is_empty() -> None:
    assert len(balanced_sample(np.arange(3), np.arange(3), 0, rng=np.random.default_rng(0))) == 0
