import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from browser import open_page
from playwright.sync_api import Browser

from earmark.errors import InputError
from earmark.report.page import Block, FigureBlock, NoteBlock, Page, Section, TableBlock, TextBlock
from earmark.report.theme import plain, styled

EVIL = "</script><img src=x onerror=alert(1)>"


def bars(name: str = "x") -> go.Figure:
    return styled(go.Figure(go.Bar(x=[plain(name), "y"], y=np.array([1.0, 2.0]))))


def full_page() -> Page:
    blocks: list[Block] = [
        TextBlock("First.\n\nSecond."),
        FigureBlock(bars(EVIL), EVIL, caption=EVIL, half=True),
        FigureBlock(bars(), "Twice", half=True),
        FigureBlock(bars(), "Twice", key="named", min_width=700),
        TableBlock(["name", "count>"], [[EVIL, 3], [None, 4]], caption=EVIL, note=EVIL),
        NoteBlock("warning", EVIL),
    ]
    sections = [Section(EVIL, blocks, intro=EVIL), Section("Names", [FigureBlock(bars(), "Twice")])]
    return Page(EVIL, f"{EVIL} and more", sections, facts=[("Tracks", EVIL)])


class Tags(HTMLParser):
    """Every element's name, attributes and text, as a browser would read them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def read() -> Tags:
    return Tags(full_page().to_html())


def test_texts_never_become_markup(read: Tags) -> None:
    assert read.named("img") == []
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)


def test_the_policy_allows_the_pages_own_scripts_only(read: Tags) -> None:
    (policy,) = [
        one["content"] or "" for one in read.named("meta") if one.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    code = [
        text for text, attributes in zip(read.scripts, read.named("script"), strict=True) if "type" not in attributes
    ]
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in code}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == hashes
    assert len(code) == 2


def test_nothing_is_fetched_from_elsewhere(read: Tags) -> None:
    assert not any({"src", "srcset", "action"} & set(attributes) for _, attributes in read.elements)
    assert read.named("link") == []
    assert all((one["href"] or "").startswith("#") for one in read.named("a"))


def test_ids_are_unique_and_every_figure_finds_its_data(read: Tags) -> None:
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    plots = [one for one in read.named("div") if one.get("class") == "plot"]
    assert [one["data-name"] for one in plots] == ["script-img-src-x-onerror-alert-1", "twice", "named", "twice-2"]
    assert {one["data-figure"] for one in plots} <= set(ids)
    targets = {(one["href"] or "")[1:] for one in read.named("a")}
    assert targets <= set(ids)


def test_figures_come_back_from_their_json(read: Tags) -> None:
    data = [json.loads(text) for text in read.scripts if text.startswith("{")]
    assert len(data) == 4
    assert data[0]["data"][0]["x"][0] == plain(EVIL)
    # Numbers travel as base64 of their bytes, which is half of their digits.
    assert set(data[0]["data"][0]["y"]) == {"dtype", "bdata"}


def test_figures_have_the_pages_keys_and_are_not_changed() -> None:
    figure = go.Figure(go.Bar(y=[1]))
    page = Page("A", "", [Section("B", [FigureBlock(figure, "C")])])
    before = figure.to_json()
    page.to_html()
    assert figure.to_json() == before
    assert page.figures() == {"c": figure}


def test_numbers_are_set_to_the_right(read: Tags) -> None:
    assert [one.get("class") for one in read.named("th")] == [None, "right"]
    assert [one.get("class") for one in read.named("td")] == [None, "right"] * 2


def test_a_row_of_another_length_than_the_columns_is_refused() -> None:
    with pytest.raises(InputError, match="row 1 has 1 cells for 2 columns"):
        TableBlock(["one", "two"], [["both", "there"], ["only one"]])


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    page = Page("A", "", [])
    assert page.write(path) == path
    path.write_text("old")
    page.write(str(path))
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [one.name for one in path.parent.iterdir()] == ["page.html"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_write_that_fails_keeps_the_old_page(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(AttributeError):
        Page("A", "", [Section("B", [FigureBlock(None, "No figure")])]).write(path)
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_figures_have_no_button_that_sends_data_anywhere(browser: Browser, tmp_path: Path) -> None:
    still, moving = bars(), bars()
    moving.update_layout(dragmode="pan")
    page = Page("A", "", [Section("B", [FigureBlock(still, "Still"), FigureBlock(moving, "Moving")])])
    with open_page(browser, page.write(tmp_path / "page.html")) as opened:
        titles = "(plot) => [...plot.querySelectorAll('.modebar-btn')].map((button) => button.dataset.title)"
        found = [opened.page.locator(".plot").nth(at).evaluate(titles) for at in (0, 1)]
    assert [len(one) for one in found] == [1, 4]
    assert found[0][0].startswith("Download plot")


def test_the_theme_button_recolours_the_figures_and_a_bad_figure_says_so(browser: Browser, tmp_path: Path) -> None:
    good, bad = bars(), go.Figure()
    page = Page("A", "", [Section("B", [FigureBlock(bad, "Bad"), FigureBlock(good, "Good")])])
    path = page.write(tmp_path / "page.html")
    broken = re.sub(r'(id="figure-bad-data">)\{', r"\1{,", path.read_text(encoding="utf-8"))
    path.write_text(broken, encoding="utf-8")
    with open_page(browser, path) as opened:
        assert opened.undrawn() == ["bad"]
        assert "figure bad" in opened.errors[0]
        assert opened.page.locator(".plot.failed").inner_text().startswith("This figure could not be drawn")
        ink = "getComputedStyle(document.querySelector('.xtick text')).fill"
        light = opened.page.evaluate(ink)
        opened.page.click("#theme")
        opened.page.wait_for_selector("html[data-theme=dark]")
        opened.page.wait_for_timeout(300)
        assert opened.page.evaluate(ink) != light
        assert opened.page.locator("#theme").inner_text() == "Light"


@pytest.mark.parametrize("chosen", [False, True])
def test_paper_is_light_and_the_screen_stays_dark(browser: Browser, tmp_path: Path, chosen: bool) -> None:
    page = Page("A", "", [Section("B", [FigureBlock(bars(), "Bars"), NoteBlock("warning", "Careful.")])])
    with open_page(browser, page.write(tmp_path / "page.html"), dark=not chosen) as opened:
        if chosen:
            opened.page.click("#theme")
            opened.page.wait_for_selector("html[data-theme=dark]")
            opened.page.wait_for_timeout(300)
        colours = (
            "[getComputedStyle(document.querySelector('.xtick text')).fill, "
            "getComputedStyle(document.querySelector('.note')).backgroundColor]"
        )
        dark = opened.page.evaluate(colours)
        before, after = (f"(window.dispatchEvent(new Event('{name}print')), {colours})" for name in ("before", "after"))
        assert opened.page.evaluate(before) == ["rgb(29, 36, 48)", "rgb(253, 243, 225)"]
        assert opened.page.evaluate(after) == dark
        assert opened.page.evaluate("document.documentElement.dataset.theme || ''") == ("dark" if chosen else "")
        opened.page.emulate_media(media="print", color_scheme="light" if chosen else "dark")
        names = ["ground", "card", "raised", "ink", "edge", "good-ground", "warning", "warning-ground", "accent"]
        style = "getComputedStyle(document.documentElement)"
        values = {name: opened.page.evaluate(f"{style}.getPropertyValue('--{name}').trim()") for name in names}
        assert values == {
            "ground": "#fff", "card": "#fff", "raised": "#fff", "ink": "#000", "edge": "#e1e4ea",
            "good-ground": "#e8f5f0", "warning": "#8a5300", "warning-ground": "#fdf3e1", "accent": "#0a56d7",
        }  # fmt: skip
