"""The page's frame in a browser: routes, keys, colours, search, player, jobs, drops; the views are stand-ins.

The server is real, on an empty library; what it would answer about tracks and labels is made here, and so are the
views, so that the frame is judged by itself.
"""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from axe import violations
from made_shell import JOB, answer, stand_in
from playwright.sync_api import Page, Route, expect
from web_server import Visitor, serving, settings_for, until, visiting

from earmark.library.library import Library
from earmark.web.page_files import PAGE


def text_of(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """One window for all tests here; console errors of any of them are told at its end."""
    library = tmp_path_factory.mktemp("shell") / "library"
    Library.create(library)
    with serving(settings_for(str(library))) as address, visiting(address) as visitor:
        visitor.page.route("**/api/**", answer)
        visitor.page.route("**/page/js/views/*.js", stand_in)
        visitor.page.route("**/page/css/views/*.css", lambda route: route.fulfill(content_type="text/css", body=""))
        yield visitor


@pytest.fixture
def page(window: Visitor) -> Page:
    """The page as somebody finds it who comes for the first time."""
    window.page.set_viewport_size({"width": 1366, "height": 900})
    window.page.emulate_media(color_scheme="light")
    if window.page.url.startswith(window.address):
        window.page.evaluate("localStorage.clear()")
    window.page.goto("about:blank")
    window.go("#/listen")
    expect(window.page.locator("main h1")).to_have_text("Listen")
    until(window.page, "import('/page/js/lib/jobs.js').then(({ jobs }) => jobs.followed)")
    return window.page


@pytest.fixture
def labels(page: Page) -> Page:
    """The page with the view that has a list and a waveform."""
    page.click("nav >> text=Labels")
    expect(page.locator(".track-row").first).to_be_visible()
    return page


def playing(page: Page) -> dict[str, object]:
    state: dict[str, object] = page.evaluate(
        "import('/page/js/lib/player.js').then(({ player }) => ({ on: player.playing, time: player.time }))"
    )
    return state


def wait_until(page: Page, true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("did not come about within ten seconds")


def test_all_that_the_start_needs_is_asked_for_at_once() -> None:
    needed, waiting = set(), ["js/main.js"]
    while waiting:
        name = waiting.pop()
        needed.add(f"/page/{name}")
        imports = re.findall(r'^(?:import|\} from|import .* from) .*?"/page/(.+?)";$', text_of(name), re.MULTILINE)
        waiting += [one for one in imports if f"/page/{one}" not in needed]
    index = text_of("index.html")
    assert set(re.findall(r'modulepreload" href="(.+?)"', index)) | {"/page/js/main.js"} == needed
    assert sum((PAGE / name.removeprefix("/page/")).stat().st_size for name in needed) < 150_000


def test_no_script_turns_text_into_markup_or_code() -> None:
    forbidden = re.compile(r"\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\b(eval|Function)\(")
    found = {path.name: forbidden.findall(path.read_text(encoding="utf-8")) for path in PAGE.rglob("*.js")}
    assert len(found) > 20
    assert {name: what for name, what in found.items() if what} == {}


def test_the_document_has_no_inline_script_or_style() -> None:
    index = text_of("index.html")
    assert not re.findall(r"<script(?![^>]*\bsrc=)", index)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", index)
    assert not re.findall(r"(?:src|href)=\"(?!/page/|#)", index)


def test_each_view_has_a_route_one_heading_and_the_focus(page: Page) -> None:
    for name in ("Map", "Next", "Labels", "Models", "Library", "Listen"):
        page.click(f"nav >> text={name}")
        heading = page.locator("h1")
        expect(heading).to_have_count(1)
        expect(heading).to_contain_text(name)
        expect(heading).to_be_focused()
        expect(page).to_have_title(f"{name} · Earmark")
        expect(page.locator("#announcer")).to_have_text(name)
        expect(page.locator("nav [aria-current=page]")).to_have_text(name)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Library")


def test_an_address_that_leads_nowhere_says_so(page: Page, window: Visitor) -> None:
    page.goto(f"{window.address}/#/nowhere")
    expect(page.get_by_role("alert")).to_contain_text("There is no page called “nowhere”")
    expect(page.locator("h1")).to_have_count(1)


def test_a_view_that_does_not_come_can_be_tried_again(page: Page, window: Visitor) -> None:
    page.route("**/views/map.js", lambda route: route.fulfill(status=503))
    page.click("nav >> text=Map")
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    page.unroute("**/views/map.js")
    assert [error for error in window.errors if "503" in error]
    window.errors.clear()
    page.click("text=Try again")
    expect(page.locator("h1")).to_have_text("Map")


def test_keys_lead_to_views_the_sheet_and_the_search(page: Page) -> None:
    page.keyboard.press("5")
    expect(page.locator("h1")).to_have_text("Models")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("Play or pause")
    page.keyboard.press("2")  # a key of the page behind the sheet
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Models")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search tracks and labels")).to_be_focused()
    page.keyboard.type("5?")
    expect(page.get_by_role("combobox")).to_have_value("5?")


def test_the_skip_link_comes_first(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Listen")
    expect(page.locator("main")).to_be_focused()


def test_search_finds_tracks_and_labels_by_keyboard(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("song 3")
    option = page.get_by_role("option")
    expect(option).to_have_count(1)
    expect(option).to_contain_text("Ada <b>Lind</b> - Song 3")
    page.keyboard.press("Enter")
    wait_until(page, lambda: page.url.endswith(f"#/next?track={3:016x}"))
    page.keyboard.press("/")
    page.keyboard.type("night")
    expect(option.first).to_contain_text("<b>Night</b> & Co")
    page.keyboard.press("Enter")
    expect(page.locator("#opened")).to_have_text("<b>Night</b> & Co")


def test_a_search_without_a_hit_says_so(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("zzz")
    expect(page.locator(".found-note")).to_contain_text("No track has “zzz”")
    page.keyboard.press("Escape")
    expect(page.locator(".found")).to_be_hidden()
    expect(page.get_by_role("combobox")).to_have_value("")


def test_colours_follow_the_system_and_the_choice_is_kept(page: Page) -> None:
    def ground() -> str:
        shade: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return shade

    light = ground()
    page.emulate_media(color_scheme="dark")
    dark = ground()
    assert dark != light
    button = page.get_by_role("button", name="Colours: as the system")
    button.click()
    assert ground() == light
    page.reload()
    expect(page.get_by_role("button", name="Colours: light")).to_be_visible()
    assert ground() == light
    page.get_by_role("button", name="Colours: light").click()
    page.emulate_media(color_scheme="light")
    assert ground() == dark


def test_a_list_is_walked_and_played_by_keyboard(labels: Page) -> None:
    rows = labels.locator(".track-row")
    labels.locator(".track-row[tabindex='0']").focus()
    labels.keyboard.press("ArrowDown")
    labels.keyboard.press("ArrowDown")
    expect(rows.nth(2)).to_be_focused()
    labels.keyboard.press("Enter")
    expect(labels.locator("#opened")).to_have_text("Song 2")
    labels.keyboard.press("End")
    expect(rows.nth(3)).to_be_focused()
    labels.keyboard.press(" ")
    wait_until(labels, lambda: playing(labels)["on"] is True)
    expect(rows.nth(3)).to_have_attribute("aria-current", "true")
    labels.keyboard.press("Tab")
    expect(labels.get_by_role("button", name="Pause: Ada <b>Lind</b> - Song 3")).to_be_focused()
    labels.keyboard.press("Tab")
    labels.keyboard.press("Enter")
    expect(labels.get_by_role("button", name="Like: Ada <b>Lind</b> - Song 3")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert labels.locator(".tracks b").count() == 0


def test_the_player_plays_seeks_and_goes_through_the_list(labels: Page) -> None:
    expect(labels.get_by_label("Player", exact=True)).to_be_hidden()
    labels.click(".play-button >> nth=1")
    bar = labels.get_by_role("region", name="Player")
    expect(bar).to_contain_text("Ada <b>Lind</b> - Song 1")
    expect(bar).to_contain_text("~124? · 8A")
    wait_until(labels, lambda: float(str(playing(labels)["time"])) > 0)
    labels.locator("h1").focus()
    labels.keyboard.press(" ")
    wait_until(labels, lambda: playing(labels)["on"] is False)
    place = bar.get_by_role("slider", name="Place in Ada")
    place.focus()
    labels.keyboard.press("Home")
    labels.keyboard.press("ArrowRight")
    labels.keyboard.press("k")
    expect(place).to_have_attribute("aria-valuetext", "0:10 of 1:00")
    labels.keyboard.press("j")
    expect(place).to_have_attribute("aria-valuenow", "5")
    box = place.bounding_box()
    assert box
    labels.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    expect(place).to_have_attribute("aria-valuenow", "30")
    bar.get_by_role("button", name="Next track").click()
    expect(bar).to_contain_text("Song 2")
    bar.get_by_role("button", name="Pause").press(" ")
    wait_until(labels, lambda: playing(labels)["on"] is False)
    before = float(str(playing(labels)["time"]))
    bar.get_by_role("button", name="Play", exact=True).press("ArrowRight")
    wait_until(labels, lambda: abs(float(str(playing(labels)["time"])) - before - 5) < 0.5)
    bar.get_by_role("slider", name="Volume").fill("30")
    bar.get_by_role("button", name="Close the player").click()
    expect(bar).to_be_hidden()


def test_what_failed_is_told_and_can_be_tried_again(page: Page, window: Visitor) -> None:
    told = {"kind": "LibraryError", "message": "the library is being written; wait for the scan to end"}
    page.route("**/api/tracks?*", lambda route: route.fulfill(status=409, json=told))
    page.click("nav >> text=Labels")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The library is being written; wait for the scan to end.")
    page.unroute("**/api/tracks?*")
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator(".track-row").first).to_be_visible()
    assert all("409" in error for error in window.errors)
    window.errors.clear()


def test_what_cannot_be_played_is_told(labels: Page, window: Visitor) -> None:
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url.rpartition("/")[2])
        route.fulfill(status=404)

    labels.route("**/audio*", refuse)
    labels.click(".play-button >> nth=0")
    expect(labels.locator(".toast.bad")).to_contain_text("Song 0: This cannot be played")
    labels.unroute("**/audio*")
    assert asked == ["audio", "audio?decoded=true"]  # what the browser cannot play, the server may have decoded
    assert all("404" in error for error in window.errors)
    window.errors.clear()


def test_a_question_keeps_the_focus_and_gives_it_back(labels: Page) -> None:
    ask = labels.get_by_role("button", name="Ask")
    ask.focus()
    labels.keyboard.press("Enter")
    expect(labels.get_by_role("dialog", name="Sure?")).to_be_visible()
    labels.keyboard.press("Escape")
    expect(labels.locator("#opened")).to_have_text("false")
    expect(ask).to_be_focused()
    labels.keyboard.press("Enter")
    labels.get_by_role("button", name="Delete").click()
    expect(labels.locator("#opened")).to_have_text("true")


def test_a_waveform_tells_its_evidence_and_takes_keys(labels: Page) -> None:
    outline = labels.get_by_role("slider", name="Outline")
    expect(outline).to_have_attribute("aria-valuetext", "0:00 of 0:20, Intro, speaks for Afterglow")
    outline.focus()
    labels.keyboard.press("PageUp")
    expect(labels.locator("#opened")).to_have_text("at 20")


def test_a_figure_is_drawn_under_the_policy_and_follows_the_colours(page: Page) -> None:
    page.click("nav >> text=Models")
    bold = page.locator(".plot tspan", has_text="bold").last
    assert bold.evaluate("(node) => getComputedStyle(node).fontWeight") == "700"  # a style that Plotly writes
    ink = "getComputedStyle(document.querySelector('.plot .xtick text')).fill"
    before = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    wait_until(page, lambda: page.evaluate(ink) != before)
    assert violations(page) == []


def test_what_has_left_the_page_is_held_by_nothing(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)

    def nodes() -> int:
        devtools.send("HeapProfiler.collectGarbage")
        return int(devtools.send("Memory.getDOMCounters")["nodes"])

    visit = """async () => {
      const { trackList } = await import("/page/js/parts/tracks.js");
      const { waveform } = await import("/page/js/parts/waveform.js");
      const one = { display: "One", label: "Two", seconds: 9 };
      const tracks = Array.from({ length: 40 }, (_, i) => ({ ...one, audio_id: `a${i}` }));
      const place = document.getElementById("main").appendChild(document.createElement("section"));
      place.append(trackList(tracks, { label: "Tracks" }), waveform({ seconds: 9, peaks: [1, 2] }));
      await new Promise(requestAnimationFrame);
      place.remove();
    }"""
    page.evaluate(visit)
    before = nodes()
    for _ in range(5):
        page.evaluate(visit)
    assert nodes() < before + 500, "one list has more nodes than that"
    devtools.detach()


def test_jobs_are_followed_in_the_tray(page: Page, window: Visitor) -> None:
    def tell(**changed: object) -> None:
        page.evaluate("(job) => import('/page/js/lib/jobs.js').then(({ jobs }) => jobs.take(job))", JOB | changed)

    page.evaluate(
        """import('/page/js/lib/bus.js').then(({ bus }) => bus.on("library-changed", () => (window.news = 1)))"""
    )
    tell()
    page.get_by_role("button", name="1 job running").click()
    sheet = page.get_by_role("region", name="Jobs")
    expect(sheet).to_contain_text("Scan <i>music</i>")
    expect(sheet).to_contain_text("files · 1 of 4 · a.flac")
    expect(sheet.get_by_role("progressbar")).to_have_js_property("value", 0.25)
    sheet.get_by_role("button", name="Cancel: Scan").click()  # the server knows no such job
    expect(page.locator(".toast.bad")).to_be_visible()
    tell(state="failed", problem={"kind": "LibraryError", "message": "the disk is full"})
    expect(sheet).to_contain_text("The disk is full.")
    expect(sheet.get_by_role("button", name="Resume: Scan")).to_be_visible()
    expect(page.locator(".toast.bad").last).to_contain_text("The disk is full.")
    assert page.evaluate("window.news") == 1  # a scan that failed has brought what it had by then
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    tell(id="2", kind="train", title="Train mfcc", state="done", result={"bundle": "mfcc & co"}, resumable=False)
    page.get_by_role("button", name="Jobs").click()
    sheet.get_by_role("link", name="Open: Train mfcc").click()
    expect(page.locator("h1")).to_have_text("Models")
    assert page.url.endswith("#/models?run=mfcc+%26+co")
    expect(sheet).to_be_hidden()
    assert all("404" in error for error in window.errors)
    window.errors.clear()


def test_an_answer_that_comes_after_later_news_is_not_believed(page: Page) -> None:
    page.route("**/api/jobs/*/cancel", lambda route: route.fulfill(json=JOB | {"state": "running"}))
    states = """async (job) => {
      const { jobs } = await import("/page/js/lib/jobs.js");
      const state = () => jobs.list.find((one) => one.id === job.id).state;
      jobs.begun(job);
      const cancelling = jobs.cancel(job.id);
      jobs.take({ ...job, state: "cancelled" });
      await cancelling;
      const cancelled = state();
      jobs.begun(job);
      return [cancelled, state()];
    }"""
    assert page.evaluate(states, JOB) == ["cancelled", "cancelled"]
    page.unroute("**/api/jobs/*/cancel")


def test_what_another_window_forgets_goes_here_too_and_a_hidden_tab_rests(page: Page, window: Visitor) -> None:
    told = [JOB | {"id": name, "title": f"Job {name}", "state": "done"} for name in "ab"]
    waits = JOB | {"id": "c", "title": "Job c", "state": "waiting", "waits_for": "Scan <i>music</i>"}
    answers = [
        [("present", ["a", "b", "c"]), *(("job", job) for job in (*told, waits)), ("gone", {"id": "a"})],
        [("present", ["c"]), ("job", waits)],
    ]
    asked: list[int] = []

    def stream(route: Route) -> None:
        events = answers[min(len(asked), 1)]
        asked.append(1)
        body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
        route.fulfill(content_type="text/event-stream", body=body)  # and the stream is cut

    page.route("**/api/jobs/events", stream)
    page.evaluate("import('/page/js/lib/jobs.js').then(({ jobs }) => jobs.connect())")
    sheet = page.get_by_role("region", name="Jobs")
    page.get_by_role("button", name="1 job running").click()
    expect(sheet).to_contain_text("Waits for: Scan <i>music</i>")
    expect(sheet).not_to_contain_text("Job a")
    expect(sheet).not_to_contain_text("Job b")  # forgotten while the stream was cut
    assert len(asked) >= 2
    seen = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(seen, True)
    before = len(asked)
    page.wait_for_timeout(1300)  # it would have asked again after a second
    assert len(asked) == before
    page.evaluate(seen, False)
    wait_until(page, lambda: len(asked) > before)
    page.unroute("**/api/jobs/events")


def test_a_server_that_has_gone_is_told_and_found_again(page: Page, window: Visitor) -> None:
    expect(page.locator("#connection")).to_be_hidden()
    page.route("**/api/jobs/events", lambda route: route.abort())
    page.evaluate("import('/page/js/lib/jobs.js').then(({ jobs }) => jobs.connect())")
    expect(page.locator("#connection")).to_contain_text("earmark serve")
    page.unroute("**/api/jobs/events")
    expect(page.locator("#connection")).to_be_hidden()
    assert all("ERR_FAILED" in error for error in window.errors)
    window.errors.clear()


def test_a_file_dropped_anywhere_goes_to_listen(labels: Page) -> None:
    drop = """(type) => {
      const files = new DataTransfer();
      files.items.add(new File(["x"], "demo.mp3", { type: "audio/mpeg" }));
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
    }"""
    labels.evaluate(drop, "dragenter")
    expect(labels.locator("#drop-target")).to_be_visible()
    labels.evaluate(drop, "drop")
    expect(labels.locator("#drop-target")).to_be_hidden()
    expect(labels.locator("#heard")).to_have_text("heard demo.mp3")


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
def test_it_is_accessible_and_fits(labels: Page, window: Visitor, width: int, scheme: str) -> None:
    labels.set_viewport_size({"width": width, "height": 844})
    labels.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    labels.click(".play-button >> nth=0")
    expect(labels.locator("#player")).to_be_visible()
    labels.evaluate("import('/page/js/lib/player.js').then(({ player }) => player.pause())")
    labels.keyboard.press("/")
    labels.keyboard.type("song")
    expect(labels.get_by_role("option").first).to_be_visible()
    assert violations(labels) == []
    assert labels.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    window.keep(f"shell-{width}-{scheme}")


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in violations(page))
