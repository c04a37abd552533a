import csv
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from benchmarks.free_music import fetch
from benchmarks.free_music.build import Build, run_build
from benchmarks.free_music.manifest import TEMPO_LABEL, ManifestTrack, Package
from free_music_parts import MakeDeb, MakeProgram, ogg, package_of, track

from earmark.catalog.from_tags import read_tags
from earmark.errors import EarmarkError
from earmark.executors import SerialExecutor

PROJECT = '<lmms-project><head bpm="174" timesig_numerator="4" timesig_denominator="4"/></lmms-project>'
TRACKS = (
    track(1, label="One", artist="A (assumed)", member="usr/1.ogg"),
    track(2, label="Two", member="usr/2.it", render_with="openmpt123"),
    track(3, label="Two", member="usr/1.ogg", excluded="second version"),
    track(4, label=TEMPO_LABEL, member="usr/4.mmpz", render_with="lmms", excluded="not a label"),
)
RENDER = 'for a; do [ "$b" = --output ] && out="$a"; b="$a"; done; cp {sound} "$out"'


class Fetcher:
    """Gives one package, or says that there is no network; counts how often it is asked."""

    def __init__(self, deb: Path | None) -> None:
        self.deb, self.asked = deb, 0

    def __call__(self, package: Package, folder: Path) -> Path:
        self.asked += 1
        if self.deb is None:
            raise EarmarkError(f"{package.name} could not be fetched")
        return self.deb


@pytest.fixture
def deb(make_deb: MakeDeb) -> Path:
    project = len(PROJECT).to_bytes(4, "big") + zlib.compress(PROJECT.encode())
    return make_deb({"./usr/1.ogg": ogg(1.5), "./usr/2.it": b"module", "./usr/4.mmpz": project})


@pytest.fixture
def programs(tmp_path: Path, make_program: MakeProgram) -> None:
    sound = tmp_path / "rendered.ogg"
    sound.write_bytes(ogg(1, hertz=200))
    for name in ("openmpt123", "lmms"):
        make_program(name, RENDER.format(sound=sound))


def build_of(folder: Path, deb: Path, tracks: tuple[ManifestTrack, ...] = TRACKS) -> Build:
    return Build(folder, tracks, {"music": package_of(deb)}, SerialExecutor())


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*.flac")}


@pytest.mark.usefixtures("programs")
def test_a_build_writes_the_collection_and_a_second_one_does_nothing(tmp_path: Path, deb: Path) -> None:
    folder = tmp_path / "data"
    fetcher = Fetcher(deb)
    build = build_of(folder, deb)
    assert run_build(build, fetch=fetcher) == (2, 1)
    assert build.failures == []
    files = sorted(path.name for path in (folder / "collection").iterdir())
    assert files == ["track-0001.flac", "track-0002.flac"]
    rows = rows_of(folder / "collection.csv")
    assert [row["file"] for row in rows] == files
    by_label = {row["label"]: row for row in rows}
    assert by_label["One"]["path"] == "usr/1.ogg"
    assert float(by_label["Two"]["seconds"]) == pytest.approx(1, abs=0.01)
    for row in rows:
        read = read_tags(folder / "collection" / row["file"])
        assert (read.label, read.title, read.release) == (row["label"], "Title", "Release")
    [project] = rows_of(folder / "tempo.csv")
    assert (project["file"], project["bpm"], project["automated"]) == ("project-0004.flac", "174.0", "false")
    assert read_tags(folder / "tempo" / "project-0004.flac").label is None

    before = stamps(folder)
    again = build_of(folder, deb)
    assert run_build(again, fetch=fetcher) == (2, 1)
    assert (fetcher.asked, stamps(folder)) == (1, before)


@pytest.mark.usefixtures("programs")
def test_a_remark_beside_an_artist_makes_no_second_artist(tmp_path: Path, deb: Path) -> None:
    run_build(build_of(tmp_path, deb, TRACKS[:1]), fetch=Fetcher(deb))
    read = read_tags(tmp_path / "collection" / "track-0001.flac")
    assert read.artists is not None
    assert read.artists.everyone == ("A",)


@pytest.mark.usefixtures("programs")
def test_only_what_is_missing_is_made_again(tmp_path: Path, deb: Path) -> None:
    folder = tmp_path / "data"
    run_build(build_of(folder, deb), fetch=Fetcher(deb))
    before = stamps(folder)
    lost = folder / "collection" / "track-0001.flac"
    lost.unlink()
    assert run_build(build_of(folder, deb), fetch=Fetcher(None)) == (2, 1)
    after = stamps(folder)
    assert after.pop(str(lost)) > before.pop(str(lost))
    assert after == before


def test_what_cannot_be_made_is_told_and_the_rest_is_there(
    tmp_path: Path, deb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    damaged = track(5, label="One", member="usr/4.mmpz")  # no sound
    build = build_of(tmp_path / "data", deb, (*TRACKS, damaged, track(6, label="Two", package="gone")))
    assert run_build(build, fetch=Fetcher(deb)) == (1, 0)
    told = dict(build.failures)
    assert told["gone"] == "packages.csv does not list it"
    assert told["1 track of Two"].startswith("openmpt123 is not installed (apt-get install openmpt123")
    assert told[f"1 track of {TEMPO_LABEL}"].startswith("lmms is not installed")
    assert "no decoder could read" in told["row 5: One, Title"]
    assert len(told) == 4


def test_the_command_ends_with_3_and_a_table_where_something_is_missing(
    tmp_path: Path, deb: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = build_of(tmp_path, deb, TRACKS[:1])
    monkeypatch.setattr(
        fetch, "run_build", lambda build: build.failures.append(("nexuiz-music", "no network")) or (0, 0)
    )
    monkeypatch.setattr(fetch, "read_tracks", lambda: made.tracks)
    assert fetch.main(["--dir", str(tmp_path), "--no-tempo"]) == 3
    said = capsys.readouterr()
    assert "nexuiz-music" in said.out
    assert "0 of 1 tracks are in" in said.err


def test_the_command_keeps_what_is_done_when_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(build: Build) -> tuple[int, int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "run_build", stop)
    assert fetch.main(["--dir", str(tmp_path)]) == 130
    assert "run the command again to go on" in capsys.readouterr().err


def test_bad_input_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch.main(["--jobs", "0"]) == 2
    (tmp_path / "file").write_text("in the way")
    assert fetch.main(["--dir", str(tmp_path / "file")]) == 2
    said = capsys.readouterr().err
    assert "jobs has to be 1 or more, got 0" in said
    assert "Error: " in said


def test_the_command_runs_as_a_file_from_any_folder(tmp_path: Path) -> None:
    without_path = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, fetch.__file__, "--help"],
        cwd=tmp_path,
        env=without_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--no-tempo" in done.stdout
