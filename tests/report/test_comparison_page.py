from dataclasses import replace
from pathlib import Path

import pytest
from browser import open_page
from made_comparison import make_comparison
from playwright.sync_api import Browser

from earmark.comparing.comparison import Comparison
from earmark.report.comparison_page import comparison_page


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return make_comparison()


@pytest.mark.parametrize(("name", "width"), [("laptop", 1366), ("phone", 400)])
def test_the_page_in_a_browser(browser: Browser, comparison: Comparison, tmp_path: Path, name: str, width: int) -> None:
    path = comparison_page(comparison).write(tmp_path / "comparison.html")
    assert path.stat().st_size < 8_000_000
    with open_page(browser, path, width=width) as opened:
        assert opened.errors == []
        assert opened.requests == []
        assert opened.undrawn() == []
        assert opened.cut_off() == []
        assert opened.figure_count == 6
        assert opened.overflow() == 0
        opened.keep(f"comparison-{name}")


def test_the_page_says_first_what_can_be_concluded(comparison: Comparison) -> None:
    page = comparison_page(comparison)
    assert [section.title for section in page.sections] == [
        "What can be concluded",
        "Scores",
        "Who beats whom",
        "Length of a slice",
        "Label by label",
        "Shortcuts in the files",
        "How it was done",
    ]
    html = page.to_html()
    assert "artist look-up could not take part" in html
    assert "<img src=x" not in html


def test_the_audit_finds_the_codec_that_gives_a_label_away(comparison: Comparison) -> None:
    audit = comparison.audit
    assert audit is not None
    assert audit.finding == "shortcut found"
    assert [one.column for one in audit.telling] == ["codec"]
    assert replace(comparison, facts=None).audit is None


def test_a_comparison_in_which_nobody_took_part_says_so(comparison: Comparison) -> None:
    page = comparison_page(replace(comparison, results={}, not_run={"crnn": "it reads sound"}))
    assert [section.title for section in page.sections] == ["Nobody could take part"]
