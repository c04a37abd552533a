"""Models on the page: what is asked for in its dialogs, and what comes of it."""

import re
from pathlib import Path
from typing import Any

import httpx
import made_jobs
import pytest
from made_comparison import make_comparison
from playwright.sync_api import Locator, Page, expect
from web_server import SmallDemo, serving, settings_for, visiting

from earmark.library.library import Library
from earmark.library.rows import track_to_row
from earmark.web.jobs.kinds import KINDS, Kind

expect.set_options(timeout=60_000)  # a machine that runs many tests at once is slow


def test_models_are_compared_taught_and_asked_to_rank(
    demo: SmallDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = demo.copy(tmp_path / "library")
    library = Library.open(address)
    newcomers = [track for track in library.tracks() if track.label == "Vellichrome"][:3]
    library.tracks_table.merge([track_to_row(track) | {"label": "Newcomer & Söhne"} for track in newcomers])
    # What is computed is not this test's: the comparison holds the queue up, and the ranking is ready at once.
    monkeypatch.setitem(KINDS, "compare", Kind("made_jobs:trained"))
    monkeypatch.setitem(KINDS, "triage", Kind("made_ranking:rank"))
    monkeypatch.setenv("PYTHONPATH", str(Path(made_jobs.__file__).parent))
    make_comparison().save(library.local_folder("comparisons") / "kept.json")
    with (
        serving(settings_for(address, demo.music, demo.held_back.parent)) as served,
        visiting(served) as visitor,
    ):
        page = visitor.page
        visitor.go("#/models")
        expect(page.get_by_role("article").filter(has_text="kept")).to_contain_text(
            "artist look-up could not take part"
        )
        _compare(page)
        page.get_by_role("link", name="earmark", exact=True).click()
        page.get_by_role("button", name="Teach it one more label").click()
        page.get_by_role("dialog").get_by_role("button", name="Teach it", exact=True).click()
        expect(page.get_by_text("A copy of earmark learns Newcomer & Söhne.")).to_be_visible()
        asked = {job["kind"]: job for job in httpx.get(f"{served}/api/jobs").json()}
        assert asked["compare"]["request"]["models"] == ["metadata"]
        assert asked["compare"]["request"]["folds"] == 2
        assert asked["add-label"]["request"]["bundle"] == "earmark"
        assert set(asked["add-label"]["request"]["audio_ids"]) == {track.audio_id for track in newcomers}
        _cancel(served, asked["add-label"], asked["compare"])
        _rank(page, demo.held_back.parent)
        visitor.keep("models-ranked")
        monkeypatch.setattr("earmark.web.routes.models.find_spec", lambda _: None)
        visitor.go("#/models?train=earmark")
        expect(page.get_by_text('pip install "earmark[train]"')).to_be_visible()


def _compare(page: Page) -> None:
    page.get_by_role("button", name="Compare models").click()
    asked = page.get_by_role("dialog")
    for name in ("earmark", "mfcc", "metadata"):
        _box(asked, name).uncheck()
    asked.get_by_label("Folds").fill("2")
    asked.get_by_role("button", name="Start").click()
    expect(asked.get_by_role("alert")).to_have_text("Choose a model at least.")
    _box(asked, "metadata").check()
    asked.get_by_label("Name").press("Enter")
    expect(asked).to_be_hidden()


def _box(asked: Locator, name: str) -> Locator:
    return asked.get_by_role("checkbox", name=re.compile(f"^{name} "))


def _cancel(served: str, *jobs: dict[str, Any]) -> None:
    for job in jobs:
        httpx.post(f"{served}/api/jobs/{job['id']}/cancel").raise_for_status()


def _rank(page: Page, folder: Path) -> None:
    page.get_by_role("button", name="Rank a folder of demos").click()
    asked = page.get_by_role("dialog")
    asked.get_by_label("For the label").select_option("Tidelantern")
    asked.get_by_label("Folder on the machine").fill(str(folder))
    asked.get_by_role("button", name="Rank them").click()
    told = page.get_by_role("region", name="Demos")
    expect(told.get_by_role("row")).to_have_count(5)  # with its head; one demo is there twice
    expect(told.get_by_role("columnheader", name="Tidelantern")).to_be_visible()
