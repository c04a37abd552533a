import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from benchmarks.free_music.render import RENDERERS, missing_program, render
from free_music_parts import MakeProgram

from earmark.errors import EarmarkError, UnknownNameError

COPY = 'for last; do :; done; for a; do [ "$b" = --output ] && out="$a"; b="$a"; done; cp "$last" "$out"'


def write_mod(path: Path, *, rows: int = 64) -> None:
    """Write a Protracker module of one pattern: a square wave on the first of four channels, hard left."""
    wave = bytes([64] * 16 + [192] * 16)
    sample = b"square".ljust(22, b"\0") + struct.pack(">HBBHH", len(wave) // 2, 0, 64, 0, len(wave) // 2)
    empty = bytes(22) + struct.pack(">HBBHH", 0, 0, 0, 0, 1)
    first_row = struct.pack(">HH", 428, 0x1000) + bytes(12)  # sample 1 at period 428, which is C-2
    pattern = first_row + bytes(16 * (rows - 1))
    path.write_bytes(
        b"module".ljust(20, b"\0") + sample + empty * 30 + bytes([1, 127]) + bytes(128) + b"M.K." + pattern + wave
    )


def test_a_program_that_is_not_there_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in RENDERERS:
        assert str(missing_program(name)).startswith(f"{name} is not installed (apt-get install {name}, or https://")
        with pytest.raises(EarmarkError, match=f"{name} is not installed"):
            render(tmp_path / "a.it", tmp_path / "a.wav", program=name)


def test_a_program_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no renderer called 'sidplay'; known: openmpt123, lmms"):
        render(tmp_path / "a.sid", tmp_path / "a.wav", program="sidplay")


def test_what_is_rendered_is_not_rendered_again(tmp_path: Path, make_program: MakeProgram) -> None:
    make_program("openmpt123", f"echo run >> {tmp_path}/runs; {COPY}")
    source, target = tmp_path / "-odd name.it", tmp_path / "out" / "a.wav"
    source.write_bytes(b"module")
    for _ in range(2):
        assert render(source, target, program="openmpt123").read_bytes() == b"module"
    assert (tmp_path / "runs").read_text() == "run\n"
    assert [path.name for path in target.parent.iterdir()] == ["a.wav"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo damaged file >&2; exit 4", r"could not render a.it: exit code 4 \(damaged file\)"),
        (r"printf 'loading\n| 3%%\r| 50%%\rno such plugin\n'; exit 1", r"exit code 1 \(loading; no such plugin\)"),
        ("exit 0", "could not render a.it: ended well, but wrote nothing"),
        ("exec sleep 30", "could not render a.it: took longer than 0.3 s and was stopped"),
    ],
)
def test_a_program_that_fails_leaves_nothing(
    tmp_path: Path, make_program: MakeProgram, script: str, message: str
) -> None:
    make_program("openmpt123", script)
    (tmp_path / "a.it").write_bytes(b"module")
    with pytest.raises(EarmarkError, match=message):
        render(tmp_path / "a.it", tmp_path / "out" / "a.wav", program="openmpt123", longest_seconds=0.3)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(("crashes", "written"), [(2, True), (3, False)])
def test_a_program_that_crashes_is_run_again_but_not_for_ever(
    tmp_path: Path, make_program: MakeProgram, crashes: int, written: bool
) -> None:
    counter = f"echo run >> {tmp_path}/runs"
    make_program("openmpt123", f"{counter}; [ $(wc -l < {tmp_path}/runs) -le {crashes} ] && kill -SEGV $$; {COPY}")
    source, target = tmp_path / "a.it", tmp_path / "out" / "a.wav"
    source.write_bytes(b"module")
    if written:
        assert render(source, target, program="openmpt123").read_bytes() == b"module"
    else:
        with pytest.raises(EarmarkError, match=r"could not render a.it: crashed 3 times \(signal 11\)"):
            render(source, target, program="openmpt123")
    assert (tmp_path / "runs").read_text().count("run") == 3


def test_a_program_that_somebody_stopped_is_not_run_again(tmp_path: Path, make_program: MakeProgram) -> None:
    make_program("openmpt123", f"echo run >> {tmp_path}/runs; kill -INT $$")
    (tmp_path / "a.it").write_bytes(b"module")
    with pytest.raises(EarmarkError, match=r"could not render a.it: exit code -2"):
        render(tmp_path / "a.it", tmp_path / "a.wav", program="openmpt123")
    assert (tmp_path / "runs").read_text() == "run\n"


def test_lmms_runs_without_a_screen_and_outside_the_home_folder(tmp_path: Path, make_program: MakeProgram) -> None:
    make_program(
        "lmms", f'echo "$QT_QPA_PLATFORM $HOME" > {tmp_path}/seen; while [ $# -gt 1 ]; do shift; done; echo x > "$1"'
    )
    (tmp_path / "a.mmpz").write_bytes(b"project")
    render(tmp_path / "a.mmpz", tmp_path / "a.wav", program="lmms")
    platform, home = (tmp_path / "seen").read_text().split()
    assert platform == "offscreen"
    assert home != str(Path.home())
    assert not Path(home).exists()


@pytest.mark.skipif(shutil.which("openmpt123") is None, reason="openmpt123 is not installed")
def test_a_module_is_played_once_in_mono_at_its_own_length(tmp_path: Path) -> None:
    write_mod(tmp_path / "a.mod")
    samples, rate = soundfile.read(render(tmp_path / "a.mod", tmp_path / "a.wav", program="openmpt123"))
    assert (rate, samples.ndim) == (44_100, 1)
    assert len(samples) / rate == pytest.approx(64 * 6 * 0.02, abs=0.2)  # rows, ticks in a row, seconds in a tick
    assert np.sqrt(np.mean(samples[rate:] ** 2)) > 0.01
