"""The library's page in a browser: add a folder, follow its scan, cancel, reload, resume, and see what failed."""

from pathlib import Path

import httpx
from held_jobs import holding_job
from made_music import BROKEN, make_music
from playwright.sync_api import expect
from web_server import SmallDemo, serving, settings_for, visiting

from earmark.library.library import Library

PATIENCE_MS = 120_000


def test_a_folder_is_added_and_scanned(tmp_path: Path) -> None:
    music = make_music(tmp_path / "music", files=8, seconds=10)
    library = Library.create(tmp_path / "library")
    with serving(settings_for(library.address, music)) as address, visiting(address) as visitor:
        page = visitor.page
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        visitor.go("#/library")
        page.get_by_role("button", name="Add a folder").click()
        expect(page.get_by_role("button", name="Label 1")).to_contain_text("4 files")
        page.get_by_role("button", name="Scan this folder").click()
        card = page.locator(".job-card")
        scan = card.filter(has_text="Scan music")  # once it is done, another job makes the tracks comparable
        with holding_job():
            expect(scan).to_contain_text("Running")
            expect(page.get_by_role("heading", name="Your library is being filled")).to_be_visible()
            visitor.keep("library-scanning")
            scan.get_by_role("button", name="Cancel").click()
        expect(scan).to_contain_text("Resume it and only the rest is done")
        page.reload()
        scan.get_by_role("button", name="Resume").click()
        with holding_job():
            expect(scan.get_by_role("progressbar").first).to_be_visible()
            page.reload()  # in the middle; the scan goes on and is shown again
            expect(scan.get_by_role("progressbar").first).to_be_visible()
        expect(scan).to_contain_text("9 audio files")
        expect(scan).to_contain_text("1 not read")
        page.get_by_role("tab", name="Not read (1)").click()
        failure = page.get_by_role("article")
        expect(failure).to_contain_text(BROKEN)
        expect(failure).to_contain_text("soundfile")
        expect(failure).to_contain_text("get it again")
        page.get_by_role("button", name="Try again").click()
        expect(card.filter(has_text="Scan all folders")).to_contain_text("0 analysed, 8 unchanged")
        page.get_by_role("tab", name="Tracks (8)").click()
        page.get_by_role("searchbox", name="Words").fill("song 7")
        expect(page.get_by_role("status").filter(has_text="1 track")).to_be_visible()
    assert len(library.tracks()) == 8


def test_the_library_is_shown(demo: SmallDemo, tmp_path: Path) -> None:
    address = demo.copy(tmp_path / "library")
    with serving(settings_for(address, demo.music)) as served, visiting(served, width=390, height=844) as visitor:
        page = visitor.page
        listed = [track.audio_id for track in Library.open(address).tracks()[:1]]
        httpx.post(f"{served}/api/playlists", json={"name": "Friday", "audio_ids": listed}).raise_for_status()
        visitor.go("#/library")
        expect(page.locator(".library-numbers")).to_contain_text("Ogg Vorbis")
        expect(page.locator(".health")).to_contain_text("36 tracks can be compared")
        visitor.keep("library-phone")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        label = Library.open(address).labels()[0]
        page.get_by_role("button", name=f"tracks of {label.label}").click()
        expect(page.get_by_role("grid", name="Tracks").get_by_role("row")).to_have_count(label.tracks)
        page.reload()
        expect(page.get_by_role("tabpanel").get_by_role("combobox", name="Label", exact=True)).to_have_value(
            label.label
        )
        page.get_by_role("tab", name="DJ software").click()
        page.get_by_role("button", name="Friday").click()
        expect(page.get_by_role("dialog").get_by_role("grid", name="Friday").get_by_role("row")).to_have_count(1)
