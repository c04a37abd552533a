import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_vectors import any_filters, made_rows, made_units

from earmark.errors import InputError
from earmark.similarity.vectors.codes import codes_of
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.hub_counts import hub_crowding
from earmark.similarity.vectors.search import ExactSearch, top

N = 80
CODES = codes_of(made_rows(N))
UNITS = made_units(N)
EXACT = ExactSearch(CODES.columns(), UNITS, hub_crowding(UNITS), CODES)
PLAIN = ExactSearch(CODES.columns(), UNITS, hub_crowding(UNITS))


@settings(max_examples=80, deadline=None)
@given(any_filters(), st.integers(1, N + 5), st.integers(0, N - 1))
def test_the_nearest_of_all_that_pass_are_found(filters: Filters, k: int, asked: int) -> None:
    passing = np.flatnonzero(filters.mask(EXACT.columns))
    likeness = UNITS[passing] @ UNITS[asked]
    hits = EXACT.search(UNITS[asked], k, filters)
    assert len(hits) == min(k, len(passing))
    assert hits.similarities == pytest.approx(np.sort(likeness)[::-1][:k], abs=1e-5)
    assert set(hits.audio_ids) <= set(EXACT.columns.audio_ids[passing].tolist())
    without_codes = PLAIN.search(UNITS[asked], k, filters)
    assert without_codes.audio_ids == hits.audio_ids


def test_a_track_is_nearest_to_itself() -> None:
    hits = EXACT.search(UNITS[5], 1)
    assert hits.audio_ids == (CODES.names(np.array([5]))[0],)
    assert hits.similarities[0] == pytest.approx(1.0, abs=1e-6)
    assert EXACT.engine == "exact"
    assert len(EXACT) == N


def test_vectors_and_crowding_come_by_id() -> None:
    names = CODES.names(np.array([4, 2]))
    assert (EXACT.vectors(names) == UNITS[[4, 2]]).all()
    assert (EXACT.crowding(names) == EXACT.crowds[[4, 2]]).all()
    with pytest.raises(InputError, match=r"no vector of nowhere \(1 missing\); run `earmark embed`"):
        EXACT.vectors([*names, "nowhere"])


def test_senseless_questions_are_refused() -> None:
    with pytest.raises(InputError, match="finite vector of 8 numbers"):
        EXACT.search(UNITS[0, :3], 5)
    with pytest.raises(InputError, match="finite vector of 8 numbers"):
        EXACT.search(np.full(8, np.nan, np.float32), 5)
    with pytest.raises(InputError, match="at least 1 neighbour"):
        EXACT.search(UNITS[0], 0)
    with pytest.raises(InputError, match="go together"):
        ExactSearch(CODES.columns(), UNITS[1:], EXACT.crowds)


@settings(deadline=None)
@given(st.lists(st.integers(-3, 3), max_size=30), st.integers(1, 35))
def test_top_is_a_stable_sort(values: list[int], k: int) -> None:
    array = np.array(values, dtype=np.float64)
    assert set(array[top(array, k)]) <= set(array)
    assert array[top(array, k)].tolist() == sorted(values, reverse=True)[:k]
