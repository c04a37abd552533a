"""The page Next in a browser: ask, adjust, like, build a set by mouse and by keys, hear a transition, export."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from web_server import Visitor, until, visiting

from earmark.interop.reading import read_collection

SOUNDS = """async () => {
  const { audition } = await import("/page/js/next/audition.js");
  return audition.sounds.map((one) => !one.paused && one.currentTime > 0);
}"""
TO_THE_BLEND = """async () => {
  const { audition } = await import("/page/js/next/audition.js");
  const { player } = await import("/page/js/lib/player.js");
  audition.sounds[0].currentTime += 11.5;
  return player.playing;
}"""


THROUGH_THE_SAME_TWICE = """async () => {
  const { player } = await import("/page/js/lib/player.js");
  const { store } = await import("/page/js/next/store.js");
  const [one, two] = store.tracks;
  player.play(one, { queue: [one, two, one, two], place: 0 });
  const more = [];
  for (let step = 0; step < 4; step += 1) {
    more.push(player.has(1));
    player.next();
  }
  player.close();
  return more;
}"""


def ask(visitor: Visitor) -> Page:
    """Search for a track by a word, and choose the first that is found."""
    visitor.go("#/next")
    visitor.page.get_by_role("combobox", name="Start from").fill("o")
    visitor.page.locator(".next-top .found-option").first.click()
    expect(visitor.page.locator(".suggestion").first).to_be_visible()
    return visitor.page


def answered(page: Page, act: Callable[[], object]) -> None:
    """Do something, and wait until the suggestions have come anew."""
    with page.expect_response("**/api/next"):
        act()
    expect(page.locator(".suggestions")).not_to_have_attribute("aria-busy", "true")


def names(page: Page) -> list[str]:
    return page.locator(".set-step .track-title").all_inner_texts()


def drag(page: Page, source: Locator, target: Locator) -> None:
    """Press on one thing, move in steps as a hand does, and let go over another."""
    source.scroll_into_view_if_needed()
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 8, steps=8)
    page.mouse.up()


def test_asked_adjusted_and_liked(serve: Callable[[], str]) -> None:
    with visiting(serve()) as visitor:
        page = ask(visitor)
        before = page.locator(".suggestion").count()
        page.get_by_role("button", name="Rules", exact=True).click()
        answered(page, lambda: page.get_by_role("button", name="Energy boost").click())
        answered(page, lambda: page.get_by_label("Pitch range").fill("16"))
        assert page.locator(".suggestion").count() > before
        assert "energy-boost" in page.url
        assert "pitch=16" in page.url
        liked = page.locator(".suggestion").nth(2)
        title = liked.locator("h3").inner_text()
        answered(page, lambda: liked.get_by_role("button", name="More like").click())
        disliked = page.locator(".suggestion").last.locator("h3").inner_text()
        answered(page, lambda: page.locator(".suggestion").last.get_by_role("button", name="Less like").click())
        expect(page.locator(".suggestion h3", has_text=disliked)).to_have_count(0)
        visitor.keep("next-rules")
        # The address tells all of it: a reload asks the same.
        asked = page.locator(".asked h2").inner_text()
        page.reload()
        expect(page.locator(".asked h2")).to_have_text(asked)
        expect(page.locator(".liking .liked")).to_contain_text(title.partition(" (")[0])
        answered(page, lambda: page.locator(".liking .disliked").click())
        expect(page.locator(".liking .disliked")).to_have_count(0)
        # Go on from a suggestion, and back by the chain.
        follower = page.locator(".suggestion h3").first.inner_text()
        answered(page, lambda: page.locator(".suggestion").first.get_by_role("button", name="What mixes after").click())
        expect(page.locator(".asked h2")).to_have_text(follower)
        answered(page, lambda: page.locator(".chain-step").click())
        expect(page.locator(".asked h2")).to_have_text(asked)
        answered(page, page.go_back)
        expect(page.locator(".asked h2")).to_have_text(follower)


def test_a_set_by_hand_heard_and_exported(serve: Callable[[], str], tmp_path: Path) -> None:
    with visiting(serve()) as visitor:
        page = ask(visitor)
        chosen = page.locator(".suggestion h3").all_inner_texts()[:3]
        panel = page.locator(".set-panel")
        drag(page, page.locator(".suggestion").nth(0).locator("h3"), panel)
        assert names(page) == chosen[:1]
        page.locator(".suggestion").nth(1).get_by_role("button", name="Add to the set").press("Enter")
        expect(page.locator(".joint .score")).to_have_count(1)
        drag(page, page.locator(".suggestion").nth(2).locator("h3"), page.locator(".set-step").first)
        assert names(page) == [chosen[2], chosen[0], chosen[1]]
        # By keys: the button, then the handle with an arrow; each step is announced.
        page.get_by_role("button", name="Move down").first.press("Enter")
        assert names(page) == [chosen[0], chosen[2], chosen[1]]
        expect(page.locator(".view-next > [role=status]")).to_contain_text("is 2 of 3 in the set")
        page.locator(".set-step .handle").nth(2).press("ArrowUp")
        assert names(page) == [chosen[0], chosen[1], chosen[2]]
        drag(page, page.locator(".set-step .set-name").nth(2), page.locator(".set-step").first)
        assert names(page) == [chosen[2], chosen[0], chosen[1]]
        assert page.evaluate(THROUGH_THE_SAME_TWICE) == [True, True, True, False]
        # What is found is dragged to its place too, and taken out again.
        page.get_by_role("combobox", name="Add a track").fill("o")
        found = panel.locator(".found-option").last
        drag(page, found, page.locator(".set-step").nth(1))
        expect(panel.locator(".found")).to_be_hidden()
        assert [names(page)[at] for at in (0, 2, 3)] == [chosen[2], chosen[0], chosen[1]]
        page.locator(".set-step").nth(1).get_by_role("button", name="Take out").press("Enter")
        expect(page.locator(".energy-curve rect")).to_have_count(3)
        panel.get_by_role("button", name="Hear the transition").first.click()
        until(page, f"async () => (await ({SOUNDS})())[0]")
        assert page.evaluate(TO_THE_BLEND) is False  # the player is still
        until(page, f"async () => (await ({SOUNDS})()).every(Boolean)")
        expect(page.get_by_role("progressbar", name="Transition")).to_have_attribute("aria-valuetext", "The blend")
        visitor.keep("next-set")
        page.get_by_role("button", name="Stop the transition").click()
        expect(page.get_by_role("progressbar", name="Transition")).to_have_count(0)
        with page.expect_download() as downloading:
            page.get_by_role("button", name="rekordbox XML").click()
        exported = tmp_path / downloading.value.suggested_filename
        downloading.value.save_as(exported)
        stems = [Path(entry).stem for entry in read_collection(exported).playlists[0].entries]
        assert [name in stem for name, stem in zip(names(page), stems, strict=True)] == [True] * 3, (names(page), stems)
        # It outlives a reload, and can be saved and opened again.
        page.reload()
        expect(page.locator(".joint .score")).to_have_count(2)
        assert names(page) == [chosen[2], chosen[0], chosen[1]]
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("dialog").get_by_label("Name").fill("Friday <b>")
        page.get_by_role("button", name="Save as a playlist").click()
        expect(page.get_by_role("heading", name="Friday <b>")).to_be_visible()
        page.get_by_role("button", name="Clear").click()
        assert names(page) == []
        page.get_by_role("button", name="Open", exact=True).click()
        page.locator(".playlist-open").click()
        expect(page.locator(".set-step")).to_have_count(3)


def test_sets_that_earmark_makes(serve: Callable[[], str]) -> None:
    with visiting(serve(), width=390, height=844, dark=True) as visitor:
        page = ask(visitor)
        page.get_by_role("group", name="Show").get_by_role("button", name="Set").click()
        page.get_by_role("button", name="Make a set").click()
        page.get_by_label("Minutes").fill("5")
        page.get_by_text("plateau").click()
        page.get_by_role("button", name="Make it").click()
        expect(page.locator(".set-told")).to_contain_text("transitions")
        expect(page.locator(".curve-wanted")).to_have_count(1)
        made = page.locator(".set-step").count()
        assert made >= 4
        page.get_by_role("button", name="Fill between").first.click()
        page.get_by_role("button", name="2 tracks").click()
        expect(page.locator(".set-told")).to_contain_text("between")
        visitor.keep("next-phone")
        page.get_by_role("button", name="Rules", exact=True).is_hidden()
        page.get_by_role("group", name="Show").get_by_role("button", name="Suggestions").click()
        page.get_by_role("button", name="Rules", exact=True).click()
        expect(page.get_by_role("dialog", name="Rules")).to_be_visible()
