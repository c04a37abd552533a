import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from earmark.errors import InputError
from earmark.evaluation.open_set import auroc
from earmark.training.one_against_rest import fit_one_against_rest


def made(
    n_own: int = 12, n_rest: int = 60, *, size: int = 8, shift: float = 2.0, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    values = rng.normal(3.0, 1.0, (n_own + n_rest, size))
    values[:n_own, 0] += shift
    return values, np.arange(n_own + n_rest) < n_own


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_a_label_of_its_own_is_told() -> None:
    values, own = made(shift=4.0)
    fitted = fit_one_against_rest(values, own, rest_labels=4, groups=np.arange(len(own)), rng=rng())
    assert auroc(fitted.held_out[~own], fitted.held_out[own]).value > 0.85
    fresh, theirs = made(shift=4.0, seed=9)
    scores = fresh @ fitted.weight + fitted.bias
    assert auroc(scores[~theirs], scores[theirs]).value > 0.85


def test_noise_is_not_told() -> None:
    values = []
    for seed in range(12):
        embeddings, own = made(shift=0.0, seed=seed)
        fitted = fit_one_against_rest(embeddings, own, rest_labels=4, groups=np.arange(len(own)), rng=rng())
        values.append(auroc(fitted.held_out[~own], fitted.held_out[own]).value)
    assert 0.35 < np.mean(values) < 0.62


@pytest.mark.parametrize("size", [8, 200])
def test_the_fit_is_that_of_scikit_learn(size: int) -> None:
    # With more columns than songs the columns are turned, which must change nothing.
    values, own = made(size=size)
    fitted = fit_one_against_rest(values, own, rest_labels=4, groups=np.arange(len(own)), rng=rng(), penalties=(0.1,))
    scale = np.sqrt(((values - values.mean(axis=0)) ** 2).mean())
    weights = np.where(own, (~own).sum() / 4 / own.sum(), 1.0)
    theirs = LogisticRegression(C=0.1 / 1.0, tol=1e-8, max_iter=5000)
    theirs.fit((values - values.mean(axis=0)) / scale, own, sample_weight=weights)
    expected = (values - values.mean(axis=0)) / scale @ theirs.coef_[0] + theirs.intercept_[0]
    np.testing.assert_allclose(values @ fitted.weight + fitted.bias, expected, atol=5e-3)


def test_songs_of_a_group_are_held_out_together() -> None:
    # Each artist of the label has a sound of its own, and the label has none.
    values, own = made(n_own=12, shift=0.0, size=30)
    artist = np.arange(12) // 2
    for song, place in enumerate(artist):
        values[song, 5 + place] += 8
    one_by_one = fit_one_against_rest(values, own, rest_labels=4, groups=np.arange(72), rng=rng())
    groups = np.concatenate([artist, 6 + np.arange(60)])
    together = fit_one_against_rest(values, own, rest_labels=4, groups=groups, rng=rng())
    assert together.by_group
    easy, hard = (auroc(one.held_out[~own], one.held_out[own]).value for one in (one_by_one, together))
    assert easy > 0.85
    assert hard < easy - 0.2


def test_one_artist_is_held_out_song_by_song_and_that_is_told() -> None:
    values, own = made()
    groups = np.where(own, 0, 1 + np.arange(len(own)))
    assert not fit_one_against_rest(values, own, rest_labels=4, groups=groups, rng=rng()).by_group


def test_two_songs_are_enough_and_one_is_not() -> None:
    values, own = made(n_own=2)
    fit_one_against_rest(values, own, rest_labels=4, groups=np.arange(len(own)), rng=rng())
    values, own = made(n_own=1)
    with pytest.raises(InputError, match="at least two songs of the label"):
        fit_one_against_rest(values, own, rest_labels=4, groups=np.arange(len(own)), rng=rng())


def test_what_does_not_fit_is_refused() -> None:
    values, own = made()
    values[3, 3] = np.nan
    with pytest.raises(InputError, match="finite embeddings"):
        fit_one_against_rest(values, own, rest_labels=4, groups=np.arange(len(own)), rng=rng())
