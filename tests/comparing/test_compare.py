import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_library import LABELS

from earmark.audio.decode import AudioFacts
from earmark.catalog.select import Selection
from earmark.catalog.track import Track, Values
from earmark.comparing.compare import ComparisonReports, ComparisonRequest, compare, cross_validate, make_splits
from earmark.comparing.comparison import Comparison
from earmark.comparing.contestants import make_contestants
from earmark.comparing.material import Material
from earmark.errors import FormatVersionError, InputError, LibraryError, SplitError
from earmark.evaluation.splits import make_split
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.rows import FileRecord
from earmark.training.songs import Progress

pytestmark = pytest.mark.usefixtures("small_forests")

QUICK = ComparisonRequest(contestants=make_contestants(["mfcc", "metadata"], max_epochs=4), folds=2, repeats=2)


def run(library: Library, request: ComparisonRequest = QUICK, reports: ComparisonReports | None = None) -> Comparison:
    return compare(library, request, executor=SerialExecutor(), reports=reports)


def fold_files(library: Library) -> dict[str, int]:
    folder = library.local_folder("comparisons") / "folds"
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.glob("*.json"))}


def test_everyone_is_judged_on_every_song_by_models_that_never_saw_it(compared_library: Library) -> None:
    told: list[tuple[int, int, str]] = []
    comparison = run(compared_library, reports=ComparisonReports(folds=lambda *said: told.append(said)))
    assert list(comparison.not_run) == ["shortcut only"], "these tracks were never files"
    assert comparison.ran == ("mfcc", "metadata", "majority", "artist look-up", "metadata only")
    assert comparison.n_tested == len(comparison.songs) == 24
    for name in comparison.ran:
        assert np.bincount(comparison.calls(name).songs).tolist() == [2] * 24, "each song once in each repeat"
    rows = {row.name: row for row in comparison.song_rows()}
    assert rows["metadata only"].accuracy == 1.0, "the tempo tells these labels"
    assert rows["metadata"].accuracy > 0.9
    assert rows["majority"].accuracy <= 0.4
    assert rows["metadata"].n_songs == 24
    assert told[-1][:2] == (24, 24)
    assert "mfcc, fold 1 of 4" in told[0][2]


def test_who_cannot_take_part_is_told_and_the_others_go_on(bare_tracks: list[Track]) -> None:
    splits = [make_split(list(Material(tuple(bare_tracks), ("A", "B")).songs.values()), mode="song", seed=0)]
    contestants = make_contestants(["crnn", "metadata-study"])
    comparison = cross_validate(bare_tracks, contestants, splits)
    assert set(comparison.ran) == {"majority", "metadata only"}
    assert "without any" in comparison.not_run["crnn"]
    assert "BPM and key" in comparison.not_run["metadata-study"]
    assert "no song has an artist" in comparison.not_run["artist look-up"]
    assert "without files" in comparison.not_run["shortcut only"]


def test_finished_folds_are_kept_and_shared(compared_library: Library) -> None:
    first = run(compared_library)
    before = fold_files(compared_library)
    fewer = replace(QUICK, contestants=QUICK.contestants[:1])
    again = run(compared_library, fewer)
    assert fold_files(compared_library) == before, "nothing was computed twice"
    assert again.calls("mfcc").probabilities.tolist() == pytest.approx(first.calls("mfcc").probabilities, abs=1e-6)
    run(compared_library, replace(fewer, seed=1))
    assert len(fold_files(compared_library)) == len(before) + 4, "another seed is another comparison"


def test_a_changed_tag_is_another_comparison(compared_library: Library, compared_tracks: list[Track]) -> None:
    from earmark.library.rows import track_to_row

    request = replace(QUICK, contestants=make_contestants(["metadata"], baselines=()))
    run(compared_library, request)
    before = len(fold_files(compared_library))
    compared_library.tracks_table.merge([track_to_row(replace(compared_tracks[0], bpm=99.0))])
    run(compared_library, request)
    assert len(fold_files(compared_library)) == 2 * before


def test_a_comparison_comes_back_as_it_was(compared_library: Library, tmp_path: Path) -> None:
    made = run(compared_library)
    made.save(tmp_path / "deep" / "c.json")
    read = Comparison.load(tmp_path / "deep" / "c.json")
    assert [row.to_json() for row in read.rows] == [row.to_json() for row in made.rows]
    assert read.differences == made.differences
    assert read.conclusions == made.conclusions
    values = json.loads((tmp_path / "deep" / "c.json").read_text())
    (tmp_path / "new.json").write_text(json.dumps(values | {"format_version": 99}))
    with pytest.raises(FormatVersionError, match="99"):
        Comparison.load(tmp_path / "new.json")
    (tmp_path / "cut.json").write_text("{")
    with pytest.raises(LibraryError, match="no comparison"):
        Comparison.load(tmp_path / "cut.json")
    with pytest.raises(InputError, match="earmark compare"):
        Comparison.load(tmp_path / "none.json")


def test_slices_are_judged_in_three_readings_and_swept_over_lengths(compared_library: Library) -> None:
    contestants = make_contestants(["crnn"], slice_seconds=[1, 2], max_epochs=1, baselines=())
    request = replace(QUICK, contestants=contestants, folds=1, repeats=2)
    comparison = run(compared_library, request)
    assert comparison.sliced == {"crnn 1 s": ("crnn", 1.0), "crnn 2 s": ("crnn", 2.0)}
    assert [(row.name, row.level, row.note) for row in comparison.rows[:3]] == [
        ("crnn 1 s", "song", "slices' mean"),
        ("crnn 1 s", "song", "slices' vote"),
        ("crnn 1 s", "slice", ""),
    ]
    trials = comparison.trials("crnn 1 s")
    assert len(trials) == 2
    test_songs = [fold.test for fold in comparison.tested]
    assert [trial[0].n_songs for trial in trials] == test_songs
    # 100 frames hold three slices of 1 s (32 frames) and one of 2 s (63): slices are counted one by one.
    assert comparison.rows[2].n_songs == 3 * len(
        {one for result in comparison.results["crnn 1 s"] for one in result.song_ids}
    )
    assert [trial[2].n_songs for trial in trials] == [3 * n for n in test_songs]
    pooled = sum(trial[0].accuracy * n for trial, n in zip(trials, test_songs, strict=True)) / sum(test_songs)
    assert comparison.song_rows()[0].accuracy == pytest.approx(pooled)


def test_one_fold_means_a_random_split_in_each_repeat(compared_tracks: list[Track]) -> None:
    songs = list(Material(tuple(compared_tracks), LABELS).songs.values())
    splits = make_splits(songs, replace(QUICK, folds=1, repeats=3), mode="song")
    assert len({split.digest for split in splits}) == 3
    assert all(split.fold is None for split in splits)
    other = make_splits(songs, replace(QUICK, folds=1, repeats=3, seed=1), mode="song")
    assert not {split.digest for split in splits} & {split.digest for split in other}, "seeds share no split"


def test_a_leaking_split_is_refused(compared_tracks: list[Track]) -> None:
    split = make_split(list(Material(tuple(compared_tracks), LABELS).songs.values()), mode="song", seed=0)
    leaking = replace(split, train=(*split.train, split.test[0]))
    with pytest.raises(SplitError, match="leaks"):
        cross_validate(compared_tracks, QUICK.contestants, [leaking])


def test_only_one_comparison_of_a_library_runs_at_a_time(compared_library: Library) -> None:
    from filelock import FileLock

    folder = compared_library.local_folder("comparisons")
    folder.mkdir()
    with FileLock(folder / ".lock"), pytest.raises(InputError, match="another comparison is running"):
        run(compared_library)


def test_a_damaged_fold_says_what_to_do(compared_library: Library) -> None:
    request = replace(QUICK, contestants=make_contestants(["metadata"], baselines=()))
    run(compared_library, request)
    folder = compared_library.local_folder("comparisons") / "folds"
    next(folder.glob("*.json")).write_text('{"format_version": 1}')
    with pytest.raises(LibraryError, match="delete it to run it again"):
        run(compared_library, request)


def test_how_files_were_made_is_part_of_what_the_shortcut_baseline_read(
    compared_library: Library, compared_tracks: list[Track]
) -> None:
    """The same tracks in other files: what the baseline said of the old files must not be told of the new ones."""
    request = replace(QUICK, contestants=make_contestants(["metadata"], baselines=("majority", "shortcut only")))

    def store(codecs: dict[str, str]) -> None:
        rows = [made_file(track, codecs[str(track.label)]).to_row() for track in compared_tracks]
        compared_library.files_table.merge(rows)

    store(dict(zip(LABELS, ("mp3", "flac", "opus"), strict=True)))
    telling = {row.name: row for row in run(compared_library, request).song_rows()}
    assert telling["shortcut only"].accuracy == 1.0
    store(dict.fromkeys(LABELS, "flac"))
    alike = run(compared_library, request)
    assert {row.name: row.accuracy for row in alike.song_rows()}["shortcut only"] < 0.6
    assert alike.audit is not None
    assert alike.audit.finding != "shortcut found"


def made_file(track: Track, codec: str) -> FileRecord:
    facts = AudioFacts(
        decoder="pyav",
        container=codec,
        codec=codec,
        channels=2,
        sample_rate=44_100,
        seconds=10.0,
        bit_rate=None,
        peak=0.9,
        rms_db=-12.0,
        side_ratio=0.1,
        truncated=False,
        bandwidth_hz=20_000.0,
    )
    return FileRecord(track.path, 1, 1, track.audio_id, facts, Values(source="tag"))


def test_a_slice_length_of_its_own_is_the_same_contestant_under_another_name(compared_library: Library) -> None:
    plain = make_contestants(["crnn"], max_epochs=1, baselines=())
    named = make_contestants(["crnn"], slice_seconds=[3.0], max_epochs=1, baselines=())
    assert plain[0].key == named[0].key
    assert plain[0].name != named[0].name


def test_ctrl_c_before_the_first_epoch_is_a_stop_and_not_a_failure(compared_library: Library) -> None:
    def press_ctrl_c(_: Progress) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(compared_library, reports=ComparisonReports(epochs=press_ctrl_c))
    assert run(compared_library).not_run.keys() == {"shortcut only"}, "the same command goes on"


def test_labels_without_test_songs_in_some_folds_are_told(compared_tracks: list[Track]) -> None:
    few = [track for track in compared_tracks if track.label != "Amber" or int(track.audio_id, 16) < 2]
    songs = list(Material(tuple(few), LABELS).songs.values())
    splits = make_splits(songs, replace(QUICK, folds=4, repeats=1), mode="song")
    comparison = cross_validate(few, make_contestants(["metadata"], baselines=()), splits)
    assert "Amber has test songs in 2 of 4 folds" in comparison.notes


def test_two_contestants_of_one_name_are_refused(compared_tracks: list[Track]) -> None:
    songs = list(Material(tuple(compared_tracks), LABELS).songs.values())
    with pytest.raises(InputError, match="metadata more than once"):
        cross_validate(
            compared_tracks, 2 * make_contestants(["metadata"], baselines=()), make_splits(songs, QUICK, mode="song")
        )


def test_labels_can_be_chosen(compared_library: Library) -> None:
    request = replace(QUICK, selection=Selection(labels=LABELS[:2]), contestants=make_contestants(["metadata"]))
    assert run(compared_library, request).labels == LABELS[:2]


def killed_after_a_fold(compared_library: Library) -> dict[str, int]:
    """Kill a comparison when its first fold is there, and say which folds are."""
    command = [sys.executable, "-m", "earmark.cli.main", "compare", "-L", compared_library.address]
    options = ["--models", "mfcc", "--folds", "3", "--max-epochs", "12", "--seed", "4"]
    process = subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not fold_files(compared_library) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return fold_files(compared_library)


def test_after_a_kill_the_same_command_goes_on(compared_library: Library) -> None:
    killed = killed_after_a_fold(compared_library)
    assert killed, "it was killed after a fold, not before"
    contestants = make_contestants(["mfcc"], max_epochs=12)
    request = ComparisonRequest(contestants=contestants, folds=3, seed=4)
    resumed = run(compared_library, request)
    after = fold_files(compared_library)
    assert {name: after[name] for name in killed} == killed, "finished folds were not computed again"
    splits = make_splits(
        list(Material(tuple(compared_library.tracks()), LABELS).songs.values()), request, mode="artist"
    )
    whole = cross_validate(compared_library.tracks(), contestants, splits, library=compared_library, seed=4)
    assert resumed.calls("mfcc").probabilities == pytest.approx(whole.calls("mfcc").probabilities, abs=1e-6)
    running = compared_library.local_folder("comparisons") / "folds" / "running"
    assert not list(running.glob("*")), "a fold that ended between its result and its clean-up is cleaned up later"
