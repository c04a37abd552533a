import pytest

from earmark.catalog.csv_cells import csv_cell


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_defused(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


def test_everything_else_stays_what_it_is() -> None:
    assert [csv_cell(value) for value in ("a = b", -1.5, 0, True, False, None, ["=a", "b"], [])] == [
        "a = b",
        -1.5,
        0,
        "yes",
        "no",
        "",
        "'=a | b",
        "",
    ]
