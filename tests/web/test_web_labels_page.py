from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import expect
from web_server import SmallDemo, serving, settings_for, visiting

from earmark.library.library import Library
from earmark.library.rows import track_to_row

EVIL = 'R&S, 100% / "Apollo" <img src=x onerror=alert(1)>'

expect.set_options(timeout=30_000)  # a machine that runs many tests at once is slow


def test_the_atlas_is_seen_compared_and_heard(serve: Callable[[], str]) -> None:
    with visiting(serve()) as visitor:
        page = visitor.page
        visitor.go("#/labels")
        circles = page.locator(".map-label")
        expect(circles).to_have_count(6)
        names = [one or "" for one in circles.evaluate_all("nodes => nodes.map((node) => node.dataset.label)")]
        first, second = sorted(names)[:2]

        # Choose by the list, then by keys on the map.
        page.get_by_role("button", name=first, exact=False).and_(page.locator(".label-row")).click()
        expect(page.locator("h2.label-name")).to_have_text(first)
        expect(page.locator(".near-row")).to_have_count(5)
        expect(page.locator("figure svg[role=img]")).to_have_count(5)
        visitor.keep("labels-profile")
        page.locator(f'.map-label[data-label="{first}"]').focus()
        heard = {"ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"}
        for key in heard:
            page.keyboard.press(key)
        focused = page.evaluate("document.activeElement.dataset.label")
        page.keyboard.press("Enter")
        expect(page.locator("h2.label-name")).to_have_text(focused)
        assert f"label={quote(focused, safe='').replace('%20', '+')}" in page.url

        # Compare two; a reload shows them again.
        page.get_by_role("tab", name="Compare").click()
        page.get_by_label("First label").select_option(first)
        page.get_by_label("Second label").select_option(second)
        expect(page.get_by_role("heading", name="Where they meet")).to_be_visible()
        page.reload()
        expect(page.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")
        expect(page.locator(".differences li")).to_have_count(6)
        expect(page.locator(".label-row[aria-pressed=true]")).to_have_count(2)
        visitor.keep("labels-compare")

        # Love two on the map, and hear a bridge to the third.
        page.get_by_role("tab", name="Love and try").click()
        for label in (first, second):
            page.locator(f'.map-label[data-label="{label}"] .map-dot').click()
        expect(page.get_by_role("list", name="Loved labels").get_by_role("listitem")).to_have_count(2)
        tried = page.locator(".try-name")
        expect(tried).not_to_be_empty()
        assert tried.inner_text() in set(names) - {first, second}
        bridge = page.locator("details[open] tr.group-start").first
        bridge.get_by_role("button", name="Play").click()
        expect(bridge).to_have_attribute("data-player", "playing")
        page.wait_for_function("document.querySelector('.player-time').textContent !== ''")
        visitor.keep("labels-loves")
        page.get_by_role("button", name=f"{first}: loved").click()
        expect(page.get_by_role("list", name="Loved labels").get_by_role("listitem")).to_have_count(1)


def test_a_name_like_markup_is_text_everywhere(demo: SmallDemo, tmp_path: Path) -> None:
    address = demo.copy(tmp_path / "library")
    library = Library.open(address)
    tracks = library.tracks()
    label = tracks[0].label
    library.tracks_table.merge([track_to_row(replace(one, label=EVIL)) for one in tracks if one.label == label])
    # A label with a single track is on no map.
    library.tracks_table.merge([track_to_row(replace(tracks[-1], label="Lonely"))])
    with (
        serving(settings_for(address, demo.music)) as served,
        visiting(served, width=390, height=844, dark=True) as visitor,
    ):
        page = visitor.page
        visitor.go(f"#/labels?label={quote(EVIL, safe='')}")
        expect(page.locator("h2.label-name")).to_have_text(EVIL)
        expect(page.locator(".map-label.marked")).to_have_attribute("data-label", EVIL)
        page.locator(".near-row").first.get_by_role("button", name="Compare").click()
        expect(page.locator("h2.label-name")).to_contain_text(EVIL)
        page.reload()
        expect(page.locator("h2.label-name")).to_contain_text(EVIL)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        visitor.go("#/labels?label=lonely")
        expect(page.get_by_text("Lonely is not on the map: 1 track; 5 are needed.")).to_be_visible()
        visitor.keep("labels-phone")
        assert page.locator("img[src=x]").count() == 0


def test_without_vectors_there_is_a_list_and_a_word_why_no_map(demo: SmallDemo, tmp_path: Path) -> None:
    address = demo.copy(tmp_path / "library")
    Library.open(address).storage.remove_folder("vectors")
    with serving(settings_for(address, demo.music)) as served, visiting(served) as visitor:
        page = visitor.page
        visitor.go("#/labels")
        expect(page.get_by_text("No map of labels yet")).to_be_visible()
        expect(page.locator("figure svg[role=img]")).to_have_count(5)
        expect(page.get_by_text("cannot be compared with others yet")).to_be_visible()
        visitor.keep("labels-no-map")
