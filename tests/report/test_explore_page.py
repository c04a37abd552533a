from pathlib import Path

import pytest
from browser import open_page
from playwright.sync_api import Browser
from survey_tracks import EVIL, make_collection
from tiny_library import make_track

from earmark.catalog.survey import Survey, survey
from earmark.report.explore_page import explore_page
from earmark.report.page import FigureBlock, NoteBlock, Page

MOST_BYTES = 8_000_000
SECTIONS = ["Labels", "Tempo and length", "Keys", "Releases over time", "Artists", "Gaps and duplicates"]


@pytest.fixture(scope="module")
def written(surveyed: Survey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = explore_page(surveyed, title=f"Explore {EVIL}", subtitle=EVIL)
    return page.write(tmp_path_factory.mktemp("explore") / "explore.html")


@pytest.mark.parametrize(("name", "width"), [("laptop", 1366), ("phone", 400)])
def test_the_page_in_a_browser(browser: Browser, written: Path, name: str, width: int) -> None:
    with open_page(browser, written, width=width) as opened:
        opened.keep(f"explore-{name}-light")
        assert opened.figure_count == 13
        assert opened.undrawn() == []
        assert opened.overflow() == 0
        assert opened.cut_off() == []
        opened.darken()
        opened.keep(f"explore-{name}-dark")
        assert opened.undrawn() == []
        assert opened.errors == []
        assert opened.requests == []


def test_two_hundred_labels_stay_readable(browser: Browser, tmp_path: Path) -> None:
    names = [f"Label {n:03d} With Quite A Long Name Of Recordings" for n in range(200)]
    path = explore_page(survey(make_collection(names, per_label=4))).write(tmp_path / "many.html")
    assert path.stat().st_size < MOST_BYTES
    with open_page(browser, path) as opened:
        opened.keep("explore-many-labels")
        assert "The largest 40 of 200 labels are shown." in opened.page.locator("figcaption").all_inner_texts()[1]
        assert (opened.errors, opened.undrawn(), opened.overflow(), opened.cut_off()) == ([], [], 0, [])


def test_a_bare_collection_has_a_page(tmp_path: Path) -> None:
    bare = [make_track(n, "Amber", "", title=None, bpm=None, key=None, release=None, seconds=0.0) for n in range(3)]
    page = explore_page(survey(bare))
    assert [name for name, _ in page.facts] == ["Tracks", "Labels", "Artists"]
    assert [section.title for section in page.sections] == SECTIONS
    assert page.write(tmp_path / "bare.html").exists()
    assert page.to_html().count("No track has a") >= 4


def test_no_tracks_at_all_have_a_page() -> None:
    assert explore_page(survey([])).facts[0] == ("Tracks", "0")


def keys_of(page: Page) -> list[str]:
    return [block.key for section in page.sections for block in section.blocks if isinstance(block, FigureBlock)]


def test_every_picture_that_was_asked_for_is_there(surveyed: Survey) -> None:
    page = explore_page(surveyed)
    assert [section.title for section in page.sections] == SECTIONS
    assert keys_of(page) == list(page.figures()) == [
        "tracks-per-label", "tempo", "length", "camelot-wheel", "modes", "keys-by-frequency", "keys-in-camelot-order",
        "top-keys-by-label", "keys-by-label", "camelot-wheels", "releases-over-time", "shared-artists",
        "missing-values",
    ]  # fmt: skip
    assert page.to_html() == explore_page(surveyed).to_html()


def test_facts_and_warnings_come_from_the_data(surveyed: Survey) -> None:
    page = explore_page(surveyed)
    assert dict(page.facts)["Tracks"] == "58"
    assert dict(page.facts)["Released"] == "2018"
    warned = [block.text for block in page.sections[0].blocks if isinstance(block, NoteBlock)]
    assert any("half or double" in text for text in warned)


def test_a_label_has_one_colour_on_the_whole_page(surveyed: Survey) -> None:
    figures = explore_page(surveyed).figures()
    bars = figures["tracks-per-label"].data[0]
    colours = dict(zip(surveyed.label_names, bars.marker.color, strict=True))
    for trace in figures["tempo"].data:
        if trace.type == "box" and trace.name in colours:
            assert trace.line.color == colours[trace.name]
    for trace in figures["releases-over-time"].data:
        assert trace.marker.color == colours.get(trace.name, trace.marker.color)
    assert len(set(colours.values())) == len(colours)


def halves(page: Page) -> dict[str, bool]:
    blocks = [block for section in page.sections for block in section.blocks if isinstance(block, FigureBlock)]
    return {block.key: block.half for block in blocks}


def test_many_labels_do_not_leave_the_wheel_alone_beside_a_tall_figure(surveyed: Survey) -> None:
    few = halves(explore_page(surveyed))
    assert few["camelot-wheel"]
    assert few["modes"]
    many = halves(explore_page(survey(make_collection([f"Label {n:02d}" for n in range(40)], per_label=4))))
    assert not many["camelot-wheel"]
    assert not many["modes"]


@pytest.mark.parametrize("artists", ["", "Ann"])
def test_nothing_is_cleared_that_could_not_be_checked(artists: str) -> None:
    one_label = [make_track(n, "Amber", artists and f"{artists} {n}") for n in range(30)]
    notes = [one for one in explore_page(survey(one_label)).sections[0].blocks if isinstance(one, NoteBlock)]
    assert {one.kind for one in notes} == {"warning"}
