import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
from browser import OpenedPage, open_page
from made_triage import EVIL, made_triage
from playwright.sync_api import Browser

from earmark.report.triage_page import TriagePage


def names(opened: OpenedPage) -> list[str]:
    """The demos as they are shown, from the top."""
    shown: list[str] = opened.page.evaluate(
        "[...document.querySelectorAll('tr.demo:not([hidden])')].map((row) => row.cells[0].dataset.value)"
    )
    return shown


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TriagePage(made_triage(), "ensemble", "On 40 songs it was right.").write(
        tmp_path_factory.mktemp("triage") / "folder" / "demos.html"
    )


def test_texts_of_strangers_are_never_markup(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert EVIL not in text
    assert text.count("<script>") == 1
    assert "onerror=alert(1)&gt;" in text


def test_the_policy_allows_its_own_script_only(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert "default-src 'none'" in text
    assert not re.search(r"https?://", text)


def test_facts_count_what_they_say(page: Path) -> None:
    made, text = made_triage(), page.read_text(encoding="utf-8")
    first = sum(row.label_rank == 1 for row in made.rows)
    assert f"<dt>Demos</dt><dd>{len(made.rows)}</dd>" in text
    assert f"<dt>Most like Basalt</dt><dd>{first}</dd>" in text
    assert "<dt>Could not be heard</dt><dd>1</dd>" in text
    assert "A note." in text
    assert "On 40 songs it was right." in text
    assert text.count('class="strip"') == len(made.rows)


def test_little_knowledge_makes_a_page_too() -> None:
    made = made_triage(rich=False)
    text = TriagePage(made, "mfcc").to_html()
    assert "not calibrated" in text
    assert "In the set at" not in text
    empty = TriagePage(replace(made, rows=(), failures=(), notes=()), "mfcc").to_html()
    assert "no demo that could be heard" in empty


def test_the_table_is_sorted_found_and_opened(browser: Browser, page: Path) -> None:
    with open_page(browser, page) as opened:
        first = names(opened)
        assert first == sorted(first, key=int)
        margin = opened.page.locator("th button", has_text="Margin")
        margin.focus()
        opened.page.keyboard.press("Enter")
        assert opened.page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
        opened.page.keyboard.press("Enter")
        assert opened.page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
        assert names(opened) == first[::-1] or names(opened)[0] == first[-1]
        opener = opened.page.locator(".opener").first
        opener.focus()
        opened.page.keyboard.press("Enter")
        assert opener.get_attribute("aria-expanded") == "true"
        details = opened.page.locator(f"#{opener.get_attribute('aria-controls')}")
        assert details.is_visible()
        assert details.locator("svg.strip").is_visible()
        opened.page.locator("#search").fill("twin")
        assert len(names(opened)) == 1
        assert opened.page.locator(".tools output").inner_text() == f"1 of {len(first)} demos"
        assert not details.is_visible()
        opened.page.locator("#search").fill("")
        opened.page.locator("input[name=set]").check()
        assert len(names(opened)) == sum(bool(row.in_set) for row in made_triage().rows)
        assert opened.errors == []
        assert opened.requests == []


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (1366, True), (420, False)])
def test_nothing_sticks_out(browser: Browser, page: Path, width: int, dark: bool) -> None:
    with open_page(browser, page, width=width, dark=dark) as opened:
        opened.page.locator(".opener").first.click()
        assert opened.overflow() == 0
        assert opened.page.locator("h1").inner_text() == "Demos for Basalt"
        opened.keep(f"triage-{width}{'-dark' if dark else ''}")
        assert opened.errors == []
