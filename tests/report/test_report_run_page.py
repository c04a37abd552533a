from dataclasses import replace
from pathlib import Path

import pytest
from browser import open_page
from playwright.sync_api import Browser, Locator
from tiny_run import EVIL_TITLE, TinyRun, tiny_run

from earmark.errors import InputError
from earmark.library.library import Library
from earmark.models.leakage import LeakageCheck
from earmark.report.bands import BpmBands
from earmark.report.page import FigureBlock, NoteBlock, Page, Section, TableBlock, TextBlock
from earmark.report.run_confounds import audit_run, confound_section
from earmark.report.run_facts import gather_run
from earmark.report.run_maps import MapSettings, map_blocks
from earmark.report.run_page import ReportSettings, pictures, run_page
from earmark.report.run_sound import sound_section
from earmark.report.theme import label_styles

pytestmark = pytest.mark.usefixtures("small_forests")

STYLES = label_styles(["Amber", "Basalt", "Cobalt"])


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return tiny_run()


@pytest.fixture(scope="module")
def page(tiny: TinyRun) -> Page:
    return run_page(tiny.library, tiny.inspections, ReportSettings(perplexity=5, max_points=200))


@pytest.fixture(scope="module")
def written(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page.write(tmp_path_factory.mktemp("report") / "report.html")


def section(page: Page, title: str) -> Section:
    return next(one for one in page.sections if one.title == title)


def texts(found: Section) -> str:
    """All sentences of a section."""
    return " ".join([found.intro, *(one.text for one in found.blocks if isinstance(one, TextBlock | NoteBlock))])


def tables(found: Section) -> dict[str, TableBlock]:
    return {one.caption: one for one in found.blocks if isinstance(one, TableBlock)}


def test_the_sections_stand_in_the_order_of_a_story(page: Page) -> None:
    titles = [one.title for one in page.sections]
    assert titles[:4] == ["In short", "Data and split", "Shortcuts in the files", "What the models hear"]
    assert sorted(titles[4:]) == ["Model crnn", "Model metadata", "Model mfcc"]
    assert titles[4] == f"Model {dict(page.facts)['Best model']}"


def test_the_summary_says_what_can_be_said(page: Page, tiny: TinyRun) -> None:
    run = gather_run(tiny.library, tiny.inspections)
    told, row = texts(section(page, "In short")), run.rows[0]
    assert f"calls {round(row.accuracy * row.n_songs)} of {row.n_songs} test songs rightly" in told
    assert "groups of artists are too few for any of" not in told, "nine groups suffice"
    assert "too few groups of artists for a difference to be proven" in told or "cannot tell it from" in told
    assert "give the labels away" in told, "each label has a codec of its own"
    scores = tables(section(page, "In short"))["Scores at song level"]
    assert [line[0] for line in scores.rows] == [one.name for one in run.rows]
    assert all(" to " in str(line[3]) for line in scores.rows), "no score without its interval"
    assert all(line[1] == row.n_songs for line in scores.rows)


def test_the_split_is_told_with_its_check(page: Page, tiny: TinyRun) -> None:
    found, split = section(page, "Data and split"), tiny.inspections[0].split
    assert split.digest in found.intro
    assert f"Seed {split.seed}" in found.intro
    note = found.blocks[0]
    assert isinstance(note, NoteBlock)
    assert note.kind == "good"
    shared = tables(found)["What test songs have in common with the rest"]
    assert shared.rows[0][1] == f"0 of {len(split.test)}"


LEAK = LeakageCheck(
    problem=None, n_songs=30, n_test=9, shared_artist=6, shared_release=2, in_two_parts=0, unknown_artist=1
)


@pytest.mark.parametrize(
    ("mode", "leakage", "kind", "told"),
    [
        ("artist", replace(LEAK, problem="ann is in two parts"), "warning", "cannot be trusted: ann is in two parts."),
        ("song", LEAK, "warning", "6 of 9 test songs share an artist"),
        ("release", replace(LEAK, shared_artist=0, unknown_artist=0), "good", "no test song shares an artist"),
        ("by-label", LEAK, "warning", "6 of 9 test songs share an artist"),
        ("song", LEAK, "warning", "share an artist with songs that the models learnt from, and 2 a release."),
        ("artist", replace(LEAK, shared_artist=0), "plain", "1 of 9 test songs name no artist"),
        ("artist", replace(LEAK, shared_artist=0, unknown_artist=9), "warning", "none of the 9 test songs names"),
        ("artist", replace(LEAK, shared_artist=0, unknown_artist=0), "good", "no artist and no song is in two parts"),
    ],
)
def test_leaks_and_shared_artists_are_warned_of(
    tiny: TinyRun, mode: str, leakage: LeakageCheck, kind: str, told: str
) -> None:
    metadata = tiny.named("metadata")
    leaking = replace(metadata, split=replace(metadata.split, mode=mode), leakage=leakage)  # type: ignore[arg-type]
    page = run_page(tiny.library, [leaking])
    note = section(page, "Data and split").blocks[0]
    assert isinstance(note, NoteBlock)
    assert note.kind == kind
    assert told in note.text
    first = section(page, "In short").blocks[0]
    assert isinstance(first, NoteBlock) == (leakage.problem is not None), "a leak stands above all else"
    claimed = "None of them played a part in its training" in texts(section(page, "In short"))
    assert claimed == (leakage.problem is None), "what does not hold is not claimed"
    assert ("played no part in training" in page.subtitle) == claimed


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        (0, "is on any song that the models were fitted or chosen on."),
        (2, "as far as artists are named (2 of 9 test songs name none)"),
        (9, "no test song names an artist, so that nobody can tell"),
    ],
)
def test_what_tags_cannot_tell_is_not_claimed(tiny: TinyRun, unknown: int, told: str) -> None:
    metadata = tiny.named("metadata")
    leakage = replace(LEAK, shared_artist=0, in_two_parts=3, unknown_artist=unknown)
    page = run_page(tiny.library, [replace(metadata, leakage=leakage)])
    assert told in texts(section(page, "In short"))
    assert told in section(page, "Data and split").intro
    rows = tables(section(page, "Data and split"))["What test songs have in common with the rest"].rows
    assert rows[2][1] == f"{unknown} of 9"
    assert rows[3][1] == "3 of 30", "recordings in two parts are counted over all parts"


def test_a_test_that_could_never_decide_is_told_as_such(tiny: TinyRun) -> None:
    metadata = tiny.named("metadata")
    keys = {one: frozenset({f"{song.label} act"}) for one, song in metadata.groups.items()}
    grouped = {one: replace(song, artist_keys=keys[one]) for one, song in metadata.groups.items()}
    page = run_page(tiny.library, [replace(metadata, groups=grouped)])
    told = texts(section(page, "In short"))
    assert "3 groups of artists are too few for any of 4 differences to be proven; earmark compare tests" in told
    note = tables(section(page, "In short"))["Can they be told apart?"].note
    assert "by whole groups of artists, of which there are 3" in note
    assert "For 4 of the 4 pairs" in note


def test_a_model_of_sound_is_told_whole(page: Page) -> None:
    found = section(page, "Model crnn")
    titles = [one.title for one in found.blocks if isinstance(one, FigureBlock)]
    assert titles == [
        "Loss by epoch",
        "Accuracy by epoch",
        "Confusions of songs",
        "Confusions of slices",
        "Recall and precision of each label",
        "Confidence, and what came of it",
        "Sizes of label sets",
        "Map of songs",
        "Map of slices",
    ]
    assert "Kept epoch" in found.intro
    assert "nearest one among songs by other artists" in texts(found)
    readings = tables(found)["Three readings of the same test songs"]
    assert [line[1] for line in readings.rows] == [9, 9, 27]
    assert all(len(line) == 7 for line in tables(found)["Each label's scores"].rows)


def test_a_regression_is_told_by_its_coefficients_and_has_no_map(page: Page) -> None:
    found = section(page, "Model metadata")
    titles = [one.title for one in found.blocks if isinstance(one, FigureBlock)]
    assert titles[-3:] == ["Amber", "Basalt", "Cobalt"]
    assert "for one standard deviation of a column, or for an indicator being set" in texts(found)
    assert "There is no map of this model" in texts(found)


def test_mistakes_are_listed(page: Page, tiny: TinyRun) -> None:
    wrong = {name: tiny.named(name).judgement.scores["mean"] for name in ("crnn", "mfcc", "metadata")}
    for name, scores in wrong.items():
        listed = tables(section(page, f"Model {name}")).get("Mistakes, the surest first")
        n_wrong = scores.n_songs - int(scores.confusion.trace())
        assert (0 if listed is None else len(listed.rows)) == n_wrong
        assert ("All 9 test songs were called rightly" in texts(section(page, f"Model {name}"))) == (n_wrong == 0)


def test_the_audit_finds_the_codec(tiny: TinyRun) -> None:
    run = gather_run(tiny.library, tiny.inspections)
    audit = audit_run(tiny.library, run)
    assert audit is not None
    assert audit.data.finding == "shortcut found"
    assert audit.data.telling[0].column == "codec"
    assert audit.data.score.n_songs == 30, "all songs, each called by a classifier that was fitted to others"
    assert set(audit.leanings) == {"crnn", "mfcc", "metadata"}
    found = confound_section(audit)
    assert isinstance(found.blocks[0], NoteBlock)
    assert found.blocks[0].kind == "warning"
    [leanings] = tables(found).values()
    assert leanings.rows[0][5] == "no such song", "the codec never misleads here"


def test_songs_that_cannot_be_dealt_into_folds_are_audited_by_the_test_songs(tiny: TinyRun) -> None:
    mfcc = tiny.named("mfcc")
    lone = mfcc.part("test")[0].truth
    artists = {song.track.audio_id: mfcc.groups[song.track.audio_id] for song in mfcc.songs}
    shared = {
        one: replace(song, artist_keys=frozenset({"one act"})) if song.label == mfcc.bundle.labels[lone] else song
        for one, song in artists.items()
    }
    run = gather_run(tiny.library, [replace(mfcc, groups=shared)])
    audit = audit_run(tiny.library, run)
    assert audit is not None
    assert audit.data.score.n_songs == len(run.tested)


def test_the_audit_goes_by_the_groups_of_the_whole_split(tiny: TinyRun) -> None:
    mfcc = tiny.named("mfcc")
    tested = set(mfcc.split.test)
    starred = {
        one: replace(song, artist_keys=frozenset({f"{song.label} star"})) if one in tested else song
        for one, song in mfcc.groups.items()
    }
    split = replace(mfcc.split, mode="by-label", apart=dict.fromkeys(mfcc.split.labels, "artist"))
    audit = audit_run(tiny.library, gather_run(tiny.library, [replace(mfcc, split=split, groups=starred)]))
    assert audit is not None
    assert audit.data.n_groups == 30 - 9 + 3


def test_where_nothing_is_known_of_the_files_that_is_said(tiny: TinyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Library, "files", lambda _: {})
    run = gather_run(tiny.library, [tiny.named("metadata")])
    assert audit_run(tiny.library, run) is None
    assert "Nothing is known" in texts(confound_section(None))


def test_sound_is_shown_once_for_all_and_once_for_each_label(tiny: TinyRun) -> None:
    found = sound_section(tiny.library, tiny.inspections, STYLES)
    assert [one.title for one in found.blocks if isinstance(one, FigureBlock)] == [
        "One track", "Amber", "Basalt", "Cobalt",
    ]  # fmt: skip
    assert "16 kHz" in found.intro
    track, *each = [one for one in found.blocks if isinstance(one, FigureBlock)]
    assert "of all test songs the one of whose true label" in track.caption
    assert not any("training song" in one.caption for one in each)
    mfcc = tiny.named("mfcc")
    lone = mfcc.part("test")[0].truth
    without = replace(mfcc, songs=tuple(one for one in mfcc.songs if one.part != "test" or one.truth != lone))
    gone = [one for one in sound_section(tiny.library, [without], STYLES).blocks if isinstance(one, FigureBlock)]
    [told] = [one for one in gone if "no test song of this label is here" in one.caption]
    assert told.title == mfcc.bundle.labels[lone]
    silent = sound_section(tiny.library, [tiny.named("metadata")], STYLES)
    assert "No model of this run hears log-mel" in texts(silent)


def test_a_map_that_cannot_be_made_says_why(tiny: TinyRun) -> None:
    crnn = tiny.named("crnn")
    maps = MapSettings(perplexity=5, seed=0, max_songs=20, max_slices=40, bands=BpmBands((130,), "fixed"))
    flat = [replace(one.prediction, slice_embeddings=one.embeddings * 0) for one in crnn.songs]
    same = [replace(one, prediction=said) for one, said in zip(crnn.songs, flat, strict=True)]
    _, slices, _ = map_blocks(replace(crnn, songs=tuple(same)), styles=STYLES, settings=maps)
    assert isinstance(slices, NoteBlock)
    assert "There is no map of slices: the model gives every song the same embedding" in slices.text
    songs, sampled, _ = map_blocks(crnn, styles=STYLES, settings=maps)
    assert isinstance(songs, FigureBlock)
    assert "A sample of 18 of 30 songs" in songs.caption
    assert isinstance(sampled, FigureBlock)
    assert "39 slices" in sampled.caption
    assert "A sample of 39 of 90 slices" in sampled.caption
    assert "The bands of BPM are those of the reference study." in songs.caption
    none, *_ = map_blocks(crnn, styles=STYLES, settings=replace(maps, max_songs=0))
    assert isinstance(none, NoteBlock)
    assert "at least 8 points; 0 came" in none.text


def test_songs_without_artists_are_no_neighbours(tiny: TinyRun) -> None:
    mfcc = tiny.named("mfcc")
    nameless = {one: replace(song, artist_keys=frozenset()) for one, song in mfcc.groups.items()}
    maps = MapSettings(perplexity=5, seed=0, max_songs=20, max_slices=40, bands=BpmBands((130,), "fixed"))
    told = map_blocks(replace(mfcc, groups=nameless), styles=STYLES, settings=maps)[-1]
    assert isinstance(told, TextBlock)
    assert "Songs without any artist are left out (30)" in told.text


def test_settings_are_checked_and_decide_how_much_is_heard() -> None:
    with pytest.raises(InputError, match="at least 100 points"):
        ReportSettings(max_points=99)
    assert ReportSettings(max_points=4000).train_slices(10_000) == 4
    assert ReportSettings(max_points=4000).train_slices(10) == 8


def test_settings_change_the_page(tiny: TinyRun, page: Page) -> None:
    def bands(made: Page) -> set[str]:
        figure = made.figures()["mfcc-map-songs"]
        return {trace.legendgroup for trace in figure.data if trace.legendgroup and "BPM" in trace.legendgroup}

    wanted = run_page(tiny.library, [tiny.named("mfcc")], ReportSettings(perplexity=4, seed=3, bpm_bands=(125,)))
    assert bands(wanted) == {"up to 125 BPM", "126 BPM and more"}
    assert bands(page) != bands(wanted)
    places = [made.figures()["mfcc-map-songs"].data[0].x.tolist() for made in (page, wanted)]
    assert places[0] != places[1]


def test_single_pictures_have_every_colouring_of_a_map(page: Page) -> None:
    found = pictures(page)
    assert {"crnn-map-songs-by-label", "crnn-map-songs-by-bpm", "crnn-map-songs-by-mode"} <= found.keys()
    assert "crnn-map-songs" not in found
    modes = found["crnn-map-songs-by-mode"]
    assert {one.legendgroup for one in modes.data if one.visible and one.legendgroup} == {"minor", "unknown"}
    assert not modes.layout.updatemenus
    assert found["scores"] is not None


def check_buttons(plot: Locator) -> None:
    """The buttons of a map change what its points are coloured by."""
    before = plot.locator(".legendtext").all_text_contents()
    plot.locator(".updatemenu-button").nth(2).click()
    plot.locator(".legendtext", has_text="minor").wait_for()
    after = plot.locator(".legendtext").all_text_contents()
    assert before == ["Amber", "Basalt", "Cobalt", "training", "validation", "test"]
    assert after == ["minor", "unknown", "training", "validation", "test"]


@pytest.mark.parametrize(("width", "dark"), [(1366, False), (1366, True), (400, False)])
def test_a_browser_draws_it_all(browser: Browser, written: Path, page: Page, width: int, dark: bool) -> None:
    with open_page(browser, written, width=width, dark=dark) as opened:
        assert opened.errors == []
        assert opened.requests == []
        assert opened.undrawn() == []
        assert opened.figure_count == len(page.figures())
        assert opened.overflow() == 0
        opened.keep(f"report-{width}-{'dark' if dark else 'light'}")
        if width > 1000:
            assert opened.cut_off() == []
            check_buttons(opened.page.locator("[data-name=crnn-map-songs]"))
        assert EVIL_TITLE in (opened.page.locator("main").text_content() or "")


def test_the_file_can_be_mailed(written: Path) -> None:
    assert written.stat().st_size < 8_000_000
