"""What the tests of the command line share: tracks that are easily told apart, and two ways to run a command.

`run_apart` starts a process, as a user does, which takes one to three seconds, most of them for imports. `run_here`
calls the same ``main`` in the process of the tests, so that a test which asks much does not wait for imports each time.
Every command that loads a large part of Earmark is run apart by one test at least.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import pytest
import soundfile

from earmark.cli.main import main

RATE = 16_000
SECONDS = 7.0
LABELS = {"Low Street": (90.0, 128), "Mid Avenue": (700.0, 134), "High Road": (3500.0, 140)}
"""Each label's hum in hertz and its tempo: easily heard, so that what a test sees does not hang on luck."""
ARTISTS = 8
MODULE = [sys.executable, "-m", "earmark.cli.main"]
WIDTH = "120"
"""Width of tables, whatever the terminal that the tests run in."""


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


def run_apart(*args: object, library: Path | None = None, **environment: str) -> Ran:
    """Run ``earmark ARGS`` in a process of its own and return what it did.

    Args:
        *args: The command and its arguments.
        library: The library that the environment names; none when absent.
        **environment: More variables.
    """
    variables = {**os.environ, "COLUMNS": WIDTH, **environment}
    variables.pop("EARMARK_LIBRARY", None)
    if library is not None:
        variables["EARMARK_LIBRARY"] = str(library)
    done = subprocess.run(
        [*MODULE, *map(str, args)], capture_output=True, text=True, env=variables, timeout=240, check=False
    )
    assert "Warning" not in done.stderr, done.stderr
    return _checked(Ran(done.returncode, done.stdout, done.stderr))


def run_here(*args: object, library: Path | None = None, **environment: str) -> Ran:
    """Run ``earmark ARGS`` in this process and return what it did; a warning is an error, as in all tests.

    Args:
        *args: The command and its arguments.
        library: The library that the environment names; none when absent.
        **environment: More variables.
    """
    said, told = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(told):
        patch.setattr(sys, "argv", ["earmark", *map(str, args)])
        patch.delenv("EARMARK_LIBRARY", raising=False)
        for name, value in {"COLUMNS": WIDTH, **environment}.items():
            patch.setenv(name, value)
        if library is not None:
            patch.setenv("EARMARK_LIBRARY", str(library))
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    assert code is None or isinstance(code, int), code
    return _checked(Ran(code or 0, said.getvalue(), told.getvalue()))


def _checked(ran: Ran) -> Ran:
    assert "Traceback" not in ran.err, ran.err
    return ran


def write_track(
    path: Path, hum: float, seed: int, *, seconds: float = SECONDS, tags: dict[str, str] | None = None
) -> None:
    """A few seconds of hum with noise, as an MP3 with tags as shops write them."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(RATE * seconds)) / RATE
    pitch = hum * rng.uniform(0.9, 1.1)
    sound = 0.3 * np.sin(2 * np.pi * pitch * time) + 0.02 * rng.standard_normal(time.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound.astype(np.float32), RATE)
    if tags:
        frames = mutagen.id3.ID3()
        for name, text in tags.items():
            frames.add(getattr(mutagen.id3, name)(encoding=3, text=[text]))
        frames.save(path)
