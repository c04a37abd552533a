import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_vectors import any_filters, made_rows, made_units

from earmark.errors import InputError
from earmark.similarity.vectors.codes import codes_of
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.indexing import build_index
from earmark.similarity.vectors.ivf_search import PASSING_SHARE, IvfSearch
from earmark.similarity.vectors.search import ExactSearch
from earmark.similarity.vectors.space import Space

N = 600
SPACE = Space(np.zeros(8))


def engines(n: int, reach: int) -> tuple[ExactSearch, IvfSearch]:
    codes, units = codes_of(made_rows(n)), made_units(n, clumps=30)
    exact = build_index(codes, units, SPACE, source={}, versions={}).search()
    index = build_index(codes, units, SPACE, source={}, versions={}, exact_up_to=0)
    assert index.cells is not None
    assert isinstance(exact, ExactSearch)
    return exact, IvfSearch(index.codes, index.units, index.crowds, *index.cells, reach=reach)


EXACT, WHOLE = engines(N, reach=N)
_, NEAR = engines(N, reach=60)


@settings(max_examples=80, deadline=None)
@given(any_filters(), st.integers(1, 40), st.integers(0, N - 1))
def test_with_a_reach_over_everything_it_is_exact(filters: Filters, k: int, asked: int) -> None:
    vector = EXACT.units[asked]
    expected, found = EXACT.search(vector, k, filters), WHOLE.search(vector, k, filters)
    assert found.similarities == pytest.approx(expected.similarities, abs=1e-5)
    assert set(found.audio_ids) == set(expected.audio_ids) or expected.similarities[-1] == pytest.approx(
        found.similarities[-1], abs=1e-6
    )


@settings(max_examples=80, deadline=None)
@given(any_filters(), st.integers(1, 40), st.integers(0, N - 1))
def test_filters_hold_exactly_and_as_many_come_as_there_are(filters: Filters, k: int, asked: int) -> None:
    vector = EXACT.units[asked]
    found = NEAR.search(vector, k, filters)
    passing = filters.mask(EXACT.columns)
    assert set(found.audio_ids) <= set(EXACT.columns.audio_ids[passing].tolist())
    assert len(set(found.audio_ids)) == len(found) == min(k, int(passing.sum()))
    assert (np.diff(found.similarities) <= 0).all()
    if passing.sum() <= max(PASSING_SHARE * NEAR.reach, k):
        assert found.similarities == pytest.approx(EXACT.search(vector, k, filters).similarities, abs=1e-5)


def test_it_finds_most_while_seeing_little() -> None:
    asked = range(0, N, 10)
    hits = [
        len({*EXACT.search(EXACT.units[row], 5).audio_ids} & {*NEAR.search(EXACT.units[row], 5).audio_ids})
        for row in asked
    ]
    assert sum(hits) / (5 * len(asked)) > 0.9


def test_a_search_sees_what_it_says() -> None:
    mask = np.zeros(N, dtype=np.bool_)
    mask[::2] = True
    rows, _ = NEAR.nearest(NEAR.units[0], N, mask)
    assert len(rows) == 300  # as many as are asked for, where so many pass
    rows, _ = NEAR.nearest(NEAR.units[0], 1, mask)
    assert len(rows) == 1
    assert int(PASSING_SHARE * NEAR.reach) == 6


def test_vectors_and_crowding_come_by_id() -> None:
    names = NEAR.codes.names(np.array([4, 2]))
    assert (NEAR.vectors(names) == NEAR.units[[4, 2]]).all()
    assert (NEAR.crowding(names) == NEAR.crowds[[4, 2]]).all()
    assert NEAR.vectors(names) == pytest.approx(EXACT.vectors(names), abs=1e-6)
    assert NEAR.crowding(names) == pytest.approx(EXACT.crowding(names), abs=1e-5)
    assert (NEAR.engine, len(NEAR)) == ("ivf", N)
    with pytest.raises(InputError, match="no vector of nowhere"):
        NEAR.vectors([*names, "nowhere"])


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="do not fit each other"):
        IvfSearch(NEAR.codes, NEAR.units[1:], NEAR.crowds, NEAR.centres, NEAR.starts, 10)
    with pytest.raises(InputError, match="cells of an index do not fit"):
        IvfSearch(NEAR.codes, NEAR.units, NEAR.crowds, NEAR.centres[1:], NEAR.starts, 10)
    with pytest.raises(InputError, match="finite vector of 8 numbers"):
        NEAR.search(NEAR.units[0, :3], 5)
