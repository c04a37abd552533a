from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.decode import AudioFacts
from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.catalog.track import Values
from earmark.library.discovery import FoundFile
from earmark.library.plan import ScanPlan, is_below, plan_scan
from earmark.library.rows import Failure, FeatureRecord, FileRecord

PAPER, STUDY = PRESETS["paper"], PRESETS["study"]
FACTS = AudioFacts("soundfile", "wav", "pcm_16", 1, 8000, 1.0, None, 0.5, -12.0, 0.0, truncated=False)


def found(path: str, mtime: int = 0, size: int = 10) -> FoundFile:
    return FoundFile(path, "/m", size, mtime)


def record(path: str, mtime: int = 0, size: int = 10, audio_id: str | None = None) -> FileRecord:
    return FileRecord(path, size, mtime, audio_id or f"id of {path}", FACTS, Values(source="tag"))


def failure(path: str, mtime: int = 0, size: int = 10) -> Failure:
    return Failure(path, size, mtime, "error", {"soundfile": "no"}, "2026-01-01T00:00:00+00:00")


def features(*records: FileRecord, settings: FeatureSettings = PAPER) -> dict[tuple[str, str], FeatureRecord]:
    made = [FeatureRecord(one.audio_id, settings.key, 1, 128, 384) for one in records]
    return {(one.audio_id, one.settings): one for one in made}


def plan(
    files_found: list[FoundFile],
    *,
    records: list[FileRecord] | None = None,
    failures: list[Failure] | None = None,
    stored: dict[tuple[str, str], FeatureRecord] | None = None,
    settings: tuple[FeatureSettings, ...] = (PAPER,),
    measured: dict[str, str] | None = None,
    measures: str | None = None,
    retry: bool = False,
    places: tuple[str, ...] = ("/m",),
    unreadable: tuple[str, ...] = (),
) -> ScanPlan:
    return plan_scan(
        files_found,
        iter(places),
        files={one.path: one for one in records or []},
        failures=failures or [],
        features=features(*records or []) if stored is None else stored,
        settings=settings,
        measured=measured or {},
        measures=measures,
        retry_failures=retry,
        unreadable=iter(unreadable),
    )


def test_a_known_file_is_unchanged_and_a_new_one_is_analysed() -> None:
    files = [found("/m/known"), found("/m/new")]
    made = plan(files, records=[record("/m/known")])
    assert made == ScanPlan(analyse=(files[1],), unchanged=(files[0],), known_failures=(), mended=(), gone=())


@pytest.mark.parametrize("file", [found("/m/a", mtime=1), found("/m/a", mtime=-1), found("/m/a", size=11)])
def test_a_file_of_another_size_or_time_is_analysed(file: FoundFile) -> None:
    assert plan([file], records=[record("/m/a")]).analyse == (file,)
    assert plan([file], failures=[failure("/m/a")]).analyse == (file,)


def test_a_file_is_analysed_until_all_settings_are_stored() -> None:
    file, known = found("/m/a"), record("/m/a")
    assert plan([file], records=[known], stored={}).analyse == (file,)
    assert plan([file], records=[known], settings=(PAPER, STUDY)).analyse == (file,)
    both = features(known) | features(known, settings=STUDY)
    assert plan([file], records=[known], stored=both, settings=(PAPER, STUDY)).unchanged == (file,)
    assert plan([file], records=[known], stored={}, settings=()).unchanged == (file,)


def test_a_file_is_analysed_until_it_is_measured_as_asked() -> None:
    file, known = found("/m/a"), record("/m/a")
    assert plan([file], records=[known], measures="now").analyse == (file,)
    assert plan([file], records=[known], measures="now", measured={"id of /m/a": "before"}).analyse == (file,)
    assert plan([file], records=[known], measures="now", measured={"id of /m/a": "now"}).unchanged == (file,)
    assert plan([file], records=[known], measured={"id of /m/a": "before"}).unchanged == (file,)


def test_a_failure_is_tried_again_when_it_changed_or_when_asked() -> None:
    file, known = found("/m/a"), failure("/m/a")
    assert plan([file], failures=[known]).known_failures == (known,)
    assert plan([file], failures=[known], retry=True).analyse == (file,)
    assert plan([found("/m/a", mtime=9)], failures=[known]).known_failures == ()


def test_a_file_put_back_as_it_was_before_it_failed_is_unchanged() -> None:
    file = found("/m/a", mtime=1)
    assert plan([file], records=[record("/m/a", mtime=1)], failures=[failure("/m/a", mtime=2)]).unchanged == (file,)


def test_gone_is_what_lay_below_the_places_only() -> None:
    records = [record(path) for path in ("/m/here", "/m/gone", "/m/sub/gone", "/music/other", "/elsewhere", "/m")]
    made = plan([found("/m/here")], records=records, failures=[failure("/m/failed"), failure("/x/failed")])
    assert made.gone == ("/m", "/m/failed", "/m/gone", "/m/sub/gone")


def test_what_lies_below_an_unreadable_folder_is_not_gone() -> None:
    records = [record("/m/locked/a"), record("/m/locked-not/a"), record("/m/b"), record("/m/c")]
    assert plan([], records=records, unreadable=("/m/locked", "/m/c")).gone == ("/m/b", "/m/locked-not/a")


@pytest.mark.parametrize(
    ("path", "places", "below"),
    [
        ("/m/a", ["/m"], True),
        ("/m", ["/m"], True),
        ("/m/a/b", ["/x", "/m/a"], True),
        ("/music/a", ["/m"], False),
        ("/m", ["/m/a"], False),
        ("/m/a", [], False),
    ],
)
def test_is_below(path: str, places: list[str], below: bool) -> None:
    assert is_below(path, places) is below


names = st.sampled_from([f"/{root}/{letter}" for root in ("m", "n") for letter in "abcdef"])
stamps = st.integers(0, 1)


@given(
    st.dictionaries(names, stamps),
    st.dictionaries(names, stamps),
    st.dictionaries(names, stamps),
    st.sets(names),
    st.booleans(),
    st.sets(st.sampled_from(["/m", "/n", "/m/a"])),
)
def test_every_file_lands_in_exactly_one_place(
    on_disk: dict[str, int],
    known: dict[str, int],
    failed: dict[str, int],
    stored: set[str],
    retry: bool,
    places: set[str],
) -> None:
    records = [record(path, mtime) for path, mtime in known.items()]
    made = plan(
        [found(path, mtime) for path, mtime in on_disk.items()],
        records=records,
        failures=[failure(path, mtime) for path, mtime in failed.items()],
        stored=features(*(one for one in records if one.path in stored)),
        retry=retry,
        places=tuple(places),
    )
    landed = [file.path for file in (*made.analyse, *made.unchanged)] + [one.path for one in made.known_failures]
    assert sorted(landed) == sorted(on_disk)
    assert all(known[file.path] == file.mtime_ns and file.path in stored for file in made.unchanged)
    assert all(not retry and failed[one.path] == on_disk[one.path] for one in made.known_failures)
    assert set(made.gone).isdisjoint(on_disk)
    assert all(path in known or path in failed for path in made.gone)
    assert all(is_below(path, places) for path in made.gone)


@given(st.dictionaries(names, stamps))
def test_after_everything_is_analysed_nothing_is_to_do(on_disk: dict[str, int]) -> None:
    files = [found(path, mtime) for path, mtime in on_disk.items()]
    first = plan(files)
    assert first.analyse == tuple(files)
    records = [replace(record(file.path), size=file.size, mtime_ns=file.mtime_ns) for file in first.analyse]
    assert plan(files, records=records) == ScanPlan((), tuple(files), (), (), ())


def test_a_failure_under_other_settings_does_not_hide_a_complete_file() -> None:
    known, failed = [record("/m/a")], [failure("/m/a")]
    under_paper = plan([found("/m/a")], records=known, failures=failed)
    assert under_paper.unchanged == (found("/m/a"),)
    assert under_paper.mended == (), "it did fail, under the other settings"
    under_both = plan([found("/m/a")], records=known, failures=failed, settings=(PAPER, STUDY))
    assert under_both.known_failures == tuple(failed)
    assert plan([found("/m/a")], records=known, failures=[failure("/m/a", mtime=5)]).mended == ("/m/a",)
