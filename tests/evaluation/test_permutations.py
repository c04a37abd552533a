import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.evaluation import permutations
from earmark.evaluation.metrics import IntArray
from earmark.evaluation.permutations import traded_places

ids = st.lists(st.integers(0, 6), min_size=1, max_size=25)


def deals(n: int, resamples: int = 50, **bounds: object) -> IntArray:
    rng = np.random.default_rng(0)
    return np.concatenate(list(traded_places(n, rng=rng, resamples=resamples, **bounds)))  # type: ignore[arg-type]


@given(n=st.integers(1, 30))
def test_single_songs_are_permuted(n: int) -> None:
    dealt = deals(n)
    assert dealt.shape == (50, n)
    assert (np.sort(dealt, axis=1) == np.arange(n)).all()


def test_every_order_is_dealt_as_often_as_another() -> None:
    orders, counts = np.unique(deals(3, 6000), axis=0, return_counts=True)
    assert len(orders) == 6
    assert counts.min() > 850


@given(ids)
def test_a_group_is_dealt_one_group(groups: list[int]) -> None:
    own = np.array(groups)
    for row in deals(len(groups), groups=groups):
        givers = own[row]
        assert all(len(set(givers[own == group])) == 1 for group in set(groups))
        assert {givers[own == group][0] for group in set(groups)} == set(groups), "each group gives to one"


@given(ids)
def test_groups_of_one_size_trade_all_their_songs(groups: list[int]) -> None:
    whole = np.repeat(np.array(sorted(set(groups))), 3)
    dealt = deals(len(whole), groups=whole)
    assert (np.sort(dealt, axis=1) == np.arange(len(whole))).all()


def test_a_group_hands_on_its_songs_in_their_shares() -> None:
    groups = [0, 0, 1, 1, 1, 1]
    swapped = next(row for row in deals(6, groups=groups) if row[0] > 1)
    assert swapped.tolist() == [3, 5, 0, 0, 1, 1]


@given(ids)
def test_strata_keep_to_themselves(strata: list[int]) -> None:
    own = np.array(strata)
    dealt = deals(len(strata), strata=strata)
    assert (own[dealt] == own).all()
    assert (np.sort(dealt, axis=1) == np.arange(len(strata))).all()


def test_groups_trade_within_strata() -> None:
    strata, groups = np.array([0, 0, 0, 1, 1, 1]), np.array([7, 7, 8, 8, 9, 9])
    for row in deals(6, groups=groups, strata=strata):
        assert (strata[row] == strata).all()
        assert groups[row[0]] == groups[row[1]]


def test_ids_of_any_kind_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert deals(3, groups=["b", "a", "b"]).tolist() == deals(3, groups=[5, 1, 5]).tolist()
    monkeypatch.setattr(permutations, "BLOCK_VALUES", 7)
    blocks = list(traded_places(3, rng=np.random.default_rng(0), resamples=5))
    assert [len(block) for block in blocks] == [2, 2, 1]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="one group id per song"):
        deals(3, groups=[1, 2])
    with pytest.raises(InputError, match="one stratum id per song"):
        deals(3, strata=[1, 2])
    with pytest.raises(InputError, match="at least one resample"):
        deals(3, 0)
