"""Scans that are killed, that run at the same time, and that meet files made to stop them."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import library_workers
import numpy as np
import pytest
import soundfile
from library_sounds import labels, scan_serially, write_broken, write_sound
from library_workers import Replacing, analyse_with_traps

from earmark.audio.settings import PRESETS
from earmark.errors import EarmarkError
from earmark.executors import ProcessExecutor
from earmark.library.library import Library
from earmark.library.scan import scan
from earmark.library.storage import TEMPORARY

PAPER = PRESETS["paper"]
FILES = 25


def start_scan(address: Path, *folders: Path) -> subprocess.Popen[str]:
    """Start a scan in a process group of its own."""
    command = [sys.executable, library_workers.__file__, str(address), *map(str, folders)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a scan and return its line, insisting that it went well."""
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    return out.strip()


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for what a scan does; where it ends before that, or takes too long, tell what it said."""
    deadline = time.monotonic() + 60
    while not condition():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            process.kill()
            out, err = process.communicate(timeout=60)
            assert condition(), f"the scan {'ended' if ended else 'hung'} ({process.returncode}): {out} {err}"
            return
        time.sleep(0.002)


def arrays(address: Path) -> dict[str, tuple[int, int]]:
    """Each stored array's inode and time of writing."""
    stats = {path.name: path.stat() for path in address.glob("features/*/*/*.npy")}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in stats.items()}


def known_files(address: Path) -> int:
    try:
        return len(Library.open(address).files_table.rows())
    except EarmarkError:  # killed before there was a library
        return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("robust") / "music"
    for number in range(FILES):
        ending = ("wav", "flac", "ogg")[number % 3]
        write_sound(root / f"Label {number % 4}" / f"{number:02d}.{ending}", number, title=f"Song {number}")
    return root


@pytest.fixture(scope="module")
def reference(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """What an uninterrupted scan makes."""
    made = Library.create(tmp_path_factory.mktemp("reference") / "library")
    scan_serially(made, folder, label_from="folder")
    return made


def assert_same(library: Library, reference: Library) -> None:
    """Nothing is lost, nothing is doubled, and every array is the reference's."""
    assert library.tracks() == reference.tracks()
    assert library.files() == reference.files()
    assert library.failures() == []
    assert library.roots() == reference.roots()
    for table in ("files", "tracks", "features", "roots"):
        made = library.storage.database.open_table(table)
        assert made.count_rows() == reference.storage.database.open_table(table).count_rows()
    assert library.feature_records([PAPER]) == reference.feature_records([PAPER])
    for track in reference.tracks():
        np.testing.assert_array_equal(
            library.features(track.audio_id, PAPER), reference.features(track.audio_id, PAPER)
        )


def kill_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def kill_parent(process: subprocess.Popen[str]) -> None:
    process.kill()


@pytest.mark.parametrize("kill", [kill_group, kill_parent])
def test_a_scan_may_be_killed_at_any_instant(
    folder: Path, reference: Library, tmp_path: Path, kill: Callable[[subprocess.Popen[str]], None]
) -> None:
    rng = random.Random(kill.__name__)
    address = tmp_path / "library"
    # Each round is killed a little later than some array or some row appears, and goes on where the last one was.
    for round_, arrays_wanted in enumerate((0, rng.randint(1, 8), rng.randint(10, 14))):
        process = start_scan(address, folder)
        wait_until(lambda wanted=arrays_wanted: len(arrays(address)) >= wanted, process)  # type: ignore[misc]
        time.sleep(rng.uniform(0, 0.3 if round_ == 0 else 0.1))
        kill(process)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
    known, stored = known_files(address), arrays(address)
    assert 0 < len(stored) <= FILES
    done = scan_serially(Library.create(address), folder, label_from="folder")
    assert (done.analysed, done.unchanged) == (FILES - known, known), "what was written was not analysed again"
    assert stored.items() <= arrays(address).items(), "no whole array was made again"
    assert len(arrays(address)) == FILES
    assert_same(Library.open(address), reference)


def test_what_was_visible_before_a_kill_is_not_analysed_again(folder: Path, reference: Library, tmp_path: Path) -> None:
    address = tmp_path / "library"
    process = start_scan(address, folder)
    wait_until(lambda: (address / "tables" / "files.lance" / "data").is_dir() and known_files(address) >= 4, process)
    kill_group(process)
    process.communicate(timeout=60)
    known = known_files(address)
    assert known >= 4
    assert finish(start_scan(address, folder)) == f"{FILES - known} {known} 0"
    assert_same(Library.open(address), reference)


def test_a_part_of_a_file_is_no_content(folder: Path, reference: Library, tmp_path: Path) -> None:
    address = tmp_path / "library"
    library = Library.create(address)
    record = next(iter(reference.feature_records([PAPER]).values()))
    part = (address / record.name).with_name(f"{TEMPORARY}abc")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half of an array")
    scan_serially(library, folder, label_from="folder")
    assert part.exists()
    assert_same(library, reference)


def test_scans_at_once_do_not_disturb_each_other(folder: Path, reference: Library, tmp_path: Path) -> None:
    other = write_sound(tmp_path / "other" / "Label 9" / "alone.wav", 99).parent.parent
    address = tmp_path / "library"
    scans = [start_scan(address, folder), start_scan(address, folder), start_scan(address, other)]
    told = [finish(process) for process in scans]
    assert told[2] == "1 0 0"
    for line in told[:2]:
        analysed, unchanged, failed = map(int, line.split())
        assert (analysed + unchanged, failed) == (FILES, 0)
    library = Library.open(address)
    assert labels(library)["alone.wav"] == "Label 9"
    done = scan_serially(library)
    assert (done.found, done.analysed, done.catalogued.changed) == (FILES + 1, 0, 0)
    (other / "Label 9" / "alone.wav").unlink()
    other_id = next(one.audio_id for path, one in library.files().items() if path.endswith("alone.wav"))
    scan_serially(library, other, prune=True)
    library.roots_table.delete([str(other)])
    library.features_table.delete([f"{other_id}-{PAPER.key}"])
    assert_same(library, reference)


def test_a_file_that_hangs_costs_itself_only(library: Library, tmp_path: Path) -> None:
    for number, name in enumerate(["a", "b-hangs", "c", "d"]):
        write_sound(tmp_path / "music" / f"{name}.wav", number)
    # The worker's first file has the grace; the second is the one that hangs.
    executor = Replacing(ProcessExecutor(1, timeout_seconds=1.0), analyse_with_traps)
    done = scan(library, [tmp_path / "music"], executor=executor)
    assert (done.analysed, len(done.failures)) == (3, 1)
    (failure,) = library.failures()
    assert (Path(failure.path).name, failure.kind) == ("b-hangs.wav", "timeout")
    assert failure.reasons == {"limit": "took longer than the limit of 1 s and was stopped"}
    assert set(labels(library)) == {"a.wav", "c.wav", "d.wav"}


def test_a_file_that_explodes_costs_itself_only(library: Library, tmp_path: Path) -> None:
    for number, name in enumerate("abd"):
        write_sound(tmp_path / "music" / f"{name}.wav", number)
    bomb = tmp_path / "music" / "c.flac"
    silence = np.zeros(8_000 * 60, dtype=np.int16)
    with soundfile.SoundFile(bomb, "w", 8_000, 1) as file:
        for _ in range(120):
            file.write(silence)
    assert bomb.stat().st_size < 1 << 20, "two hours in less than a megabyte"
    write_broken(tmp_path / "music" / "e.flac", _promising_flac((tmp_path / "music" / "c.flac").read_bytes()))
    executor = ProcessExecutor(1, memory_bytes=300 << 20)
    done = scan(library, [tmp_path / "music"], executor=executor)
    failures = {Path(one.path).name: one for one in library.failures()}
    assert failures["c.flac"].kind == "memory"
    assert failures["c.flac"].reasons == {"limit": "needs more memory than the limit of 0.3 GiB for one file"}
    assert failures.keys() <= {"c.flac", "e.flac"}
    assert done.analysed + len(failures) == 5
    assert {"a.wav", "b.wav", "d.wav"} <= set(labels(library))


def _promising_flac(flac: bytes) -> bytes:
    """The head of a FLAC whose header promises the most samples that it can (2^36 - 1), and a little sound."""
    assert flac[:4] == b"fLaC"
    head = bytearray(flac[:20_000])
    head[21] |= 0x0F
    head[22:26] = b"\xff" * 4
    return bytes(head)
