"""What a comparison's page tells of confidence, parts and time."""

import pytest
from made_comparison import make_comparison
from made_promises import make_promising

from earmark.comparing.costs import Cost
from earmark.report.comparison_figures import MOST_RELIABILITIES, part_gains_figure, reliabilities
from earmark.report.comparison_page import comparison_page
from earmark.report.page import FigureBlock, NoteBlock, Page, TableBlock
from earmark.report.promise_texts import (
    CALIBRATION_COLUMNS,
    COST_COLUMNS,
    GAIN_COLUMNS,
    SET_COLUMNS,
    calibration_rows,
    cost_cells,
    gain_cells,
    set_cells,
)


def blocks(page: Page, section: str) -> dict[str, object]:
    [found] = [one for one in page.sections if one.title == section]
    return {
        block.title if isinstance(block, FigureBlock) else block.caption: block
        for block in found.blocks
        if isinstance(block, FigureBlock | TableBlock)
    }


def test_a_page_tells_what_was_promised_and_what_each_part_adds() -> None:
    page = comparison_page(make_promising())
    parts = blocks(page, "What each part adds")
    assert list(parts) == [
        "Points that each part adds",
        "The ensemble against itself without a part",
        "The ensemble with fewer parts",
    ]
    kept = blocks(page, "How far to believe a probability")
    table = kept["Calibration of the top label's probability"]
    assert isinstance(table, TableBlock)
    assert [row[:2] for row in table.rows] == [["ensemble", "before"], ["ensemble", "after"]]
    [section] = [one for one in page.sections if one.title == "How far to believe a probability"]
    notes = [block.text for block in section.blocks if isinstance(block, NoteBlock)]
    assert len(notes) == 1
    assert "How sure crnn 1 s, crnn 3 s, mfcc was is not known" in notes[0]


def test_where_nothing_is_known_there_is_no_such_section() -> None:
    titles = [section.title for section in comparison_page(make_comparison()).sections]
    assert "How far to believe a probability" not in titles
    assert "What each part adds" not in titles


def test_cells_fit_their_columns() -> None:
    comparison = make_promising()
    [kept] = comparison.promises
    assert {len(row) for row in calibration_rows(kept)} == {len(CALIBRATION_COLUMNS)}
    assert len(set_cells(kept)) == len(SET_COLUMNS)
    assert {len(gain_cells(gain)) for gain in comparison.gains} == {len(GAIN_COLUMNS)}
    assert {len(cost_cells(cost)) for cost in comparison.costs} == {len(COST_COLUMNS)}


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.05, "0.05 of crnn's time (1/20)"), (2.0, "2 of crnn's time"), (None, "")],
)
def test_time_is_told_as_a_share(share: float | None, told: str) -> None:
    assert cost_cells(Cost("earmark", 12.34, share, "crnn")) == ["earmark", "12.3 s", told]
    assert cost_cells(Cost("crnn", 100.0, 1.0, "crnn"))[2] == ""


def test_a_panel_for_each_model_up_to_a_few() -> None:
    [kept] = make_promising().promises
    figure = reliabilities([kept] * (MOST_RELIABILITIES + 2))
    assert len(figure.data) == 3 * MOST_RELIABILITIES
    before = [trace for trace in figure.data if trace.name == "before scaling"]
    assert sum(bool(trace.showlegend) for trace in before) == 1
    assert list(before[0].x) == [row.confidence for row in kept.reliability_before.bins]
    assert list(before[0].y) == [row.right for row in kept.reliability_before.bins]


def test_a_part_is_green_where_it_surely_adds_something() -> None:
    gains = make_promising().gains
    marks = part_gains_figure(gains).data[-1]
    assert list(marks.x) == pytest.approx([100 * gain.difference.mean for gain in gains])
    colours = dict(zip((gain.part for gain in gains), marks.marker.color, strict=True))
    assert colours["probe"] != colours["metadata"] == colours["earmark"]
