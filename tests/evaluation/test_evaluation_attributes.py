import numpy as np
import pytest

from earmark.errors import InputError
from earmark.evaluation.attributes import AttributeTable

TABLE = AttributeTable(
    ("BPM", "length (s)"),
    np.array([[130.0, 300.0], [np.nan, np.nan], [140.0, np.nan]]),
    ("key",),
    (("8A", None, None),),
)


def test_a_table_tells_its_columns_and_what_is_known() -> None:
    assert len(TABLE) == 3
    assert TABLE.columns == ("BPM", "length (s)", "key")
    assert TABLE.known().tolist() == [True, False, True]


def test_rows_are_taken_in_the_order_asked_for() -> None:
    taken = TABLE.take([2, 0, 0])
    assert taken.columns == TABLE.columns
    assert taken.numeric[:, 0].tolist() == [140.0, 130.0, 130.0]
    assert taken.categorical == ((None, "8A", "8A"),)
    assert len(TABLE.take([])) == 0
    assert TABLE.take([]).known().tolist() == []


@pytest.mark.parametrize(
    ("names", "numbers", "categorical_names", "categorical", "told"),
    [
        (("a",), np.zeros((3, 2)), (), (), r"shape \(songs, 1\) for the columns a; got shape \(3, 2\)"),
        (("a",), np.zeros(3), (), (), "got shape"),
        ((), np.zeros((2, 0)), ("b",), (("x",),), r"1 categorical columns of 2 values; got \[1\]"),
        ((), np.zeros((2, 0)), ("b",), (), r"1 categorical columns of 2 values; got \[\]"),
        (("a",), np.zeros((1, 1)), ("a",), (("x",),), "each column once, got a, a"),
        (("a",), np.full((1, 1), np.inf), (), (), "finite numbers, or NaN"),
    ],
)
def test_what_is_no_table_is_refused(
    names: tuple[str, ...],
    numbers: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    categorical_names: tuple[str, ...],
    categorical: tuple[tuple[str | None, ...], ...],
    told: str,
) -> None:
    with pytest.raises(InputError, match=told):
        AttributeTable(names, numbers, categorical_names, categorical)
