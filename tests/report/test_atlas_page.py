from dataclasses import replace
from pathlib import Path

import pytest
from browser import open_page
from made_atlas import by_track, made_atlas, made_collection
from playwright.sync_api import Browser
from survey_tracks import EVIL

from earmark.report.atlas_page import atlas_page
from earmark.report.page import Page, TableBlock
from earmark.similarity.labels.atlas import Atlas, make_atlas


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return made_atlas(move=0.4)


@pytest.fixture(scope="module")
def written(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return atlas_page(atlas).write(tmp_path_factory.mktemp("atlas") / "atlas.html")


def tables(page: Page) -> dict[str, TableBlock]:
    return {
        block.caption: block for section in page.sections for block in section.blocks if isinstance(block, TableBlock)
    }


def test_the_page_tells_everything(atlas: Atlas) -> None:
    page = atlas_page(atlas)
    assert [section.title for section in page.sections] == [
        "What to try",
        "Where labels lie",
        "Which labels are near",
        "What each label is like",
        "Typical tracks and outliers",
        "How labels moved",
        "Left out",
    ]
    assert set(page.figures()) == {
        "labels-to-try", "map", "tree", "spread", "distances", "bpm", "keys", "lufs", "energy", "drift",
    }  # fmt: skip
    found = tables(page)
    assert found["Labels that are not on the atlas"].rows == [("Lonely", 1, "1 track; 5 are needed")]
    [amber] = [row for row in found["Labels in numbers"].rows if row[0] == "Amber"]
    assert amber[1:4] == [36, 12, 12]
    assert "8 of 96 tempos" in found["Labels in numbers"].note
    [near] = [row for row in found["Nearest labels in the full space"].rows if row[0] == "Amber"]
    assert str(near[1]).startswith("Basalt 0.")
    [moved] = [row for row in found["Moves in words"].rows if row[0] == "Amber"]
    assert str(moved[1]).startswith("Moved by ")


def test_advice_names_what_to_try_and_why(atlas: Atlas) -> None:
    page = atlas_page(atlas)
    assert page.sections[0].intro.startswith("You love Amber and Cobalt: try Basalt.")
    bridges = tables(page)["Bridges"]
    assert list(bridges.columns) == ["Label", "Track", "Nearest of Amber", "Nearest of Cobalt"]
    assert bridges.rows[0][0] == "Basalt"
    alone = replace(atlas, advice=None)
    assert atlas_page(alone).sections[0].title == "Where labels lie"


def test_little_knowledge_makes_a_page_too() -> None:
    tracks, units = made_collection(artists=4, labels=("Amber", "Basalt"))
    bare = [replace(track, bpm=None, key=None, released=None) for track in tracks]
    made = make_atlas(bare, by_track(bare, units), source="MFCCs", apart="song", resamples=20)
    page = atlas_page(made)
    found = tables(page)
    assert list(found["Labels in numbers"].columns) == ["Label", "Tracks>", "Artists>", "Releases>"]
    assert set(page.figures()) == {"map", "tree", "spread", "distances", "bpm"}
    assert "0 years" in str(found["Moves in words"].rows[0][1])
    assert "drawing songs anew" in page.subtitle


def test_texts_of_strangers_are_never_markup(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert EVIL not in text
    assert "onerror=alert(1)&gt;" in text


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (1366, True), (420, False)])
def test_it_is_drawn_and_nothing_sticks_out(browser: Browser, written: Path, width: int, dark: bool) -> None:
    with open_page(browser, written, width=width, dark=dark) as opened:
        opened.keep(f"atlas-{width}{'-dark' if dark else ''}")
        assert opened.errors == []
        assert opened.requests == []
        assert opened.figure_count == 10
        assert opened.undrawn() == []
        assert opened.cut_off() == []
        assert opened.overflow() == 0
