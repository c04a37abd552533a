"""Turning music that is no recording yet into sound: tracker modules by openmpt123, LMMS projects by lmms.

Both write 44.1 kHz WAV in 32-bit floating point, so that nothing clips before loudness is set. A module is played once,
with its own loops ended (``--repeat 0``), with windowed-sinc interpolation of 8 taps, and in mono: that is the mean of
its stereo channels, but for instruments in "surround", whose channels are each other's negative and would cancel.
Neither program needs a screen. Each gets a home folder of its own, so that a person's settings change nothing.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from earmark.errors import EarmarkError, UnknownNameError

SAMPLE_RATE = 44_100
"""Hertz of what is rendered."""

_LONGEST_SECONDS = 900
"""A program that takes longer than this for one track hangs."""

_TRIES = 3
"""LMMS 1.2.2 crashed on 3 projects of 22 when it was measured, and on none of the three when asked again."""

_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL)
"""Signals of a crash. One that somebody sent, as by Ctrl-C, is an answer, and the program is not run again."""

_LAST_WORDS = 300  # characters of what a program said


@dataclass(frozen=True, slots=True)
class Renderer:
    """A program that turns a file into sound.

    Attributes:
        command: Gives the arguments from the file to read and the WAV file to write.
        install: How a person gets it.
    """

    command: Callable[[Path, Path], list[str]]
    install: str


def _openmpt123(source: Path, target: Path) -> list[str]:
    settings = ["--samplerate", str(SAMPLE_RATE), "--channels", "1", "--float", "--filter", "8", "--repeat", "0"]
    return ["openmpt123", "--quiet", "--batch", *settings, "--force", "--output", str(target), "--", str(source)]


def _lmms(source: Path, target: Path) -> list[str]:
    allowed = ["--allowroot"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    settings = ["--format", "wav", "--float", "--samplerate", str(SAMPLE_RATE)]
    return ["lmms", *allowed, "render", str(source), *settings, "--output", str(target)]


RENDERERS: dict[str, Renderer] = {
    "openmpt123": Renderer(_openmpt123, "apt-get install openmpt123, or https://lib.openmpt.org/"),
    "lmms": Renderer(_lmms, "apt-get install lmms, or https://lmms.io/"),
}
"""Every program, by its name on the command line."""


def missing_program(name: str) -> str | None:
    """Say how to get a program that is not installed; None where it is.

    Raises:
        UnknownNameError: No program of this name is known.
    """
    if name not in RENDERERS:
        raise UnknownNameError("renderer", name, RENDERERS)
    return None if shutil.which(name) else f"{name} is not installed ({RENDERERS[name].install})"


def render(source: Path, target: Path, *, program: str, longest_seconds: float = _LONGEST_SECONDS) -> Path:
    """Render one file; a target that is there already is taken as it is.

    Args:
        source: A module or project.
        target: WAV file to write.
        program: One of `RENDERERS`.
        longest_seconds: The program is stopped after this much wall-clock time.

    Raises:
        UnknownNameError: No program of this name is known.
        EarmarkError: The program is missing, fails, hangs or writes nothing.
    """
    missing = missing_program(program)
    if missing:
        raise EarmarkError(missing)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"part-{target.name}")  # the suffix stays last: it tells the programs the format
    command = RENDERERS[program].command(source, part)
    for _ in range(_TRIES):
        part.unlink(missing_ok=True)
        problem, crashed = _run(command, longest_seconds=longest_seconds)
        if not crashed:
            break
    if problem is None and not (part.exists() and part.stat().st_size):
        problem = "ended well, but wrote nothing"
    if problem:
        part.unlink(missing_ok=True)
        raise EarmarkError(f"{program} could not render {source.name}: {problem}")
    return part.replace(target)


def _run(command: list[str], *, longest_seconds: float) -> tuple[str | None, bool]:
    """Run a program without a screen or a keyboard; return why it failed, or None, and whether it crashed."""
    with tempfile.TemporaryDirectory() as home:
        try:
            done = subprocess.run(
                command,
                env=os.environ | {"HOME": home, "XDG_CONFIG_HOME": home, "QT_QPA_PLATFORM": "offscreen"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=longest_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"took longer than {longest_seconds:g} s and was stopped", False
    if -done.returncode in _CRASHES:
        return f"crashed {_TRIES} times (signal {-done.returncode})", True
    return f"exit code {done.returncode} ({_last_words(done)})" if done.returncode else None, False


def _last_words(done: "subprocess.CompletedProcess[str]") -> str:
    """What a program said at its end, without the bar of progress that LMMS draws and redraws."""
    lines = [line.strip() for line in (done.stderr or done.stdout).replace("\r", "\n").split("\n")]
    return "; ".join(line for line in lines if line and "%" not in line)[-_LAST_WORDS:]
