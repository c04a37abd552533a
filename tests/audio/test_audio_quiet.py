"""C libraries' noise on standard error is kept away, and only while asked."""

import os
from pathlib import Path

import numpy as np
import pytest
from audio_files import WriteAudio, stereo_chord

from earmark.audio.decode import decode
from earmark.audio.quiet import quiet_native_stderr


def damaged_mp3(write_audio: WriteAudio) -> Path:
    path = write_audio("a.mp3", stereo_chord(20.0))
    data, rng = bytearray(path.read_bytes()), np.random.default_rng(0)
    for start in rng.integers(3_000, len(data) - 100, 40):
        data[start : start + 50] = rng.bytes(50)
    path.write_bytes(data)
    return path


def test_a_damaged_mp3_is_decoded_quietly(write_audio: WriteAudio, capfd: pytest.CaptureFixture[str]) -> None:
    path = damaged_mp3(write_audio)
    loud = decode(path)
    capfd.readouterr()  # holds libmpg123's complaints, as long as it makes any
    with quiet_native_stderr():
        quiet = decode(path)
    assert capfd.readouterr().err == ""
    assert np.array_equal(loud.samples, quiet.samples)


def test_the_stream_comes_back_even_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with quiet_native_stderr():
        os.write(2, b"lost")
    open_before = len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(ZeroDivisionError), quiet_native_stderr():
        os.write(2, b"%d" % (1 // 0))
    os.write(2, b"seen")
    assert capfd.readouterr().err == "before seen"
    assert len(list(Path("/dev/fd").iterdir())) == open_before
