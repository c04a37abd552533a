"""Files in every format, written on the fly."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from audio_files import WriteAudio, write_with_pyav


@pytest.fixture
def write_audio(tmp_path: Path) -> WriteAudio:
    """Write samples of shape (n,) or (n, channels) to a file whose suffix names the format."""

    def write(name: str, samples: npt.NDArray[np.generic], rate: int = 44_100, *, subtype: str | None = None) -> Path:
        path = tmp_path / name
        if path.suffix in (".m4a", ".wma"):
            columns = samples.reshape(len(samples), -1)
            write_with_pyav(path, columns, rate, codec=subtype or {".m4a": "aac", ".wma": "wmav2"}[path.suffix])
        elif path.suffix == ".opus":
            soundfile.write(path, samples, rate, format="OGG", subtype="OPUS")
        else:
            soundfile.write(path, samples, rate, subtype=subtype)
        return path

    return write
