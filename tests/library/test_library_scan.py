import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from library_sounds import retouch, scan_serially, write_broken, write_sound

from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.errors import InputError, LibraryError
from earmark.executors import SerialExecutor
from earmark.library import analysis
from earmark.library.ingest import ScanProgress
from earmark.library.library import Library
from earmark.library.scan import ensure_features
from earmark.library.storage import Storage

PAPER, STUDY = PRESETS["paper"], PRESETS["study"]
SMALL = FeatureSettings(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=16)


def arrays(library: Library) -> dict[str, int]:
    """Each stored array's time of writing, by its name."""
    return {path.name: path.stat().st_mtime_ns for path in Path(library.address, "features").rglob("*.npy")}


def versions(library: Library) -> dict[str, int]:
    database = library.storage.database
    return {name: database.open_table(name).version for name in database.list_tables().tables}


def test_a_first_scan(library: Library, music: Path) -> None:
    (music / "cover.jpg").write_bytes(b"picture")
    told: list[ScanProgress] = []
    done = scan_serially(library, music, progress=told.append)
    assert (done.found, done.analysed, done.unchanged, done.ignored, done.failures) == (4, 4, 0, 1, ())
    assert done.audio_seconds == pytest.approx(2.0, abs=0.2)
    assert done.seconds > 0
    assert [(one.done, one.total, one.failed) for one in told] == [(n, 4, 0) for n in (1, 2, 3, 4)]
    assert told[-1].audio_seconds == done.audio_seconds
    assert len(library.tracks()) == len(library.files()) == len(arrays(library)) == 4


def test_a_second_scan_analyses_and_writes_nothing(
    library: Library, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_serially(library, music)
    before = versions(library), arrays(library)
    monkeypatch.delattr(analysis, "decode")
    done = scan_serially(library)
    assert (done.found, done.analysed, done.unchanged, done.audio_seconds) == (4, 0, 4, 0.0)
    assert (done.catalogued.tracks, done.catalogued.changed) == (4, 0)
    assert (versions(library), arrays(library)) == before


def test_a_touched_file_is_read_again_and_nothing_changes(library: Library, music: Path) -> None:
    scan_serially(library, music)
    before = library.tracks(), arrays(library)
    retouch(music / "Alpha" / "one.flac")
    done = scan_serially(library)
    assert (done.analysed, done.unchanged, done.catalogued.changed) == (1, 3, 0)
    assert (library.tracks(), arrays(library)) == before, "its features were there and were not made again"
    assert scan_serially(library).unchanged == 4


def test_a_new_file_alone_is_analysed(library: Library, music: Path) -> None:
    scan_serially(library, music)
    write_sound(music / "Beta" / "five.flac", 5)
    done = scan_serially(library)
    assert (done.found, done.analysed, done.unchanged) == (5, 1, 4)


def test_other_settings_only_add_features(library: Library, music: Path) -> None:
    scan_serially(library, music)
    before, tracks = arrays(library), library.tracks()
    done = scan_serially(library, settings=[PAPER, SMALL])
    assert (done.analysed, done.catalogued.changed) == (4, 0)
    assert library.tracks() == tracks
    assert len(library.feature_records([PAPER, SMALL])) == 8
    both = Path(library.address, "features")
    assert sorted(path.name for path in both.iterdir()) == sorted([PAPER.key, SMALL.key])
    assert {name: arrays(library)[name] for name in before}.keys() == before.keys()
    assert scan_serially(library, settings=[SMALL]).analysed == 0
    assert scan_serially(library).analysed == 0


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_a_damaged_array_is_made_again(library: Library, music: Path, kept: int) -> None:
    scan_serially(library, music)
    whole = {name: library.storage.read(record.name) for name, record in library.feature_records([PAPER]).items()}
    key, record = next(iter(library.feature_records([PAPER]).items()))
    Path(library.address, record.name).write_bytes(whole[key][:kept])
    done = scan_serially(library)
    assert (done.analysed, done.unchanged) == (1, 3)
    assert library.storage.read(record.name) == whole[key]
    Path(library.address, record.name).unlink()
    assert scan_serially(library).analysed == 1
    assert library.storage.read(record.name) == whole[key]


def test_a_failing_file_goes_into_the_ledger_and_the_rest_goes_on(library: Library, music: Path) -> None:
    broken = write_broken(music / "Alpha" / "broken.flac")
    empty = write_broken(music / "Beta" / "empty.mp3", b"")
    done = scan_serially(library, music)
    assert (done.found, done.analysed, len(done.failures)) == (6, 4, 2)
    assert [one.path for one in library.failures()] == [str(broken), str(empty)]
    first, second = library.failures()
    assert (first.kind, list(first.reasons)) == ("error", ["soundfile", "pyav"])
    assert second.reasons == {"file": "it is empty (0 bytes)"}
    assert len(library.tracks()) == 4
    assert sorted(done.failures, key=lambda one: one.path) == library.failures()


def test_a_failure_is_not_tried_again_until_it_changes(
    library: Library, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = write_broken(music / "Alpha" / "broken.flac")
    scan_serially(library, music)
    with monkeypatch.context() as patched:
        patched.delattr(analysis, "decode")
        done = scan_serially(library)
    assert (done.analysed, [one.path for one in done.failures]) == (0, [str(broken)])
    retouch(broken)
    done = scan_serially(library)
    assert (done.analysed, len(done.failures)) == (0, 1)
    assert library.failures()[0].mtime_ns == broken.stat().st_mtime_ns


def test_failures_are_tried_again_when_asked(library: Library, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(*_: object, **__: object) -> object:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(analysis, "decode", crowded)
        done = scan_serially(library, music)
        assert {one.kind for one in done.failures} == {"memory"}
        assert {who for one in done.failures for who in one.reasons} == {"limit"}
    assert scan_serially(library).analysed == 0
    done = scan_serially(library, retry_failures=True)
    assert (done.analysed, done.failures) == (4, ())
    assert library.failures() == []
    assert len(library.tracks()) == 4


def test_a_mended_file_leaves_the_ledger(library: Library, music: Path) -> None:
    broken = write_broken(music / "Alpha" / "broken.flac")
    scan_serially(library, music)
    write_sound(broken, 7)
    assert scan_serially(library).analysed == 1
    assert library.failures() == []
    assert len(library.tracks()) == 5


def test_a_failed_file_that_is_deleted_leaves_the_ledger(library: Library, music: Path) -> None:
    broken = write_broken(music / "Alpha" / "broken.flac")
    scan_serially(library, music)
    broken.unlink()
    assert scan_serially(library).failures == ()
    assert library.failures() == []


def test_a_track_whose_file_breaks_is_kept_and_told(library: Library, music: Path) -> None:
    scan_serially(library, music)
    one = music / "Alpha" / "one.flac"
    content, before = one.read_bytes(), one.stat()
    write_broken(one)
    done = scan_serially(library)
    assert [failure.path for failure in done.failures] == [str(one)]
    assert len(library.tracks()) == 4
    one.write_bytes(content)
    os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns))
    done = scan_serially(library)
    assert (done.analysed, done.unchanged, done.failures) == (0, 4, ())
    assert library.failures() == [], "put back as it was, it is no failure any more"


def test_a_pipe_and_a_strange_name_cost_themselves_only(library: Library, music: Path) -> None:
    os.mkfifo(music / "Alpha" / "pipe.wav")
    Path(os.fsdecode(os.fsencode(music) + b"/Alpha/\xff.wav")).write_bytes((music / "Alpha" / "one.flac").read_bytes())
    done = scan_serially(library, music)
    assert (done.found, done.analysed) == (4, 4)
    assert {one.path: one.reasons["system"] for one in done.failures} == {
        str(music / "Alpha" / "pipe.wav"): "not a regular file",
        str(music / "Alpha" / "\ufffd.wav"): "its name is not UTF-8; rename it",
    }
    assert library.failures() == [], "the ledger is for what was tried"


def test_files_below_a_folder_that_cannot_be_listed_are_not_forgotten(
    library: Library, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_serially(library, music)
    listing = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("Alpha"):
            raise OSError(5, "Input/output error")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    done = scan_serially(library, prune=True)
    assert [(one.path, one.reasons) for one in done.failures] == [
        (str(music / "Alpha"), {"system": "Input/output error"})
    ]
    assert (done.found, done.catalogued.missing) == (2, 0)
    assert len(library.tracks()) == len(library.files()) == 4


def test_there_has_to_be_a_folder(library: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this library has no folders yet; name one: earmark scan FOLDER"):
        scan_serially(library)
    with pytest.raises(InputError, match=r"nothing at .*/typo"):
        scan_serially(library, tmp_path / "typo")
    assert library.roots() == []


def test_an_empty_folder_is_scanned_and_remembered(library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = scan_serially(library, tmp_path / "empty")
    assert (done.found, done.analysed, done.catalogued.tracks) == (0, 0, 0)
    write_sound(tmp_path / "empty" / "Label" / "a.wav", 1)
    assert scan_serially(library).analysed == 1
    assert [root.label_from for root in library.roots()] == ["folder"]


def test_a_library_that_cannot_be_written_stops_the_scan_and_blames_no_file(
    library: Library, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Storage.write_array

    def fill_up(self: Storage, name: str, array: npt.NDArray[Any]) -> int:
        if len(arrays(library)) == 2:
            raise LibraryError("cannot write: No space left on device")
        return write(self, name, array)

    with monkeypatch.context() as patched:
        patched.setattr(Storage, "write_array", fill_up)
        with pytest.raises(LibraryError, match="No space left"):
            scan_serially(library, music)
    assert library.failures() == []
    assert len(library.tracks()) == 2, "what was done is kept"
    assert scan_serially(library, music).analysed == 2


def test_after_ctrl_c_what_is_done_is_kept(library: Library, music: Path) -> None:
    def interrupt(progress: ScanProgress) -> None:
        if progress.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_serially(library, music, progress=interrupt)
    assert len(library.tracks()) == len(library.files()) == 3
    done = scan_serially(library)
    assert (done.analysed, done.unchanged) == (1, 3)


def test_features_of_known_tracks_are_added_on_demand(library: Library, music: Path) -> None:
    scan_serially(library, music)
    ids = sorted(track.audio_id for track in library.tracks())
    told: list[ScanProgress] = []
    executor = SerialExecutor()
    assert ensure_features(library, ids[:2], SMALL, executor=executor, progress=told.append) == {}
    assert told[-1].total == 2
    assert {audio_id for audio_id, _ in library.feature_records([SMALL])} == set(ids[:2])
    assert library.features(ids[0], SMALL).shape[1] == 16
    assert ensure_features(library, ids, SMALL, executor=executor, progress=told.append) == {}
    assert told[-1].total == 2, "those that were there were not made again"
    assert ensure_features(library, [], SMALL, executor=executor) == {}
    assert scan_serially(library).unchanged == 4


def test_why_features_cannot_be_added_is_told(library: Library, music: Path) -> None:
    scan_serially(library, music)
    ids = {Path(track.path).name: track.audio_id for track in library.tracks()}
    (music / "Alpha" / "one.flac").unlink()
    write_broken(music / "Alpha" / "two.mp3", b"")
    write_sound(music / "Beta" / "three.ogg", 33)
    told = ensure_features(library, ids.values(), SMALL, executor=SerialExecutor())
    assert told == {
        ids["one.flac"]: "its file is gone",
        ids["two.mp3"]: "it is empty (0 bytes)",
        ids["three.ogg"]: "the file changed since the last scan",
    }


def test_stored_features_are_those_of_the_analysis(library: Library, music: Path) -> None:
    from earmark.audio.decode import decode
    from earmark.audio.features import extract

    scan_serially(library, music, settings=[PAPER, STUDY])
    for track in library.tracks():
        audio = decode(track.path)
        for settings in (PAPER, STUDY):
            np.testing.assert_array_equal(library.features(track.audio_id, settings), extract(audio, settings))
