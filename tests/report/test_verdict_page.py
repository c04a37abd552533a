from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser import open_page
from made_song import made_song
from playwright.sync_api import Browser
from tiny_library import make_track
from tiny_run import EVIL_TITLE

from earmark.audio.envelope import envelope
from earmark.errors import InputError
from earmark.evaluation.confidence import SureVerdict
from earmark.evaluation.splits import PartName
from earmark.models.references import make_references
from earmark.models.why import explain
from earmark.report.page import NoteBlock, Page, TableBlock
from earmark.report.verdict_page import MOST_FILES, ToldFile, verdict_page

LABELS = ("Amber", "Basalt", f"Cobalt {EVIL_TITLE}", "Dune Recordings International")
CATALOGUE = [
    make_track(
        n, LABELS[n % 4], f"Act {n}", title=EVIL_TITLE if n == 1 else f"Song {n}", bpm=120.0 + n if n % 3 else None
    )
    for n in range(24)
]
PARTS: list[PartName] = ["train" if n < 20 else "test" for n in range(24)]
REFERENCES = make_references(CATALOGUE, PARTS, np.random.default_rng(0).normal(size=(24, 5)))


def file(seed: int = 0, *, slices: int = 60, rich: bool = True, is_none: bool | None = False) -> ToldFile:
    """A file with a verdict by made-up slices, with all that can be known of it or with nothing."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (slices, 4)) + np.asarray([1.2, 0.6, 0, 0])
    logits[slices // 3 : slices // 2, 1] += 4
    song = made_song(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), embedding=rng.normal(size=5))
    track = make_track(99 + seed, None, "Nobody & Sons", title=EVIL_TITLE, seconds=3.0 * slices)
    log_probs = np.log(song.mean.probabilities)
    ranking = tuple((int(place), float(np.exp(log_probs[place]))) for place in np.argsort(-log_probs))
    sure = SureVerdict(ranking, (ranking[0][0], ranking[1][0]), 0.9, is_none, "")
    sound = rng.normal(0, 0.2, 30 * 3 * slices).astype(np.float32)
    told = explain(
        song,
        LABELS,
        track=track,
        slice_seconds=3.0,
        parts={"own network": 0.7 * log_probs, "metadata": 0.3 * log_probs} if rich else None,
        references=REFERENCES if rich else None,
        sure=sure if rich else None,
    )
    return ToldFile(track, told, envelope(sound, 30) if rich else None, in_training=not rich, padded=not rich)


def titles(page: Page) -> list[str]:
    return [section.title for section in page.sections]


def texts(page: Page) -> str:
    blocks = [block for section in page.sections for block in section.blocks]
    return "\n".join(block.text for block in blocks if isinstance(block, NoteBlock))


def tables(page: Page) -> dict[str, TableBlock]:
    blocks = [block for section in page.sections for block in section.blocks]
    return {block.caption: block for block in blocks if isinstance(block, TableBlock)}


def test_one_file_is_spread_over_the_page() -> None:
    told = file()
    page = verdict_page([told], model="earmark", known_score="It was right 81 % of the time.")
    assert page.title == told.track.display
    assert told.explanation.sentence() in page.subtitle
    assert "81 %" in page.subtitle
    assert titles(page) == [
        "Verdict", "Along the track", "What would change it", "Nearest songs", "Tempo, key and length",
    ]  # fmt: skip
    assert list(page.figures()) == ["verdict", "parts", "evidence"]
    assert dict(page.facts)["Set at 90%"] == "2 labels"
    nearest = tables(page)["Nearest songs by other artists"]
    assert len(nearest.rows) == 10
    assert float(str(nearest.rows[0][0])) >= float(str(nearest.rows[-1][0]))
    habits = tables(page)["The label's habits"]
    assert [row[0] for row in habits.rows] == ["Tempo (BPM)", "Length", "Key"]
    assert "+" in habits.note


def test_the_sections_table_is_the_explanation() -> None:
    told = file()
    table = tables(verdict_page([told], model="earmark"))["Sections"]
    assert len(table.rows) == len(told.explanation.sections)
    ranked = [row for row in table.rows if row[0] is not None]
    assert [row[0] for row in sorted(ranked, key=lambda row: str(row[0]))] == list(range(1, len(ranked) + 1))
    assert str(table.rows[0][1]).startswith("0:00–")
    total = sum(float(str(row[4])) for row in table.rows)
    assert total == pytest.approx(told.explanation.sound, abs=0.01 * len(table.rows))


def test_a_bundle_that_knows_little_says_so() -> None:
    page = verdict_page([file(rich=False)], model="crnn")
    assert titles(page) == ["Verdict", "Along the track", "What would change it"]
    said = texts(page)
    for words in ("not calibrated", "no references", "proves nothing", "shorter than one slice"):
        assert words in said
    assert [name for name, _ in page.facts][-1] == "Margin"


def test_none_of_these_is_the_first_thing_that_is_said() -> None:
    page = verdict_page([file(is_none=True)], model="earmark")
    assert page.subtitle.startswith("It sounds like none of the labels")
    assert "about the nearest of them" in texts(page)
    several = verdict_page([file(is_none=True), file(1)], model="earmark")
    assert tables(several)["Verdicts"].rows[0][1] == "none of them"


def test_several_files_have_an_overview_and_a_section_each() -> None:
    files = [file(seed) for seed in range(3)]
    page = verdict_page(files, model="earmark")
    assert titles(page) == ["All files", *(one.track.display for one in files)]
    assert len(page.figures()) == 9
    assert len(tables(page)["Verdicts"].rows) == 3


def test_of_many_files_the_first_are_told_in_full() -> None:
    files = [file(seed % 3, slices=6) for seed in range(MOST_FILES + 5)]
    page = verdict_page(files, model="earmark")
    assert len(page.sections) == 1 + MOST_FILES
    assert len(tables(page)["Verdicts"].rows) == MOST_FILES + 5
    assert f"first {MOST_FILES}" in tables(page)["Verdicts"].note


def test_a_verdict_that_nothing_turns() -> None:
    told = file()
    steady = replace(told, explanation=replace(told.explanation, change=None))
    assert "No choice of sections" in texts(verdict_page([steady], model="earmark"))


def test_no_file_has_no_page() -> None:
    with pytest.raises(InputError, match="at least one file"):
        verdict_page([], model="earmark")


@pytest.mark.parametrize(("name", "width"), [("laptop", 1366), ("phone", 400)])
def test_the_page_in_a_browser(browser: Browser, tmp_path: Path, name: str, width: int) -> None:
    path = verdict_page([file()], model="earmark").write(tmp_path / "verdict.html")
    with open_page(browser, path, width=width) as opened:
        opened.keep(f"verdict-{name}-light")
        assert opened.figure_count == 3
        assert opened.undrawn() == []
        assert opened.overflow() == 0
        assert opened.cut_off() == []
        opened.darken()
        opened.keep(f"verdict-{name}-dark")
        assert (opened.undrawn(), opened.errors, opened.requests) == ([], [], [])


def test_several_and_bare_files_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    files = [file(1), file(2, rich=False), file(3, slices=1, rich=False), file(4, slices=900)]
    path = verdict_page(files, model="earmark").write(tmp_path / "verdicts.html")
    with open_page(browser, path) as opened:
        opened.keep("verdicts-several")
        assert opened.figure_count == 10
        assert (opened.undrawn(), opened.errors, opened.overflow(), opened.cut_off()) == ([], [], 0, [])
