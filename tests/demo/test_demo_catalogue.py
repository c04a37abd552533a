"""The catalogue on disk: layout, truth, resuming, refusals. One track per label, shortened, to keep it quick."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from earmark.demo import catalogue
from earmark.demo.catalogue import CatalogueSummary, render_catalogue, render_file
from earmark.demo.labels import LABELS
from earmark.demo.planning import CataloguePlan, PlannedTrack, plan_catalogue
from earmark.demo.render import render_track
from earmark.errors import InputError


def short_plan(seed: int, *, tracks_per_label: int) -> CataloguePlan:
    """The real plan with tracks cut to about 20 seconds."""
    plan = plan_catalogue(seed, tracks_per_label=tracks_per_label)
    tracks = tuple(shortened(track) for track in plan.tracks)
    return replace(plan, tracks=tracks, held_back=shortened(plan.held_back))


def shortened(track: PlannedTrack) -> PlannedTrack:
    return replace(track, sound=replace(track.sound, length=20.0))


PLAN = short_plan(11, tracks_per_label=1)


@pytest.fixture(scope="module", autouse=True)
def short_tracks() -> Iterator[None]:
    # Workers are handed planned tracks, so cutting the plan in this process is enough.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "plan_catalogue", short_plan)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[CatalogueSummary, list[tuple[int, int]]]:
    calls: list[tuple[int, int]] = []
    summary = render_catalogue(
        tmp_path_factory.mktemp("demo") / "new" / "catalogue",
        seed=11,
        tracks_per_label=1,
        jobs=2,
        progress=lambda done, total: calls.append((done, total)),
    )
    return summary, calls


@pytest.fixture(scope="module")
def summary(finished: tuple[CatalogueSummary, list[tuple[int, int]]]) -> CatalogueSummary:
    return finished[0]


def truth_of(summary: CatalogueSummary) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(summary.truth.read_text(encoding="utf-8"))
    return truth


def test_progress_counts_every_file(finished: tuple[CatalogueSummary, list[tuple[int, int]]]) -> None:
    assert finished[1] == [(done, 7) for done in range(8)]


def test_layout_is_as_told(summary: CatalogueSummary) -> None:
    root = summary.directory
    assert sorted(folder.name for folder in (root / "labels").iterdir()) == sorted(summary.labels)
    files = {path.relative_to(root).as_posix() for path in (root / "labels").rglob("*.*")}
    assert files == {track.path for track in PLAN.tracks} | {PLAN.broken_path}
    assert [path.name for path in (root / "held-back").iterdir()] == ["unreleased-demo.mp3"]
    assert summary.held_back == root / "held-back" / "unreleased-demo.mp3"
    assert summary.tracks == 6
    assert summary.labels == tuple(label.name for label in LABELS)
    assert not list(root.rglob("*.unfinished*"))


def seconds_by_decoding(path: Path) -> float:
    with av.open(str(path)) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / 44_100


def test_every_track_decodes_to_its_length(summary: CatalogueSummary) -> None:
    truth = truth_of(summary)["tracks"]
    for name, told in truth.items():
        assert seconds_by_decoding(summary.directory / name) == pytest.approx(told["seconds"], abs=0.1)
    assert summary.seconds_of_audio == pytest.approx(sum(told["seconds"] for told in truth.values()))
    for name in truth:
        if not name.endswith(".m4a"):
            assert soundfile.info(summary.directory / name).channels == 2


def test_truth_is_about_the_plan_and_the_sound(summary: CatalogueSummary) -> None:
    truth = truth_of(summary)
    assert truth["broken"] == [PLAN.broken_path]
    assert list(truth["held_back"]) == [PLAN.held_back.path]
    for track in (*PLAN.tracks, PLAN.held_back):
        told = (truth["tracks"] | truth["held_back"])[track.path]
        assert told["label"] == track.label
        assert told["artists"] == list(track.artists)
        assert told["bpm"] == pytest.approx(track.sound.bpm, rel=2e-4)
        assert told["camelot"] == track.sound.song.key.camelot
        assert told["wrong_tags"] == list(track.flaws)
        assert told["sections"][0]["kind"] == "intro"
        assert told["sections"][-1]["end"] < told["seconds"]


def test_samples_do_not_depend_on_the_jobs(summary: CatalogueSummary) -> None:
    # The catalogue came from two worker processes; this is the same track in this process.
    for track in PLAN.tracks[:2]:
        rng = np.random.default_rng(np.random.SeedSequence(11, spawn_key=(1, track.index)))
        here = hashlib.sha256(render_track(track.sound, rng).pcm.data).hexdigest()
        assert here == truth_of(summary)["tracks"][track.path]["pcm_sha256"]


def test_lossless_files_hold_the_hashed_samples(summary: CatalogueSummary) -> None:
    lossless = [track for track in PLAN.tracks if track.format in ("wav", "flac")]
    assert lossless
    for track in lossless:
        samples, _ = soundfile.read(summary.directory / track.path, dtype="int16")
        told = truth_of(summary)["tracks"][track.path]["pcm_sha256"]
        assert hashlib.sha256(np.ascontiguousarray(samples).data).hexdigest() == told


def test_no_decoder_reads_the_broken_file(summary: CatalogueSummary) -> None:
    assert summary.broken_file.stat().st_size > 50_000
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.info(summary.broken_file)
    with pytest.raises(av.FFmpegError):
        seconds_by_decoding(summary.broken_file)


def test_a_second_run_renders_only_what_is_gone(summary: CatalogueSummary, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = PLAN.tracks[3]
    times = {track.path: (summary.directory / track.path).stat().st_mtime_ns for track in PLAN.tracks}
    before = truth_of(summary)
    (summary.directory / gone.path).unlink()
    # What a run that was killed leaves behind must not get in the way.
    (summary.directory / ".render" / f"{gone.index}.unfinished").write_bytes(b"half a track")
    rendered: list[str] = []

    def recorded(directory: Path, seed: int, track: PlannedTrack) -> dict[str, Any]:
        rendered.append(track.path)
        return render_file(directory, seed, track)

    monkeypatch.setattr(catalogue, "render_file", recorded)
    calls: list[tuple[int, int]] = []
    again = render_catalogue(
        summary.directory, seed=11, tracks_per_label=1, progress=lambda done, total: calls.append((done, total))
    )
    assert again == summary
    assert rendered == [gone.path]
    assert calls == [(6, 7), (7, 7)]
    assert truth_of(summary) == before
    for track in PLAN.tracks:
        if track is not gone:
            assert (summary.directory / track.path).stat().st_mtime_ns == times[track.path]


def test_another_catalogues_directory_is_refused(summary: CatalogueSummary) -> None:
    with pytest.raises(InputError, match=r"made with format 1, seed 11, tracks per label 1, but .* seed 12"):
        render_catalogue(summary.directory, seed=12, tracks_per_label=1)
    with pytest.raises(InputError, match="tracks per label 2 came; choose another directory"):
        render_catalogue(summary.directory, seed=11, tracks_per_label=2)


def test_jobs_below_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="jobs must be 1 or more, but 0 came"):
        render_catalogue(tmp_path / "catalogue", jobs=0)
    assert not (tmp_path / "catalogue").exists()


def test_an_interrupted_run_keeps_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(directory: Path, seed: int, track: PlannedTrack) -> dict[str, Any]:
        if track.index == 2:
            raise KeyboardInterrupt
        return render_file(directory, seed, track)

    monkeypatch.setattr(catalogue, "render_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render_catalogue(tmp_path, seed=11, tracks_per_label=1)
    done = [track for track in PLAN.tracks if (tmp_path / track.path).exists()]
    assert [track.index for track in done] == [0, 1]
    assert not (tmp_path / "truth.json").exists()
