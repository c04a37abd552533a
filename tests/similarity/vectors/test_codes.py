import numpy as np
import pytest
from hypothesis import given, settings
from made_vectors import ARTISTS, any_filters, audio_id, made_rows

from earmark.errors import InputError
from earmark.similarity.vectors.codes import Codes, codes_of
from earmark.similarity.vectors.filters import Filters

ROWS = made_rows(80)
CODES = codes_of(ROWS)
COLUMNS = CODES.columns()


@settings(max_examples=150, deadline=None)
@given(any_filters())
def test_codes_let_pass_what_columns_do(filters: Filters) -> None:
    assert (CODES.mask(filters) == filters.mask(COLUMNS)).all()


@settings(max_examples=40, deadline=None)
@given(any_filters())
def test_taking_rows_takes_their_mask_along(filters: Filters) -> None:
    order = np.random.default_rng(3).permutation(80)[:50]
    assert (CODES.take(order).mask(filters) == CODES.mask(filters)[order]).all()


def test_columns_are_the_rows_again() -> None:
    assert COLUMNS.audio_ids.tolist() == [row.audio_id for row in ROWS]
    assert COLUMNS.labels.tolist() == [row.label for row in ROWS]
    assert COLUMNS.releases.tolist() == [row.release for row in ROWS]
    assert COLUMNS.artists == tuple(frozenset(row.artists) for row in ROWS)
    assert any(len(one) > 1 for one in COLUMNS.artists)


def test_rows_are_found_by_id() -> None:
    wanted = [ROWS[7].audio_id, audio_id(1234), ROWS[0].audio_id, "x"]
    assert CODES.rows(wanted).tolist() == [7, -1, 0, -1]
    assert CODES.rows([]).tolist() == []
    assert CODES.names(np.array([3, 1])) == (ROWS[3].audio_id, ROWS[1].audio_id)


def test_parts_make_the_same_codes() -> None:
    again = Codes.from_parts(CODES.arrays(), CODES.name_lists())
    assert (again.mask(Filters(artists=frozenset(ARTISTS[:1]))) == COLUMNS_OF_ANN).all()


COLUMNS_OF_ANN = np.array(["ann" in row.artists for row in ROWS])


def test_incomplete_parts_are_refused() -> None:
    arrays = CODES.arrays()
    del arrays["bpm"]
    with pytest.raises(InputError, match="earmark embed --rebuild"):
        Codes.from_parts(arrays, CODES.name_lists())
    with pytest.raises(InputError, match="differ in length"):
        Codes.from_parts(CODES.arrays() | {"bpm": CODES.bpm[1:]}, CODES.name_lists())


def test_no_rows_are_no_trouble() -> None:
    empty = codes_of([])
    assert len(empty) == 0
    assert empty.rows([audio_id(1)]).tolist() == [-1]
    assert empty.mask(Filters(artists=frozenset({"ann"}), bpm=(1, 2))).shape == (0,)
